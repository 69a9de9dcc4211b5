"""Permits and what is printed (committee-rules §10, §13)."""

from collections.abc import Iterator
from datetime import date, timedelta

from tests.engines.committee.naive.clock import Thing, first_instant, said
from tests.engines.committee.naive.counts import Counts
from tests.engines.committee.naive.rules import matching


class Printing(Counts):
    """The result as an object, without `viewer`."""

    def permit(self) -> Thing | None:
        if self.outcome in ("approved", "approved_with_conditions"):
            return self.decision_permit()
        if self.glass is None:
            return None
        ends = [
            (self.glass_revoked, 0, "revoked"),
            (self.void, 1, "void"),
            (self.closed, 2, "ended"),
            (self.glass["to"], 3, "expired"),
        ]
        happened = sorted(end for end in ends if end[0] is not None and end[0] <= self.at)
        return self.printed("break_glass", happened[0][2] if happened else "active", self.glass, [])

    def decision_permit(self) -> Thing:
        last = date.fromisoformat(self.today(self.closed)) + timedelta(days=self.rules["validity_days"])
        life = {"from": self.closed, "to": self.end_of(last.isoformat())}
        ends = [(self.revoked, 0, "revoked"), (self.void, 1, "void"), (life["to"], 3, "expired")]
        conditions, waiting = [], False
        for condition in self.final["conditions"]:
            due, met = self.end_of(condition["due"]), condition["id"] in self.met
            if not met:
                ends.append((due, 2, "lapsed"))
                waiting = waiting or condition["when"] == "before_use"
            status = "met" if met else "overdue" if due <= self.at else "open"
            names = ("id", "owner", "due", "when")
            conditions.append({**{name: condition[name] for name in names}, "status": status})
        happened = sorted(end for end in ends if end[0] is not None and end[0] <= self.at)
        status = happened[0][2] if happened else "suspended" if waiting else "active"
        return self.printed("decision", status, life, conditions)

    def printed(self, kind: str, status: str, life: Thing, conditions: list[Thing]) -> Thing:
        asked = self.asked
        return {
            "kind": kind,
            "case": asked["id"],
            "subject": asked["subject"],
            "action": asked["action"],
            "purpose": asked["purpose"],
            "status": status,
            "valid_from": said(life["from"]),
            "valid_until": said(life["to"]),
            "conditions": conditions,
        }

    def view(self) -> Thing:
        position = self.position()
        count = self.count(position)
        office = [seat for seat in self.seats if self.in_office(seat)]
        first = next(iter(position["presiding"]), None)
        titles = {"chair": "chair", "deputy": "deputy", "member": "acting"}
        counts = {k: v for k, v in count.items() if k not in ("casting", "unmet", "impossible")}
        return {
            "counts": counts | {"recused": sum(seat["member"] in self.recused for seat in office)},
            "reasons": sorted(self.reasons(count, first)),
            "presiding": first and {"seat": first["id"], "as": titles[first["role"]]},
            "ineligible": list(self.ineligible(position["slots"])),
            "ballots": [
                {"seat": slot["seat"]["id"], **{k: slot["ballot"][k] for k in ("by", "choice", "via")}}
                for slot in sorted(position["slots"], key=lambda slot: slot["seat"]["id"])
                if slot["ballot"]
            ],
        }

    def ineligible(self, slots: list[Thing]) -> Iterator[Thing]:
        for seat in sorted(self.seats, key=lambda seat: seat["id"]):
            codes, sitter = self.codes(seat["member"]), self.sitter(seat)
            if not self.in_office(seat):
                if any(slot["seat"] is seat for slot in slots):
                    codes.add("term_ended_ballot_kept")
                elif self.at < first_instant(self.zone, seat["term"]["from"]) and (
                    seat["id"] not in self.ended
                ):
                    codes.add("term_not_started")
                else:
                    codes.add("term_ended")
            if codes:
                sits = sitter if self.in_office(seat) and sitter != seat["member"] else None
                yield {"seat": seat["id"], "codes": sorted(codes), "alternate": sits}

    def reasons(self, count: Thing, first: Thing | None) -> set[str]:
        found = {"deputy": {"deputy_presides"}, "member": {"acting_presides"}}.get(
            first["role"] if first else "", set()
        )
        if self.state == "open":
            return found | self.reasons_open(count)
        if self.state == "closed":
            return found | self.reasons_closed(count)
        paused = {"draft": "not_opened", "returned": "returned_for_information"}
        return found | {paused.get(self.state, "deferred_to_meeting")}

    def reasons_open(self, count: Thing) -> set[str]:
        found = {f"composition_pending:{function}" for function in count["unmet"]}
        if count["quorum_have"] < count["quorum_needed"]:
            found.add("quorum_pending")
        if count["approve"] < count["threshold_needed"] and count["casting"] != "approve":
            found.add("majority_pending")
        if self.at < self.min_open():
            found.add("min_open_running")
        return found | ({"team_cap_applied"} if count["capped"] else set())

    def reasons_closed(self, count: Thing) -> set[str]:
        if self.cause:
            return {self.cause}
        short = count["quorum_have"] < count["quorum_needed"]
        if self.outcome == "inquorate":
            found = {f"composition_impossible:{function}" for function in count["impossible"]}
            if count["eligible"] < count["quorum_needed"]:
                found.add("quorum_impossible")
            return found | ({"escalated"} if self.escalated() else set())
        if self.outcome == "expired":
            found = {f"composition_unmet:{function}" for function in count["unmet"]}
            found |= {"quorum_not_met"} if short else set()
            return found | {"deadline_escalated" if self.escalated() else "deadline_denied"}
        found = {"team_cap_applied"} if count["capped"] else set()
        found.add("closed_early" if self.early else "closed_at_deadline")
        if self.outcome == "rejected":
            tie = {"reject": "casting_vote", "failed": "tie_failed", None: "majority_not_reached"}
            return found | {tie[count["casting"]]}
        if self.outcome == "approved_with_conditions":
            found.add("conditions_attached")
        reached = count["approve"] >= count["threshold_needed"]
        return found | {"majority_reached" if reached else "casting_vote"}

    def escalated(self) -> bool:
        name = {"expired": "on_deadline", "inquorate": "on_inquorate"}.get(self.outcome or "", "")
        return self.rules.get(name) == "escalate" and self.rules["escalate_to"] is not None

    def output(self) -> Thing:
        """The whole object."""
        view = self.final if self.state == "closed" else self.view()
        decided = self.outcome in ("approved", "approved_with_conditions", "rejected")
        committee, number = self.case["committee"]["id"], self.case["committee"]["next_resolution"]
        closes = {"open": self.closes_at, "closed": lambda: self.closed}.get(self.state)
        return {
            "spec": "committee-tally/1",
            "case": self.asked["id"],
            "state": self.state,
            "outcome": self.outcome,
            **{name: view[name] for name in ("counts", "reasons", "presiding", "ineligible", "ballots")},
            "closes_at": said(closes()) if closes else None,
            "refused": self.refused,
            "policies": sorted(p["id"] for p in matching(self.case)),
            "effective": self.rules,
            "resolution": f"{committee}-{self.today(self.closed)[:4]}-{number:04}" if decided else None,
            "escalate_to": self.rules["escalate_to"] if self.escalated() else None,
            "review_case": self.glass
            and {
                "id": f"{self.asked['id']}-review",
                "opened_at": said(self.glass["from"]),
                "reason": "break_glass",
            },
            "permit": self.permit(),
        }
