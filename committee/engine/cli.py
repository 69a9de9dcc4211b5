"""`manage.py tally`, called before Django is set up: no settings, no database (committee-rules §13)."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from committee.engine.faults import InputFault
from committee.engine.tallying import Result, tally_text
from governance.record.chain import ChainResult, verify_lines


def main(argv: list[str]) -> int:
    """Run with the arguments after the word `tally`; prints one JSON object on standard output.

    Returns 0 whatever the outcome, 1 if `--verify` finds a fault, 2 for bad input or arguments.
    """
    parser = argparse.ArgumentParser(prog="manage.py tally", description="Compute a committee case.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("case", nargs="?", metavar="CASE.json", help="the case; - reads standard input")
    source.add_argument("--verify", metavar="LEDGER.jsonl", help="check a ledger; - reads standard input")
    parser.add_argument("--ledger", metavar="OUT.jsonl", help="also write the case's ledger to this file")
    try:
        options = parser.parse_args(argv)
        if options.verify is not None and options.ledger is not None:
            parser.error("--ledger belongs to a case, not to --verify")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 2
    try:
        if options.verify is not None:
            return _print_verification(_verify(options.verify))
        return _print_result(tally_text(_read(options.case)), options.ledger)
    except InputFault as fault:
        _print(fault.as_dict())
    except OSError as fault:
        # Nothing was computed, or the ledger could not be kept: no result then.
        print(f"tally: {fault}", file=sys.stderr)
    return 2


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _verify(name: str) -> ChainResult:
    if name == "-":
        return verify_lines(sys.stdin.buffer)
    with Path(name).open("rb") as lines:
        return verify_lines(lines)


def _print_verification(found: ChainResult) -> int:
    _print(found.as_dict())
    return 0 if found.ok else 1


def _print_result(result: Result, ledger: str | None) -> int:
    if ledger is not None:
        Path(ledger).write_bytes(result.ledger_bytes)
    _print(result.output)
    return 0


def _print(document: dict[str, Any]) -> None:
    # ASCII only, so that no terminal's encoding can spoil it.
    print(json.dumps(document, sort_keys=True))
