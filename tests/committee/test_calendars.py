"""Working days: what the library says of a country, what a committee sets otherwise, and who may."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from committee import actions, calendars
from committee.calendars import Source
from committee.clock import calendars_tick
from committee.models import Case, Committee
from governance import ledger
from governance.exceptions import InvalidInput, NotPermitted
from governance.models import LedgerEntry, Notice
from tests.committee.conftest import Board, Clock, make_board

EMPTY = {"timezone": "Asia/Shanghai", "weekend": [6, 7], "holidays": [], "workdays": []}
CHINA_2026 = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


CHINA = Source("CN")


def china(source: Source = CHINA, today: str = "2026-03-01") -> Any:
    calendar, _source = calendars.filled(EMPTY, source, day(today))
    return calendars.engine_calendar(calendar)


def test_china_works_on_exactly_six_weekend_days_of_2026() -> None:
    known = calendars.library_days("CN", "", [2026])
    assert tuple(sorted(known.workdays)) == CHINA_2026
    assert all(china().is_working_day(day(text)) for text in CHINA_2026)


@pytest.mark.parametrize(("year", "count"), [(2024, 8), (2025, 5), (2026, 6)])
def test_china_has_its_make_up_days_in_each_announced_year(year: int, count: int) -> None:
    known = calendars.library_days("CN", "", [year])
    assert len(known.workdays) == count
    assert {day(text).isoweekday() for text in known.workdays} <= {6, 7}
    assert known.workdays.isdisjoint(known.holidays)


def test_a_year_not_announced_yet_is_told() -> None:
    assert [y for y in range(2024, 2029) if calendars.makeup_days_unknown("CN", y)] == [2027, 2028]
    assert not calendars.makeup_days_unknown("US", 2031)
    assert not calendars.makeup_days_unknown("", 2026)


def test_national_day_and_the_saturday_after_it_move_a_deadline() -> None:
    """From Tuesday 29 September 2026 on: 30 September, 8 and 9 October, and Saturday the 10th."""
    days = china()
    assert days.working_day_after(day("2026-09-29"), 3) == day("2026-10-09")
    assert days.working_day_after(day("2026-09-29"), 4) == day("2026-10-10")
    assert days.working_days_between(day("2026-09-30"), day("2026-10-07")) == 0


@pytest.mark.parametrize(
    ("country", "subdivision", "free", "worked"),
    [
        ("US", "", "2026-07-03", "2026-07-06"),
        ("DE", "BY", "2026-01-06", "2026-01-07"),
        ("DE", "", "2026-10-03", "2026-01-06"),
        ("JP", "", "2026-05-06", "2026-05-07"),
        ("HU", "", "2026-01-02", "2026-01-10"),
    ],
)
def test_other_countries(country: str, subdivision: str, free: str, worked: str) -> None:
    days = china(Source(country, subdivision))
    assert not days.is_working_day(day(free))
    assert days.is_working_day(day(worked))


def test_own_days_go_before_the_library_and_can_be_taken_back() -> None:
    own = Source("CN").with_day("2026-10-10", "free").with_day("2026-10-06", "worked")
    own = own.with_day("2026-02-28", "plain").with_day("2026-06-01", "free")
    days = china(own)
    assert [days.is_working_day(day(f"2026-{text}")) for text in ("10-10", "10-06", "02-28", "06-01")] == [
        False, True, False, False,
    ]  # fmt: skip
    back = own
    for text in ("2026-10-10", "2026-10-06", "2026-02-28", "2026-06-01"):
        back = back.with_day(text, "library")
    assert back == Source("CN")


def test_years_that_are_over_stay_as_they_were() -> None:
    old = EMPTY | {"holidays": ["2025-03-03", "2026-03-03"], "workdays": ["2025-03-08"]}
    calendar, source = calendars.filled(old, Source("CN"), day("2026-03-01"))
    assert ("2025-03-03" in calendar["holidays"], "2026-03-03" in calendar["holidays"]) == (True, False)
    assert "2025-03-08" in calendar["workdays"]
    assert source.through == 2027


@pytest.mark.parametrize(
    ("today", "last"), [("2026-06-30", 2027), ("2026-07-01", 2028), ("2026-12-31", 2028)]
)
def test_a_calendar_reaches_eighteen_months_ahead(today: str, last: int) -> None:
    assert calendars.years_ahead(day(today))[-1] == last


def update(board: Board, name: str = "secretary", **changes: Any) -> Committee:
    given: dict[str, Any] = {"zone": "Asia/Shanghai", "weekend": [6, 7], "country": "CN"} | changes
    return actions.calendar_update(actor=board.person(name), committee=board.committee, **given)


@pytest.mark.parametrize("name", ["secretary", "carol", "bob"])
def test_secretary_chair_and_governance_keep_it(board: Board, name: str) -> None:
    done = update(board, name, added_holidays=["2026-12-24"])
    assert "2026-12-24" in done.calendar["holidays"]
    entry = LedgerEntry.objects.get(type="calendar.updated")
    told = ledger.data_of(entry)
    assert (told["country"], told["through"]) == ("CN", 2028)
    assert told["holidays_after"] == len(done.calendar["holidays"])
    assert ledger.verify().ok


@pytest.mark.parametrize("name", ["sam", "dave", "mallory", "xia"])
def test_nobody_else_may(board: Board, name: str) -> None:
    with pytest.raises(NotPermitted):
        update(board, name)
    assert LedgerEntry.objects.filter(type="calendar.update", accepted=False).count() == 1
    board.committee.refresh_from_db()
    assert board.committee.calendar_source == {}


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Mars/Base"},
        {"weekend": [1, 2, 3, 4, 5, 6, 7]},
        {"weekend": [0]},
        {"country": "XX"},
        {"country": "CN", "subdivision": "BY"},
        {"added_holidays": ["2026-02-30"]},
        {"added_holidays": ["1999-01-01"]},
        {"added_holidays": ["soon"]},
        {"removed": ["2026-01-01"] * 1001},
        {"added_holidays": ["2026-12-24"], "added_workdays": ["2026-12-24"]},
    ],
)
def test_a_bad_calendar_is_refused_and_nothing_changes(board: Board, change: dict[str, Any]) -> None:
    before = board.committee.calendar
    with pytest.raises(InvalidInput):
        update(board, **change)
    board.committee.refresh_from_db()
    assert (board.committee.calendar, board.committee.calendar_source) == (before, {})


def test_a_running_case_keeps_its_calendar(board: Board, case: Case) -> None:
    frame, closes = case.frame, case.closes_at
    update(board, added_holidays=["2026-11-24", "2026-11-25"])
    case.refresh_from_db()
    actions.case_settle(case=case)
    assert (case.frame, case.closes_at) == (frame, closes)
    later = json.loads(case.frame)["calendar"]["holidays"]
    assert "2026-11-24" not in later


def test_own_days_that_repeat_the_library_are_not_kept(board: Board) -> None:
    done = update(board, added_holidays=["2026-10-01", "2026-12-24"], added_workdays=["2026-10-10"])
    assert (done.calendar_source["added_holidays"], done.calendar_source["added_workdays"]) == (
        ["2026-12-24"], [],
    )  # fmt: skip


def test_the_tick_fills_the_years_ahead_once(board: Board, clock: Clock) -> None:
    assert calendars_tick() == 0  # kept by hand: nothing to fill it from
    update(board)
    assert calendars_tick() == 0
    clock.forward(days=300)
    assert (calendars_tick(), calendars_tick()) == (1, 0)
    board.committee.refresh_from_db()
    assert board.committee.calendar_source["through"] == 2029
    assert LedgerEntry.objects.filter(type="calendar.updated").count() == 2
    clock.forward(days=-300)  # a clock moved back takes nothing away from what the ledger holds
    calendars_tick()
    assert ledger.verify().ok


def test_the_secretary_is_told_once_that_next_years_days_are_not_known(board: Board) -> None:
    update(board)
    calendars_tick()
    calendars_tick()
    (notice,) = Notice.objects.filter(code="calendar_makeup_unknown")
    assert (notice.recipient, notice.params["year"]) == (board.secretary, 2027)


def test_own_worked_days_of_next_year_make_the_notice_needless(board: Board) -> None:
    update(board, added_workdays=["2027-02-20"])
    calendars_tick()
    assert not Notice.objects.filter(code="calendar_makeup_unknown").exists()


def test_a_founding_may_name_a_country(db: None, clock: Clock, things: Any, no_broker: None) -> None:
    from committee.services.calendar import calendar_founded

    calendar, source = calendar_founded({"country": "CN", "timezone": "Asia/Shanghai"})
    assert set(CHINA_2026) <= set(calendar["workdays"])
    assert (source["country"], source["through"]) == ("CN", 2028)
    for bad in ({"country": "Atlantis"}, {"country": ["CN"]}, {"country": "CN", "weekend": 5}):
        with pytest.raises(InvalidInput):
            calendar_founded(bad)
    assert make_board().committee.calendar_source == {}


def client_of(board: Board, name: str, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(board.person(name))
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_each_month_and_offers_changes_to_who_keeps_it(board: Board, language: str) -> None:
    update(board, removed=["2026-02-28"])
    page = client_of(board, "secretary", language).get("/committee/calendar").content.decode()
    assert ("National Day" if language == "en" else "国庆节") in page
    assert page.count("<tr>") == 13
    assert 'name="d-day"' in page
    assert 'name="d-day"' not in client_of(board, "dave").get("/committee/calendar").content.decode()
    assert client_of(board, "dave").get("/committee/calendar?year=9999&committee=x").status_code == 404


def test_days_and_country_are_set_by_the_page(board: Board) -> None:
    client = client_of(board, "carol")
    fields = {"c-country": "CN", "c-zone": "Asia/Shanghai", "c-weekend": ["6", "7"]}
    assert client.post("/committee/calendar/update", fields).status_code == 302
    sent = {"d-day": "2026-12-24", "d-what": "free"}
    assert client.post("/committee/calendar/day", sent).status_code == 302
    board.committee.refresh_from_db()
    assert board.committee.calendar_source["added_holidays"] == ["2026-12-24"]
    assert client.post("/committee/calendar/update", fields).status_code == 302
    board.committee.refresh_from_db()
    assert board.committee.calendar_source["added_holidays"] == ["2026-12-24"]
    for bad in ({"d-day": "soon", "d-what": "free"}, {"d-day": "2026-12-24", "d-what": "maybe"}, {}):
        assert client.post("/committee/calendar/day", bad).status_code == 400
    assert client.post("/committee/calendar/update", fields | {"c-subdivision": "BY"}).status_code == 400
    assert client_of(board, "mallory").post("/committee/calendar/day", sent).status_code == 403


def test_the_calendar_over_the_api(board: Board) -> None:
    client = client_of(board, "secretary")
    body = {"timezone": "Asia/Shanghai", "weekend": [6, 7], "country": "CN", "added_holidays": ["2026-12-24"]}
    url = "/api/v1/committee/calendar"
    answer = client.put(url, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json() == client.get(url).json()
    assert set(CHINA_2026) <= set(answer.json()["workdays"])
    assert answer.json()["makeup_days_unknown"] == [2027, 2028]
    for change in ({"country": "XX"}, {"weekend": [8]}, {"timezone": "x"}, {"added_holidays": ["x"]}):
        refused = client.put(url, body | change, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input"), change
    stranger = client_of(board, "mallory").put(url, body, content_type="application/json")
    assert stranger.status_code == 403
    assert client.get(f"{url}?committee=x").status_code == 409
