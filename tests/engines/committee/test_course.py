"""Order at one instant, clocks, revived proxies, kept seats, permits: the likely misreadings, one by one."""

from random import Random

import pytest

from committee.engine import tally
from committee.engine.calendar import Calendar, load_zone, parse_date, print_utc
from tests.engines.committee import cases
from tests.engines.committee.cases import Case, ballot, case, delegation, event, opening, seat


def run(*events: Case, **changes: object) -> Case:
    return tally(case([opening(), *events], **changes)).output  # type: ignore[arg-type]


def zone_calendar(name: str) -> Calendar:
    return Calendar(load_zone(name), frozenset({6, 7}), frozenset(), frozenset())


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Asia/Shanghai", "2026-03-02", "2026-03-01T16:00:00Z"),
        ("America/Santiago", "2025-09-07", "2025-09-07T04:00:00Z"),  # 00:00 jumps to 01:00
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"),  # the day before has 25 hours
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),  # a date that never was
        ("America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"),  # 00:01 falls back to 23:01
        ("Asia/Shanghai", "0001-01-01", "0001-01-01T00:00:00Z"),  # cannot be earlier
    ],
)
def test_first_instant_of_a_local_date(zone: str, day: str, first: str) -> None:
    assert print_utc(zone_calendar(zone).start_of(parse_date(day))) == first


def test_the_last_date_stands_for_no_end() -> None:
    assert zone_calendar("UTC").end_of(parse_date("9999-12-31")) is None
    forever = [seat(n, term={"from": "2026-01-01", "to": "9999-12-31"}) for n in range(1, 6)]
    assert run(seats=forever)["counts"]["eligible"] == 5


def test_a_case_at_the_end_of_time_still_computes() -> None:
    late = case([opening()])
    late["events"][0]["at"] = late["now"] = "9999-12-31T20:00:00Z"
    late["seats"] = [seat(n, term={"from": "2026-01-01", "to": None}) for n in range(1, 6)]
    assert tally(late).output["closes_at"] == "9999-12-31T23:59:59Z"


def test_an_endless_minimum_is_no_error() -> None:
    output = run(charter={"min_open_hours": 10**12})
    assert (output["state"], output["closes_at"]) == ("open", "9999-12-31T23:59:59Z")


def test_a_ballot_at_the_closing_instant_is_late() -> None:
    output = run(ballot(1, 1), ballot(2, 2), ballot(87, 3), now=100)
    assert output["refused"] == [{"event": 3, "code": "case_closed"}]
    assert (output["outcome"], output["closes_at"]) == ("expired", "2026-03-05T16:00:00Z")


def test_a_term_that_ends_at_an_instant_ends_before_its_events() -> None:
    seats = [
        seat(n, **({"term": {"from": "2026-01-01", "to": "2026-03-02"}} if n == 5 else {}))
        for n in range(1, 6)
    ]
    output = run(ballot(15, 5), seats=seats, now=15)  # 2026-03-03 00:00 local
    assert output["refused"] == [{"event": 1, "code": "seat_not_in_office"}]


def test_a_seat_votes_only_from_its_adding_on() -> None:
    added = event(2, "seat_added", "x", seat=seat(6))
    output = run(ballot(1, 6), added, ballot(2, 6), now=3)
    assert output["refused"] == [{"event": 1, "code": "seat_not_in_office"}]
    assert (output["counts"]["seats"], len(output["ballots"])) == (6, 1)


def test_inquorate_closes_within_the_minimum_open_time() -> None:
    output = run(*(ballot(n, n, "recuse") for n in (1, 2, 3)), now=4)
    assert (output["outcome"], output["closes_at"]) == ("inquorate", "2026-03-02T04:00:00Z")
    assert output["reasons"] == ["acting_presides", "quorum_impossible"]


