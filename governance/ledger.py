"""The ledger: one table, one chain. `append` is the last write of every service (house: files in an app).

An entry's hash covers every column; the random salt keeps a bare hash from betraying a sealed ballot.
Does not decide who may see an entry: registry kinds do (`ledger_visible`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance import registry
from governance.database.locks import locked, snapshot
from governance.exceptions import LedgerBroken
from governance.models import LedgerEntry, LedgerHead, User
from governance.record.canonical import canonical_bytes, sha256_hex
from governance.record.chain import GENESIS
from governance.subject_ref import SubjectRef

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """The first fault found: where and which check failed."""

    place: str
    code: str


@dataclass(frozen=True, slots=True)
class LedgerVerdict:
    """Result of `verify`: number of entries, the head hash, and the faults (empty when it holds)."""

    entries: int
    head: str
    faults: tuple[LedgerFault, ...]

    @property
    def ok(self) -> bool:
        return not self.faults


def actor_name(actor: User | None) -> str:
    return f"user:{actor.uid}" if actor is not None else SYSTEM


def append(
    *,
    type: str,
    actor: User | None,
    subject: SubjectRef,
    data: Mapping[str, Any] | None = None,
    accepted: bool = True,
    code: str = "",
) -> LedgerEntry:
    """Write one entry at the head of the chain, inside the caller's transaction.

    Raises LedgerBroken when the head does not name the last entry (somebody wrote behind its back).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a ledger entry belongs to the transaction it records")
    head, _created = locked(LedgerHead.objects.all()).get_or_create(id=1, defaults={"hash": GENESIS})
    entry = LedgerEntry(
        seq=head.seq + 1,
        at=timezone.now().isoformat(),
        actor=actor_name(actor),
        type=type,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_digest=subject.digest,
        accepted=accepted,
        code=code,
        data=canonical_bytes(dict(data or {})).decode(),
        salt=secrets.token_hex(16),
        prev=head.hash,
    )
    entry.hash = hash_of(entry)
    moved = LedgerHead.objects.filter(id=1, seq=head.seq, hash=head.hash).update(
        seq=entry.seq, hash=entry.hash
    )
    if moved != 1:
        raise LedgerBroken
    try:
        entry.save(force_insert=True)
    except IntegrityError as error:  # the head was set back or lost: the number is taken already
        raise LedgerBroken from error
    return entry


def hash_of(entry: LedgerEntry) -> str:
    """SHA-256 hex of the canonical entry without its hash (committee-rules §12 applied to our columns)."""
    return sha256_hex(
        canonical_bytes(
            {
                "seq": entry.seq,
                "at": entry.at,
                "actor": entry.actor,
                "type": entry.type,
                "subject": {
                    "kind": entry.subject_kind,
                    "id": entry.subject_id,
                    "digest": entry.subject_digest,
                },
                "accepted": entry.accepted,
                "code": entry.code,
                "data": entry.data,
                "salt": entry.salt,
                "prev": entry.prev,
            }
        )
    )


def data_of(entry: LedgerEntry) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(entry.data)
    return parsed


def verify() -> LedgerVerdict:
    """Recompute the chain, then ask every registered verifier to compare its rows with their entries.

    All of it is read as of one instant, so that work going on meanwhile is never taken for a fault.
    """
    previous, held = GENESIS, 0
    with snapshot():
        for entry in LedgerEntry.objects.order_by("seq").iterator():
            code = _entry_fault(entry, previous, held + 1)
            if code:
                return LedgerVerdict(held, previous, (LedgerFault(f"entry {entry.seq}", code),))
            previous, held = entry.hash, entry.seq
        head = LedgerHead.objects.filter(id=1).first() or LedgerHead(seq=0, hash=GENESIS)
        if (head.hash, head.seq) != (previous, held):
            return LedgerVerdict(held, previous, (LedgerFault("head", "bad_head"),))
        return LedgerVerdict(held, previous, tuple(_verifier_faults()))


def _entry_fault(entry: LedgerEntry, previous: str, number: int) -> str:
    if entry.seq != number:
        return "bad_sequence"
    if entry.prev != previous:
        return "bad_prev"
    return "" if hash_of(entry) == entry.hash else "bad_hash"


def _verifier_faults() -> Iterator[LedgerFault]:
    for verifier in registry.verifiers():
        try:
            yield from (LedgerFault(place, code) for place, code in verifier())
        except Exception as error:  # noqa: BLE001 - a row so damaged that it cannot be read is the finding
            yield LedgerFault(getattr(verifier, "__name__", "verifier"), f"unreadable_{type(error).__name__}")
