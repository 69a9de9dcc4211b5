"""Each refusal code, and the order in which they apply (committee-rules §5, §8, §10)."""

import pytest

from committee.engine import tally
from committee.engine.texts import REFUSALS
from tests.engines.committee import cases
from tests.engines.committee.cases import Case, ballot, case, delegation, event, opening, seat


def last_refusal(document: Case) -> str | None:
    """The code with which the last event was refused."""
    refused = {r["event"]: r["code"] for r in tally(document).output["refused"]}
    return refused.get(len(document["events"]) - 1)


def approved(**changes: object) -> list[Case]:
    """Events up to an approval with one condition, a day after the opening."""
    condition = {"id": "mask", "owner": "p2", "due": "2026-03-10", "when": "before_use", "evidence": "report"}
    return [opening(), ballot(1, 1, conditions=[condition | changes]), ballot(2, 2), ballot(3, 3)]


def alternate(number: int) -> Case:
    return {"alternate": {"member": f"a{number}", "team": "team-x"}}


def seats(**changes: Case) -> list[Case]:
    """Five seats, some changed: `seats(s2={...})`."""
    return [seat(n, **changes.get(f"s{n}", {})) for n in range(1, 6)]


def conflict(person: str) -> list[Case]:
    return [
        {"id": "c1", "member": person, "from": "2026-01-01", "to": None, "applies_to": {"cases": ["case-1"]}}
    ]


RECUSED = [opening(), ballot(1, 2, "recuse")]
D21 = [delegation("d1", 2, 1)]
CAPPED = [delegation("d1", 2, 1), delegation("d2", 3, 1)]
CHAIN = [delegation("d1", 2, 3), delegation("d2", 3, 1)]
GLASS = event(1, "break_glass", ["p1", "p2"], reason="outage", hours=2)
AWAY = {"absences": [{"from": "2026-03-02", "to": "2026-03-02"}]}
OVER = {"term": {"from": "2026-01-01", "to": "2026-03-01"}}