def test_a_voided_proxy_revives_the_earlier_one() -> None:
    seats = [seat(n) for n in range(1, 7)]
    old = delegation("d1", 2, 3, to="2026-03-02")
    new = delegation("d2", 2, 4, **{"from": "2026-03-03"})
    acts = [ballot(1, 2, "approve", "p3"), ballot(16, 2, "reject", "p4")]
    output = run(*acts, seats=seats, delegations=[old, new], now=17)
    assert output["ballots"] == [{"seat": "s2", "by": "p4", "choice": "reject", "via": "proxy"}]
    output = run(*acts, ballot(17, 4, "recuse"), seats=seats, delegations=[old, new], now=18)
    assert output["ballots"] == [{"seat": "s2", "by": "p3", "choice": "approve", "via": "proxy"}]


def test_delegations_go_by_date_and_id_not_by_their_place_in_the_list() -> None:
    newest = [delegation("d3", 2, 4), delegation("d1", 2, 3), delegation("d2", 2, 5)]
    assert run(ballot(1, 2, by="p4"), delegations=newest, now=2)["refused"] == []
    assert (
        run(ballot(1, 2, by="p3"), delegations=newest, now=2)["refused"][0]["code"]
        == "delegation_not_in_force"
    )
    first = [delegation("d2", 2, 1), delegation("d1", 3, 1), delegation("d0", 4, 1, **{"from": "2026-02-01"})]
    output = run(*(ballot(1, n, by="p1") for n in (2, 3, 4)), delegations=first, now=2)
    assert output["refused"] == [{"event": 1, "code": "proxy_cap"}, {"event": 3, "code": "proxy_cap"}]


def test_an_abstaining_proxy_is_present_only_if_both_switches_say_so() -> None:
    for abstentions in (True, False):
        for proxies in (True, False):
            quorum = {"basis": "count", "value": 1, "abstentions": abstentions, "proxies": proxies}
            acts = [ballot(1, 2, "abstain", "p1")]
            output = run(*acts, delegations=[delegation("d", 2, 1)], charter={"quorum": quorum}, now=2)
            assert output["counts"]["quorum_have"] == int(abstentions and proxies)


def test_a_kept_ballot_of_somebody_barred_later_goes_with_its_seat() -> None:
    acts = [ballot(1, 5), event(2, "seat_ended", "x", seat="s5")]
    assert run(*acts, now=3)["counts"]["seats"] == 5
    barred = event(3, "conflict_declared", "clerk", member="p5", reason="kin")
    output = run(*acts, barred, now=4)
    assert (output["counts"]["seats"], output["ballots"]) == (4, [])
    assert output["ineligible"] == [{"seat": "s5", "codes": ["conflict", "term_ended"], "alternate": None}]


def test_basis_all_keeps_barred_seats() -> None:
    majority = {"basis": "all", "threshold": "1/2", "strict": True}
    output = run(ballot(1, 5, "recuse"), charter={"majority": majority}, now=2)
    assert (output["counts"]["threshold_base"], output["counts"]["eligible"]) == (5, 4)


def test_a_conflict_that_ended_in_draft_does_not_last_but_a_declared_one_does() -> None:
    record = {
        "id": "c",
        "member": "p3",
        "from": "2026-01-01",
        "to": "2026-03-01",
        "applies_to": {"cases": ["case-1"]},
    }
    draft = case([], conflicts=[record])
    draft["now"] = "2026-03-01T12:00:00+08:00"
    assert [v["seat"] for v in tally(draft).output["ineligible"]] == ["s3"]
    assert run(conflicts=[record])["ineligible"] == []
    declared = case([event(-30, "conflict_declared", "p3", member="p3", reason="kin"), opening()], now=1)
    assert [v["codes"] for v in tally(declared).output["ineligible"]] == [["conflict"]]


@pytest.mark.parametrize(("opened", "barred"), [(-9, False), (-9.001, True)])
def test_a_conflict_that_ends_at_the_opening_does_not_touch_it(opened: float, barred: bool) -> None:
    record = {
        "id": "c",
        "member": "p3",
        "from": "2026-01-01",
        "to": "2026-03-01",
        "applies_to": {"cases": ["case-1"]},
    }
    start = event(0, "open", "requester") | {"at": cases.at(round(opened * 3600) / 3600)}
    assert bool(tally(case([start], conflicts=[record], now=1)).output["ineligible"]) is barred


