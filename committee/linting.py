"""Lint of a version of law: can cases still pass with it in force, and what would stop them. Read only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from committee import tallying
from committee.choices import FUNCTION_WORDS, CaseAction, LawKind
from committee.drafting import body_with
from committee.engine import InputFault
from committee.engine.feasibility import Feasibility, Finding, feasibility, finding_text
from committee.engine.texts import Text
from committee.models import Committee, LawText
from committee.wording import local
from governance.models import Team, User

LINTED = (LawKind.CHARTER, LawKind.POLICY, LawKind.SEAT, LawKind.COMMITTEE)
ACTIONS = tuple(CaseAction.values)


@dataclass(frozen=True, slots=True)
class LintLine:
    """One finding: `bad` where such cases can never pass, `warn` where one absence is enough.

    `fresh`: it does not hold under the law in force today.
    """

    tone: str
    text: Text
    codes: tuple[str, ...]
    fresh: bool

    @property
    def words(self) -> str:
        """In the reader's language."""
        return local(self.text)

    def as_dict(self) -> dict[str, Any]:
        """As programs and the evidence hold it."""
        told = {"en": self.text.en, "zh": self.text.zh}
        return {"tone": self.tone, "codes": list(self.codes), "new": self.fresh, **told}


@dataclass(frozen=True, slots=True)
class Lint:
    """`kinds`: how many kinds of case were tried; `fatal`: some kind that passes now never would again."""

    kinds: int
    lines: tuple[LintLine, ...]
    fatal: bool


def lints(text: LawText) -> bool:
    """Whether it can keep cases from passing at all."""
    return text.kind in LINTED


def lint_of(text: LawText) -> Lint:
    """Try made-up cases under the law with this version in place; compare with the law in force."""
    if not lints(text):
        return Lint(0, (), False)
    try:
        tried = _tried(body_with(text))
    except InputFault:
        return Lint(0, (), False)
    present = None if text.kind == LawKind.COMMITTEE else law_today(text.committee)
    return Lint(len(tried.shapes), _lines(text, tried, present), bool(_blocked_anew(text, tried, present)))


def law_today(committee: Committee) -> Feasibility:
    """What can pass under the law in force."""
    return _tried(tallying.body_frame(committee))


def lint_today(committee: Committee) -> tuple[LintLine, ...]:
    """What would stop cases under the law in force."""
    found = law_today(committee)
    names = _names(committee)
    return tuple(_line(finding, names, fresh=False) for finding in (*found.obstacles, *found.warnings))


def _tried(body: dict[str, Any]) -> Feasibility:
    return feasibility(body, at=timezone.now(), actions=ACTIONS)


def _blocked_anew(text: LawText, tried: Feasibility, present: Feasibility | None) -> set[tuple[str, ...]]:
    """Sets of policies under which nothing passes any more; all of them where nothing passes at all."""
    blocked = set(tried.blocked)
    if present is None or len(blocked) == len(tried.shapes):
        return blocked
    stuck = {_without(policies, text) for policies in present.blocked}
    return {policies for policies in blocked if _without(policies, text) not in stuck}


def _without(policies: Iterable[str], text: LawText) -> tuple[str, ...]:
    mine = text.code if text.kind == LawKind.POLICY else ""
    return tuple(policy for policy in policies if policy != mine)


def _lines(text: LawText, tried: Feasibility, present: Feasibility | None) -> tuple[LintLine, ...]:
    names = _names(text.committee, text)
    known = {_key(finding) for finding in (*present.obstacles, *present.warnings)} if present else set()
    found = (*tried.obstacles, *tried.warnings)
    return tuple(_line(finding, names, fresh=_key(finding) not in known) for finding in found)


def _key(finding: Finding) -> tuple[Any, ...]:
    codes = tuple(lack.code for lack in finding.lacks)
    return (finding.team, finding.all_teams, finding.seats, codes, len(finding.shapes))


def _line(finding: Finding, names: dict[str, Text], *, fresh: bool) -> LintLine:
    tone = "warn" if finding.seats else "bad"
    codes = tuple(lack.code for lack in finding.lacks)
    return LintLine(tone, finding_text(finding, names), codes, fresh)


def _names(committee: Committee, text: LawText | None = None) -> dict[str, Text]:
    """What actions, functions, teams and seats are called in both languages."""
    found = {f"action:{action}": _both(CaseAction(action).label) for action in ACTIONS}
    found |= {f"function:{name}": _both(word) for name, word in FUNCTION_WORDS.items()}
    found |= {f"team:{team.uid}": _both(team) for team in Team.objects.all()}
    seats = committee.seats.select_related("member")
    found |= {f"seat:{seat.code}": _seat(seat.member, seat.place) for seat in seats}
    if text is not None and text.kind == LawKind.COMMITTEE:
        people = {user.uid: user for user in User.objects.filter(uid__in=_members(text))}
        for document in text.data["seats"]:
            found[f"seat:{document['place']}"] = _seat(people.get(document["member"]), document["place"])
    return found


def _seat(member: object, place: str) -> Text:
    name = _both(member)
    return Text(f"{name.en} ({place})", f"{name.zh}（{place}）")


def _members(text: LawText) -> list[str]:
    return [seat["member"] for seat in text.data["seats"]]


def _both(thing: object) -> Text:
    """What a thing calls itself in both languages."""
    with override("en"):
        en = str(thing)
    with override("zh-hans"):
        return Text(en, str(thing))
