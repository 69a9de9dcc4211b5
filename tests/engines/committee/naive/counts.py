"""Counting, the verdict, and certainty by trying every combination (committee-rules §6, §7)."""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction

from tests.engines.committee.naive.clock import Thing
from tests.engines.committee.naive.voters import Voters


class Counts(Voters):
    """What the ballots amount to."""

    def position(self) -> Thing:
        """All that a verdict is made of."""
        slots = self.slots()
        office = [seat for seat in self.seats if self.in_office(seat)]
        kept = [slot for slot in slots if slot["seat"] not in office]
        return {"slots": slots, "seats": len(office) + len(kept), "presiding": self.presiding()}

    def of_team(self, seat: Thing, person: str) -> bool:
        teams = {s["member"]: s["team"] for s in self.every_seat}
        teams |= {
            s["alternate"]["member"]: s["alternate"]["team"] for s in self.every_seat if s.get("alternate")
        }
        return teams[person] == self.asked["requesting_team"]

    def count(self, position: Thing) -> Thing:
        rules, slots = self.rules, position["slots"]
        cast = [(slot["seat"], slot["ballot"]) for slot in slots if slot["ballot"]]
        chosen = [ballot["choice"] for _, ballot in cast]
        team = [
            ballot
            for seat, ballot in cast
            if ballot["choice"] == "approve"
            and (
                self.of_team(seat, ballot["by"])
                or (ballot["via"] == "proxy" and self.of_team(seat, seat["member"]))
            )
        ]
        present = [
            (seat, ballot)
            for seat, ballot in cast
            if (ballot["choice"] != "abstain" or rules["abstentions_count"])
            and (ballot["via"] != "proxy" or rules["proxies_count"])
        ]
        caps = [r["max"] for r in rules["composition"] if r["kind"] == "team_cap"]
        capped = max(0, len(team) - caps[0]) if caps else 0
        approve, reject = chosen.count("approve") - capped, chosen.count("reject")
        eligible = len(slots)
        base = {"cast": approve + reject, "eligible": eligible, "all": position["seats"]}[
            rules["majority"]["basis"]
        ]
        return {
            "approve": approve,
            "reject": reject,
            "abstain": chosen.count("abstain"),
            "capped": capped,
            "eligible": eligible,
            "seats": position["seats"],
            "quorum_needed": self.quorum_needed(eligible),
            "quorum_have": len(present),
            "threshold_base": base,
            "threshold_needed": self.needed(base),
            "casting": self.casting(position, approve, reject),
            "unmet": self.lacking(
                [s["functions"] for s, _ in present],
                [s["functions"] for s, b in cast if b["choice"] == "approve"],
            ),
            "impossible": self.lacking(*[[slot["seat"]["functions"] for slot in slots]] * 2),
        }

    def quorum_needed(self, eligible: int) -> int:
        needed = [1]
        for rule in self.rules["quorum"]:
            share = rule["basis"] == "share"
            needed.append(math.ceil(Fraction(rule["value"]) * eligible) if share else rule["value"])
        return max(needed)

    def needed(self, base: int) -> int:
        rule = self.rules["majority"]
        wanted, n = Fraction(rule["threshold"]) * base, 1
        while n < wanted or (rule["strict"] and n == wanted):
            n += 1
        return n

    def lacking(self, present: list[list[str]], approving: list[list[str]]) -> list[str]:
        found = set()
        for rule in self.rules["composition"]:
            if rule["kind"] == "function":
                lists = present if rule["of"] == "present" else approving
                if sum(rule["function"] in functions for functions in lists) < rule["min"]:
                    found.add(rule["function"])
        return sorted(found)

    def casting(self, position: Thing, approve: int, reject: int) -> str | None:
        """approve, reject, or `failed` of a tie; None where there is no tie."""
        rules = self.rules
        if rules["majority"] != {"basis": "cast", "threshold": "1/2", "strict": True}:
            return None
        if approve != reject or approve == 0:
            return None
        for seat in position["presiding"][:1] if rules["tie"] == "chair" else []:
            ballot = next((x["ballot"] for x in position["slots"] if x["seat"] is seat), None)
            if ballot and ballot["via"] == "own" and ballot["choice"] in ("approve", "reject"):
                return "failed" if self.of_team(seat, seat["member"]) else str(ballot["choice"])
        return "failed"

    def verdict(self, position: Thing) -> str:
        count = self.count(position)
        if count["eligible"] < count["quorum_needed"] or count["impossible"]:
            return "inquorate"
        if count["quorum_have"] < count["quorum_needed"]:
            return "expired"
        if count["approve"] < count["threshold_needed"] and count["casting"] != "approve":
            return "rejected"
        return "expired" if count["unmet"] else "approved"

    def certain(self, position: Thing) -> bool:
        verdict = self.verdict(position)
        if verdict not in ("approved", "rejected"):
            return False
        silent = [i for i, slot in enumerate(position["slots"]) if not slot["ballot"]]
        choices = [list(self.deeds(position["slots"][i])) for i in silent]
        tries = itertools.product(*choices)
        for deeds in itertools.chain(zip(*choices, strict=False), tries):
            if self.verdict(self.after(position, dict(zip(silent, deeds, strict=True)))) != verdict:
                return False
        return True

    def deeds(self, slot: Thing) -> Iterator[tuple[str, str | None] | None]:
        """(person, choice or None); None: leaves."""
        other = (slot["seat"].get("alternate") or {}).get("member")
        persons = [slot["sitter"]]
        if slot["sitter"] == slot["seat"]["member"] and other and not self.barred(other):
            persons.append(other)
        for choice in ("approve", "reject", None, "abstain"):
            yield from ((person, choice) for person in persons)
        yield None

    def after(self, position: Thing, deeds: dict[int, tuple[str, str | None] | None]) -> Thing:
        slots, gone = [], set()
        for i, slot in enumerate(position["slots"]):
            if i not in deeds:
                slots.append(slot)
                continue
            deed, seat = deeds[i], slot["seat"]
            if deed is None or deed[0] != seat["member"]:
                gone.add(seat["id"])
            if deed is not None:
                via = "own" if deed[0] == seat["member"] else "alternate"
                ballot = {"by": deed[0], "choice": deed[1], "via": via} if deed[1] else None
                slots.append({"seat": seat, "sitter": deed[0], "ballot": ballot})
        presiding = [seat for seat in position["presiding"] if seat["id"] not in gone]
        return {"slots": slots, "seats": position["seats"], "presiding": presiding}
