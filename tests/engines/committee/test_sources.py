"""Where each rule comes from: the values are those of the engine, the texts those that say so."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from committee.engine.facts import Policy
from committee.engine.rules import strictest
from committee.engine.sources import Source, rule_sources
from tests.engines.committee import cases

seeds = st.integers(min_value=0, max_value=2**32)


def found(sources: list[Source], parameter: str) -> list[Source]:
    return [source for source in sources if source.parameter == parameter]


def effective_of(sources: list[Source]) -> dict[str, Any]:
    """The effective rules put together again from their sources."""
    threshold = found(sources, "majority.threshold")[0].value
    whole: dict[str, Any] = {
        "quorum": sorted(
            (s.value for s in found(sources, "quorum")), key=lambda q: (q["basis"], str(q["value"]))
        ),
        "composition": [s.value for s in found(sources, "composition")],
        "majority": {"basis": found(sources, "majority.basis")[0].value, **threshold},
    }
    listed = {"quorum", "composition", "majority.basis", "majority.threshold"}
    return whole | {s.parameter: s.value for s in sources if s.parameter not in listed}


@cases.examples(200)
@given(seeds)
def test_the_values_are_the_effective_rules(seed: int) -> None:
    rng = Random(seed)
    charter = cases.random_rules(rng)
    drawn = [cases.random_policy(rng, f"p{number}") for number in range(rng.randint(0, 4))]
    policies = [Policy(p["id"], p["match"], p["set"]) for p in drawn]
    sources = rule_sources(charter, policies)
    assert effective_of(sources) == strictest(charter, policies).as_effective()
    for source in sources:
        assert source.texts, source
        assert set(source.texts).isdisjoint(text for text, _value in source.others)
    assert rule_sources(charter, policies[::-1]) == sources


def test_a_rule_names_the_text_it_comes_from_and_what_others_say() -> None:
    policies = [
        Policy("b", {}, {"sealed": True, "min_open_hours": 48, "escalate_to": "second"}),
        Policy("a", {}, {"sealed": True, "min_open_hours": 12, "escalate_to": "first"}),
    ]
    sources = rule_sources(cases.CHARTER, policies)
    assert found(sources, "sealed") == [Source("sealed", True, ("a", "b"), (("charter", False),))]
    (hours,) = found(sources, "min_open_hours")
    assert (hours.value, hours.texts, hours.others) == (48, ("b",), (("charter", 24), ("a", 12)))
    (target,) = found(sources, "escalate_to")
    assert (target.value, target.texts) == ("first", ("a",))
    assert target.as_dict()["from"] == ["a"]


def test_equal_fractions_are_one_rule() -> None:
    majority = {"basis": "cast", "threshold": "2/4", "strict": True}
    sources = rule_sources(cases.CHARTER, [Policy("a", {}, {"majority": majority})])
    (share,) = found(sources, "majority.threshold")
    assert (share.texts, share.others) == (("charter", "a"), ())
