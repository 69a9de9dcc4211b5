"""Each code of bad input, at the field that is wrong (committee-rules §13)."""

import copy
import json
from collections.abc import Callable
from importlib import resources
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from committee.engine import InputFault, tally, tally_text
from committee.engine.schema import check_case
from committee.engine.texts import FAULTS
from tests.engines.committee import cases
from tests.engines.committee.cases import Case, ballot, case, delegation, event, opening, seat

Change = Callable[[Case], Any]


def setting(path: str, value: Any) -> Change:
    """Put a value where the pointer says."""

    def change(document: Case) -> None:
        *steps, last = path.strip("/").split("/")
        place: Any = document
        for step in steps:
            place = place[int(step) if isinstance(place, list) else step]
        place[int(last) if isinstance(place, list) else last] = value

    return change


def dropping(*names: str) -> Change:
    def change(document: Case) -> None:
        place: Any = document
        for name in names[:-1]:
            place = place[name]
        del place[names[-1]]

    return change


def full_case() -> Case:
    """A case with one of everything."""
    document = case(
        [
            opening(),
            ballot(1, 1, conditions=[_condition("mask"), _condition("audit")]),
            event(2, "seat_ended", "x", seat="s5"),
            event(3, "seat_added", "x", seat=seat(6)),
            event(4, "deferred", "p1", reason="why", until="2026-03-05"),
        ]
    )
    document["seats"][0] |= {"alternate": {"member": "a1", "team": "t"}}
    document["seats"][1] |= {
        "alternate": {"member": "a2", "team": "t"},
        "absences": [{"from": "2026-03-02", "to": "2026-03-03"}],
    }
    document["delegations"] = [delegation("d1", 3, 4), delegation("d2", 4, 5)]
    document["policies"] = [
        {"id": "y1", "match": {"min_rows_share": "1/2"}, "set": {}},
        {
            "id": "y2",
            "match": {},
            "set": {"majority": {"basis": "cast", "threshold": "2/3", "strict": False}},
        },
    ]
    record = {"member": "p3", "from": "2026-01-01", "to": "2026-01-02", "applies_to": {"cases": ["other"]}}
    document["conflicts"] = [record | {"id": "c1"}, record | {"id": "c2"}]
    return copy.deepcopy(document)


def _condition(name: str) -> Case:
    return {"id": name, "owner": "o", "due": "2026-04-01", "when": "by_due", "evidence": "e"}


