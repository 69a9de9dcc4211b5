"""What page, API and rows say of a case is what `manage.py tally` makes of its file, in every outcome."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from committee import actions
from committee.engine import tally
from committee.engine.cli import main
from committee.models import Case
from governance import ledger
from governance.models import Decision, Permit, User
from tests.committee.conftest import OTHER, Board, Clock, Things, make_board

ROOT = Path(__file__).resolve().parents[2]
CONDITION = {"id": "mask", "due": "2026-12-04", "when": "before_use", "evidence": "A masked sample"}
Play = Callable[[Board, Clock, Things, Case], Any]


def condition(owner: User) -> list[dict[str, Any]]:
    return [CONDITION | {"owner": owner.uid}]


def approved(board: Board, clock: Clock, things: Things, case: Case) -> None:
    board.vote(case, carol="approve", sam="approve", erin="approve")


def with_condition(board: Board, clock: Clock, things: Things, case: Case) -> None:
    asked = condition(board.sam)
    actions.ballot_cast(actor=board.person("carol"), case=case, choice="approve", conditions=asked)
    board.vote(case, sam="approve", erin="approve")


def met(board: Board, clock: Clock, things: Things, case: Case) -> None:
    with_condition(board, clock, things, case)
    clock.forward(hours=1)
    actions.condition_confirm(
        actor=board.secretary, case=case, condition="mask", evidence="Seen: a masked sample"
    )


def lapsed(board: Board, clock: Clock, things: Things, case: Case) -> None:
    with_condition(board, clock, things, case)
    clock.forward(days=20)


def rejected(board: Board, clock: Clock, things: Things, case: Case) -> None:
    board.vote(case, carol="reject", bob="reject", sam="reject", erin="approve")


def expired(board: Board, clock: Clock, things: Things, case: Case) -> None:
    board.vote(case, carol="approve")
    clock.forward(days=10)
    actions.case_settle(case=case)


def inquorate(board: Board, clock: Clock, things: Things, case: Case) -> None:
    board.vote(case, carol="recuse", bob="recuse")


def withdrawn(board: Board, clock: Clock, things: Things, case: Case) -> None:
    board.vote(case, carol="approve")
    actions.case_withdraw(actor=board.people.dave, case=case)


def superseded(board: Board, clock: Clock, things: Things, case: Case) -> None:
    board.vote(case, carol="approve")
    things.digests["thing"] = OTHER
    actions.case_subject_check(actor=None, case=case)


def revoked(board: Board, clock: Clock, things: Things, case: Case) -> None:
    approved(board, clock, things, case)
    clock.forward(hours=1)
    actions.permit_revoke(actor=board.person("carol"), case=case, reason="The licence has ended")


def void(board: Board, clock: Clock, things: Things, case: Case) -> None:
    approved(board, clock, things, case)
    things.digests["thing"] = OTHER
    actions.case_subject_check(actor=None, case=case)


def returned(board: Board, clock: Clock, things: Things, case: Case) -> None:
    actions.case_return(actor=board.person("carol"), case=case, reason="Which columns?")


def resumed(board: Board, clock: Clock, things: Things, case: Case) -> None:
    returned(board, clock, things, case)
    clock.forward(days=3)
    actions.case_resume(actor=board.people.dave, case=case)
    rejected(board, clock, things, case)


def deferred(board: Board, clock: Clock, things: Things, case: Case) -> None:
    until = dt.date(2026, 11, 26)
    actions.case_defer(actor=board.person("carol"), case=case, reason="Next meeting", until=until)
    clock.forward(days=4)
    actions.case_settle(case=case)
    approved(board, clock, things, case)


def alternate(board: Board, clock: Clock, things: Things, case: Case) -> None:
    actions.conflict_declare(
        actor=board.person("erin"), case=case, member=board.person("erin"), reason="My own table"
    )
    board.vote(case, xia="approve", carol="approve", sam="approve")


def absent(board: Board, clock: Clock, things: Things, case: Case) -> None:
    seat = board.committee.seats.get(code="seat-1")
    day = clock.now.date() + dt.timedelta(days=1)
    actions.absence_declare(actor=seat.member, seat=seat, first=day, last=day, reason="Away")
    clock.forward(days=1)
    actions.case_return(actor=board.person("bob"), case=case, reason="The deputy presides today")


def delegated(board: Board, clock: Clock, things: Things, case: Case) -> None:
    seats = {seat.code: seat for seat in board.committee.seats.all()}
    today = clock.now.date()
    actions.delegation_give(
        actor=board.person("bob"),
        principal=seats["seat-2"],
        delegate=seats["seat-3"],
        first=today,
        last=today + dt.timedelta(days=30),
    )
    clock.forward(days=1)
    actions.ballot_cast(actor=board.sam, case=case, seat="seat-2", choice="approve")
    board.vote(case, carol="approve", sam="reject", erin="approve")


PLAYS: dict[str, tuple[Play, str]] = {
    "approved": (approved, "approved"),
    "approved with a condition": (with_condition, "approved_with_conditions"),
    "condition met": (met, "approved_with_conditions"),
    "condition lapsed": (lapsed, "approved_with_conditions"),
    "rejected": (rejected, "rejected"),
    "expired": (expired, "expired"),
    "inquorate": (inquorate, "inquorate"),
    "withdrawn": (withdrawn, "withdrawn"),
    "superseded": (superseded, "superseded"),
    "revoked": (revoked, "approved"),
    "void": (void, "approved"),
    "returned": (returned, "returned"),
    "returned and resumed": (resumed, "rejected"),
    "deferred": (deferred, "approved"),
    "an alternate voted": (alternate, "approved"),
    "absence declared in the vote": (absent, "returned"),
    "delegation given in the vote": (delegated, "approved"),
}


@pytest.mark.parametrize("name", PLAYS)
def test_the_file_of_a_case_replays_to_what_is_shown(
    name: str, board: Board, clock: Clock, things: Things, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play, outcome = PLAYS[name]
    case = board.open()
    play(board, clock, things, case)
    case.refresh_from_db()
    assert case.outcome == outcome

    path, log = tmp_path / "case.json", tmp_path / "case.jsonl"
    path.write_bytes(reader(board).get(f"/cases/{case.uid}/input.json").content)
    assert main([str(path), "--ledger", str(log)]) == 0
    printed = json.loads(capsys.readouterr().out)
    api = asker(board)
    assert api.get(f"/api/v1/cases/{case.uid}/input").data == json.loads(path.read_text())
    assert api.get(f"/api/v1/cases/{case.uid}/tally").data == printed
    agrees_with_rows(case, printed, log)
    shows(board, case, printed, log)
    assert ledger.verify().ok


def agrees_with_rows(case: Case, printed: dict[str, Any], log: Path) -> None:
    """State, counts, events, decision and permit as they are stored."""
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    stored = list(case.events.values_list("entry_hash", flat=True))
    assert [e["hash"] for e in entries if e["actor"] != "system" or e["type"] == "subject_changed"] == stored
    assert (case.state, case.outcome) == (printed["state"], printed["outcome"] or "")
    for field in ("counts", "presiding", "ineligible", "ballots", "resolution", "effective", "escalate_to"):
        assert case.tally[field] == printed[field], field
    decision = Decision.objects.filter(case_id=case.number).first()
    assert (decision.resolution if decision else None) == printed["resolution"]
    if decision:
        closing = next(e for e in entries if e["state"] == "closed" and e["actor"] == "system")
        assert decision.case_ledger_head == closing["hash"]
        assert decision.counts == printed["counts"]
    permit = Permit.objects.filter(case_id=case.number).first()
    assert (permit is not None) == (printed["permit"] is not None)


def shows(board: Board, case: Case, printed: dict[str, Any], log: Path) -> None:
    """Page and API name the entries by their hashes and the outcome by its word."""
    hashes = {json.loads(line)["hash"] for line in log.read_text(encoding="utf-8").splitlines()}
    events = asker(board).get(f"/api/v1/cases/{case.uid}/events").data["events"]
    assert {event["hash"].removeprefix("sha256:") for event in events} <= hashes
    page = reader(board).get(f"/cases/{case.uid}?tab=ledger")
    assert page.context["view"].output == printed
    assert f"/cases/{case.uid}/input.json" in page.content.decode()
    permit = Permit.objects.filter(case_id=case.number).first()
    if permit is not None:
        told = asker(board).get(f"/api/v1/permits/{permit.uid}").data
        assert told["status"] == printed["permit"]["status"]


def reader(board: Board) -> Client:
    client = Client()
    client.force_login(board.person("mallory"))
    return client


def asker(board: Board) -> APIClient:
    client = APIClient()
    client.force_authenticate(board.person("mallory"))
    return client


def test_as_a_process_without_a_database(board: Board, clock: Clock, things: Things, case: Case) -> None:
    approved(board, clock, things, case)
    given = reader(board).get(f"/cases/{case.uid}/input.json").content
    done = subprocess.run(
        [sys.executable, "manage.py", "tally", "-"],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "nowhere"},
        input=given,
        capture_output=True,
        check=True,
    )
    case.refresh_from_db()
    assert json.loads(done.stdout)["ballots"] == case.tally["ballots"]


def test_a_sealed_case_is_handed_out_only_once_closed(
    db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    board = make_board(sealed=True)
    case = board.vote(board.open(), carol="approve")
    for name in ("mallory", "carol", "secretary"):
        api = APIClient()
        api.force_authenticate(board.person(name))
        refused = api.get(f"/api/v1/cases/{case.uid}/input")
        assert (refused.status_code, refused.data["code"]) == (403, "case_sealed")
    page = reader(board)
    assert page.get(f"/cases/{case.uid}/input.json").status_code == 302
    assert "sealed until it closes" in page.get(f"/cases/{case.uid}").content.decode()
    assert "input.json" not in page.get(f"/cases/{case.uid}").content.decode()
    board.vote(case, sam="approve", erin="approve")
    given = json.loads(page.get(f"/cases/{case.uid}/input.json").content)
    assert tally(given).output["outcome"] == "approved"


def test_the_file_is_for_those_who_may_see_the_case(board: Board, case: Case) -> None:
    assert Client().get(f"/cases/{case.uid}/input.json").status_code == 302
    assert APIClient().get(f"/api/v1/cases/{case.uid}/input").status_code == 401
    Case.objects.filter(pk=case.pk).update(state="draft")
    assert reader(board).get(f"/cases/{case.uid}/input.json").status_code == 404
    assert asker(board).get("/api/v1/cases/no-such-case/input").status_code == 404
