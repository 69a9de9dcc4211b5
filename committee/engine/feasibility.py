"""Whether a case can ever be approved under a charter, its policies and seats: the engine itself is asked.

Made-up cases, one for every distinct set of matching policies and every requesting team that makes a
difference, in which each seat approves at once. What fails even so can never pass.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

from committee.engine.calendar import LATEST, print_utc
from committee.engine.counting import Count
from committee.engine.course import Course
from committee.engine.effects import take_effect
from committee.engine.facts import Event, Inputs, Question, Seat
from committee.engine.rules import Rules, matching, strictest
from committee.engine.tallying import inputs_of
from committee.engine.texts import Text

NOBODY = "nobody"  # who raises the made-up cases; holds no seat
OTHERS = ""  # stands for every team without a seat
UNNAMED = "any-purpose"
LEVELS = range(1, 6)
_APPROVED = "approved"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Shape:
    """What of a case decides which policies match; of those with the same set the first stands for all."""

    action: str
    level: int
    purpose: str
    models: int
    share: Fraction
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Lack:
    """Why such a case fails: a reason code (committee-rules §13) with the numbers behind it."""

    code: str
    have: int
    needed: int


@dataclass(frozen=True)
class Finding:
    """Cases that cannot pass, of these shapes and one team.

    team: its id, "" for any team without a seat; all_teams: whoever asks. seats: empty where they can never
    pass (an obstacle), else the seats of which one alone being out is enough (a warning).
    """

    shapes: tuple[Shape, ...]
    team: str
    all_teams: bool
    lacks: tuple[Lack, ...]
    seats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feasibility:
    """`shapes`: sets of policies looked at; of `obstacles` and `warnings` the plainest case first."""

    shapes: tuple[Shape, ...]
    obstacles: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def blocked(self) -> frozenset[tuple[str, ...]]:
        """The sets of policies under which nobody's case can pass."""
        found = [shape for finding in self.obstacles if finding.all_teams for shape in finding.shapes]
        return frozenset(shape.policies for shape in found)


def feasibility(body: Mapping[str, Any], *, at: datetime, actions: Sequence[str]) -> Feasibility:
    """Look at every kind of case. `body`: a case document without `case`, `now` and `events`.

    Raises InputFault where the rules cannot be read.
    """
    inputs = inputs_of({**body, "now": print_utc(at), "events": [], "case": _made_up()})
    shapes = tuple(_shapes(inputs, actions))
    obstacles: list[Finding] = []
    warnings: list[Finding] = []
    for shape in shapes:
        rules = strictest(inputs.charter, [p for p in inputs.policies if p.id in shape.policies])
        failed = _failures(inputs, rules, shape)
        obstacles += failed
        if not any(found.all_teams for found in failed):
            warnings += _fragile(inputs, rules, shape, {found.team for found in failed})
    return Feasibility(shapes, _merged(obstacles), _merged(warnings))


