"""What the ledger seals of runs, scores and models, so that a row edited later no longer agrees with it."""

from __future__ import annotations

from collections.abc import Iterable

from governance.record.canonical import canonical_bytes, sha256_hex
from modeling.models import Evaluation, RunInput


def input_lines(inputs: Iterable[RunInput]) -> list[str]:
    """One line per input, in the order of roles: role, version, digest, and the rows it keeps."""
    lines = [
        " ".join([part.role, part.version.uid, part.digest, part.where_column, part.where_equals]).rstrip()
        for part in inputs
    ]
    return sorted(lines)


def scores_digest(rows: Iterable[Evaluation]) -> str:
    """SHA-256 hex over every figure of every score. Fractions are written as text that reads back equal."""
    lines = sorted(
        [
            row.metric,
            row.model,
            str(row.n),
            *(repr(f) for f in (row.value, row.low, row.high, row.gain, row.gain_low, row.gain_high)),
            row.verdict,
        ]
        for row in rows
    )
    return sha256_hex(canonical_bytes(lines))


def text_digest(text: str) -> str:
    return sha256_hex(text.encode())
