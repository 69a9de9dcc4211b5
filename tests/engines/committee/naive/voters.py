"""Who may vote, and why a ballot is refused (committee-rules §5)."""

from tests.engines.committee.naive.clock import Clock, Thing, first_instant


class Voters(Clock):
    """Seats, bars, delegations."""

    def codes(self, person: str) -> set[str]:
        asked = self.asked
        found = {"requester"} if person == asked["requester"] else set()
        if person in asked["contributors"]:
            found.add("contributor")
        if person in asked["beneficiaries"]:
            found.add("beneficiary")
        if person in self.recused:
            found.add("recused")
        if person in self.declared or any(
            record["member"] == person and self.concerns(record) and self.touches(record)
            for record in self.case["conflicts"]
        ):
            found.add("conflict")
        return found

    def concerns(self, record: Thing) -> bool:
        to, asked = record["applies_to"], self.asked
        parties = {asked["requester"], asked["requesting_team"]}
        parties |= {*asked["contributors"], *asked["beneficiaries"]}
        return (
            asked["id"] in to.get("cases", [])
            or asked["subject"]["id"] in to.get("subjects", [])
            or bool(parties & set(to.get("parties", [])))
        )

    def touches(self, record: Thing) -> bool:
        now = min(self.at, self.closed or self.at)
        if self.opened is None:
            return self.holds(record, now)
        return first_instant(self.zone, record["from"]) <= now and self.end_of(record["to"]) > self.opened

    def barred(self, person: str) -> bool:
        return bool(self.codes(person))

    def in_office(self, seat: Thing) -> bool:
        return seat in self.seats and seat["id"] not in self.ended and self.holds(seat["term"], self.at)

    def sitter(self, seat: Thing) -> str | None:
        if not self.barred(seat["member"]):
            return seat["member"]
        other = (seat.get("alternate") or {}).get("member")
        return other if other and not self.barred(other) else None

    def absent(self, seat: Thing) -> bool:
        return any(self.holds(absence, self.at) for absence in seat.get("absences", []))

    def presiding(self) -> list[Thing]:
        able = [
            seat
            for seat in self.seats
            if self.in_office(seat) and not self.barred(seat["member"]) and not self.absent(seat)
        ]
        ranks = ["chair", "deputy", "member"]
        return sorted(able, key=lambda s: (ranks.index(s["role"]), s["term"]["from"], s["id"]))

    def chair(self) -> str | None:
        return next((seat["member"] for seat in self.presiding()), None)

    def counted(self, seat: Thing) -> Thing | None:
        sitter = self.sitter(seat)
        mine = [ballot for ballot in self.ballots if ballot["seat"] == seat["id"]]
        own = [b for b in mine if b["by"] == sitter and b["via"] != "proxy"]
        proxies = [b for b in mine if b["via"] == "proxy" and not self.barred(b["by"])]
        if own:
            return own[-1]
        return proxies[-1] if proxies and sitter == seat["member"] else None

    def slots(self) -> list[Thing]:
        """{seat, sitter, ballot}; kept ones are those not in office."""
        found = []
        for seat in self.seats:
            ballot, sitter = self.counted(seat), self.sitter(seat)
            if sitter is not None and (self.in_office(seat) or ballot):
                found.append({"seat": seat, "sitter": sitter, "ballot": ballot})
        return found

    def in_force(self) -> list[Thing]:
        today = self.today(self.at)
        able = sorted(
            (d for d in self.case["delegations"] if d["from"] <= today <= d["to"] and self.in_scope(d)),
            key=lambda d: (d["from"], d["id"]),
        )
        return [d for d in able if d is [o for o in able if o["principal"] == d["principal"]][-1]]

    def in_scope(self, delegation: Thing) -> bool:
        scope, asked = delegation["scope"], self.asked
        return (
            asked["action"] in scope.get("actions", [asked["action"]])
            and asked["subject"]["kind"] in scope.get("kinds", [asked["subject"]["kind"]])
            and scope.get("max_level", 5) >= asked["level"]
        )

    def ballot_refusal(self, event: Thing) -> str | None:
        by, choice = event["by"], event["choice"]
        if self.state == "closed":
            return "case_closed"
        if self.state != "open":
            return "not_open"
        seat = next((s for s in self.seats if s["id"] == event["seat"]), None)
        if seat is None or not self.in_office(seat):
            return "seat_not_in_office"
        sitter = self.sitter(seat)
        if sitter is None:
            return "seat_ineligible"
        if by != sitter:
            if by == seat["member"]:
                return "seat_ineligible"
            if sitter != seat["member"]:
                return "not_entitled"
            code = self.proxy_refusal(seat, event)
            if code:
                return code
        if choice in ("reject", "recuse") and not event.get("rationale", "").strip():
            return "rationale_missing"
        return None

    def proxy_refusal(self, seat: Thing, event: Thing) -> str | None:
        by = event["by"]
        own = next((s for s in self.every_seat if s["member"] == by), None)
        force = self.in_force()
        direct = [d for d in force if own and d["principal"] == seat["id"] and d["delegate"] == own["id"]]
        if direct:
            same = [d for d in force if d["delegate"] == own["id"]]
            if direct[0] not in same[: self.rules["proxy_cap"]]:
                return "proxy_cap"
        elif own and own["id"] in self.reached(seat["id"], force):
            return "delegation_chain"
        elif own and any(
            d["principal"] == seat["id"] and d["delegate"] == own["id"] for d in self.case["delegations"]
        ):
            return "delegation_not_in_force"
        else:
            return "not_entitled"
        if not self.in_office(own):
            return "delegate_not_in_office"
        if self.barred(by):
            return "delegate_ineligible"
        if self.absent(own):
            return "delegate_absent"
        if event["choice"] == "recuse":
            return "recuse_is_personal"
        if any(b["seat"] == seat["id"] and b["by"] == seat["member"] for b in self.ballots):
            return "principal_voted"
        return None

    def reached(self, start: str, force: list[Thing]) -> set[str]:
        found = {start}
        for _ in range(len(force) + 1):
            found |= {d["delegate"] for d in force if d["principal"] in found}
        return found - {start}
