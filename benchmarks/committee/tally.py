"""How long a tally takes: by seats, by ballots, and certainty by counting beside trying every combination.

    python -m benchmarks.committee.tally

Writes `benchmarks/committee/results/tally.json`; docs/benchmarks.md has the tables (`table.py`).
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from committee.engine import tally
from committee.engine.certainty import is_certain
from committee.engine.tallying import follow
from tests.engines.committee import cases
from tests.engines.committee.naive import NaiveTally

RESULTS = Path(__file__).resolve().parent / "results" / "tally.json"
SEATS = (9, 90, 900)
SILENT = (2, 3, 4, 5)


def full_case(seats: int, ballots: int) -> cases.Case:
    """A case that uses everything: twenty policies, alternates, absences, delegations, conflict records."""
    rng = Random(seats)
    sitting = [cases.seat(n, team=f"team-{n % 7}") for n in range(1, seats + 1)]
    for number, seat in enumerate(sitting, start=1):
        seat["functions"] = ["security"] if number % 3 == 0 else []
        if number % 2:
            seat["alternate"] = {"member": f"a{number}", "team": "team-1"}
        if number % 5 == 0:
            day = number % 28 + 1
            seat["absences"] = [{"from": f"2026-03-{day:02}", "to": f"2026-03-{day:02}"}]
    choices = ["approve", "approve", "abstain", "reject"]
    acts = [cases.ballot(1 + n // 40, n, rng.choice(choices)) for n in range(1, ballots + 1)]
    everybody = {"basis": "share", "value": "1/1", "abstentions": True, "proxies": True}
    made = cases.case([cases.opening(), *acts], 60, {"quorum": everybody}, seats=sitting)
    made["policies"] = [
        cases.random_policy(Random(n), f"policy-{n}", clocks=False) | {"match": {}} for n in range(20)
    ]
    made["delegations"] = [cases.delegation(f"d{n}", n, n + 1) for n in range(1, seats, 4)]
    record = {"from": "2026-01-01", "to": None, "applies_to": {"cases": ["another"]}}
    made["conflicts"] = [record | {"id": f"c{n}", "member": f"p{n}"} for n in range(1, seats, 3)]
    return made


def undecided(silent: int) -> cases.Case:
    """Of these seats, with alternates, `silent` say nothing, and nothing they do can change the result."""
    size = 2 * silent + 1
    sitting = [cases.seat(n, alternate={"member": f"a{n}", "team": "team-x"}) for n in range(1, size + 1)]
    acts = [cases.ballot(1, n) for n in range(1, size - silent + 1)]
    rules = {"majority": {"basis": "eligible", "threshold": "1/2", "strict": True}, "early_close": "never"}
    quorum = {"basis": "count", "value": 1, "abstentions": True, "proxies": True}
    return cases.case([cases.opening(), *acts], 30, rules | {"quorum": quorum}, seats=sitting)


def seconds(act: Callable[[], Any], runs: int) -> dict[str, float]:
    """CPU-seconds of this process: the least and the median of `runs`."""
    found = []
    for _ in range(runs):
        begun = time.process_time()
        act()
        found.append(time.process_time() - begun)
    return {"least_ms": min(found) * 1e3, "median_ms": statistics.median(found) * 1e3, "runs": runs}


def certainty(silent: int) -> dict[str, Any]:
    made = undecided(silent)
    count, naive = follow(made)[0].count(), NaiveTally(made)
    position = naive.position()
    assert is_certain(count)
    assert naive.certain(position)
    return {
        "combinations": 9**silent,
        "counting": seconds(lambda: is_certain(count), 200),
        "trying": seconds(lambda: naive.certain(position), 1 if silent > 3 else 5),
    }


def start_up() -> dict[str, float]:
    """Wall seconds of `manage.py tally` on a small case, process start included."""
    text = json.dumps(cases.case([cases.opening()])).encode()
    root, found = Path(__file__).resolve().parents[2], []
    for _ in range(7):
        begun = time.perf_counter()
        words = [sys.executable, "manage.py", "tally", "-"]
        subprocess.run(words, cwd=root, input=text, capture_output=True, check=True)
        found.append(time.perf_counter() - begun)
    return {"least_ms": min(found) * 1e3, "median_ms": statistics.median(found) * 1e3, "runs": len(found)}


def machine() -> dict[str, Any]:
    begun = time.process_time()
    sum(range(10**7))
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
        "ten_million_additions_ms": round((time.process_time() - begun) * 1e3, 1),
    }


def main() -> None:
    result: dict[str, Any] = {"machine": machine()}
    made = {f"{n} seats, {b} ballots": full_case(n, b) for n in SEATS for b in (0, n)}
    result["seats"] = {name: seconds(lambda one=one: tally(one), 40) for name, one in made.items()}
    largest = made["900 seats, 900 ballots"]
    result["seats"]["900 seats, 900 ballots, with its ledger"] = seconds(lambda: tally(largest).ledger, 40)
    result["certainty"] = {str(silent): certainty(silent) for silent in SILENT}
    result["command"] = start_up()
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
