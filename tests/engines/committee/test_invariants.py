"""Every invariant of committee-rules §11, over random valid cases."""

import copy
import json
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from committee.engine import Result, tally
from committee.engine.calendar import parse_instant, print_utc
from tests.engines.committee import cases
from tests.engines.committee.cases import Case, valid_cases, with_charter, with_events, with_now

APPROVED = ("approved", "approved_with_conditions")
DEAD = {"lapsed", "expired", "revoked", "void", "ended"}

often = cases.examples(60)
seldom = cases.examples(25)
seeds = st.integers(0, 2**40)


def outcome(case: Case) -> str | None:
    return tally(case).output["outcome"]


def without(output: Case, *names: str) -> Case:
    return {name: value for name, value in output.items() if name not in names}


def verdict(result: str | None) -> str | None:
    return "approved" if result in APPROVED else result


def accepted(result: Result, kind: str) -> list[Case]:
    return [e for e in result.ledger if e["type"] == kind and e["accepted"]]


def never_early(seed: int) -> Case:
    """Every third case is any case at all, the others are votes in which something is decided."""
    make = cases.make_vote if seed % 3 else cases.make_case
    return make(Random(seed), early_close="never")


def voted_seats(case: Case) -> set[str]:
    return {e["seat"] for e in case["events"] if e["type"] == "ballot"}


def silent_slots(case: Case, output: Case) -> list[str]:
    """Seats of the list that were never voted for, whose holder could."""
    vacant = {v["seat"] for v in output["ineligible"]}
    return [s["id"] for s in case["seats"] if s["id"] not in voted_seats(case) | vacant]


def with_extra_ballot(case: Case, seat: str, choice: str) -> Case:
    """A ballot of the holder, at the instant of the opening."""
    place = 1 + next(i for i, e in enumerate(case["events"]) if e["type"] == "open")
    extra = {
        "at": case["events"][place - 1]["at"],
        "type": "ballot",
        "by": seat.replace("s", "p"),
        "seat": seat,
        "choice": choice,
        "rationale": "stated",
    }
    return with_events(case, [*case["events"][:place], extra, *case["events"][place:]])


@often
@given(seeds)
def test_01_order_of_ballots_at_one_instant_does_not_matter(seed: int) -> None:
    rng = Random(seed)
    case = cases.make_case(rng, acts=False, min_open_hours=24, deadline_days=4)
    block: list[Case] = []
    for number in rng.sample(range(1, len(case["seats"]) + 1), rng.randint(2, len(case["seats"]))):
        proxies = [
            d["delegate"].replace("s", "p") for d in case["delegations"] if d["principal"] == f"s{number}"
        ]
        by = rng.choice([f"p{number}", f"p{number}", f"a{number}", *proxies])
        if by not in {one["by"] for one in block}:
            choice = rng.choice(["approve", "reject", "abstain"])
            block.append(cases.ballot(1, number, choice, by))
    results = [
        tally(with_events(case, [cases.opening(), *order])).output
        for order in (block, block[::-1], rng.sample(block, len(block)))
    ]
    for other in results[1:]:
        assert (other["counts"], other["outcome"]) == (results[0]["counts"], results[0]["outcome"])


@often
@given(valid_cases())
def test_02_a_slot_counts_once(case: Case) -> None:
    output = tally(case).output
    counts = output["counts"]
    votes = counts["approve"] + counts["reject"] + counts["abstain"] + counts["capped"]
    assert votes == len(output["ballots"]) <= counts["eligible"] <= counts["seats"]
    assert max(Counter(b["seat"] for b in output["ballots"]).values(), default=1) == 1


@often
@given(valid_cases())
def test_03_a_barred_person_never_counts(case: Case) -> None:
    result = tally(case)
    barred = {"requester", *case["case"]["contributors"], *case["case"]["beneficiaries"]}
    barred |= {e["data"]["member"] for e in accepted(result, "conflict_declared")}
    recusals = [e for e in accepted(result, "ballot") if e["data"]["choice"] == "recuse"]
    barred |= {e["actor"] for e in recusals}
    for vacancy in result.output["ineligible"]:
        if not {"term_ended", "term_not_started", "term_ended_ballot_kept"}.issuperset(vacancy["codes"]):
            barred.add(vacancy["seat"].replace("s", "p"))
    assert barred.isdisjoint(b["by"] for b in result.output["ballots"])