def _merged(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """What fails for the same reason is said once, with every shape it holds for."""
    groups: dict[Finding, list[Shape]] = {}
    for finding in found:
        groups.setdefault(replace(finding, shapes=()), []).extend(finding.shapes)
    return tuple(replace(finding, shapes=tuple(shapes)) for finding, shapes in groups.items())


def _made_up() -> dict[str, Any]:
    return {
        "id": "made-up",
        "action": "train",
        "subject": {"kind": "made-up", "id": "made-up", "digest": "sha256:" + "0" * 64},
        "level": 1,
        "purpose": UNNAMED,
        "change": {"rows_changed": 0, "rows_total": 0},
        "downstream_models": 0,
        "requester": NOBODY,
        "requesting_team": "none",
        "contributors": [],
        "beneficiaries": [],
    }


def _shapes(inputs: Inputs, actions: Sequence[str]) -> Iterator[Shape]:
    """One shape per distinct set of matching policies, the plainest of each."""
    matches = [policy.match for policy in inputs.policies]
    named = [name for match in matches for name in match.get("actions", ())]
    purposes = sorted({name for match in matches for name in match.get("purposes", ())})
    models = sorted({0, *(match.get("min_downstream_models", 0) for match in matches)})
    shares = sorted({Fraction(0), *(Fraction(m["min_rows_share"]) for m in matches if "min_rows_share" in m)})
    seen: set[tuple[str, ...]] = set()
    for share, count, purpose, action, level in product(
        shares, models, [UNNAMED, *purposes], dict.fromkeys([*actions, *named]), LEVELS
    ):
        shape = Shape(action, level, purpose, count, share, ())
        policies = tuple(p.id for p in matching(inputs.policies, _question(inputs.question, shape, OTHERS)))
        if policies not in seen:
            seen.add(policies)
            yield replace(shape, policies=policies)


def _question(base: Question, shape: Shape, team: str, out: frozenset[str] = frozenset()) -> Question:
    return replace(
        base,
        action=shape.action,
        level=shape.level,
        purpose=shape.purpose,
        downstream_models=shape.models,
        rows_changed=shape.share.numerator,
        rows_total=shape.share.denominator,
        requesting_team=team or "none",
        contributors=out,
    )


def _teams(inputs: Inputs, rules: Rules) -> list[str]:
    """Requesting teams that make a difference: without a cap none does."""
    if rules.team_cap is None:
        return [OTHERS]
    return [OTHERS, *sorted({seat.holder.team for seat in inputs.seats.values()} - {"none"})]


def _failures(inputs: Inputs, rules: Rules, shape: Shape) -> list[Finding]:
    teams = _teams(inputs, rules)
    failed = [(team, lacks) for team in teams if (lacks := _lacks(inputs, rules, shape, team))]
    if len(failed) == len(teams):
        return [Finding((shape,), OTHERS, True, failed[0][1])]
    return [Finding((shape,), team, False, lacks) for team, lacks in failed]


def _fragile(inputs: Inputs, rules: Rules, shape: Shape, failing: set[str]) -> list[Finding]:
    """Seats of which one alone, barred, makes the case impossible; like seats are tried once."""
    teams = [team for team in _teams(inputs, rules) if team not in failing]
    found: dict[tuple[tuple[str, ...], tuple[Lack, ...]], list[str]] = {}
    for alike in _alike(inputs.seats.values()):
        out = frozenset({alike[0].holder.id})
        lacking = [(team, _lacks(inputs, rules, shape, team, out)) for team in teams]
        seats = tuple(sorted(seat.id for seat in alike))
        for team, lacks in lacking:
            if lacks:
                found.setdefault((seats, lacks), []).append(team)
    return [
        Finding((shape,), team, not failing and asking == teams, lacks, seats)
        for (seats, lacks), asking in found.items()
        for team in (asking[:1] if asking == teams else asking)
    ]


def _alike(seats: Iterable[Seat]) -> list[list[Seat]]:
    """Seats that serve the same, of the same teams and of the same term: one stands for all."""
    groups: dict[tuple[Any, ...], list[Seat]] = {}
    for seat in seats:
        spare = seat.alternate.team if seat.alternate else None
        groups.setdefault((seat.functions, seat.holder.team, spare, seat.term), []).append(seat)
    return list(groups.values())


def _lacks(
    inputs: Inputs, rules: Rules, shape: Shape, team: str, out: frozenset[str] = frozenset()
) -> tuple[Lack, ...]:
    """Why the made-up case fails, nothing where it passes."""
    case = replace(inputs, question=_question(inputs.question, shape, team, out))
    lacks: tuple[Lack, ...] = ()
    for late in (False, True):
        closing = _played(Course(case, rules), late=late).closing
        if closing is None or closing.outcome == _APPROVED:
            return ()
        lacks = lacks or tuple(_explained(closing.count, closing.outcome))
    return lacks


def _played(course: Course, *, late: bool) -> Course:
    """Open, let everybody who sits approve, and wait until the case is closed.

    At once, and whoever comes into office later when they do; or, `late`, all in the last hour.
    """
    course.advance(course.inputs.now)
    take_effect(course, Event(0, course.at, "open", NOBODY, {}))
    course.settle()
    starts = {seat.term.start for seat in course.inputs.seats.values() if seat.term.start > course.at}
    last = course.closes_at - _HOUR if course.closes_at else course.at
    for stop in [max(last, course.at)] if late else [course.at, *sorted(starts)]:
        course.advance(stop)
        _approve(course)
    course.advance(LATEST)
    return course


def _approve(course: Course) -> None:
    """Everybody who sits and has not voted approves."""
    for slot in sorted(course.roster().slots.values(), key=lambda slot: slot.seat.id):
        if course.state != "open":
            return
        if slot.seat.id not in course.count().ballots:
            by, seat = slot.sitter.id, slot.seat.id
            take_effect(course, Event(1, course.at, "ballot", by, {}, seat=seat, choice="approve"))
            course.settle()


def _explained(count: Count, outcome: str) -> Iterator[Lack]:
    roster, rules = count.roster, count.rules
    if outcome == "inquorate":
        if roster.eligible < roster.quorum_needed:
            yield Lack("quorum_impossible", roster.eligible, roster.quorum_needed)
        for function in roster.impossible:
            serving = sum(function in slot.seat.functions for slot in roster.slots.values())
            yield Lack(f"composition_impossible:{function}", serving, _most(rules, function))
    elif count.quorum_have < roster.quorum_needed:
        yield Lack("quorum_not_met", count.quorum_have, roster.quorum_needed)
    elif outcome == "rejected":
        yield Lack("majority_not_reached", count.approve, count.threshold_needed)
    else:
        for function in count.unmet():
            yield Lack(f"composition_unmet:{function}", count.approving[function], _most(rules, function))


def _most(rules: Rules, function: str) -> int:
    return max(need.min for need in rules.requirements if need.function == function)


def finding_text(found: Finding, names: Mapping[str, Text]) -> Text:
    """A finding in words. `names`: what to call `action:`, `team:`, `seat:`, `function:` ids."""
    why = [_lack_text(lack, names) for lack in found.lacks]
    en, zh = _who(found, names)
    because = Text("; ".join(text.en for text in why), "；".join(text.zh for text in why))
    if not found.seats:
        return Text(f"{en} can never pass: {because.en}.", f"{zh}永远无法通过：{because.zh}。")
    seats = [_name(names, "seat", seat) for seat in found.seats]
    out_en = " or ".join(text.en for text in seats)
    out_zh = "或".join(text.zh for text in seats)
    return Text(
        f"{en} cannot pass once {out_en} is out: {because.en}.",
        f"只要{out_zh}回避，{zh}就无法通过：{because.zh}。",
    )


def _name(names: Mapping[str, Text], kind: str, word: str) -> Text:
    return names.get(f"{kind}:{word}", Text(word, word))


def _who(found: Finding, names: Mapping[str, Text]) -> Text:
    shape = found.shapes[0]
    action = _name(names, "action", shape.action)
    en, zh = f"A case at level {shape.level} ({action.en}", f"级别 {shape.level} 的议案（{action.zh}"
    if shape.purpose != UNNAMED:
        en, zh = f"{en}, for {shape.purpose}", f"{zh}，用途 {shape.purpose}"
    if shape.share:
        en, zh = f"{en}, {shape.share} of the rows changed", f"{zh}，变更行数占 {shape.share}"
    if shape.models:
        en, zh = f"{en}, {shape.models} models made from it", f"{zh}，衍生模型 {shape.models} 个"
    en, zh = f"{en})", f"{zh}）"
    more = len(found.shapes) - 1
    if more:
        kinds = "kind" if more == 1 else "kinds"
        en, zh = f"{en} and {more} other {kinds} of case", f"{zh}及另外 {more} 类议案"
    if found.all_teams:
        return Text(en, zh)
    if found.team == OTHERS:
        return Text(f"{en} of a team without a seat", f"没有席位的团队提出的{zh}")
    team = _name(names, "team", found.team)
    return Text(f"{en} of team {team.en}", f"{team.zh}提出的{zh}")


def _lack_text(lack: Lack, names: Mapping[str, Text]) -> Text:
    code, _, function = lack.code.partition(":")
    serves = _name(names, "function", function)
    have, needed = lack.have, lack.needed
    texts = {
        "quorum_impossible": Text(
            f"{have} eligible seats, quorum needs {needed}", f"有资格的席位 {have} 个，法定人数需要 {needed}"
        ),
        "quorum_not_met": Text(
            f"{have} seats can be present, quorum needs {needed}",
            f"最多 {have} 个席位到会，法定人数需要 {needed}",
        ),
        "majority_not_reached": Text(
            f"at most {have} approvals count, {needed} are needed",
            f"最多计入 {have} 张赞成票，需要 {needed} 张",
        ),
        "composition_impossible": Text(
            f"{have} eligible seats serve {serves.en}, {needed} must",
            f"有资格且具有{serves.zh}职能的席位 {have} 个，需要 {needed} 个",
        ),
        "composition_unmet": Text(
            f"{have} seats for {serves.en} can agree, {needed} must",
            f"可赞成的{serves.zh}席位 {have} 个，需要 {needed} 个",
        ),
    }
    return texts[code]
