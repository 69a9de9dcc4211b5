"""The case's own ledger: one entry per event and automatic step (committee-rules §12)."""

from datetime import datetime
from typing import Any

from committee.engine.calendar import print_utc
from committee.engine.facts import Event, Inputs
from governance.record.canonical import canonical_bytes, plain_bytes, sha256_hex
from governance.record.chain import GENESIS


class Ledger:
    """Entries in order, each chained to the one before. The chain is made when somebody asks for it."""

    def __init__(self, inputs: Inputs, effective: dict[str, Any]) -> None:
        self._written: list[dict[str, Any]] = []
        self._chained: list[dict[str, Any]] = []
        self._same = {
            "committee": inputs.committee,
            "case": inputs.question.id,
            "subject_digest": inputs.question.subject.digest,
            "rules_digest": sha256_hex(canonical_bytes(effective)),
        }

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Every entry so far, with `prev` and `hash`."""
        for entry in self._written[len(self._chained) :]:
            chained = entry | self._same
            chained["prev"] = self._chained[-1]["hash"] if self._chained else GENESIS
            chained["hash"] = sha256_hex(plain_bytes(chained))
            self._chained.append(chained)
        return self._chained

    def write_event(self, event: Event, code: str | None, state: str, outcome: str | None) -> None:
        """An event with the state after it; `code`: its refusal, None if accepted."""
        self._write(event.at, event.type, event.by, dict(event.data), code, state, outcome)

    def write_step(self, at: datetime, kind: str, state: str, outcome: str | None) -> None:
        """An automatic step."""
        self._write(at, kind, "system", {}, None, state, outcome)

    def _write(
        self,
        at: datetime,
        kind: str,
        actor: str | list[str],
        data: dict[str, Any],
        code: str | None,
        state: str,
        outcome: str | None,
    ) -> None:
        self._written.append(
            {
                "seq": len(self._written) + 1,
                "at": print_utc(at),
                "type": kind,
                "actor": actor,
                "data": data,
                "accepted": code is None,
                "code": code,
                "state": state,
                "outcome": outcome,
            }
        )


def ledger_lines(entries: list[dict[str, Any]]) -> bytes:
    """The ledger as a file: one canonical JSON object per line."""
    return b"".join(canonical_bytes(entry) + b"\n" for entry in entries)
