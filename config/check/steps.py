"""How the check runs its steps: in order, stopping at the first that fails, saying which were not run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from config.check.http import Api, CheckFailed
from config.check.table import Outcome


@dataclass
class World:
    """What the steps share: everybody's access by user name, and what earlier steps made."""

    people: dict[str, Api]
    made: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def admin(self) -> Api:
        """The first person of the installation."""
        return self.people["admin"]


Step: TypeAlias = Callable[[World], str]
"""Does one thing over HTTP, says what it found; raises `CheckFailed`. Its docstring names the step."""


def run(steps: Sequence[Step], world: World, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Run the steps; `tell` hears of each as it ends."""
    outcomes: list[Outcome] = []
    for step in steps:
        failed = any(outcome.result == "failed" for outcome in outcomes)
        outcome = Outcome(_title(step), "not run", 0.0, "") if failed else _one(step, world)
        outcomes.append(outcome)
        tell(outcome)
    return outcomes


def _one(step: Step, world: World) -> Outcome:
    world.figures = {}
    begin = time.monotonic()
    try:
        detail, result = step(world), "passed"
    except CheckFailed as problem:
        detail, result = str(problem), "failed"
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
    ) as problem:  # an answer of another shape than promised
        detail, result = f"unexpected answer: {type(problem).__name__} {problem}", "failed"
    return Outcome(_title(step), result, time.monotonic() - begin, detail, dict(world.figures))


def _title(step: Step) -> str:
    return (step.__doc__ or step.__name__).strip().splitlines()[0].rstrip(".")