SHARE = {"basis": "share", "value": "3/2", "abstentions": True, "proxies": True}
FAULTY: list[tuple[str, str, Change]] = [
    ("schema", "/now", setting("/now", "2026-03-04T10:00:00")),
    ("schema", "/now", setting("/now", "2026-03-04T10:00:00Z\n")),
    ("schema", "/now", setting("/now", "２０２６-03-04T10:00:00Z")),
    ("schema", "/now", dropping("now")),
    ("schema", "/surplus", setting("/surplus", 1)),
    ("schema", "/a~1b~0", lambda d: d.update({"a/b~": 1})),
    ("schema", "/case/level", setting("/case/level", 6)),
    ("schema", "/case/level", setting("/case/level", 2.5)),
    ("schema", "/case/level", setting("/case/level", True)),
    ("schema", "/charter/quorum/value", setting("/charter/quorum/value", "1/2")),
    ("schema", "/charter/escalate_to", setting("/charter/escalate_to", 5)),
    (
        "schema",
        "/charter/composition/0/min",
        setting("/charter/composition", [{"kind": "function", "function": "a", "of": "present"}]),
    ),
    (
        "schema",
        "/charter/composition/0/of",
        setting("/charter/composition", [{"kind": "team_cap", "max": 1, "of": "present"}]),
    ),
    ("schema", "/seats/0/alternate/team", lambda d: d["seats"][0]["alternate"].pop("team")),
    ("schema", "/seats/0/alternate", setting("/seats/0/alternate", "a1")),
    ("schema", "/seats/0/alternate/nick", setting("/seats/0/alternate/nick", "x")),
    ("schema", "/events/0/type", setting("/events/0/type", "opened")),
    ("schema", "/events/0/type", lambda d: d["events"][0].pop("type")),
    ("schema", "/events/1/seat", lambda d: d["events"][1].pop("seat")),
    ("schema", "/events/0/reason", setting("/events/0/reason", "x")),
    ("schema", "/conflicts/0/applies_to", setting("/conflicts/0/applies_to", {})),
    ("schema", "/events", setting("/events", {})),
    ("bad_time", "/now", setting("/now", "2026-02-30T10:00:00Z")),
    ("bad_time", "/now", setting("/now", "2026-03-30T24:00:00Z")),
    ("bad_time", "/now", setting("/now", "2026-03-30T10:00:60Z")),
    ("bad_time", "/now", setting("/now", "2026-03-30T10:00:00+24:00")),
    ("bad_time", "/now", setting("/now", "0000-03-30T10:00:00Z")),
    ("bad_time", "/now", setting("/now", "9999-12-31T23:59:59-01:00")),
    ("bad_time", "/calendar/holidays/0", setting("/calendar/holidays", ["2026-02-29"])),
    ("bad_time", "/seats/1/absences/0/to", setting("/seats/1/absences/0/to", "2026-13-01")),
    ("bad_time", "/seats/0/term/to", setting("/seats/0/term/to", "2026-04-31")),
    ("bad_time", "/delegations/0/from", setting("/delegations/0/from", "2026-00-01")),
    ("bad_time", "/conflicts/0/from", setting("/conflicts/0/from", "0000-01-01")),
    ("bad_time", "/events/1/conditions/1/due", setting("/events/1/conditions/1/due", "2026-04-31")),
    ("bad_time", "/events/3/seat/term/from", setting("/events/3/seat/term/from", "2026-04-31")),
    ("bad_time", "/events/4/until", setting("/events/4/until", "2026-04-31")),
    ("bad_time", "/events/4/at", setting("/events/4/at", "2026-03-02T25:00:00Z")),
    ("unknown_timezone", "/calendar/timezone", setting("/calendar/timezone", "Asia/Shanghigh")),
    ("unknown_timezone", "/calendar/timezone", setting("/calendar/timezone", "../../etc/passwd")),
    ("unknown_timezone", "/calendar/timezone", setting("/calendar/timezone", "Asia")),
    ("unknown_timezone", "/calendar/timezone", setting("/calendar/timezone", "asia/shanghai")),
    ("no_working_day", "/calendar/weekend", setting("/calendar/weekend", [1, 2, 3, 4, 5, 6, 7])),
    (
        "calendar_overlap",
        "/calendar/workdays/1",
        lambda d: d["calendar"].update(holidays=["2026-05-01"], workdays=["2026-05-02", "2026-05-01"]),
    ),
    ("bad_fraction", "/charter/majority/threshold", setting("/charter/majority/threshold", "499999/999999")),
    ("bad_fraction", "/charter/majority/threshold", setting("/charter/majority/strict", False)),
    ("bad_fraction", "/charter/majority/threshold", setting("/charter/majority/threshold", "3/3")),
    (
        "bad_fraction",
        "/policies/1/set/majority/threshold",
        setting("/policies/1/set/majority/threshold", "4/3"),
    ),
    ("bad_fraction", "/charter/quorum/value", setting("/charter/quorum", SHARE)),
    ("bad_fraction", "/policies/0/set/quorum/value", setting("/policies/0/set/quorum", SHARE)),
    ("bad_fraction", "/policies/0/match/min_rows_share", setting("/policies/0/match/min_rows_share", "2/1")),
    ("duplicate_id", "/policies/1/id", setting("/policies/1/id", "y1")),
    ("duplicate_id", "/seats/1/id", setting("/seats/1/id", "s1")),
    ("duplicate_id", "/events/3/seat/id", setting("/events/3/seat/id", "s1")),
    ("duplicate_id", "/delegations/1/id", setting("/delegations/1/id", "d1")),
    ("duplicate_id", "/conflicts/1/id", setting("/conflicts/1/id", "c1")),
    ("duplicate_id", "/events/1/conditions/1/id", setting("/events/1/conditions/1/id", "mask")),
    ("duplicate_member", "/seats/2/member", setting("/seats/2/member", "p1")),
    ("duplicate_member", "/events/3/seat/member", setting("/events/3/seat/member", "p1")),
    ("bad_period", "/seats/0/term/to", setting("/seats/0/term/to", "2025-12-31")),
    ("bad_period", "/seats/1/absences/0/to", setting("/seats/1/absences/0/to", "2026-03-01")),
    ("bad_period", "/delegations/0/to", setting("/delegations/0/to", "2025-12-31")),
    ("bad_period", "/conflicts/0/to", setting("/conflicts/0/to", "2025-12-31")),
    ("alternate_not_unique", "/seats/1/alternate/member", setting("/seats/1/alternate/member", "a1")),
    ("alternate_not_unique", "/seats/0/alternate/member", setting("/seats/0/alternate/member", "p1")),
    ("alternate_not_unique", "/seats/0/alternate/member", setting("/seats/0/alternate/member", "p6")),
    ("no_chair", "/seats", setting("/seats/0/role", "deputy")),
    ("unknown_seat", "/delegations/0/principal", setting("/delegations/0/principal", "s9")),
    ("unknown_seat", "/delegations/1/delegate", setting("/delegations/1/delegate", "s9")),
    ("unknown_seat", "/events/1/seat", setting("/events/1/seat", "s9")),
    ("unknown_seat", "/events/2/seat", setting("/events/2/seat", "s9")),
    ("self_delegation", "/delegations/0/delegate", setting("/delegations/0/delegate", "s3")),
    ("events_out_of_order", "/events/2/at", setting("/events/2/at", cases.at(0.5))),
    ("event_after_now", "/events/4/at", setting("/events/4/at", cases.at(31))),
]


