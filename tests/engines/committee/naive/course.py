"""What events and the passing of time do (committee-rules §8)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.engines.committee.naive.clock import Thing, day_after, first_instant, said, utc
from tests.engines.committee.naive.printing import Printing


class NaiveTally(Printing):
    """One case, followed to its `now`."""

    def __init__(self, case: Thing) -> None:
        super().__init__(case)
        self.run()

    def run(self) -> None:
        for index, event in enumerate(self.case["events"]):
            at = utc(event["at"])
            self.pass_time(at)
            code = self.refusal(event)
            if code is None:
                self.take(event)
            else:
                self.refused.append({"event": index, "code": code})
            self.note(event["type"], code)
            if code is None:
                self.steps()
        self.pass_time(utc(self.case["now"]))

    def pass_time(self, to: datetime) -> None:
        while True:
            ahead = [at for at in self.stops() if self.at < at <= to]
            self.at = min(ahead, default=to)
            if not ahead:
                return
            self.steps()

    def stops(self) -> Iterator[datetime]:
        periods = [seat["term"] for seat in self.every_seat]
        periods += [absence for seat in self.every_seat for absence in seat.get("absences", [])]
        for period in periods + self.case["conflicts"]:
            yield first_instant(self.zone, period["from"])
            yield self.end_of(period["to"])
        if self.state == "open":
            yield from (self.min_open(), self.closes_at())
        if self.state == "deferred":
            yield self.resumes

    def note(self, kind: str, code: str | None) -> None:
        self.entries.append((said(self.at), kind, code is None, code, self.state, self.outcome))

    def refusal(self, event: Thing) -> str | None:
        kind, by = event["type"], event["by"]
        if kind == "ballot":
            return self.ballot_refusal(event)
        if kind in ("subject_changed", "policy_changed", "seat_added", "seat_ended"):
            return None
        if kind == "break_glass":
            return self.glass_refusal(event)
        clerk, asker, chair = self.case["committee"].get("secretary"), self.asked["requester"], self.chair()
        states, persons = {
            "open": (["draft"], [asker, clerk]),
            "returned": (["open"], [chair]),
            "deferred": (["open"], [chair]),
            "resumed": (["returned", "deferred"], [asker if self.state == "returned" else chair]),
            "withdrawn": (["draft", "open", "returned", "deferred"], [asker]),
            "conflict_declared": (
                ["draft", "open", "returned", "deferred"],
                [event.get("member"), chair, clerk],
            ),
            "condition_met": (["closed"], [chair, clerk]),
            "revoked": ([self.state], [chair, clerk]),
        }[kind]
        if kind == "condition_met" and self.outcome != "approved_with_conditions":
            return "wrong_state"
        if self.state not in states:
            return "case_closed" if self.state == "closed" else "wrong_state"
        if kind in ("condition_met", "revoked"):
            permit = self.permit()
            if permit is None or permit["status"] not in ("active", "suspended"):
                return "permit_not_live"
        if kind == "condition_met":
            wanted = [c for c in self.final["conditions"] if c["id"] == event["condition"]]
            if not wanted:
                return "unknown_condition"
            persons = [person for person in persons if person != wanted[0]["owner"]]
        if by not in persons:
            return "actor_not_allowed"
        if "reason" in event and not event["reason"].strip():
            return "rationale_missing"
        if kind == "deferred" and event["until"] <= self.today(self.at):
            return "bad_until"
        return None

    def glass_refusal(self, event: Thing) -> str | None:
        if self.state == "closed":
            return "case_closed"
        if self.glass:
            return "break_glass_used"
        people = set(event["by"])
        if len(people) != 2:
            return "two_people_required"
        able = {s["member"] for s in self.seats if self.in_office(s) and not self.barred(s["member"])}
        if people - able:
            return "actor_not_allowed"
        if not event["reason"].strip():
            return "rationale_missing"
        return "too_long" if event["hours"] > self.rules["break_glass_max_hours"] else None

    def take(self, event: Thing) -> None:
        kind = event["type"]
        if kind == "open":
            self.state, self.opened = "open", self.at
            self.deadline_day = self.nth_working_day(self.today(self.at), self.rules["deadline_days"])
        elif kind == "ballot" and event["choice"] == "recuse":
            self.recused.add(event["by"])
        elif kind == "ballot":
            seat = next(s for s in self.seats if s["id"] == event["seat"])
            via = "own" if event["by"] == seat["member"] else "proxy"
            if (seat.get("alternate") or {}).get("member") == event["by"]:
                via = "alternate"
            self.ballots.append({**event, "via": via})
        elif kind in ("returned", "deferred"):
            self.state = self.outcome = kind
            self.paused_at = self.at
            self.resumes = first_instant(self.zone, event["until"]) if kind == "deferred" else None
        elif kind == "resumed":
            self.resume()
        elif kind == "withdrawn":
            self.close("withdrawn", "withdrawn_by_requester")
        elif kind == "conflict_declared":
            self.declared.add(event["member"])
        elif kind == "subject_changed" and event["digest"] != self.asked["subject"]["digest"]:
            self.void = self.void or self.at
            if self.state != "closed":
                self.close("superseded", "digest_changed")
        elif kind == "policy_changed" and event["version"] != self.case["charter"]["version"]:
            if self.state != "closed":
                self.close("superseded", "policy_stale")
        elif kind == "seat_added":
            self.seats.append(event["seat"])
        elif kind == "seat_ended":
            self.ended.add(event["seat"])
        elif kind == "break_glass":
            self.glass = {"from": self.at, "to": self.at + timedelta(hours=event["hours"])}
        elif kind == "revoked" and self.state == "closed":
            self.revoked = self.at
        elif kind == "revoked":
            self.glass_revoked = self.at
        elif kind == "condition_met":
            self.met.setdefault(event["condition"], self.at)

    def resume(self) -> None:
        day, left = self.today(self.paused_at), 0
        while day < self.deadline_day:
            day = day_after(day)
            left += self.works(day)
        self.state, self.outcome = "open", None
        self.paused += self.at - self.paused_at
        self.deadline_day = self.nth_working_day(self.today(self.at), max(1, left))

    def steps(self) -> None:
        if self.state == "deferred" and self.at >= self.resumes:
            self.resume()
            self.note("auto_resumed", None)
        if self.state != "open":
            return
        position = self.position()
        verdict = self.verdict(position)
        if verdict == "inquorate":
            self.close("inquorate")
            self.note("auto_inquorate", None)
        elif self.at >= self.closes_at():
            self.decide(verdict)
        elif self.rules["early_close"] == "certain" and self.at >= self.min_open() and self.certain(position):
            self.early = True
            self.decide(verdict)

    def decide(self, verdict: str) -> None:
        conditions = [
            c
            for slot in self.slots()
            if slot["ballot"] and slot["ballot"]["choice"] == "approve"
            for c in slot["ballot"].get("conditions", [])
        ]
        if verdict == "approved" and conditions:
            verdict = "approved_with_conditions"
        self.close(verdict)
        self.note("auto_expired" if verdict == "expired" else "auto_closed", None)

    def close(self, outcome: str, cause: str = "") -> None:
        if cause:
            self.ballots = []
        self.state, self.outcome, self.cause, self.closed = "closed", outcome, cause, self.at
        self.final = self.view()
        self.final["conditions"] = self.adopted() if outcome == "approved_with_conditions" else []

    def adopted(self) -> list[Thing]:
        found: dict[str, Thing] = {}
        for slot in sorted(self.slots(), key=lambda slot: slot["seat"]["id"]):
            ballot = slot["ballot"]
            if not ballot or ballot["choice"] != "approve":
                continue
            for condition in ballot.get("conditions", []):
                first = found.setdefault(condition["id"], dict(condition))
                first["due"] = min(first["due"], condition["due"])
                if condition["when"] == "before_use":
                    first["when"] = "before_use"
        return [found[name] for name in sorted(found)]
