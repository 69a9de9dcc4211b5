"""What sleeps is listed, what is stuck is told: on the page, over the API and at a shell."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from committee import actions, selectors
from committee.choices import CaseState
from committee.models import Case, CaseEvent
from governance.choices import DeliveryState, SendState
from governance.database.triggers import lifted
from governance.models import Delivery, OutboxDelivery, PermitEvent
from tests.committee.conftest import DIGEST, Board, Clock, Things


def client_of(board: Board, name: str) -> Client:
    client = Client()
    client.force_login(board.person(name))
    return client


def asleep() -> list[str]:
    return [case.number for case in selectors.asleep(Case.objects.order_by("pk"))]


def kinds() -> list[str]:
    return [row.kind for row in selectors.watchdog()]


def test_a_case_is_asleep_beyond_five_working_days(board: Board, case: Case, clock: Clock) -> None:
    actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")
    clock.forward(days=7)  # Monday again: the fifth working day
    assert asleep() == []
    clock.forward(days=1)
    assert asleep() == [case.number]
    actions.case_resume(actor=board.people.dave, case=case)
    assert asleep() == []


def test_a_weekend_does_not_count(board: Board, case: Case, clock: Clock) -> None:
    clock.forward(days=4)  # Friday
    actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")
    clock.forward(days=7)
    assert asleep() == []
    clock.forward(days=3)
    assert asleep() == [case.number]


def test_sleeping_cases_are_a_filter_of_the_list_and_of_the_api(
    board: Board, things: Things, case: Case, clock: Clock
) -> None:
    things.digests["other"] = DIGEST
    awake = board.open("other")
    actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")
    clock.forward(days=8)
    client = client_of(board, "secretary")
    page = client.get("/cases/?asleep=on").content.decode()
    assert (case.number in page, awake.number in page) == (True, False)
    found = client.get("/api/v1/cases?asleep=1").json()["results"]
    assert [row["number"] for row in found] == [case.number]


def test_somebody_elses_draft_is_listed_for_nobody_but_its_requester(
    board: Board, case: Case, clock: Clock
) -> None:
    Case.objects.filter(pk=case.pk).update(state=CaseState.DRAFT)
    clock.forward(days=10)
    for name, seen in (("dave", True), ("carol", False)):
        assert (case.number in client_of(board, name).get("/cases/?asleep=on").content.decode()) is seen


def test_nothing_is_stuck_at_first(board: Board, case: Case) -> None:
    assert selectors.watchdog() == []
    call_command("watchdog", stdout=StringIO())


def test_an_open_case_past_its_deadline_is_stuck(board: Board, case: Case, clock: Clock) -> None:
    clock.now = case.closes_at + dt.timedelta(minutes=4)
    assert kinds() == []
    clock.forward(minutes=2)
    assert kinds() == ["case_overdue"]
    actions.case_settle(case=case)
    assert kinds() == []


def test_an_event_that_reaches_nobody_is_stuck(board: Board, case: Case) -> None:
    row = OutboxDelivery.objects.create(
        event="case.closed", reactor="x.clock.on_x", subject_kind="case", subject_id=case.uid,
        attempts=6, next_at=timezone.now(),
    )  # fmt: skip
    assert kinds() == ["outbox"]
    OutboxDelivery.objects.filter(pk=row.pk).update(state=DeliveryState.DONE)
    assert kinds() == []


def test_a_message_nobody_takes_is_stuck(board: Board) -> None:
    now = timezone.now()
    row = Delivery.objects.create(
        recipient=board.people.dave, kind="email", attempts=6, next_at=now, created_at=now
    )
    assert kinds() == ["delivery"]
    Delivery.objects.filter(pk=row.pk).update(state=SendState.SENT)
    assert kinds() == []


def test_a_revocation_the_permit_does_not_know_is_stuck(board: Board, case: Case) -> None:
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    actions.permit_revoke(actor=board.people.carol, case=done, reason="Licence ended")
    assert kinds() == []
    with lifted():
        PermitEvent.objects.all().delete()
    assert kinds() == ["permit_event"]


def test_a_condition_the_permit_does_not_know_is_stuck(board: Board) -> None:
    asked = {
        "id": "mask", "owner": board.people.alice.uid, "due": "2026-12-10", "when": "by_due", "evidence": "x",
    }  # fmt: skip
    case = board.open()
    actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", conditions=[asked])
    done = board.vote(case, sam="approve", erin="approve")
    for _ in range(2):  # met again: accepted without effect
        actions.condition_confirm(actor=board.secretary, case=done, condition="mask", evidence="Run 12")
    assert kinds() == []
    with lifted():
        PermitEvent.objects.all().delete()
    assert set(kinds()) == {"permit_event"}
    assert CaseEvent.objects.filter(type="condition_met").count() == 2


def test_the_page_is_for_those_who_can_do_something(board: Board, case: Case, clock: Clock) -> None:
    clock.now = case.closes_at + dt.timedelta(hours=1)
    for name, status in (("bob", 200), ("carol", 200), ("secretary", 200), ("dave", 403), ("sam", 403)):
        assert client_of(board, name).get("/watchdog/").status_code == status, name
        assert client_of(board, name).get("/api/v1/watchdog").status_code == status, name
    assert case.number in client_of(board, "secretary").get("/watchdog/").content.decode()
    told = client_of(board, "secretary").get("/api/v1/watchdog").json()
    assert [(row["kind"], row["what"]) for row in told["stuck"]] == [("case_overdue", case.number)]


def test_the_command_ends_with_one_where_something_is_stuck(board: Board, case: Case, clock: Clock) -> None:
    clock.now = case.closes_at + dt.timedelta(hours=1)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("watchdog", "--json", stdout=out)
    assert ended.value.code == 1
    assert [row["what"] for row in json.loads(out.getvalue())] == [case.number]


def test_secretary_and_chair_find_sleeping_cases_on_their_home(
    board: Board, case: Case, clock: Clock
) -> None:
    actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")
    clock.forward(days=8)
    for name in ("carol", "secretary"):
        home = client_of(board, name).get("/").context["home"]
        assert [found.number for found in home.asleep] == [case.number], name
    assert client_of(board, "sam").get("/").context["home"].asleep == ()


def test_an_adoption_that_does_not_come_into_force_is_stuck(board: Board, clock: Clock) -> None:
    from governance.models import Permit, Standard, StandardVersion
    from governance.services import decisions
    from governance.subject_ref import SubjectRef

    standard = Standard.objects.create(name="orders", title="Orders", owner=board.people.carol)
    version = StandardVersion.objects.create(
        standard=standard,
        version="1.0.0",
        document=b"x",
        digest=DIGEST,
        status="proposed",
        created_by=board.people.carol,
    )
    decisions.permit_issue(
        kind="break_glass", decision=None, case_id="x", action="adopt", purpose="adoption", holder="user:x",
        subject=SubjectRef("standard_version", version.uid, DIGEST), terms={}, conditions=[],
        valid_from=clock.now, valid_until=clock.now + dt.timedelta(days=5),
    )  # fmt: skip
    assert Permit.objects.count() == 1
    clock.forward(minutes=9)
    assert kinds() == []
    clock.forward(minutes=2)
    assert kinds() == ["adoption"]
    StandardVersion.objects.filter(pk=version.pk).update(status="in_force")
    assert kinds() == []


def test_the_page_asks_the_database_the_same_however_much_is_stuck(
    board: Board, things: Things, clock: Clock
) -> None:
    def queries() -> int:
        client = client_of(board, "carol")
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/watchdog/").status_code == 200
        return len(caught)

    def open_and_leave(numbers: range) -> None:
        for number in numbers:
            case = board.open(f"v{number}")
            if number % 2:
                actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")

    things.digests |= {f"v{number}": DIGEST for number in range(10)}
    open_and_leave(range(2))
    clock.forward(days=30)
    first = queries()
    clock.forward(days=-30)
    open_and_leave(range(2, 10))
    clock.forward(days=30)
    assert queries() == first <= 20
