"""The committee tables of `docs/benchmarks.md`, made from the stored results.

    python -m benchmarks.committee.table [--write]

Nothing in them is typed by hand; a test compares the page with the results.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- committee: made by benchmarks/committee/table.py -->", "<!-- committee: end -->"


def tables(tally: dict[str, Any], votes: dict[str, Any]) -> str:
    """Markdown: the machine, one tally, certainty, the command, votes at once."""
    machine = tally["machine"]
    lines = [
        f"{machine['cores']} cores ({machine['processor']}) shared with other work, load average "
        f"{machine['load_average']}; ten million additions in a Python loop take "
        f"{machine['ten_million_additions_ms']:.0f} ms there. Python {machine['python']}.",
        "",
        "| one tally | CPU ms, least | median | runs |",
        "|---|---|---|---|",
    ]
    named = {**tally["seats"], "`manage.py tally`, process start included (wall)": tally["command"]}
    for name, one in named.items():
        lines.append(f"| {name} | {one['least_ms']:.1f} | {one['median_ms']:.1f} | {one['runs']} |")
    lines += ["", "| silent seats | combinations | by counting, ms | by trying, ms |", "|---|---|---|---|"]
    for silent, one in tally["certainty"].items():
        counting, trying = one["counting"]["median_ms"], one["trying"]["median_ms"]
        lines.append(f"| {silent} | {one['combinations']:,} | {counting:.4f} | {trying:,.1f} |")
    lines += [
        "",
        "| votes at once | members | processes | median ms | p95 ms | p99 ms | longest ms | a second "
        "| load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_votes(name, one) for name, one in votes.items()]
    return "\n".join(lines)


def _votes(name: str, one: dict[str, Any]) -> str:
    times = [f"{one[key]:.0f}" for key in ("median_ms", "p95_ms", "p99_ms", "longest_ms")]
    cells = [
        name,
        one["members"],
        one["processes"],
        *times,
        f"{one['votes_per_second']:.0f}",
        one["load_average"],
    ]
    return f"| {' | '.join(map(str, cells))} |"


def page(text: str, tally: dict[str, Any], votes: dict[str, Any]) -> str:
    """The page with the tables put between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(tally, votes)}\n{END}{after}"


def stored() -> tuple[dict[str, Any], dict[str, Any]]:
    """The results of `tally` and `votes`."""
    tally, votes = (json.loads((RESULTS / f"{name}.json").read_text()) for name in ("tally", "votes"))
    return tally, votes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    if parser.parse_args().write:
        PAGE.write_text(page(PAGE.read_text(), *stored()))
    else:
        print(tables(*stored()))


if __name__ == "__main__":
    main()
