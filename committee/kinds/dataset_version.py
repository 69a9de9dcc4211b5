"""Training on a dataset version: scorecard, personal data, change, lineage, cost, incidents."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from catalog import selectors as catalog
from committee.exceptions import SubjectNotReady, SubjectUnknown, TermsInvalid
from committee.kinds import change, impact, quality, terms
from committee.kinds.base import CaseKind, SubjectFacts
from governance.record.canonical import sha256_hex

MAX_RUNS = 1000
MAX_CPU_SECONDS = 10_000_000
# What the bytes are now nobody can say who may not read them; that they are others is all a decision needs.
OTHER_BYTES = f"sha256:{sha256_hex(b'')}"


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (no validation yet, or its gate is closed)."""
    return _facts(uid, None)


def facts_for(uid: str, asked: dict[str, Any]) -> SubjectFacts:
    """With what depends on the terms: which marked columns are asked for, what the runs would cost."""
    return _facts(uid, asked)


def _facts(uid: str, asked: dict[str, Any] | None) -> SubjectFacts:
    version = catalog.version_facts(uid)
    if version is None:
        raise SubjectUnknown
    gate = catalog.gate_of(uid)
    if gate.state in {"unknown", "closed"}:
        raise SubjectNotReady(reason=f"gate {gate.state}")
    made = catalog.impact(uid)
    changed = catalog.change_against_approved(uid)
    columns = asked["columns"] if asked else None
    items = [
        quality.score_item(uid, gate),
        quality.incidents_item(version.dataset_uid),
        quality.personal_item(catalog.personal_data(uid), catalog.unclassified_columns(uid), columns),
        change.rows_item(changed),
        change.profile_item(uid, changed.against),
        change.contract_item(uid),
        impact.lineage_item(version.dataset_uid, made),
    ]
    if asked:
        items.append(impact.cost_item(version.dataset_uid, version.rows, asked))
    return SubjectFacts(
        title=f"Permit to train on {version.dataset_name} v{version.number}",
        title_zh=f"许可使用 {version.dataset_name} v{version.number} 训练",
        digest=version.digest,
        level=version.level,
        rows_changed=changed.rows_changed,
        rows_total=changed.rows_total,
        downstream_models=sum(ref.kind == "model_version" for ref in made),
        contributors=tuple(version.contributor_uids),
        beneficiaries=(),
        items=tuple(items),
        related=(version.dataset_uid,),
    )


def digest(uid: str) -> str:
    """The stored digest; that of no bytes while the catalogue's incident says the bytes on disk differ."""
    return digests([uid]).get(uid, "")


def digests(uids: Collection[str]) -> dict[str, str]:
    """As `digest`, of many at once."""
    found = catalog.stored_digests(uids)
    return {uid: OTHER_BYTES if changed else stored for uid, (stored, changed) in found.items()}


def check_terms(asked: dict[str, Any]) -> dict[str, Any]:
    """The permit terms asked for, normalised; runs and CPU time are always limited, device time
    where a limit is asked for. Raises TermsInvalid."""
    gate = asked.get("gate", "open")
    if gate not in ("open", "conditional"):
        raise TermsInvalid(reason="gate")
    return {
        "runs": terms.bounded(asked, "runs", MAX_RUNS),
        "cpu_seconds": terms.bounded(asked, "cpu_seconds", MAX_CPU_SECONDS),
        **(
            {"device_seconds": terms.bounded(asked, "device_seconds", MAX_CPU_SECONDS)}
            if asked.get("device_seconds") is not None
            else {}
        ),
        "job_kinds": terms.names(asked, "job_kinds", []),
        "columns": terms.names(asked, "columns", ["*"]),
        "gate": gate,
    }


KIND = CaseKind("dataset_version", "train", facts, digest, check_terms, facts_for=facts_for, digests=digests)