def test_a_kept_seat_has_a_ballot_but_nobody_sits_in_it() -> None:
    seats = [seat(n, **({"alternate": {"member": "a5", "team": "t"}} if n == 5 else {})) for n in range(1, 6)]
    acts = [ballot(1, 5, "recuse"), ballot(2, 5, "approve", "a5")]
    sits = run(*acts, seats=seats, now=3)["ineligible"]
    assert sits == [{"seat": "s5", "codes": ["recused"], "alternate": "a5"}]
    output = run(*acts, event(3, "seat_ended", "x", seat="s5"), seats=seats, now=4)
    codes = ["recused", "term_ended_ballot_kept"]
    assert output["ineligible"] == [{"seat": "s5", "codes": codes, "alternate": None}]
    assert output["ballots"] == [{"seat": "s5", "by": "a5", "choice": "approve", "via": "alternate"}]


def test_presiding_goes_by_role_then_seniority_then_seat_and_never_to_the_absent() -> None:
    away = {"absences": [{"from": "2026-03-02", "to": "2026-03-02"}]}
    seats = [
        seat(1, **away),
        seat(2, role="member", term={"from": "2026-01-02", "to": None}),
        seat(3),
        seat(4),
        seat(5, term={"from": "2025-06-01", "to": None}),
    ]
    assert run(seats=seats, now=1)["presiding"] == {"seat": "s5", "as": "acting"}
    assert run(ballot(1, 5, "recuse"), seats=seats, now=2)["presiding"] == {"seat": "s3", "as": "acting"}
    assert run(seats=seats, now=15)["presiding"] == {"seat": "s1", "as": "chair"}


def test_a_proxy_of_the_asking_team_is_capped_whichever_of_both_belongs_to_it() -> None:
    charter = {"composition": [{"kind": "team_cap", "max": 0}]}
    for asking in (2, 3):
        seats = [seat(n, **({"team": "team-asking"} if n == asking else {})) for n in range(1, 6)]
        acts = [ballot(1, 2, "approve", "p3")]
        output = run(*acts, seats=seats, delegations=[delegation("d", 2, 3)], charter=charter, now=2)
        assert (output["counts"]["approve"], output["counts"]["capped"]) == (0, 1)
        assert "team_cap_applied" in output["reasons"]


def test_escalation_goes_to_the_target_of_the_first_policy_that_names_one() -> None:
    document = case([opening()], now=100, charter={"on_deadline": "escalate", "escalate_to": "council"})
    names = {"y3": "third", "y1": None, "y2": "second"}
    document["policies"] = [
        {"id": name, "match": {}, "set": {"escalate_to": target}} for name, target in names.items()
    ]
    output = tally(document).output
    assert (output["outcome"], output["escalate_to"]) == ("expired", "second")
    assert "deadline_escalated" in output["reasons"]


def test_escalation_without_a_target_is_denial() -> None:
    output = run(now=100, charter={"on_deadline": "escalate"})
    assert (output["escalate_to"], "deadline_denied" in output["reasons"]) == (None, True)


def test_a_pause_past_the_deadline_day_leaves_one_working_day() -> None:
    charter = {"min_open_hours": 240}
    pause = event(200, "returned", "p1", reason="why")  # after the deadline, within the minimum
    output = run(pause, event(201, "resumed", "requester"), charter=charter, now=202)
    assert output["closes_at"] == "2026-03-12T02:00:00Z"  # the minimum and the hour of pause


def test_a_pause_on_the_deadline_day_leaves_one_working_day() -> None:
    pause = event(80, "returned", "p1", reason="why")  # Thursday 2026-03-05, the deadline day
    output = run(pause, event(100, "resumed", "requester"), now=101)
    assert output["closes_at"] == "2026-03-09T16:00:00Z"  # the end of Monday


def test_a_deferral_ends_by_itself_before_events_of_that_instant() -> None:
    acts = [event(1, "deferred", "p1", reason="why", until="2026-03-03"), ballot(15, 3)]
    result = tally(case([opening(), *acts], now=16))
    assert [e["type"] for e in result.ledger] == ["open", "deferred", "auto_resumed", "ballot"]
    assert result.output["refused"] == []


