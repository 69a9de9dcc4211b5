"""`python -m config.check`: reads its order as JSON from stdin, drives the system, prints the table.

Runs as a process of its own without Django: whatever it sees, it sees over HTTP.
"""

import json
import sys
from pathlib import Path

from config.check import loop, real, system
from config.check.http import Api
from config.check.steps import Step, World, run
from config.check.table import Outcome, as_json, as_text, verdict


def main() -> int:
    """0 where every step passed, else 1."""
    order = json.load(sys.stdin)
    world = World({name: Api(order["base"], token) for name, token in order["tokens"].items()})
    alone = len(world.people) == 1
    if alone:
        sys.stdout.write("check: without the demo company nobody could vote: only the parts are checked\n")
    outcomes = run(
        system.STEPS if alone else (*system.STEPS, *loop.STEPS, *_real(order["data"])), world, tell
    )
    sys.stdout.write("\n" + as_text(outcomes) + "\n")
    if order["json"]:
        Path(order["json"]).write_text(as_json(outcomes), encoding="utf-8")
    return 0 if verdict(outcomes) else 1


def _real(folder: str) -> tuple[Step, ...]:
    """The steps on real data, where a folder was given."""
    return real.steps_for(Path(folder)) if folder else ()


def tell(outcome: Outcome) -> None:
    """A line for each step as it ends, so that a long training run is seen to go on."""
    sys.stdout.write(f"check: {outcome.step}: {outcome.result} ({outcome.seconds:.1f} s) {outcome.detail}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
