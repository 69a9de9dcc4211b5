"""Committee cases for tests: a plain one to start from, and random valid ones for the invariants."""

import copy
import os
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Case = dict[str, Any]
TIMES = int(os.environ.get("GAVEL_EXAMPLES", "1"))
"""How many times the usual number of random cases; more than once they are others at every run."""


def examples(number: int) -> settings:
    """Settings for so many random cases."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        suppress_health_check=list(HealthCheck),
    )


DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64
OPENING = datetime.fromisoformat("2026-03-02T09:00:00+08:00")  # a Monday
CHARTER: Case = {
    "version": "charter-1",
    "quorum": {"basis": "count", "value": 3, "abstentions": True, "proxies": True},
    "composition": [],
    "majority": {"basis": "cast", "threshold": "1/2", "strict": True},
    "tie": "chair",
    "early_close": "certain",
    "min_open_hours": 24,
    "deadline_days": 3,
    "on_deadline": "deny",
    "on_inquorate": "close",
    "escalate_to": None,
    "sealed": False,
    "validity_days": 90,
    "proxy_cap": 1,
    "break_glass_max_hours": 24,
}


def seat(number: int, **changes: Any) -> Case:
    """Seat `s1`, `s2` ... held by `p1`, `p2` ...; the first is the chair, the second the deputy."""
    role = {1: "chair", 2: "deputy"}.get(number, "member")
    plain: Case = {
        "id": f"s{number}",
        "member": f"p{number}",
        "role": role,
        "functions": [],
        "team": f"team-{number}",
        "term": {"from": "2026-01-01", "to": "2026-12-31"},
    }
    return plain | changes


def at(hours: float) -> str:
    """The instant so many hours after the opening."""
    return (OPENING + timedelta(hours=hours)).isoformat()


def event(after: float, kind: str, by: Any, /, **fields: Any) -> Case:
    """An event so many hours after the opening."""
    return {"at": at(after), "type": kind, "by": by, **fields}


def opening() -> Case:
    """The requester opens."""
    return event(0, "open", "requester")


def ballot(hours: float, number: int, choice: str = "approve", by: str | None = None, **fields: Any) -> Case:
    """A ballot for seat `s<number>`, by its holder unless said otherwise, with a reason if one is needed."""
    reason = {"rationale": "stated"} if choice in ("reject", "recuse") else {}
    who = f"p{number}" if by is None else by
    return event(hours, "ballot", who, seat=f"s{number}", choice=choice, **(reason | fields))


def delegation(name: str, principal: int, delegate: int, **changes: Any) -> Case:
    """Seat `s<principal>` delegates to seat `s<delegate>`."""
    plain: Case = {
        "id": name,
        "principal": f"s{principal}",
        "delegate": f"s{delegate}",
        "from": "2026-01-01",
        "to": "2026-12-31",
        "scope": {},
    }
    return plain | changes


def case(
    events: list[Case], now: float = 30, charter: Mapping[str, Any] | None = None, **changes: Any
) -> Case:
    """A case of five seats `now` hours after its opening."""
    plain: Case = {
        "spec": "committee-case/1",
        "now": at(now),
        "calendar": {"timezone": "Asia/Shanghai", "weekend": [6, 7], "holidays": [], "workdays": []},
        "committee": {"id": "board", "secretary": "clerk", "next_resolution": 7},
        "charter": CHARTER | dict(charter or {}),
        "policies": [],
        "seats": [seat(number) for number in range(1, 6)],
        "delegations": [],
        "conflicts": [],
        "case": {
            "id": "case-1",
            "action": "train",
            "subject": {"kind": "dataset", "id": "orders", "digest": DIGEST},
            "level": 2,
            "purpose": "ranking",
            "change": {"rows_changed": 0, "rows_total": 100},
            "downstream_models": 0,
            "requester": "requester",
            "requesting_team": "team-asking",
            "contributors": [],
            "beneficiaries": [],
        },
        "events": events,
    }
    return copy.deepcopy(plain | changes)


def with_charter(base: Case, **changes: Any) -> Case:
    """A copy of the case under a changed charter."""
    return copy.deepcopy(base) | {"charter": copy.deepcopy(base["charter"]) | changes}


def with_events(base: Case, events: list[Case]) -> Case:
    """A copy of the case with other events, `now` no earlier than the last of them."""
    now = max([base["now"], *(one["at"] for one in events)], key=datetime.fromisoformat)
    return copy.deepcopy(base) | {"events": copy.deepcopy(events), "now": now}


def with_now(base: Case, instant: str) -> Case:
    """A copy of the case at another `now`."""
    return copy.deepcopy(base) | {"now": instant}


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
PLACES = (
    ("Asia/Shanghai", 0),
    ("UTC", 0),
    ("America/New_York", 4),  # to the end of winter time
    ("Asia/Beirut", 25),  # 2026-03-29 begins at 01:00
    ("Africa/Cairo", 51),  # 2026-04-24 begins at 01:00
    ("America/Sao_Paulo", -2677),  # 2018-11-04 begins at 01:00
    ("America/Sao_Paulo", -2938),  # 2018-02-17 has 25 hours
    ("Australia/Lord_Howe", 33),  # half an hour back on 2026-04-05
)
"""Zones, and by how many days to move a case so that it runs over a day that is longer or shorter there."""


def moved(document: Any, days: int) -> Any:
    """A copy with every date so many days later; those that stand for no end stay."""
    if isinstance(document, dict):
        return {key: moved(item, days) for key, item in document.items()}
    if isinstance(document, list):
        return [moved(item, days) for item in document]
    if not isinstance(document, str) or document.startswith("9999"):
        return document
    return _DATE.sub(lambda found: str(date.fromisoformat(found[0]) + timedelta(days=days)), document)


_FUNCTIONS = ("legal", "security")
_TEAMS = ("team-asking", "team-asking", "team-a", "team-b")
_REQUIREMENTS = (
    {"kind": "function", "function": "legal", "of": "present", "min": 1},
    {"kind": "function", "function": "security", "of": "approvals", "min": 1},
    {"kind": "team_cap", "max": 0},
    {"kind": "team_cap", "max": 1},
)
_MAJORITIES = (("1/2", True), ("1/2", True), ("1/2", True), ("2/3", False), ("3/4", False), ("1/1", False))


def random_majority(rng: Random) -> Case:
    """A majority rule; the simple one most often, as only it knows ties."""
    threshold, strict = rng.choice(_MAJORITIES)
    return {
        "basis": rng.choice(["cast", "cast", "eligible", "all"]),
        "threshold": threshold,
        "strict": strict,
    }


def random_quorum(rng: Random) -> Case:
    """A quorum rule."""
    count = rng.random() < 0.6
    return {
        "basis": "count" if count else "share",
        "value": rng.choice([1, 1, 2, 2, 3, 4]) if count else rng.choice(["1/3", "1/2", "2/3", "2/4"]),
        "abstentions": rng.random() < 0.6,
        "proxies": rng.random() < 0.6,
    }


def random_rules(rng: Random, **fixed: Any) -> Case:
    """A charter."""
    return CHARTER | {
        "quorum": random_quorum(rng),
        "composition": rng.sample(_REQUIREMENTS, rng.choice([0, 0, 0, 1, 2])),
        "majority": random_majority(rng),
        "tie": rng.choice(["chair", "chair", "fails"]),
        "early_close": rng.choice(["certain", "never"]),
        "min_open_hours": rng.choice([0, 4, 24]),
        "deadline_days": rng.choice([1, 2, 4]),
        "on_deadline": rng.choice(["deny", "escalate"]),
        "on_inquorate": rng.choice(["close", "escalate"]),
        "escalate_to": rng.choice([None, "council"]),
        "proxy_cap": rng.choice([0, 1, 1, 2]),
        "break_glass_max_hours": rng.choice([8, 24]),
        **fixed,
    }


def random_policy(rng: Random, name: str, clocks: bool = True) -> Case:
    """A policy; without `clocks` it sets nothing that changes which ballots are taken."""
    full = random_rules(rng)
    clocked = {"deadline_days", "min_open_hours", "proxy_cap"}
    keys = [key for key in full if key != "version" and (clocks or key not in clocked)]
    match = rng.choice([{}, {"actions": ["train"]}, {"min_level": 2}, {"min_level": 5}])
    return {
        "id": name,
        "match": match,
        "set": {key: full[key] for key in rng.sample(keys, rng.randint(0, 3))},
    }


def _random_seat(rng: Random, number: int, dated: bool) -> Case:
    changes: Case = {
        "functions": [name for name in _FUNCTIONS if rng.random() < 0.5],
        "team": rng.choice(_TEAMS),
    }
    if rng.random() < 0.3:
        changes["alternate"] = {"member": f"a{number}", "team": rng.choice(_TEAMS)}
    if dated and rng.random() < 0.15:
        changes["term"] = {"from": "2026-01-01", "to": rng.choice(["2026-03-02", "2026-03-03"])}
    if dated and rng.random() < 0.1:
        changes["term"] = {"from": rng.choice(["2026-03-03", "2026-03-04"]), "to": None}
    if dated and rng.random() < 0.2:
        first = rng.choice(["2026-03-02", "2026-03-03"])
        changes["absences"] = [{"from": first, "to": rng.choice([first, "2026-03-04"])}]
    return seat(number, **changes)


def _random_conflict(rng: Random, number: int, size: int, dated: bool) -> Case:
    first = rng.choice(["2026-01-01", "2026-03-03"]) if dated else "2026-01-01"
    last = rng.choice([None, "2026-03-02"]) if dated else None
    return {
        "id": f"c{number}",
        "member": rng.choice([f"p{rng.randint(1, size)}", "a1"]),
        "from": first,
        "to": None if last is not None and last < first else last,
        "applies_to": rng.choice(
            [{"cases": ["case-1"]}, {"parties": ["team-asking"]}, {"subjects": ["other"]}]
        ),
    }


def _random_ballot(rng: Random, hours: float, base: Case, size: int) -> Case:
    number = rng.randint(1, size)
    by = f"p{number}"
    if rng.random() < 0.3:
        proxies = [
            d["delegate"].replace("s", "p") for d in base["delegations"] if d["principal"] == f"s{number}"
        ]
        by = rng.choice([f"a{number}", f"p{rng.randint(1, size)}", *proxies, *proxies, *proxies])
    choice = rng.choice(["approve"] * 11 + ["reject"] * 6 + ["abstain"] * 3 + ["recuse"])
    fields: Case = {}
    if rng.random() < 0.15:
        due = rng.choice(["2026-03-04", "2026-03-20", "9999-12-31"])
        when = rng.choice(["before_use", "by_due"])
        owner = rng.choice(["requester", "p1"])
        fields = {
            "conditions": [{"id": "mask", "owner": owner, "due": due, "when": when, "evidence": "report"}]
        }
    if rng.random() < 0.05:
        fields["rationale"] = " "
    return ballot(hours, number, choice, by, **fields)


def _random_act(rng: Random, hours: float, size: int, dated: bool) -> Case:
    chair = rng.choice(["p1", "p1", "p2", "clerk"])
    acts = [
        event(hours, "returned", chair, reason="why"),
        event(hours, "deferred", chair, reason="why", until=rng.choice(["2026-03-03", "2026-03-04"])),
        event(hours, "resumed", rng.choice(["requester", "p1"])),
        event(hours, "conflict_declared", chair, member=f"p{rng.randint(1, size)}", reason="kin"),
        event(
            hours,
            "break_glass",
            [f"p{rng.randint(1, size)}", "p2"],
            reason="outage",
            hours=rng.randint(1, 30),
        ),
        event(hours, "condition_met", rng.choice(["p1", "clerk"]), condition="mask", evidence="done"),
        event(hours, "revoked", rng.choice(["p1", "clerk"]), reason="why"),
        event(hours, "withdrawn", rng.choice(["requester", "p1"])),
        event(hours, "subject_changed", "x", digest=rng.choice([DIGEST, DIGEST, OTHER_DIGEST])),
        event(hours, "policy_changed", "x", version=rng.choice(["charter-1", "charter-1", "charter-2"])),
    ]
    if dated:
        acts += [event(hours, "seat_ended", "x", seat=f"s{rng.randint(1, size)}")] * 3
    return rng.choice(acts)


def make_case(rng: Random, *, dated: bool = True, acts: bool = True, **fixed: Any) -> Case:
    """A random valid case. `dated`: terms, absences, conflicts change; `fixed`: charter parameters."""
    size = rng.randint(3, 6)
    base = case([], charter=random_rules(rng, **fixed))
    base["calendar"]["timezone"] = rng.choice(["Asia/Shanghai", "UTC", "America/New_York"])
    base["seats"] = [_random_seat(rng, number, dated) for number in range(1, size + 1)]
    base["policies"] = [random_policy(rng, f"policy-{n}") for n in range(rng.choice([0, 0, 1, 2]))]
    if fixed:
        base["policies"] = [
            p | {"set": {k: v for k, v in p["set"].items() if k not in fixed}} for p in base["policies"]
        ]
    base["conflicts"] = [_random_conflict(rng, n, size, dated) for n in range(rng.choice([0, 0, 0, 1, 2]))]
    for n in range(rng.choice([0, 1, 2, 3])):
        principal, delegate = rng.sample(range(1, size + 1), 2)
        dates = {"to": "2026-03-02"} if dated and rng.random() < 0.2 else {}
        scope = {} if rng.random() < 0.8 else {"max_level": 1}
        base["delegations"].append(delegation(f"d{n}", principal, delegate, scope=scope, **dates))
    if rng.random() < 0.2:
        base["case"]["contributors"] = [f"p{rng.randint(1, size)}"]
    hours = 0.0
    for _ in range(rng.randint(0, 14)):
        hours += rng.choice([0, 0, 1, 2, 5, 15])
        act = acts and rng.random() < 0.15
        base["events"].append(
            _random_act(rng, hours, size, dated) if act else _random_ballot(rng, hours, base, size)
        )
    if dated and rng.random() < 0.2:
        new = _random_seat(rng, size + 1, dated) | {"role": "member"}
        base["events"].append(event(hours, "seat_added", "x", seat=new))
        base["events"].append(ballot(hours + 1, size + 1))
        hours += 1
    base["events"].insert(0 if rng.random() < 0.95 else rng.randint(0, len(base["events"])), opening())
    base["events"].sort(key=lambda one: datetime.fromisoformat(one["at"]))
    base["now"] = at(hours + rng.choice([0, 3, 30, 150, 3000]))
    return base


def make_vote(rng: Random, **fixed: Any) -> Case:
    """A random case as votes go: most holders vote, few step out, somebody stays silent; looked at late."""
    base = make_case(rng, dated=rng.random() < 0.3, acts=False, **fixed)
    size = len(base["seats"])
    leaning = rng.choice([["approve"] * 5, ["approve", "reject"], ["approve", "reject", "reject"]])
    events = [opening()]
    for number in rng.sample(range(1, size + 1), rng.randint(size // 2, size - 1)):
        choice = rng.choice([*leaning, *leaning, "abstain"] + ["recuse"] * (rng.random() < 0.1))
        noted = {"id": "mask", "owner": "p2", "due": "2026-04-01", "when": "by_due", "evidence": "report"}
        asked = {"conditions": [noted]} if rng.random() < 0.1 else {}
        events.append(ballot(len(events), number, choice, **asked))
    for given in base["delegations"]:
        caster = given["delegate"].replace("s", "p")
        events.append(ballot(len(events), int(given["principal"][1:]), rng.choice(leaning), caster))
    base["events"] = events
    base["now"] = at(300)
    return base


def valid_cases(**options: Any) -> st.SearchStrategy[Case]:
    """Random valid cases. From seeds, not drawn choices: many more cases a minute."""
    return st.integers(0, 2**40).map(lambda seed: make_case(Random(seed), **options))
