"""From a case as plain data to its state and its ledger: the whole engine in one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from committee.engine.checks import check_fractions, check_identities, check_references
from committee.engine.course import Course
from committee.engine.effects import take_effect
from committee.engine.facts import Inputs
from committee.engine.ledger import Ledger, ledger_lines
from committee.engine.output import print_result
from committee.engine.reading import read_inputs
from committee.engine.refusals import refusal
from committee.engine.rules import matching, strictest
from committee.engine.schema import check_case, parse_json


@dataclass(frozen=True)
class Result:
    """`output`: the object of committee-rules §13."""

    output: dict[str, Any]
    _ledger: Ledger = field(compare=False, repr=False)

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """The entries of §12, in order."""
        return self._ledger.entries

    @property
    def ledger_bytes(self) -> bytes:
        """The ledger as a file of canonical lines."""
        return ledger_lines(self.ledger)


def tally(case: Mapping[str, Any]) -> Result:
    """Compute a case of `committee-case.schema.json`; `case` is not changed. Raises InputFault for bad input.

    Deterministic: the same case gives the same result on every machine and at any time.
    """
    course, refused = follow(case)
    policies = [policy.id for policy in matching(course.inputs.policies, course.inputs.question)]
    return Result(print_result(course, policies, refused), course.ledger)


def inputs_of(case: Mapping[str, Any]) -> Inputs:
    """The checked facts of a case. Raises InputFault."""
    raw = check_case(case)
    check_fractions(raw)
    check_identities(raw)
    inputs = read_inputs(raw)
    check_references(inputs)
    return inputs


def follow(case: Mapping[str, Any]) -> tuple[Course, list[dict[str, Any]]]:
    """The course of a case up to its `now`, and the refused events as printed. Raises InputFault."""
    inputs = inputs_of(case)
    course = Course(inputs, strictest(inputs.charter, matching(inputs.policies, inputs.question)))
    refused: list[dict[str, Any]] = []
    for event in inputs.events:
        course.advance(event.at)
        code = refusal(course, event)
        if code is None:
            take_effect(course, event)
        else:
            refused.append({"event": event.index, "code": code})
        course.ledger.write_event(event, code, course.state, course.outcome)
        if code is None:
            course.settle()
    course.advance(inputs.now)
    return course, refused


def tally_text(text: bytes) -> Result:
    """`tally` of UTF-8 JSON. Raises InputFault, also `bad_json`."""
    return tally(parse_json(text))
