"""Runs one rival's job and tells what it took. Standard library only: it is loaded by every rival's Python.

The last line of the output is JSON: CPU-seconds of the job and of the whole process so far (children
counted), wall seconds, peak resident memory, rows each rule fails, and what the tool cannot say.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CURRENCIES = ["USD", "EUR", "GBP", "JPY", "KRW"]
EVENTS = ["impression", "click", "add_to_cart", "purchase"]
DEVICES = ["desktop", "mobile", "tablet", "app"]
REQUIRED = [
    *("event_id", "user_id", "session_id", "query", "product_id", "position", "price", "currency"),
    *("event_type", "ts", "country", "device", "label"),
]


def cpu() -> float:
    """User and system seconds of this process and of the children it waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def folder() -> Path:
    """Where the data lie: the first argument."""
    return Path(sys.argv[1])


def tell(job: Callable[[], dict[str, Any]]) -> None:
    """Run the job and print what it took."""
    before, began = cpu(), time.perf_counter()
    found = job()
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        json.dumps(
            {
                "cpu_seconds": round(cpu() - before, 3),
                "cpu_seconds_with_start": round(cpu(), 3),
                "wall_seconds": round(time.perf_counter() - began, 3),
                "peak_rss_mb": round(max(peaks) / 1024),
                **found,
            },
            default=int,
        )
    )
