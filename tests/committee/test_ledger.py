"""The record of a case re-proves itself, and any byte changed behind its back is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from committee.models import Case, CaseEvent, Charter, Dossier, Policy, Seat
from governance import ledger, registry
from governance.database.triggers import lifted
from governance.models import Decision, Permit
from tests.committee.conftest import OTHER, Board, Clock, Things, make_board

APPROVE = {"carol": "approve", "sam": "approve", "erin": "approve"}


@pytest.fixture
def decided(transactional_db: None, clock: Clock, things: Things, no_broker: None) -> Board:
    """One decided case and one still open."""
    board = make_board()
    things.digests["second"] = OTHER
    board.vote(board.open(), **APPROVE)
    board.vote(board.open("second"), carol="reject")
    return board


def faults() -> set[str]:
    """Codes found about the committee's rows; other rooms' rows are not their subject."""
    return {fault.code for fault in ledger.verify().faults}


def replaced(model: Any, field: str, old: str, new: str) -> Callable[[], int]:
    def change() -> int:
        row = model.objects.order_by("pk").last()
        value = getattr(row, field)
        text = bytes(value).decode() if not isinstance(value, str) else value
        assert old in text
        edited: Any = text.replace(old, new, 1)
        return int(
            model.objects.filter(pk=row.pk).update(
                **{field: edited if isinstance(value, str) else edited.encode()}
            )
        )

    return change


def updated(model: Any, **fields: Any) -> Callable[[], int]:
    return lambda: int(model.objects.filter(pk=model.objects.order_by("pk")[0].pk).update(**fields))


CHANGES = {
    "event choice": replaced(CaseEvent, "data", "reject", "abstain"),
    "event reason": replaced(CaseEvent, "data", "As the", "Us the"),
    "event hash": updated(CaseEvent, entry_hash="0" * 64),
    "event type": updated(CaseEvent, type="opened"),
    "event person": updated(CaseEvent, by=None),
    "event missing": lambda: CaseEvent.objects.order_by("pk").last().delete()[0],  # type: ignore[union-attr]
    "dossier bytes": replaced(Dossier, "content", "96.4", "99.9"),
    "dossier digest": updated(Dossier, digest="sha256:" + "0" * 64),
    "frame rule": replaced(Case, "frame", '"deadline_days":5', '"deadline_days":9'),
    "frame unreadable": replaced(Case, "frame", "{", "<"),
    "case holder": updated(Case, holder="user:mallory"),
    "case terms": updated(Case, terms={"runs": 1000}),
    "case outcome": updated(Case, outcome="rejected"),
    "case level": updated(Case, level=1),
    "decision": updated(Decision, outcome="rejected"),
    "permit purpose": updated(Permit, purpose="anything"),
    "permit terms": updated(Permit, terms={"runs": 1000}),
    "charter": replaced(Charter, "document", '"value":3', '"value":1'),
    "policy": replaced(Policy, "document", '"min":1', '"min":9'),
    "seat": lambda: Seat.objects.filter(code="seat-2").update(code="seat-9"),
}


def test_the_record_holds(decided: Board) -> None:
    assert ledger.verify().faults == ()


@pytest.mark.parametrize("change", list(CHANGES))
def test_any_change_behind_its_back_is_found(decided: Board, change: str) -> None:
    with lifted():
        assert CHANGES[change]() == 1
    assert faults()


def test_the_database_itself_refuses_such_changes(decided: Board) -> None:
    for model in (CaseEvent, Dossier):
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{model._meta.db_table}" SET id = id')  # noqa: S608 - table names of ours


def test_the_ledger_of_an_open_sealed_case_is_shown_to_nobody(
    db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    board = make_board(sealed=True)
    case = board.vote(board.open(), carol="approve")
    kind = registry.kind_of("case")
    assert kind is not None
    assert not kind.titles(board.people.carol, [case.uid])
    client = Client()
    client.force_login(board.people.mallory)
    page = client.get(f"/cases/{case.uid}?tab=ledger").content.decode()
    event = case.events.get(type="ballot")
    assert event.entry_hash not in page
    assert event.entry_hash[:4] not in page
    done = board.vote(case, sam="approve", erin="approve")
    assert kind.titles(board.people.carol, [done.uid]) == {done.uid: done.number}
    assert event.entry_hash in client.get(f"/cases/{case.uid}?tab=ledger").content.decode()