@seldom
@given(valid_cases())
def test_03_recusing_twice_changes_nothing(case: Case) -> None:
    refused = {r["event"] for r in tally(case).output["refused"]}
    places = [i for i, e in enumerate(case["events"]) if e.get("choice") == "recuse" and i not in refused]
    assume(places)
    events = list(case["events"])
    events.insert(places[0] + 1, events[places[0]])
    twice = with_events(case, events)
    assert without(tally(twice).output, "refused") == without(tally(case).output, "refused")


@often
@given(valid_cases())
def test_04_a_decision_permit_exists_exactly_for_an_approval(case: Case) -> None:
    output = tally(case).output
    permit = output["permit"]
    decided = permit is not None and permit["kind"] == "decision"
    assert decided == (output["outcome"] in APPROVED)
    if permit is not None:
        assert permit["subject"]["digest"] == case["case"]["subject"]["digest"]


@often
@given(seeds)
def test_05_approved_implies_quorum_requirements_and_majority(seed: int) -> None:
    case = cases.make_vote(Random(seed)) if seed % 3 else cases.make_case(Random(seed))
    output = tally(case).output
    assume(output["outcome"] in APPROVED)
    counts, rules = output["counts"], output["effective"]
    assert counts["quorum_have"] >= counts["quorum_needed"]
    if counts["approve"] < counts["threshold_needed"]:
        assert "casting_vote" in output["reasons"]
        chair = next(b for b in output["ballots"] if b["seat"] == output["presiding"]["seat"])
        assert (chair["via"], chair["choice"]) == ("own", "approve")
    added = [e["seat"] for e in case["events"] if e["type"] == "seat_added"]
    functions = {s["id"]: s["functions"] for s in case["seats"] + added}
    for rule in rules["composition"]:
        if rule["kind"] == "team_cap":
            continue
        serving = [b for b in output["ballots"] if rule["function"] in functions[b["seat"]]]
        if rule["of"] == "approvals":
            serving = [b for b in serving if b["choice"] == "approve"]
        assert len(serving) >= rule["min"]


@often
@given(seeds)
def test_06_closing_early_equals_the_deadline_whatever_silent_seats_do(seed: int) -> None:
    rng = Random(seed)
    case = cases.make_case(
        rng, dated=False, acts=False, early_close="certain", min_open_hours=0, deadline_days=4
    )
    output = tally(case).output
    assume("closed_early" in output["reasons"])
    closed = parse_instant(output["closes_at"])
    before = [e for e in case["events"] if parse_instant(e["at"]) <= closed]
    taken = {b["seat"] for b in output["ballots"]}
    casters = {b["by"] for b in output["ballots"]}
    silent = [s for s in case["seats"] if s["id"] not in taken]
    later = with_charter(case, early_close="never")
    # What was refused at the closing instant because the case had closed must not be taken now.
    refused = {r["event"] for r in output["refused"] if r["code"] == "case_closed"}
    before = [e for i, e in enumerate(case["events"]) if e in before and i not in refused]
    for _ in range(4):
        acts = list(before)
        for seat in rng.sample(silent, rng.randint(0, len(silent))):
            number = int(seat["id"][1:])
            choice = rng.choice(["approve", "reject", "abstain", "recuse"])
            # A recusal of somebody who cast another's ballot would void it: cast ballots stay.
            if choice == "recuse" and f"p{number}" in casters:
                continue
            acts.append(cases.ballot(0, number, choice) | {"at": output["closes_at"]})
            if choice == "recuse" and seat.get("alternate") and rng.random() < 0.6:
                choice = rng.choice(["approve", "reject", "abstain"])
                acts.append(cases.ballot(0, number, choice, f"a{number}") | {"at": output["closes_at"]})
        end = with_now(with_events(later, acts), "2026-04-30T00:00:00Z")
        assert verdict(outcome(end)) == verdict(output["outcome"])


