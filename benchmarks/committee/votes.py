"""How long a vote takes over the API while four processes vote at once, on SQLite or PostgreSQL.

    python -m benchmarks.committee.votes [--members 200] [--processes 4]

The database is a file in a folder of its own, or with `--postgres` PostgreSQL (DATABASE_URL, else the server
of the tests). Writes `benchmarks/committee/results/votes.json`, one entry for each database.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results" / "votes.json"


def prepared() -> None:
    """Django on an empty database, with subjects that need no lake."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from committee.kinds import registry as kinds
    from committee.kinds.base import CaseKind
    from committee.kinds.dataset_version import check_terms
    from governance import registry
    from tests.committee.conftest import DIGEST, Things

    made = Things({"thing": DIGEST, "warm": DIGEST})

    def digest(uid: str) -> str:
        return made.digests.get(uid, "")

    kinds.KINDS["dataset_version", "train"] = CaseKind(
        "dataset_version", "train", made.facts, digest, check_terms
    )
    registry._REGISTRY.kinds["dataset_version"] = registry.SubjectKind(
        "dataset_version", "Dataset version", str, str, lambda user, uid: True, digest
    )


def measured(members: int, processes: int) -> dict[str, Any]:
    from rest_framework.test import APIClient

    from committee.models import Case
    from tests.committee.crowd import in_processes, make_crowd

    crowd = make_crowd(members)
    warm, case = crowd.open("warm"), crowd.open()

    def vote(number: int, case: Case = case) -> None:
        client = APIClient(HTTP_HOST="localhost")
        client.force_authenticate(crowd.members[number])
        body = {"choice": "approve", "rationale": "As the evidence says.", "no_interest": True}
        answer = client.post(f"/api/v1/cases/{case.uid}/ballots", body)
        assert answer.status_code == 200, answer.content

    vote(0, warm)  # what a web process loads at its first request is none of the vote's time
    load = round(os.getloadavg()[0], 2)
    acts = [partial(vote, number) for number in range(members)]
    came = in_processes([acts[place::processes] for place in range(processes)])
    codes = Counter(one.code for part in came for one in part)
    case.refresh_from_db()
    assert (codes, case.outcome) == ({"done": members}, "approved"), codes
    taken = [one.seconds * 1e3 for part in came for one in part]
    hundredths = statistics.quantiles(taken, n=100)
    return {
        "members": members,
        "processes": processes,
        "median_ms": statistics.median(taken),
        "p95_ms": hundredths[94],
        "p99_ms": hundredths[98],
        "longest_ms": max(taken),
        "votes_per_second": members / max(sum(one.seconds for one in part) for part in came),
        "load_average": load,
        "cores": os.cpu_count(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    from tests.runner import postgres

    with postgres.server() if options.postgres else contextlib.nullcontext("") as url:
        os.environ["DATABASE_URL"] = url
        prepared()
        found = measured(options.members, options.processes)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept["PostgreSQL" if options.postgres else "SQLite"] = found
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
