"""No permit, no training: every reason to refuse, the budget, the signature and its keys."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance import actions, permits
from governance import exceptions as errors
from governance.database.triggers import lifted
from governance.models import LedgerEntry, Permit, PermitUse
from governance.services import decisions
from governance.services.people import membership_end, user_deactivate
from governance.subject_ref import SubjectRef
from tests.governance.conftest import TERMS, VERSION, issue, use_of
from tests.people import People

DAY = dt.timedelta(days=1)


def condition(**changes: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "owner": "u",
        "text": "mask phones",
        "evidence": "",
        "due": "2099-01-01",
        "due_end": "2099-01-01T16:00:00+00:00",
        "when": "by_due",
    } | changes


def test_a_permit_covers_what_it_names(people: People, permit: Permit) -> None:
    assert permits.require(use_of(people.dave)) == permit


def test_a_person_may_hold_a_permit_themselves(people: People) -> None:
    mine = issue(holder=f"user:{people.erin.uid}")
    assert permits.require(use_of(people.erin)) == mine


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": SubjectRef("dataset_version", "x" * 32, VERSION.digest)}, "permit_missing"),
        ({"subject": SubjectRef("dataset", VERSION.id, VERSION.digest)}, "permit_missing"),
        ({"action": "export"}, "permit_missing"),
        ({"subject": SubjectRef("dataset_version", VERSION.id, "sha256:" + "0" * 64)}, "permit_digest"),
        ({"purpose": "marketing"}, "permit_purpose"),
        ({"job_kind": "pair_relevance/lora"}, "permit_job_kind"),
        ({"cpu_seconds": 101}, "permit_budget"),
    ],
)
def test_a_use_beyond_the_grant_is_refused(
    people: People, permit: Permit, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(errors.PermitRefused) as refused:
        permits.require(use_of(people.dave, **changes))
    assert refused.value.code == code
    assert refused.value.text
    assert refused.value.next_step


def test_somebody_else_may_not_use_it(people: People, permit: Permit) -> None:
    for stranger in (people.mallory, people.carol):
        with pytest.raises(errors.PermitHolderMismatch):
            permits.require(use_of(stranger))


def test_who_left_the_team_or_the_company_holds_nothing(people: People, permit: Permit) -> None:
    seat = people.dave.memberships.get()
    membership_end(actor=people.carol, membership=seat, until=timezone.localdate())
    assert permits.require(use_of(people.dave)) == permit  # the last day is a day of membership
    user_deactivate(actor=people.carol, user=people.dave)
    with pytest.raises(errors.PermitHolderMismatch):
        permits.require(use_of(people.dave))


def test_a_superuser_holds_nothing(people: People, permit: Permit) -> None:
    people.mallory.is_superuser = people.mallory.is_staff = True
    people.mallory.save()
    with pytest.raises(errors.PermitHolderMismatch):
        permits.require(use_of(people.mallory))
    with pytest.raises(errors.NotPermitted):
        actions.team_create(actor=people.mallory, code="x", name="X", function="product")


def test_columns_beyond_the_grant_are_named(people: People) -> None:
    issue(holder=f"user:{people.dave.uid}", terms=TERMS | {"columns": ["title", "query"]})
    assert permits.require(use_of(people.dave, columns=("query", "title")))
    with pytest.raises(errors.PermitColumnsExceeded) as refused:
        permits.require(use_of(people.dave, columns=("title", "email", "phone")))
    assert "email, phone" in refused.value.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"valid_from": timezone.now() + DAY, "valid_until": timezone.now() + 2 * DAY}, "suspended"),
        ({"valid_from": timezone.now() - 2 * DAY, "valid_until": timezone.now() - DAY}, "expired"),
        ({"conditions": [condition(when="before_use")]}, "suspended"),
        ({"conditions": [condition(due_end="2020-01-01T16:00:00+00:00")]}, "lapsed"),
    ],
)
def test_a_permit_that_is_not_active_is_refused(people: People, changes: dict[str, Any], status: str) -> None:
    given = issue(holder=f"user:{people.dave.uid}", **changes)
    with pytest.raises(errors.PermitNotActive) as refused:
        permits.require(use_of(people.dave))
    assert refused.value.params["permit_status"] == status == permits.check(given.uid)


@pytest.mark.parametrize(("kind", "status"), [("revoked", "revoked"), ("void", "void")])
def test_what_ended_a_permit_ends_every_use(people: People, permit: Permit, kind: str, status: str) -> None:
    decisions.permit_event_record(permit=permit, kind=kind, at=timezone.now(), by=people.bob)
    assert permits.check(permit.uid) == status
    with pytest.raises(errors.PermitNotActive):
        permits.require(use_of(people.dave))
    before = LedgerEntry.objects.count()
    decisions.permit_event_record(permit=permit, kind=kind, at=timezone.now(), by=people.carol)
    assert LedgerEntry.objects.count() == before  # an end happens once


def test_a_condition_met_before_use_lets_it_begin(people: People) -> None:
    given = issue(holder=f"user:{people.dave.uid}", conditions=[condition(when="before_use")])
    decisions.permit_event_record(
        permit=given, kind="condition_met", at=timezone.now(), by=people.dave, condition="c1"
    )
    assert permits.require(use_of(people.dave)) == given


def test_the_nearest_reason_is_told(people: People, permit: Permit) -> None:
    """Of several candidates the one that passed most checks says why."""
    issue(holder=f"user:{people.erin.uid}")
    issue(holder=f"user:{people.dave.uid}", terms=TERMS | {"runs": 0})
    with pytest.raises(errors.PermitBudgetSpent):
        permits.require(use_of(people.dave, cpu_seconds=1000))
    assert permits.require(use_of(people.dave)) == permit


def test_one_job_takes_one_place_and_is_settled_once(people: People, permit: Permit) -> None:
    for _attempt in range(3):
        with transaction.atomic():
            permits.reserve(use_of(people.dave), permit_uid=permit.uid, job_id="job-1")
    assert permits.budget_of(permit).runs_used == 1
    assert permits.budget_of(permit).cpu_seconds_used == 10
    for cost in (42.5, 99.0):
        with transaction.atomic():
            permits.settle(
                permit_uid=permit.uid, job_id="job-1", actor=people.dave, job_kind="full", cpu_seconds=cost
            )
    assert permits.budget_of(permit).cpu_seconds_used == 42.5
    assert LedgerEntry.objects.filter(type__in=["permit.reserved", "permit.settled"]).count() == 2


def test_the_budget_ends(people: People, permit: Permit) -> None:
    with transaction.atomic():
        permits.reserve(use_of(people.dave, cpu_seconds=60), permit_uid=permit.uid, job_id="a")
    with pytest.raises(errors.PermitBudgetSpent), transaction.atomic():
        permits.reserve(use_of(people.dave, cpu_seconds=41), permit_uid=permit.uid, job_id="b")
    with transaction.atomic():
        permits.settle(permit_uid=permit.uid, job_id="a", actor=people.dave, job_kind="", cpu_seconds=1.0)
        permits.reserve(use_of(people.dave, cpu_seconds=41), permit_uid=permit.uid, job_id="b")
    with pytest.raises(errors.PermitBudgetSpent) as refused, transaction.atomic():
        permits.reserve(use_of(people.dave, cpu_seconds=1), permit_uid=permit.uid, job_id="c")
    assert refused.value.params == {"used": 2, "limit": 2, "unit": "runs"}
    assert PermitUse.objects.filter(kind="reserved").count() == 2


def test_seconds_spent_to_the_last_leave_none(people: People) -> None:
    given = issue(holder=f"user:{people.dave.uid}", terms=TERMS | {"runs": None})
    with transaction.atomic():
        permits.reserve(use_of(people.dave, cpu_seconds=100), permit_uid=given.uid, job_id="a")
    with pytest.raises(errors.PermitBudgetSpent):
        permits.require(use_of(people.dave, cpu_seconds=0))


def test_no_permit_no_reservation(people: People) -> None:
    with pytest.raises(errors.PermitRefused) as refused, transaction.atomic():
        permits.reserve(use_of(people.dave), permit_uid="nothing", job_id="a")
    assert refused.value.code == "permit_missing"
    permits.note_refusal(use_of(people.dave), code="permit_missing", job_id="a")
    assert PermitUse.objects.get().permit is None


def test_an_older_key_still_verifies_and_an_unknown_one_never(
    people: People, permit: Permit, settings: Any
) -> None:
    assert permit.key_id == list(settings.GAVEL_PERMIT_KEYS)[-1]
    settings.GAVEL_PERMIT_KEYS = settings.GAVEL_PERMIT_KEYS | {"newest": b"n" * 32}
    assert permits.require(use_of(people.dave)) == permit
    assert issue(holder=f"user:{people.dave.uid}").key_id == "newest"
    settings.GAVEL_PERMIT_KEYS = {"newest": b"n" * 32}
    assert not permits.is_authentic(permit)
    assert permits.check(permit.uid) == "void"


def test_another_key_of_the_same_name_does_not_verify(permit: Permit, settings: Any) -> None:
    settings.GAVEL_PERMIT_KEYS = dict.fromkeys(settings.GAVEL_PERMIT_KEYS, b"?" * 32)
    assert not permits.is_authentic(permit)


FORGED = {
    "uid": "f" * 32,
    "kind": "break_glass",
    "subject_digest": "sha256:" + "e" * 64,
    "purpose": "marketing",
    "holder": "user:mallory",
    "terms": '{"runs": null}',
    "conditions": "[{}]",
    "valid_from": "2020-01-01 00:00:00+00:00",
    "valid_until": "2099-01-01 00:00:00+00:00",
    "key_id": "old",
    "signature": "0" * 64,
    "decision_id": None,
}


@pytest.mark.parametrize("column", FORGED)
def test_a_row_edited_in_the_database_gives_nothing(people: People, permit: Permit, column: str) -> None:
    with lifted(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE governance_permit SET "{column}" = %s', [FORGED[column]])  # noqa: S608
    with pytest.raises(errors.PermitSignatureInvalid) as refused:
        permits.require(use_of(people.dave))
    assert refused.value.code == "permit_signature"
    assert permits.check(Permit.objects.get().uid) == "void"


@pytest.mark.parametrize("column", ["subject_kind", "subject_id", "action"])
def test_a_permit_moved_to_another_subject_gives_nothing(people: People, permit: Permit, column: str) -> None:
    """Looked for where it was moved to, it is found, and its signature does not match."""
    moved = {"subject_kind": "dataset", "subject_id": "z" * 32, "action": "export"}
    with lifted(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE governance_permit SET "{column}" = %s', [moved[column]])  # noqa: S608
    words = {"kind": VERSION.kind, "id": VERSION.id, "digest": VERSION.digest}
    words |= {column.removeprefix("subject_"): moved[column]} if column != "action" else {}
    wanted = use_of(
        people.dave, subject=SubjectRef(**words), action=moved["action"] if column == "action" else "train"
    )
    with pytest.raises(errors.PermitSignatureInvalid):
        permits.require(wanted)


def test_permits_are_checked_in_bulk_as_one_by_one(people: People) -> None:
    holder, now = f"team:{people.teams['engineering'].uid}", timezone.now()
    active = issue(holder=holder)
    over = issue(holder=holder, valid_from=now - dt.timedelta(days=9), valid_until=now - dt.timedelta(days=1))
    altered = issue(holder=holder)
    with lifted():
        Permit.objects.filter(pk=altered.pk).update(holder="team:mallory")
    uids = [active.uid, over.uid, altered.uid, "gone"]
    with CaptureQueriesContext(connection) as seen:
        found = permits.checks(uids)
    assert found == {uid: permits.check(uid) for uid in uids}
    assert list(found.values()) == ["active", "expired", "void", "void"]
    assert len(seen) == 2  # permits with decisions, events
    assert list(permits.ran_out(now)) == [over]


def test_what_was_revoked_or_may_lapse_is_not_taken_as_run_out(people: People) -> None:
    now = timezone.now()
    past = {"valid_from": now - dt.timedelta(days=9), "valid_until": now - dt.timedelta(days=1)}
    issue(holder="team:x", conditions=[condition()], **past)
    revoked = issue(holder="team:x", **past)
    with transaction.atomic():
        decisions.permit_event_record(
            permit=revoked, kind="revoked", by=None, at=now - dt.timedelta(days=3), reason="r"
        )
    assert not permits.ran_out(now).exists()