@often
@given(seeds)
def test_07_one_more_approval_never_rejects(seed: int) -> None:
    case = never_early(seed)
    output = tally(case).output
    assume(output["outcome"] in APPROVED)
    silent = silent_slots(case, output)
    assume(silent)
    for seat in silent:
        assert outcome(with_extra_ballot(case, seat, "approve")) != "rejected"


@often
@given(seeds)
def test_08_one_more_rejection_never_approves(seed: int) -> None:
    case = never_early(seed)
    output = tally(case).output
    assume(output["outcome"] == "rejected")
    silent = silent_slots(case, output)
    assume(silent)
    for seat in silent:
        assert outcome(with_extra_ballot(case, seat, "reject")) not in APPROVED


@often
@given(valid_cases())
def test_09_without_ballots_nothing_is_approved(case: Case) -> None:
    events = [e for e in case["events"] if e["type"] != "ballot"]
    late = with_now(with_events(case, events), "2027-01-01T00:00:00Z")
    assert outcome(late) not in APPROVED
    result = tally(case)
    for entry in result.ledger:
        if entry["type"] in ("auto_expired", "auto_inquorate", "auto_resumed"):
            assert entry["outcome"] not in APPROVED


def stricter(rng: Random, charter: Case) -> Case:
    """The charter with one rule raised, or a requirement more."""
    majority, quorum = charter["majority"], charter["quorum"]
    changes: list[Case] = [
        {"majority": majority | {"threshold": "1/1", "strict": False}},
        {"majority": majority | {"basis": "all"}},
        {"quorum": quorum | {"value": 1_000 if quorum["basis"] == "count" else "1/1"}},
        {"quorum": quorum | {"value": quorum["value"] + 1 if quorum["basis"] == "count" else "5/6"}},
        {"composition": [*charter["composition"], {"kind": "team_cap", "max": 0}]},
    ]
    if majority["threshold"] == "1/2":
        changes.append({"majority": majority | {"threshold": "2/3", "strict": True}})
    if majority["basis"] == "cast":
        changes.append({"majority": majority | {"basis": "eligible"}})
    for of in ("present", "approvals"):
        rule = {"kind": "function", "function": "legal", "of": of, "min": rng.randint(1, 2)}
        changes.append({"composition": [*charter["composition"], rule]})
    return rng.choice(changes)


@often
@given(seeds)
def test_10_stricter_rules_never_approve_more(seed: int) -> None:
    case = never_early(seed)
    assume(outcome(case) not in APPROVED)
    rng = Random(seed)
    for _ in range(3):
        changes = stricter(rng, case["charter"])
        assert outcome(with_charter(case, **changes)) not in APPROVED, changes


@often
@given(seeds)
def test_11_one_more_policy_never_approves_more(seed: int) -> None:
    case = never_early(seed)
    assume(outcome(case) not in APPROVED)
    policy = cases.random_policy(Random(seed), "policy-extra", clocks=False)
    assert outcome(case | {"policies": [*case["policies"], policy]}) not in APPROVED


@seldom
@given(seeds)
def test_11_the_order_of_policies_never_matters_nor_does_a_twin(seed: int) -> None:
    rng = Random(seed)
    case = cases.make_case(rng)
    case["policies"] = [cases.random_policy(rng, f"policy-{n}") for n in range(3)]
    assert tally(case | {"policies": case["policies"][::-1]}).output == tally(case).output
    twin = case["policies"][0] | {"id": "policy-twin"}
    doubled = tally(case | {"policies": [*case["policies"], twin]}).output
    assert without(doubled, "policies") == without(tally(case).output, "policies")


@often
@given(valid_cases())
def test_12_refused_events_change_nothing(case: Case) -> None:
    output = tally(case).output
    refused = {r["event"] for r in output["refused"]}
    assume(refused)
    kept = [e for i, e in enumerate(case["events"]) if i not in refused]
    if any(e["type"] == "seat_added" for e in case["events"]):
        assume(any(e["type"] == "seat_added" for e in kept))
    again = tally(with_events(case, kept)).output
    assert again["refused"] == []
    assert without(again, "refused") == without(output, "refused")


