"""`python -m tests.runner [STAGE ...] [-- pytest options]`: run them; exit 0 only if all passed."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.runner import totals
from tests.runner.stages import STAGES, CannotRun, Stage

ROOT = Path(__file__).resolve().parents[2]
NO_TESTS = 5


@dataclass(frozen=True)
class Result:
    """How a stage ended. `reason` is set where it could not run."""

    stage: Stage
    seconds: float
    counts: totals.Totals
    code: int = 0
    reason: str = ""

    @property
    def line(self) -> str:
        if self.reason:
            return f"{self.stage.name:<10} NOT RUN: {self.reason}"
        word = "ok" if self.code == 0 else f"FAILED (pytest code {self.code})"
        return f"{self.stage.name:<10} {word}: {self.counts} in {self.seconds:.0f} s ({self.stage.meaning})"


def main(words: list[str]) -> int:
    """A stage that could not run here is printed with its reason; asked for by name, it is a failure."""
    names = [stage.name for stage in STAGES]
    grammar = argparse.ArgumentParser(prog="run-tests", epilog="After --, or unknown options, go to pytest.")
    grammar.add_argument("stages", nargs="*", metavar="STAGE", help=f"of: {', '.join(names)} (default: all)")
    own, _, handed_on = partition(words)
    asked, unknown = grammar.parse_known_args(own)
    if wrong := [name for name in asked.stages if name not in names]:
        grammar.error(f"unknown stage {wrong[0]}: expected one of {', '.join(names)}")
    wanted = [stage for stage in STAGES if not asked.stages or stage.name in asked.stages]
    results = run_all(wanted, [*unknown, *handed_on])
    failed = [result for result in results if result.code or (result.reason and asked.stages)]
    sys.stdout.write("\n" + "\n".join(result.line for result in results) + "\n")
    sys.stdout.write(f"{sum((result.counts for result in results), totals.Totals())}\n")
    return 1 if failed else 0


def partition(words: list[str]) -> tuple[list[str], str, list[str]]:
    """Split at `--`, or at the first option, whose value argparse could not tell from a stage."""
    for place, word in enumerate(words):
        if word.startswith("-") and word not in ("-h", "--help"):
            return words[:place], word, words[place + 1 :] if word == "--" else words[place:]
    return words, "", []


def run_all(wanted: list[Stage], options: list[str]) -> list[Result]:
    """One stage after the other; those that say `beside` run, in order, while the stage they name does.

    Their words are kept back until then, so that two stages never write into one another.
    """
    results: dict[str, Result] = {}
    names = [stage.name for stage in wanted]
    guests = [stage for stage in wanted if stage.beside in names]
    with ThreadPoolExecutor(max_workers=1) as pool:
        for stage in wanted:
            if stage in guests:
                continue
            waiting = [
                pool.submit(run, guest, options, kept_back=True)
                for guest in guests
                if guest.beside == stage.name
            ]
            done = [run(stage, options), *(guest.result() for guest in waiting)]
            results.update({result.stage.name: result for result in done})
    return [results[name] for name in names]


def run(stage: Stage, options: list[str], *, kept_back: bool = False) -> Result:
    """One pytest process; its words come as they are said, or `kept_back` until it has ended."""
    if not kept_back:
        say(f"\n=== {stage.name}: {stage.meaning}\n")
    begin = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="gavel-run-") as folder, stage.surroundings() as extra:
            report = Path(folder) / "report.xml"
            words = ["-m", "pytest", "-q", f"--junitxml={report}", *stage.words, *options]
            environment = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "2", **os.environ, **extra}
            done = subprocess.run(
                [sys.executable, *words],
                cwd=ROOT,
                env=environment,
                check=False,
                stdout=subprocess.PIPE if kept_back else None,
                stderr=subprocess.STDOUT if kept_back else None,
                text=True,
                errors="replace",
                # A guest takes what its host leaves: the host's tests wait for real programs, with deadlines.
                preexec_fn=step_back if kept_back else None,
            )
            code, counts = done.returncode, totals.read(report)
    except CannotRun as problem:
        return Result(stage, time.monotonic() - begin, totals.Totals(), reason=str(problem))
    if kept_back:
        say(f"\n=== {stage.name}: {stage.meaning}\n{done.stdout}")
    return Result(stage, time.monotonic() - begin, counts, 0 if code == NO_TESTS and options else code)


def step_back() -> None:
    os.nice(10)


def say(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
