"""The last gate: signature, subject, time, action, purpose, job kind and columns, before data is opened.

The worker has asked the database already. This process trusts neither it nor the disk: it checks the signed
grant itself, hashes the bytes itself and learns from the grant which columns it may read (house.md, Promise
1). Loads no torch and no polars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from governance.record.permit import verify_grant
from modeling.training.failures import Refused
from modeling.training.job import DataPart, Job, SignedGrant

MASKS: Final = ("redact", "hash")
ALL_COLUMNS: Final = "*"


@dataclass(frozen=True)
class OpenedPart:
    """A data part whose grant and bytes were verified: what may be read of it, and how."""

    part: DataPart
    columns: tuple[str, ...]
    masks: Mapping[str, str]
    permit: str
    valid_until: datetime


def open_parts(job: Job, now: datetime, digest: Callable[[Path, int | None], str]) -> dict[str, OpenedPart]:
    """Verify every part of the job. ``now`` is aware; ``digest`` hashes a path as governance does.

    All grants are judged before any file is hashed, all files are hashed before any is read.
    Raises ``Refused`` with a ``grant.*`` code.
    """
    grants = [_verified(signed, job, now) for signed in job.grants]
    opened = {role: _opened(part, grants, job) for role, part in job.data.items()}
    seen: dict[tuple[Path, int | None], str] = {}
    for role, part in job.data.items():
        place = (part.path, part.delta_version)
        if place not in seen:
            seen[place] = _hashed(part, digest)
        if seen[place] != part.digest:
            raise Refused("grant.wrong_digest", role=role)
    return opened


def unchanged(part: DataPart, digest: Callable[[Path, int | None], str]) -> None:
    """Raise ``Refused`` (data.changed) unless the bytes are still the granted ones after they were read."""
    if _hashed(part, digest) != part.digest:
        raise Refused("data.changed", role=part.role)


def _hashed(part: DataPart, digest: Callable[[Path, int | None], str]) -> str:
    try:
        return digest(part.path, part.delta_version)
    except (OSError, ValueError) as error:
        raise Refused("grant.wrong_digest", role=part.role) from error


def _verified(signed: SignedGrant, job: Job, now: datetime) -> Mapping[str, Any]:
    """A grant that is genuine, live, and for training of this kind and purpose; else ``Refused``."""
    grant = signed.grant
    if not verify_grant(grant, signed.signature, job.key):
        raise Refused("grant.forged")
    starts, ends = _instant(grant, "valid_from"), _instant(grant, "valid_until")
    if now < starts:
        raise Refused("grant.not_yet_valid", at=grant["valid_from"])
    if now >= ends:
        raise Refused("grant.expired", at=grant["valid_until"])
    if grant["action"] != "train":
        raise Refused("grant.wrong_action", action=grant["action"])
    subject = grant["subject"]
    if not isinstance(subject, Mapping) or not {"kind", "id", "digest"} <= set(subject):
        raise Refused("grant.malformed", field="subject")
    if subject["kind"] != "dataset_version":
        raise Refused("grant.wrong_subject_kind", kind=subject["kind"])
    if grant["purpose"] != job.plan.purpose:
        raise Refused("grant.wrong_purpose", granted=grant["purpose"], asked=job.plan.purpose)
    if job.job_kind not in _names(grant, "job_kinds"):
        raise Refused("grant.wrong_job_kind", asked=job.job_kind)
    return grant


def _opened(part: DataPart, grants: list[Mapping[str, Any]], job: Job) -> OpenedPart:
    """The grant that covers a part, and what it lets the plan read."""
    covering = [grant for grant in grants if grant["subject"]["digest"] == part.digest]
    if not covering:
        raise Refused("grant.missing", role=part.role)
    grant = covering[0]
    wanted = set(job.plan.columns()) | ({part.where[0]} if part.where else set())
    granted = set(_names(grant, "columns"))
    beyond = set() if ALL_COLUMNS in granted else wanted - granted
    if beyond:
        raise Refused("grant.wrong_columns", columns=", ".join(sorted(beyond)))
    masks = grant["terms"].get("masks", {})
    if not isinstance(masks, Mapping):
        raise Refused("grant.malformed", field="terms.masks")
    for mask in masks.values():
        if mask not in MASKS:
            raise Refused("grant.unknown_mask", mask=mask)
    return OpenedPart(
        part=part,
        columns=tuple(sorted(wanted)),
        masks={column: mask for column, mask in masks.items() if column in wanted},
        permit=str(grant["uid"]),
        valid_until=_instant(grant, "valid_until"),
    )


def _names(grant: Mapping[str, Any], key: str) -> list[str]:
    """A list of names in the terms. Absent means none: a permit gives only what it says."""
    terms = grant["terms"]
    names = terms.get(key) if isinstance(terms, Mapping) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refused("grant.malformed", field=f"terms.{key}")
    return names


def _instant(grant: Mapping[str, Any], key: str) -> datetime:
    try:
        instant = datetime.fromisoformat(str(grant[key]))
    except ValueError as error:
        raise Refused("grant.malformed", field=key) from error
    if instant.tzinfo is None:
        raise Refused("grant.malformed", field=key)
    return instant