@pytest.mark.parametrize("kind", ["draft", "open", "returned"])
def test_other_rules_supersede_an_undecided_case(kind: str) -> None:
    before = {
        "draft": [],
        "open": [opening()],
        "returned": [opening(), event(1, "returned", "p1", reason="w")],
    }
    change = event(2, "policy_changed", "x", version="charter-2")
    output = tally(case([*before[kind], change])).output
    assert (output["outcome"], output["reasons"]) == ("superseded", ["policy_stale"])
    same = event(2, "policy_changed", "x", version="charter-1")
    assert tally(case([*before[kind], same], now=3)).output["state"] == kind


def test_of_one_condition_the_strictest_is_adopted() -> None:
    def asked(owner: str, due: str, when: str) -> list[Case]:
        return [{"id": "mask", "owner": owner, "due": due, "when": when, "evidence": "e"}]

    output = run(
        ballot(1, 2, conditions=asked("second", "2026-03-05", "before_use")),
        ballot(2, 1, conditions=asked("first", "2026-03-09", "by_due")),
        ballot(3, 3, "abstain", conditions=asked("third", "2026-03-03", "by_due")),
    )
    condition = {"id": "mask", "owner": "first", "due": "2026-03-05", "when": "before_use", "status": "open"}
    assert (output["permit"]["status"], output["permit"]["conditions"]) == ("suspended", [condition])


def test_break_glass_ends_with_the_case_and_an_approval_replaces_it() -> None:
    glass = event(1, "break_glass", ["p1", "p2"], reason="outage", hours=20)
    withdrawn = event(2, "withdrawn", "requester")
    assert run(glass, withdrawn, now=3)["permit"]["status"] == "ended"
    changed = event(2, "subject_changed", "x", digest=cases.OTHER_DIGEST)
    assert run(glass, changed, now=3)["permit"]["status"] == "void"
    output = run(glass, *(ballot(n, n) for n in (2, 3, 4)), now=30)
    assert (output["permit"]["kind"], output["review_case"]["id"]) == ("decision", "case-1-review")


def test_a_sealed_case_hides_the_votes_from_those_who_have_not_cast_one() -> None:
    document = case([opening(), ballot(1, 1), ballot(2, 2, by="p3")], charter={"sealed": True}, now=3)
    document["delegations"] = [delegation("d", 2, 3)]
    for viewer, hidden in (("p1", False), ("p3", False), ("p2", True), ("clerk", True), ("stranger", True)):
        output = tally(document | {"viewer": viewer}).output
        assert (output["ballots"] is None) == ("sealed" in output["reasons"]) == hidden
        assert (output["counts"]["approve"] is None) == hidden
        assert output["counts"]["quorum_have"] == 2
    assert tally(document).output["ballots"] is not None
    assert "sealed" in tally(document | {"viewer": "p1", "events": []}).output["reasons"]


def test_count_and_share_of_one_are_two_quorum_rules() -> None:
    rule = {"basis": "share", "value": "4/4", "abstentions": True, "proxies": True}
    one = {"basis": "count", "value": 1, "abstentions": True, "proxies": True}
    document = case([opening()], charter={"quorum": one})
    document["policies"] = [{"id": "y", "match": {}, "set": {"quorum": rule}}]
    output = tally(document).output
    assert output["effective"]["quorum"] == [
        {"basis": "count", "value": 1},
        {"basis": "share", "value": "1/1"},
    ]
    assert output["counts"]["quorum_needed"] == 5


@pytest.mark.parametrize("late", [False, True])
def test_nine_hundred_seats_complete(late: bool) -> None:
    hours = 30 if late else 3
    seats = [seat(n) for n in range(1, 901)]
    rng = Random(1)
    acts = [ballot(hours, n, rng.choice(["approve", "abstain", "reject"])) for n in range(1, 901)]
    quorum = {"basis": "count", "value": 900, "abstentions": True, "proxies": True}
    output = run(*acts, seats=seats, charter={"quorum": quorum}, now=60)
    assert output["counts"]["quorum_have"] == 900
    assert output["state"] == "closed"
