"""Lines the quickstart prints: plain, one fact each."""

import sys


def say(line: str) -> None:
    """One line to stdout, at once."""
    sys.stdout.write(f"gavel: {line}\n")
    sys.stdout.flush()