@often
@given(seeds)
def test_13_of_two_consecutive_ballots_only_the_second_counts(seed: int) -> None:
    rng = Random(seed)
    case = cases.make_case(rng, dated=False, min_open_hours=24)
    first = rng.choice(["approve", "reject", "abstain"])
    second = rng.choice(["approve", "reject", "abstain"])
    hours, number = rng.choice([1, 2, 5]), rng.randint(1, len(case["seats"]))
    case["conflicts"] = []
    others = [e for e in case["events"] if parse_instant(e["at"]) != parse_instant(cases.at(hours))]
    place = sum(parse_instant(e["at"]) < parse_instant(cases.at(hours)) for e in others)

    def run(*ballots: Case) -> Case:
        return tally(with_events(case, [*others[:place], *ballots, *others[place:]])).output

    one, two = cases.ballot(hours, number, first), cases.ballot(hours, number, second)
    both, alone = run(one, two), run(two)
    assume(not {place, place + 1} & {r["event"] for r in both["refused"]})
    assert without(both, "refused") == without(alone, "refused")


@often
@given(valid_cases())
def test_14_nothing_after_closing_changes_the_decision(case: Case) -> None:
    result = tally(case)
    assume(result.output["state"] == "closed")
    # An event at the very closing instant may have come before it: cut after the entry that closed.
    place = next(i for i, e in enumerate(result.ledger) if e["state"] == "closed")
    events = sum(e["actor"] != "system" for e in result.ledger[: place + 1])
    cut = with_now(with_events(case, case["events"][:events]), result.output["closes_at"])
    final = ("permit", "refused", "review_case")
    assert without(tally(cut).output, *final) == without(result.output, *final)


@often
@given(valid_cases())
def test_14_a_dead_permit_stays_dead(case: Case) -> None:
    output = tally(case).output
    assume(output["permit"] is not None)
    instants = [parse_instant(e["at"]) for e in case["events"]]
    end = max([*instants, parse_instant(case["now"])])
    dead: str | None = None
    moments = sorted({*instants, *(end + timedelta(days=days) for days in (0, 1, 5, 20, 100))})
    kind = None
    for moment in moments:
        events = [e for e in case["events"] if parse_instant(e["at"]) <= moment]
        permit = tally(with_now(with_events(case, events), print_utc(moment))).output["permit"]
        if permit is None:
            continue
        if permit["kind"] == kind and dead is not None:
            assert permit["status"] == dead
        kind = permit["kind"]
        dead = permit["status"] if permit["status"] in DEAD else None


@often
@given(valid_cases())
def test_15_after_another_digest_no_permit_lives(case: Case) -> None:
    moment = parse_instant(case["now"])
    change = {"at": case["now"], "type": "subject_changed", "by": "x"}
    events = [
        *case["events"],
        change | {"digest": cases.OTHER_DIGEST},
        change | {"digest": cases.DIGEST},
    ]
    for hours in (0, 1, 24 * 200):
        now = print_utc(moment + timedelta(hours=hours))
        permit = tally(with_now(with_events(case, events), now)).output["permit"]
        assert permit is None or permit["status"] in DEAD


@often
@given(valid_cases())
def test_16_decided_cases_were_open_long_enough_and_stay_as_they_are(case: Case) -> None:
    result = tally(case)
    output = result.output
    assume(output["state"] == "closed")
    if output["outcome"] in (*APPROVED, "rejected"):
        opened = parse_instant(accepted(result, "open")[0]["at"])
        least = timedelta(hours=output["effective"]["min_open_hours"])
        assert parse_instant(output["closes_at"]) >= opened + least
    late = print_utc(parse_instant(case["now"]) + timedelta(days=400))
    assert without(tally(with_now(case, late)).output, "permit") == without(output, "permit")


