"""SubjectRef: how a decision, permit or ledger entry points at a thing without importing it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """`kind` as registered in the registry, `id` the row's uid, `digest` what was decided (may be empty)."""

    kind: str
    id: str
    digest: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "id": self.id, "digest": self.digest}
