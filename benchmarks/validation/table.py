"""The tables of `docs/benchmarks.md`, made from the stored results.

    python -m benchmarks.validation.table [--write]

Nothing in them is typed by hand; a test compares the page with the results.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "clickstream.json"
PAGE = HERE.parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- validation: made by benchmarks/validation/table.py -->", "<!-- validation: end -->"
NAMES = {
    "floor": "decode floor",
    "digest": "SHA-256 of the file alone",
    "counts": "**Gavel, counts**",
    "samples": "**Gavel, counts + 20 samples a rule**",
    "pandera.polars": "stock pandera.polars, with failure cases",
    "pandera.polars, counts": "stock pandera.polars, counts",
}


def tables(result: dict[str, Any]) -> str:
    """Markdown: the machine, then one table for each size."""
    machine, versions = result["machine"], result["versions"]
    load = f"load average {machine['load_average_before']} before the run"
    if "load_average_after" in machine:
        load += f", {machine['load_average_after']} after"
    where = f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB"
    used = ", ".join(f"{name} {text.split('==')[-1]}" for name, text in versions.items())
    lines = [f"{where}, {machine['system']}; {load}. {used}."]
    for name, one in result["tables"].items():
        lines += ["", f"### {_rows(name)}, {one['parquet_bytes'] / 1e6:.0f} MB of Parquet", ""]
        lines += _table(one["results"])
    return "\n".join(lines)


def _rows(name: str) -> str:
    number, _, rest = name.partition(" ")
    return f"{int(number) // 1_000_000} million rows" + (f", {rest}" if rest else "")


def _table(results: dict[str, Any]) -> list[str]:
    lines = ["| | CPU-seconds | × floor | with start-up | peak MB | runs |", "|---|---|---|---|---|---|"]
    for name, item in results.items():
        shown = NAMES.get(name, name)
        if "failed" in item:
            lines.append(f"| {shown} | {item['failed']} | | | | {item['runs']} |")
            continue
        times = f"{item['times_floor']:.2f}" if "times_floor" in item else ""
        lines.append(
            f"| {shown} | {item['cpu_seconds']:.2f} | {times} | {item['cpu_seconds_with_start']:.2f} "
            f"| {item['peak_rss_mb']:.0f} | {item['runs']} |"
        )
    return lines


def page(text: str, result: dict[str, Any]) -> str:
    """The page with the tables put between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(result)}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    result = json.loads(RESULTS.read_text())
    if parser.parse_args().write:
        PAGE.write_text(page(PAGE.read_text(), result))
    else:
        print(tables(result))


if __name__ == "__main__":
    main()
