"""Instants, local dates and working days (committee-rules §2), by looking one by one."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.engines.committee.naive.rules import effective

Thing = dict[str, Any]
LAST = "9999-12-31"
NEVER = datetime.max.replace(tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def said(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=10_000)
def first_instant(zone: str, day: str) -> datetime:
    """By looking: the first quarter of an hour that has the local date or a later one."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=20)
    while at.astimezone(ZoneInfo(zone)).date().isoformat() < day:
        at += timedelta(minutes=15)
    return at


def day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


class Clock:
    """What happened in one case until `at`, and its calendar."""

    def __init__(self, case: Thing) -> None:
        self.case = case
        self.asked = case["case"]
        self.zone = case["calendar"]["timezone"]
        self.rules = effective(case)
        self.state, self.outcome, self.cause = "draft", None, ""
        self.seats: list[Thing] = list(case["seats"])
        self.every_seat = self.seats + [e["seat"] for e in case["events"] if e["type"] == "seat_added"]
        self.ended: set[str] = set()
        self.ballots: list[Thing] = []
        self.recused: set[str] = set()
        self.declared: set[str] = set()
        self.opened = self.closed = self.paused_at = self.resumes = None
        self.paused = timedelta(0)
        self.deadline_day = ""
        self.glass: Thing | None = None
        self.void = self.revoked = self.glass_revoked = None
        self.met: dict[str, datetime] = {}
        self.early = False
        self.final: Thing = {}
        self.refused: list[Thing] = []
        self.entries: list[tuple[str, str, bool, str | None, str, str | None]] = []
        self.at = datetime(2000, 1, 1, tzinfo=UTC)

    def end_of(self, day: str | None) -> datetime:
        return NEVER if day is None or day == LAST else first_instant(self.zone, day_after(day))

    def holds(self, period: Thing, at: datetime) -> bool:
        return first_instant(self.zone, period["from"]) <= at < self.end_of(period["to"])

    def today(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.zone)).date().isoformat()

    def works(self, day: str) -> bool:
        calendar = self.case["calendar"]
        if day in calendar["workdays"]:
            return True
        return day not in calendar["holidays"] and (
            date.fromisoformat(day).isoweekday() not in calendar["weekend"]
        )

    def nth_working_day(self, day: str, count: int) -> str:
        while count:
            day = day_after(day)
            count -= self.works(day)
        return day

    def min_open(self) -> datetime:
        return self.opened + timedelta(hours=self.rules["min_open_hours"]) + self.paused

    def closes_at(self) -> datetime:
        return max(self.end_of(self.deadline_day), self.min_open())
