"""The ledger can only grow, and nothing sealed in it can change without `verify` saying so."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from governance import ledger
from governance.database.triggers import lifted, protected_tables
from governance.exceptions import LedgerBroken
from governance.models import LedgerEntry, LedgerHead
from governance.subject_ref import SubjectRef
from tests.governance.conftest import Company

APPEND_ONLY = (
    "governance_decision",
    "governance_ledgerentry",
    "governance_permit",
    "governance_permitevent",
    "governance_permituse",
)
ABOUT = SubjectRef("test", "t" * 32)


def written(count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            ledger.append(type="test.note", actor=None, subject=ABOUT, data={"n": number, "text": "字"})


def execute(statement: str) -> None:
    with lifted(), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_history_is_append_only_in_the_database_itself(company: Company, verb: str) -> None:
    assert set(APPEND_ONLY) <= set(protected_tables())
    if verb == "TRUNCATE" and connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE: it would be a DELETE
    connection.check_constraints()  # else PostgreSQL refuses to truncate for its own pending checks
    for table in APPEND_ONLY:
        key = "seq" if table == "governance_ledgerentry" else "id"
        statement = {
            "UPDATE": f'UPDATE "{table}" SET {key} = {key}',  # noqa: S608
            "DELETE": f'DELETE FROM "{table}"',  # noqa: S608
            "TRUNCATE": f'TRUNCATE "{table}" CASCADE',
        }[verb]
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


def test_the_ledger_holds_after_real_work(company: Company) -> None:
    verdict = ledger.verify()
    assert verdict.ok, verdict.faults
    assert verdict.entries == LedgerEntry.objects.count() == LedgerHead.objects.get().seq


def test_an_empty_ledger_holds(db: None) -> None:
    assert ledger.verify() == ledger.LedgerVerdict(0, "0" * 64, ())


def test_an_entry_outside_a_transaction_is_a_programming_error(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        ledger.append(type="test.note", actor=None, subject=ABOUT)


#: Columns that say nothing by themselves, or are said by another one that is sealed.
FREE = {
    "PermitUse": {"code"},  # of refusals only: the refused action has its own entry
    "StandardVersion": {"standard_id"},  # there is one standard here; `draft_content` seals its uid
    "Rule": {"version_id", "position"},  # the order of the list; the rules themselves are sealed
}
SEALED = (
    "LedgerEntry",
    "LedgerHead",
    "Decision",
    "Permit",
    "PermitEvent",
    "PermitUse",
    "StandardVersion",
    "Rule",
)


def other(row: models.Model, field: models.Field[Any, Any]) -> Any:
    """Another value that the column takes."""
    value, kind = getattr(row, field.attname), field.get_internal_type()
    if field.choices:
        return next(
            word for word, _label in field.choices if word not in {value, "reserved", "settled", "in_force"}
        )
    if field.related_model is not None:
        rows = field.related_model._default_manager.exclude(pk=value).order_by("-pk")
        return rows[0].pk if value is None or not field.null else None
    if kind == "BooleanField":
        return not value
    if "Integer" in kind or kind == "FloatField":
        return value + 1
    if kind == "DateTimeField":
        return value + dt.timedelta(microseconds=1)
    if kind == "JSONField":
        return json.dumps({"changed": 1} if isinstance(value, dict) else ["changed"])
    if kind == "BinaryField":
        return bytes(value) + b" "
    return f"{value[:-1]}{'y' if value.endswith('x') else 'x'}"


@pytest.mark.parametrize("name", SEALED)
def test_changing_any_column_behind_its_back_is_found(company: Company, name: str) -> None:
    """Even by one microsecond or one letter: the seal is over the whole row."""
    model = apps.get_model("governance", name)
    key = model._meta.pk.name
    rows = model._default_manager.order_by("pk")
    row = rows.last() if name == "LedgerEntry" else rows.first()
    if name == "StandardVersion":
        row = model._default_manager.get(status="in_force")
    fields = [f for f in model._meta.concrete_fields if name == "LedgerEntry" or f.name != key]
    missed = []
    for field in fields:
        if field.column in FREE.get(name, ()):
            continue
        with transaction.atomic():
            vandalise(model, field, row)
            if ledger.verify().ok:
                missed.append(field.column)
            transaction.set_rollback(True)
    assert missed == []
    assert ledger.verify().ok


def vandalise(model: type[models.Model], field: models.Field[Any, Any], row: models.Model) -> None:
    table, key = model._meta.db_table, model._meta.pk.column
    value = (
        connection.ops.adapt_datetimefield_value(v) if isinstance(v := other(row, field), dt.datetime) else v
    )
    with lifted(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET "{field.column}" = %s WHERE "{key}" = %s', [value, row.pk])  # noqa: S608
        assert cursor.rowcount == 1


@pytest.mark.parametrize(
    "name", ["Decision", "Permit", "PermitEvent", "PermitUse", "StandardVersion", "Rule"]
)
def test_a_row_that_vanishes_is_found(company: Company, name: str) -> None:
    model = apps.get_model("governance", name)
    if name in {"Decision", "Permit", "StandardVersion"}:
        # Its children hold it by foreign key; a vandal takes one whose children are gone too.
        for child in ("PermitUse", "PermitEvent") if name != "StandardVersion" else ("Rule",):
            _erase(apps.get_model("governance", child), "1 = 1")
        if name == "Decision":
            _erase(apps.get_model("governance", "Permit"), "1 = 1")
    _erase(model, f"id = {model._default_manager.order_by('pk').last().pk}")
    assert not ledger.verify().ok


def _erase(model: type[models.Model], where: str) -> None:
    execute(f'DELETE FROM "{model._meta.db_table}" WHERE {where}')  # noqa: S608


def test_a_revocation_that_nobody_decided_is_found(company: Company) -> None:
    execute("UPDATE governance_permitevent SET kind = 'condition_met'")
    assert {fault.code for fault in ledger.verify().faults} >= {"row_differs", "row_missing"}


def test_a_gap_is_found(db: None) -> None:
    written(5)
    _erase(LedgerEntry, "seq = 3")
    verdict = ledger.verify()
    assert (verdict.entries, verdict.faults[0]) == (2, ledger.LedgerFault("entry 4", "bad_sequence"))


def test_a_cut_tail_is_found_by_the_head(db: None) -> None:
    written(5)
    _erase(LedgerEntry, "seq = 5")
    assert ledger.verify().faults == (ledger.LedgerFault("head", "bad_head"),)


def test_a_missing_head_is_found_and_nothing_is_written_over_it(db: None) -> None:
    written(5)
    _erase(LedgerHead, "1 = 1")
    assert ledger.verify().faults == (ledger.LedgerFault("head", "bad_head"),)
    with pytest.raises(LedgerBroken):
        written(1)
    assert LedgerEntry.objects.count() == 5


def test_a_head_set_back_stops_every_further_entry(db: None) -> None:
    written(3)
    second = LedgerEntry.objects.get(seq=2)
    LedgerHead.objects.update(seq=2, hash=second.hash)
    with pytest.raises(LedgerBroken):
        written(1)


def test_a_swapped_pair_is_found(db: None) -> None:
    written(4)
    for change in ("seq = 100 WHERE seq = 2", "seq = 2 WHERE seq = 3", "seq = 3 WHERE seq = 100"):
        execute(f"UPDATE governance_ledgerentry SET {change}")  # noqa: S608
    assert ledger.verify().faults[0].place == "entry 2"


def test_equal_events_have_unequal_hashes(db: None) -> None:
    with transaction.atomic():
        pair = [ledger.append(type="vote", actor=None, subject=ABOUT, data={"v": 1}) for _ in "ab"]
    assert pair[0].salt != pair[1].salt


def test_a_row_that_cannot_be_read_is_a_finding_not_a_crash(company: Company) -> None:
    execute("UPDATE governance_permit SET terms = '{\"runs\": 1.5}'")
    assert not ledger.verify().ok


def test_the_command_says_whether_it_holds(company: Company) -> None:
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    assert str(LedgerEntry.objects.count()) in out.getvalue()
    execute("UPDATE governance_ledgerentry SET code = 'x' WHERE seq = 4")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ledger", "verify", json=True, stdout=out)
    assert ended.value.code == 1
    found = json.loads(out.getvalue())
    assert found == {
        "ok": False,
        "entries": 3,
        "head": LedgerEntry.objects.get(seq=3).hash,
        "faults": [{"place": "entry 4", "code": "bad_hash"}],
    }
