"""Whether the committee, as it is seated today, can decide what its charter and policies ask of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from committee.choices import FUNCTION_WORDS, LawKind, LawStatus, SeatRole
from committee.engine.facts import Policy as EnginePolicy
from committee.engine.rules import Rules, strictest
from committee.models import Committee, LawText, Seat
from committee.selectors.seats import PlaceRow, places
from governance.choices import UserKind
from governance.models import Membership, local_name

HALF = Fraction(1, 2)
TONES = ("bad", "warn", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about the seats: `bad` stops decisions, `warn` may soon, `info` is worth knowing.

    `words` are lazy and filled when shown, so that names follow the reader's language.
    """

    code: str
    tone: str
    words: Any
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.words) % self.params

    def as_dict(self) -> dict[str, str]:
        """For programs: the code with its sentence in both languages."""
        said = {}
        for key, language in (("en", "en"), ("zh", "zh-hans")):
            with override(language):
                said[key] = self.text
        return {"code": self.code, "tone": self.tone, **said}


@dataclass(frozen=True, slots=True)
class _Law:
    """The charter, or the charter with one policy: its name, the rules then, and those it sets itself."""

    name: Any
    rules: Rules
    own: dict[str, Any]

    @property
    def functions(self) -> set[str]:
        """The functions it asks for itself, not only the charter beside it."""
        return {need["function"] for need in self.own.get("composition", []) if need["kind"] == "function"}


@dataclass(frozen=True, slots=True)
class _Bench:
    """The seats in office, and which law asks what of them."""

    seats: list[Seat]
    laws: list[_Law]
    teams: dict[int, set[int]]

    def serving(self, function: str) -> list[Seat]:
        return [seat for seat in self.seats if function in seat.functions]


def composition_findings(committee: Committee, rows: list[PlaceRow] | None = None) -> list[Finding]:
    """What is wrong or thin about the seats today, the gravest first; the same queries for any size."""
    known = places(committee) if rows is None else rows
    bench = _bench(committee, [row.seat for row in known if row.seat])
    found = [
        *_offices(committee, known, bench),
        *_rules(bench),
        *_teams(bench),
        *_holders(bench),
    ]
    unique = {(item.code, item.text): item for item in found}
    return sorted(unique.values(), key=lambda item: TONES.index(item.tone))


def _bench(committee: Committee, seats: list[Seat]) -> _Bench:
    texts = LawText.objects.filter(committee=committee, status=LawStatus.IN_FORCE, repeals=False)
    law = list(texts.of_kind(LawKind.CHARTER, LawKind.POLICY).order_by("kind", "code"))
    charter = next(text for text in law if text.kind == LawKind.CHARTER)
    laws = [_Law(_("Charter"), strictest(charter.data, []), charter.data)]
    for text in law:
        if text.kind == LawKind.POLICY:
            document = json.loads(text.document)
            one = EnginePolicy(id=document["id"], match=document["match"], set=document["set"])
            laws.append(_Law(_Named(text), strictest(charter.data, [one]), document["set"]))
    members = Membership.objects.current().filter(user__in=[seat.member_id for seat in seats])
    teams: dict[int, set[int]] = {}
    for user, team in members.values_list("user_id", "team_id"):
        teams.setdefault(user, set()).add(team)
    return _Bench(seats, laws, teams)


class _Named:
    """The title of a policy, in the language it is read in."""

    def __init__(self, text: LawText) -> None:
        self.text = text

    def __str__(self) -> str:
        name = local_name(self.text.title, self.text.title_zh) or self.text.code
        return gettext("Policy “%(title)s”") % {"title": name}


def _offices(committee: Committee, rows: list[PlaceRow], bench: _Bench) -> Iterator[Finding]:
    """Chair, deputy, secretary, vacant places, terms that end."""
    roles = {seat.role for seat in bench.seats}
    if not bench.seats:
        yield Finding("no_seats", "bad", _("No seat is held today; no case can be decided."))
    elif SeatRole.CHAIR not in roles:
        words = _("Nobody holds the chair; the deputy, or else the longest-serving member, presides.")
        yield Finding("chair_vacant", "warn" if SeatRole.DEPUTY in roles else "bad", words)
    if bench.seats and SeatRole.DEPUTY not in roles:
        words = _("There is no deputy; where the chair may not act, the longest-serving member presides.")
        yield Finding("no_deputy", "warn", words)
    if committee.secretary is None or not committee.secretary.is_active:
        yield Finding("no_secretary", "warn", _("The committee has no secretary who could act."))
    for row in rows:
        if row.vacant:
            words = _("The place “%(place)s” is vacant; filling it takes a case.")
            yield Finding("vacant", "warn", words, {"place": row.place})
        elif row.ending:
            words = _("The term of %(person)s in the place “%(place)s” ends in %(days)s days.")
            params = {"person": row.seat and row.seat.member, "place": row.place, "days": row.days_left}
            yield Finding("term_ending", "info", words, params)