@pytest.mark.parametrize(
    ("code", "path", "change"), FAULTY, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(FAULTY)]
)
def test_each_fault_is_named_at_its_field(code: str, path: str, change: Change) -> None:
    document = full_case()
    change(document)
    with pytest.raises(InputFault) as fault:
        tally(document)
    assert (fault.value.code, fault.value.path) == (code, path)


def test_the_case_with_one_of_everything_is_good() -> None:
    assert tally(full_case()).output["state"] == "deferred"


def test_every_code_is_shown() -> None:
    assert {code for code, _, _ in FAULTY} | {"bad_json"} == set(FAULTS)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff{}", b"[1,]", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"1" * 5_000],
    ids=["empty", "cut", "not-utf8", "comma", "nan", "key-twice", "deep", "long-number"],
)
def test_what_is_no_json_is_bad_json(text: bytes) -> None:
    with pytest.raises(InputFault) as fault:
        tally_text(text)
    assert (fault.value.code, fault.value.path) == ("bad_json", "")


def test_an_unpaired_surrogate_is_bad_json() -> None:
    document = case([opening(), ballot(1, 1, "reject", rationale="\ud800")])
    with pytest.raises(InputFault) as fault:
        tally_text(json.dumps(document).encode())
    assert fault.value.code == "bad_json"


@pytest.mark.parametrize("text", [b"[]", b"null", b"3", b'"x"', b"{}"])
def test_what_is_no_case_fails_the_schema(text: bytes) -> None:
    with pytest.raises(InputFault) as fault:
        tally_text(text)
    assert fault.value.code == "schema"


def test_whole_numbers_may_be_written_with_a_point() -> None:
    document = case([opening()])
    document["charter"]["deadline_days"] = 3.0
    result = tally_text(json.dumps(document).encode())
    assert result.output == tally(case([opening()])).output
    assert result.output["effective"]["deadline_days"].__class__ is int


def test_the_quick_schema_check_agrees_with_the_plain_one() -> None:
    text = resources.files("committee.engine").joinpath("schemas/committee-case.schema.json").read_text()
    plain = Draft202012Validator(json.loads(text))
    rng = Random(7)
    wrong = ["", 0, -1, None, [], {}, "x y", True, 2.5, "ballot", {"basis": "share"}]
    for _ in range(300):
        document = full_case()
        _spoil(document, rng, wrong)
        try:
            check_case(document)
            accepted = True
        except InputFault:
            accepted = False
        assert accepted == plain.is_valid(document)


def _spoil(document: Any, rng: Random, wrong: list[Any]) -> None:
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = rng.choice(keys)
        if isinstance(place[key], dict | list) and rng.random() < 0.85:
            place = place[key]
            continue
        if isinstance(place, dict) and rng.random() < 0.3:
            del place[key]
        else:
            place[key] = copy.deepcopy(rng.choice(wrong))
        return