REFUSED: list[tuple[str, Case]] = [
    ("case_closed", case([*approved(), ballot(25, 4)])),
    ("case_closed", case([*approved(), event(25, "withdrawn", "requester")])),
    ("case_closed", case([*approved(), event(25, "break_glass", ["p1"], reason="", hours=99)])),
    ("case_closed", case([opening(), event(1, "withdrawn", "requester"), event(2, "open", "requester")])),
    ("not_open", case([ballot(1, 1)])),
    ("not_open", case([opening(), event(1, "returned", "p1", reason="why"), ballot(2, 1)])),
    ("wrong_state", case([opening(), event(1, "open", "requester")])),
    ("wrong_state", case([opening(), event(1, "resumed", "requester")])),
    ("wrong_state", case([event(1, "returned", "nobody", reason="")])),
    ("wrong_state", case([opening(), event(1, "condition_met", "p1", condition="mask", evidence="e")])),
    (
        "wrong_state",
        case(
            [
                opening(),
                event(1, "withdrawn", "requester"),
                event(2, "condition_met", "p1", condition="x", evidence="e"),
            ]
        ),
    ),
    ("seat_not_in_office", case([opening(), ballot(1, 2)], seats=seats(s2=OVER))),
    (
        "seat_not_in_office",
        case([opening(), event(1, "seat_ended", "x", seat="s2"), ballot(1, 2)]),
    ),
    ("seat_ineligible", case([*RECUSED, ballot(2, 2)])),
    ("seat_ineligible", case([*RECUSED, ballot(2, 2, by="p1")])),
    ("seat_ineligible", case([*RECUSED, ballot(2, 2)], seats=seats(s2=alternate(2)))),
    ("seat_ineligible", case([opening(), ballot(1, 2)], conflicts=conflict("p2"))),
    ("not_entitled", case([*RECUSED, ballot(2, 2, by="p1")], seats=seats(s2=alternate(2)), delegations=D21)),
    ("not_entitled", case([opening(), ballot(1, 2, by="a2")], seats=seats(s2=alternate(2)))),
    ("not_entitled", case([opening(), ballot(1, 2, by="p1")])),
    ("not_entitled", case([opening(), ballot(1, 1, by="p2")], delegations=D21)),
    ("proxy_cap", case([opening(), ballot(1, 3, by="p1")], delegations=CAPPED)),
    ("proxy_cap", case([opening(), ballot(1, 2), ballot(2, 3, by="p1")], delegations=CAPPED)),
    ("proxy_cap", case([opening(), ballot(1, 2, by="p1")], delegations=D21, charter={"proxy_cap": 0})),
    ("delegation_chain", case([opening(), ballot(1, 2, by="p1")], delegations=CHAIN)),
    (
        "delegation_chain",  # although a replaced delegation to the caster exists
        case([opening(), ballot(1, 2, by="p1")], delegations=[delegation("d0", 2, 1), *CHAIN]),
    ),
    (
        "delegation_not_in_force",
        case([opening(), ballot(1, 2, by="p1")], delegations=[delegation("d1", 2, 1, to="2026-03-01")]),
    ),
    (
        "delegation_not_in_force",
        case(
            [opening(), ballot(1, 2, by="p1")], delegations=[delegation("d1", 2, 1, scope={"max_level": 1})]
        ),
    ),
    (
        "delegation_not_in_force",  # replaced by a later one
        case([opening(), ballot(1, 2, by="p1")], delegations=[*D21, delegation("d2", 2, 3)]),
    ),
    (
        "delegate_not_in_office",
        case([opening(), ballot(1, 2, by="p3")], delegations=[delegation("d1", 2, 3)], seats=seats(s3=OVER)),
    ),
    (
        "delegate_ineligible",
        case([opening(), ballot(1, 2, by="p1")], delegations=D21, conflicts=conflict("p1")),
    ),
    ("delegate_absent", case([opening(), ballot(1, 2, by="p1")], delegations=D21, seats=seats(s1=AWAY))),
    ("recuse_is_personal", case([opening(), ballot(1, 2, "recuse", by="p1")], delegations=D21)),
    ("principal_voted", case([opening(), ballot(1, 2), ballot(2, 2, "reject", by="p1")], delegations=D21)),
    ("rationale_missing", case([opening(), ballot(1, 2, "reject", rationale=" \u3000\n")])),
    ("rationale_missing", case([opening(), ballot(1, 2, "reject", by="p1", rationale="")], delegations=D21)),
    ("rationale_missing", case([opening(), event(1, "returned", "p1", reason=" ")])),
    ("rationale_missing", case([opening(), event(1, "deferred", "p1", reason="", until="2026-03-01")])),
    ("rationale_missing", case([opening(), event(1, "conflict_declared", "clerk", member="p3", reason="")])),
    ("rationale_missing", case([opening(), event(1, "break_glass", ["p1", "p2"], reason="", hours=99)])),
    ("rationale_missing", case([*approved(), event(25, "revoked", "p1", reason="")])),
    ("bad_until", case([opening(), event(1, "deferred", "p1", reason="why", until="2026-03-02")])),
    ("actor_not_allowed", case([event(0, "open", "p1")])),
    ("actor_not_allowed", case([opening(), event(1, "returned", "clerk", reason="why")])),
    ("actor_not_allowed", case([opening(), event(1, "withdrawn", "clerk")])),
    (
        "actor_not_allowed",
        case([opening(), event(1, "returned", "p1", reason="w"), event(2, "resumed", "p1")]),
    ),
    (
        "actor_not_allowed",
        case(
            [
                opening(),
                event(1, "deferred", "p1", reason="w", until="2026-03-04"),
                event(2, "resumed", "requester"),
            ]
        ),
    ),
    ("actor_not_allowed", case([opening(), event(1, "conflict_declared", "p3", member="p4", reason="kin")])),
    ("actor_not_allowed", case([opening(), event(1, "break_glass", ["p1", "clerk"], reason="", hours=99)])),
    ("actor_not_allowed", case([*RECUSED, event(2, "break_glass", ["p1", "p2"], reason="o", hours=2)])),
    (
        "actor_not_allowed",
        case([*approved(owner="p1"), event(25, "condition_met", "p1", condition="mask", evidence="e")]),
    ),
    ("actor_not_allowed", case([*approved(), event(25, "revoked", "p2", reason="why")])),
    ("break_glass_used", case([opening(), GLASS, event(2, "break_glass", ["p1"], reason="", hours=99)])),
    ("two_people_required", case([opening(), event(1, "break_glass", ["p9", "p9"], reason="", hours=99)])),
    ("two_people_required", case([opening(), event(1, "break_glass", ["p1"], reason="", hours=99)])),
    ("too_long", case([opening(), event(1, "break_glass", ["p1", "p2"], reason="o", hours=25)])),
    ("permit_not_live", case([opening(), event(1, "revoked", "nobody", reason="")])),
    ("permit_not_live", case([opening(), GLASS, event(3, "revoked", "p1", reason="why")])),
    (
        "permit_not_live",  # met at the very end of the due day is late
        case([*approved(), event(207, "condition_met", "clerk", condition="mask", evidence="e")], now=300),
    ),
    (
        "unknown_condition",
        case([*approved(), event(25, "condition_met", "nobody", condition="other", evidence="e")]),
    ),
]


@pytest.mark.parametrize(("code", "document"), REFUSED, ids=[f"{c}-{n}" for n, (c, _) in enumerate(REFUSED)])
def test_refused_with_the_first_code_that_applies(code: str, document: Case) -> None:
    assert last_refusal(document) == code


def test_every_refusal_code_is_shown() -> None:
    assert {code for code, _ in REFUSED} == set(REFUSALS)


ACCEPTED: list[Case] = [
    case([event(0, "open", "clerk")]),
    case([GLASS]),  # a draft is not closed
    case([event(0, "conflict_declared", "p3", member="p3", reason="kin")]),
    case([event(0, "subject_changed", "anyone", digest=cases.DIGEST)]),
    case([opening(), ballot(1, 2, by="p1")], delegations=D21),
    case([opening(), ballot(1, 2, by="p1"), ballot(2, 2, "reject")], delegations=D21),
    case([*RECUSED, ballot(2, 2, by="a2")], seats=seats(s2=alternate(2))),
    case([opening(), GLASS, event(2, "revoked", "clerk", reason="why")]),
    case([*approved(), event(25, "condition_met", "clerk", condition="mask", evidence="e")]),
    case([*approved(), event(206.9, "condition_met", "clerk", condition="mask", evidence="e")], now=300),
    case([*approved(), event(25, "revoked", "p1", reason="why")]),
]


@pytest.mark.parametrize("document", ACCEPTED)
def test_accepted(document: Case) -> None:
    assert tally(document).output["refused"] == []