def _rules(bench: _Bench) -> Iterator[Finding]:
    """Quorum and functions each law asks for, against the seats in office."""
    for law in bench.laws:
        if "quorum" in law.own:
            yield from _quorum(law.name, law.rules, bench)
        for need in law.rules.requirements:
            if need.function in law.functions:
                yield from _function(law.name, need.function, need.min, bench)


def _quorum(law: Any, rules: Rules, bench: _Bench) -> Iterator[Finding]:
    have = len(bench.seats)
    needed, params = rules.quorum_needed(have), {"law": law, "have": have}
    if have < needed:
        words = _("%(law)s: the quorum is %(needed)s, seats held: %(have)s. Cases close without quorum.")
        yield Finding("quorum_impossible", "bad", words, params | {"needed": needed})
    elif have - 1 < rules.quorum_needed(have - 1) and not _covered(bench.seats):
        words = _("%(law)s: the quorum is %(needed)s, seats held: %(have)s. One recusal makes it impossible.")
        yield Finding("quorum_thin", "warn", words, params | {"needed": needed})


def _function(law: Any, function: str, least: int, bench: _Bench) -> Iterator[Finding]:
    seats = bench.serving(function)
    params = {
        "law": law,
        "function": FUNCTION_WORDS.get(function, function),
        "needed": least,
        "have": len(seats),
    }
    if len(seats) < least:
        words = _(
            "%(law)s: seats with the function “%(function)s”: %(needed)s required, %(have)s held. "
            "Cases close without quorum."
        )
        yield Finding("function_impossible", "bad", words, params)
    elif len(seats) == least and not _covered(seats):
        words = _(
            "%(law)s: seats with the function “%(function)s”: %(needed)s required, %(have)s held. "
            "One recusal makes it impossible."
        )
        yield Finding("function_thin", "warn", words, params)


def _covered(seats: list[Seat]) -> bool:
    """Whether an alternate could sit in for each of them."""
    return all(seat.alternate is not None and seat.alternate.is_active for seat in seats)


def _teams(bench: _Bench) -> Iterator[Finding]:
    """How many seats one team has, against half of all and against the team caps."""
    counts = Counter(seat.team for seat in bench.seats if seat.team)
    for team, have in sorted(counts.items(), key=lambda item: (-item[1], item[0].code)):
        params = {"team": team, "have": have, "all": len(bench.seats)}
        if Fraction(have, len(bench.seats)) > HALF:
            words = _("%(team)s holds %(have)s of %(all)s seats, more than half.")
            yield Finding("team_majority", "warn", words, params)
        for law in bench.laws:
            if law.rules.team_cap is not None and have > law.rules.team_cap:
                yield _capped(law.rules, params | {"law": law.name, "cap": law.rules.team_cap})


def _capped(rules: Rules, params: dict[str, Any]) -> Finding:
    """Of the seats of a team more than its cap: whether its own cases could still pass with every vote."""
    most = params["all"] - params["have"] + params["cap"]
    base = most if rules.basis == "cast" else params["all"]
    if most < rules.approvals_needed(base):
        words = _(
            "%(law)s: %(team)s holds %(have)s of %(all)s seats and only %(cap)s of them count in its own "
            "cases; those cannot pass."
        )
        return Finding("team_cap_impossible", "bad", words, params)
    words = _(
        "%(law)s: %(team)s holds %(have)s of %(all)s seats; in its own cases only %(cap)s of them count."
    )
    return Finding("team_cap", "info", words, params)


def _holders(bench: _Bench) -> Iterator[Finding]:
    """Whether each holder is there at all, and in a team."""
    for seat in bench.seats:
        params = {"person": seat.member, "place": seat.place, "team": seat.team, "alternate": seat.alternate}
        if not seat.member.is_active:
            words = _("%(person)s in the place “%(place)s” has left the company; the seat is about to end.")
            yield Finding("holder_left", "bad", words, params)
        if seat.member.kind == UserKind.SERVICE:
            words = _("The place “%(place)s” is held by a service account, %(person)s.")
            yield Finding("holder_service", "bad", words, params)
        teams = bench.teams.get(seat.member_id, set())
        if not teams:
            words = _("%(person)s in the place “%(place)s” belongs to no team.")
            yield Finding("holder_no_team", "warn", words, params)
        elif seat.team_id is not None and seat.team_id not in teams:
            words = _("%(person)s sits in the place “%(place)s” for %(team)s but belongs to it no more.")
            yield Finding("holder_other_team", "warn", words, params)
        if seat.alternate is not None and not seat.alternate.is_active:
            words = _("%(alternate)s, alternate of the place “%(place)s”, has left; nobody sits in there.")
            yield Finding("alternate_left", "warn", words, params)