@often
@given(seeds)
def test_17_proxies_yield_to_the_principal_and_keep_to_the_cap(seed: int) -> None:
    rng = Random(seed)
    case = cases.make_case(rng, acts=False)
    size = len(case["seats"])
    pairs = [rng.sample(range(1, size + 1), 2) for _ in range(4)]
    case["delegations"] = [cases.delegation(f"d{n}", *pair) for n, pair in enumerate(pairs)]
    ballots = [cases.ballot(rng.choice([1, 2]), a, "approve", f"p{b}") for a, b in pairs]
    case["events"] = [cases.opening(), *sorted(ballots, key=lambda b: b["at"]), *case["events"][1:]]
    result = tally(with_events(case, sorted(case["events"], key=lambda e: parse_instant(e["at"]))))
    counted = result.output["ballots"]
    per_delegate = Counter(b["by"] for b in counted if b["via"] == "proxy")
    assert max(per_delegate.values(), default=0) <= result.output["effective"]["proxy_cap"]
    own = {
        e["data"]["seat"]
        for e in accepted(result, "ballot")
        if e["actor"] == e["data"]["seat"].replace("s", "p")
    }
    assert not {b["seat"] for b in counted if b["via"] == "proxy"} & own


def shifted(value: Any, rng: Random) -> Any:
    """The same instants under other offsets."""
    if isinstance(value, dict):
        return {
            key: _offset(item, rng) if key in ("at", "now") else shifted(item, rng)
            for key, item in value.items()
        }
    return [shifted(item, rng) for item in value] if isinstance(value, list) else value


def _offset(text: str, rng: Random) -> str:
    hours = rng.randint(-11, 12)
    utc = parse_instant(text).replace(tzinfo=None) + timedelta(hours=hours)
    return f"{utc.isoformat()}{'-' if hours < 0 else '+'}{abs(hours):02d}:00"


@seldom
@given(valid_cases(), st.randoms(use_true_random=False))
def test_18_offsets_and_names_of_persons_change_nothing(case: Case, rng: Random) -> None:
    output = tally(case).output
    assert tally(shifted(case, rng)).output == output
    persons = (
        {s["member"] for s in case["seats"]} | {f"p{n}" for n in range(1, 9)} | {f"a{n}" for n in range(1, 9)}
    )
    persons |= {"requester", "clerk"}
    names = {person: f"X{rng.randint(0, 10**9)}-{person}" for person in persons}

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            keep = ("type", "kind")
            return {k: v if k in keep else renamed(v) for k, v in value.items()}
        if isinstance(value, list):
            return [renamed(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    codes = {"reasons": output["reasons"]}
    plain = [v | {"codes": v["codes"]} for v in renamed(output["ineligible"])]
    for vacancy, before in zip(plain, output["ineligible"], strict=True):
        vacancy["codes"] = before["codes"]
    assert tally(renamed(case)).output == renamed(output) | codes | {"ineligible": plain}


@often
@given(valid_cases())
def test_19_break_glass_is_short_by_two_and_reviewed(case: Case) -> None:
    result = tally(case)
    acts = accepted(result, "break_glass")
    assert len(acts) <= 1
    assert (result.output["review_case"] is not None) == bool(acts)
    for act in acts:
        assert len(set(act["actor"])) == 2
        assert act["data"]["hours"] <= 24
    permit = result.output["permit"]
    if permit is not None and permit["kind"] == "break_glass":
        length = parse_instant(permit["valid_until"]) - parse_instant(permit["valid_from"])
        assert length <= timedelta(hours=24)


@often
@given(valid_cases(), st.integers(0, 20))
def test_20_the_ledger_of_a_prefix_is_a_prefix_of_the_ledger(case: Case, length: int) -> None:
    seats = [i for i, e in enumerate(case["events"]) if e["type"] == "seat_added"]
    length = max(1, min(length, len(case["events"])), *(i + 1 for i in seats))
    part = case["events"][:length]
    before = tally(with_now(with_events(case, part), part[-1]["at"])).ledger
    whole = tally(case).ledger
    assert whole[: len(before)] == before


@seldom
@given(valid_cases())
def test_the_input_is_left_as_it_was(case: Case) -> None:
    before = copy.deepcopy(case)
    first = tally(case)
    assert case == before
    again = tally(json.loads(json.dumps(case)))
    assert (again.output, again.ledger) == (first.output, first.ledger)
