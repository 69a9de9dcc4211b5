"""Whether a case is still the one that was raised: its frame, dossier and columns against the ledger."""

from __future__ import annotations

import json
from typing import Any

from committee.choices import Advice
from committee.models import Absence, Case, Conflict, Delegation, Dossier
from governance.ledger import data_of
from governance.models import LedgerEntry
from governance.record.canonical import sha256_hex

NO_ADVICE: dict[str, Any] = {"word": Advice.NONE, "lines": []}
"""Of a dossier frozen before rules were asked."""


def dossier_content(case: Case) -> dict[str, Any]:
    """The frozen evidence as data; its bytes are the record."""
    content: dict[str, Any] = json.loads(bytes(case.dossier.content))
    return content


def raised_entry(case: Case) -> LedgerEntry | None:
    rows = LedgerEntry.objects.filter(type="case.raised", subject_kind="case", subject_id=case.uid)
    return rows.filter(accepted=True).first()


def differences(case: Case, sealed: dict[str, Any] | None) -> list[str]:
    """Codes of what no longer agrees with `sealed`, the data of the ledger entry `case.raised`.

    not_sealed, frame_differs, dossier_differs, columns_differ; empty while everything holds.
    """
    if sealed is None:
        return ["not_sealed"]
    dossier = Dossier.objects.filter(case=case).first()
    content = bytes(dossier.content) if dossier else b""
    found = []
    if _digest(case.frame.encode()) != sealed["frame"]:
        found.append("frame_differs")
    if _digest(content) != sealed["dossier"] or dossier is None or dossier.digest != sealed["dossier"]:
        found.append("dossier_differs")
    if not found and _columns(case) != _sealed_columns(case, content):
        found.append("columns_differ")
    return found


def differences_now(case: Case) -> list[str]:
    entry = raised_entry(case)
    return differences(case, data_of(entry) if entry else None)


def _digest(content: bytes) -> str:
    return f"sha256:{sha256_hex(content)}"


def _columns(case: Case) -> dict[str, Any]:
    """The columns that repeat what frame and dossier say."""
    return {
        "id": case.number,
        "action": case.action,
        "purpose": case.purpose,
        "subject": {"kind": case.subject_kind, "id": case.subject_id, "digest": case.subject_digest},
        "level": case.level,
        "requester": case.requester.uid,
        "requesting_team": case.requesting_team.uid,
        "title": case.title,
        "title_zh": case.title_zh,
        "terms": case.terms,
        "holder": case.holder,
        "reason": case.reason,
        "advice": case.advice,
    }


def _sealed_columns(case: Case, content: bytes) -> dict[str, Any]:
    frame, dossier = json.loads(case.frame)["case"], json.loads(content)
    from_frame = ("id", "action", "purpose", "subject", "level", "requester", "requesting_team")
    from_dossier = ("title", "title_zh", "terms", "holder", "reason")
    advice = dossier.get("advice", NO_ADVICE)["word"]
    columns = {name: frame[name] for name in from_frame} | {name: dossier[name] for name in from_dossier}
    return columns | {"advice": advice}


def standing_content(row: Absence | Delegation | Conflict) -> dict[str, Any]:
    """What the ledger seals of an absence, a delegation or a standing conflict, by digest."""
    content: dict[str, Any] = {
        "uid": row.uid,
        "first": row.first.isoformat(),
        "last": row.last.isoformat() if row.last else "",
        "declared_by": row.declared_by.uid,
    }
    if isinstance(row, Absence):
        return content | {"seat": row.seat.uid, "reason": row.reason}
    if isinstance(row, Conflict):
        named = {"subjects": row.subjects, "parties": row.parties, "reason": row.reason}
        return content | {"member": row.member.uid, **named}
    scope = {"actions": row.actions, "kinds": row.kinds, "max_level": row.max_level or 0}
    return content | {"principal": row.principal.uid, "delegate": row.delegate.uid, **scope}
