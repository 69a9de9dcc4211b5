"""The hash chain of a ledger and its verification (committee-rules §12)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from governance.record.canonical import CanonicalError, canonical_bytes, sha256_hex

GENESIS = "0" * 64
"""`prev` of the first entry, and the head of an empty ledger."""

FaultCode = Literal["not_canonical", "bad_sequence", "bad_prev", "bad_hash"]


@dataclass(frozen=True)
class ChainResult:
    """If `ok`: `entries` and `head`; else the first bad line `entry` (from 1) and its `code`."""

    ok: bool
    entries: int
    head: str
    entry: int | None = None
    code: FaultCode | None = None

    def as_dict(self) -> dict[str, Any]:
        """The object `tally --verify` prints (committee-rules §12)."""
        if self.ok:
            return {"ok": True, "entries": self.entries, "head": self.head}
        return {"ok": False, "entry": self.entry, "code": self.code}


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 hex of the canonical entry without its `hash`. Raises CanonicalError."""
    return sha256_hex(canonical_bytes({key: value for key, value in entry.items() if key != "hash"}))


def verify_lines(lines: Iterable[bytes]) -> ChainResult:
    """Read a ledger line by line and stop at the first fault.

    Each line may end in one newline. Checked in this order: the line is canonical, `seq`, `prev`, `hash`.
    A cut tail is no fault: compare `head` with one noted elsewhere. Only one line is held at a time.
    """
    head, count = GENESIS, 0
    for count, line in enumerate(lines, start=1):
        entry = _canonical_entry(line.removesuffix(b"\n"))
        code = "not_canonical" if entry is None else _fault(entry, count, head)
        if entry is None or code is not None:
            return ChainResult(ok=False, entries=count - 1, head=head, entry=count, code=code)
        head = entry["hash"]
    return ChainResult(ok=True, entries=count, head=head)


def _canonical_entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line.decode("utf-8"))
        if isinstance(entry, dict) and canonical_bytes(entry) == line:
            return entry
    except (ValueError, CanonicalError, RecursionError):
        return None
    return None


def _fault(entry: Mapping[str, Any], number: int, head: str) -> FaultCode | None:
    seq = entry.get("seq")
    if isinstance(seq, bool) or seq != number:
        return "bad_sequence"
    if entry.get("prev") != head:
        return "bad_prev"
    if entry.get("hash") != entry_hash(entry):
        return "bad_hash"
    return None
