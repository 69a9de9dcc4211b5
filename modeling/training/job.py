"""One training job as it arrives on standard input. Loads no torch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modeling.training.config import TrainingPlan, parse_plan, plan_digest
from modeling.training.failures import Refused
from modeling.training.methods import method_card

ROLES: Final = ("train", "valid", "test")
_KEYS: Final = frozenset(
    {
        "job",
        "job_kind",
        "plan",
        "plan_digest",
        "grants",
        "key",
        "data",
        "backbone_path",
        "output",
        "spool",
        "threads",
        "cpu_seconds",
        "parent",
        "device",
        "processes",
        "rank",
        "meeting",
    }
)


@dataclass(frozen=True)
class SignedGrant:
    """A grant as the platform signed it (governance.record.permit)."""

    grant: Mapping[str, Any]
    signature: str


@dataclass(frozen=True)
class DataPart:
    """Where the rows of one role are: a Parquet file, a folder of them, or a Delta table at
    ``delta_version``.

    ``where`` keeps the rows whose column equals a value (``split`` = ``test``), so that one version can serve
    several roles.
    """

    role: str
    path: Path
    digest: str
    where: tuple[str, str] | None = None
    delta_version: int | None = None


@dataclass(frozen=True)
class Job:
    """What the supervising task hands to the child. The key lives only in this object.

    ``threads`` are of one process. ``rank`` and ``meeting`` come from the process that leads (``crew``).
    """

    job: str
    job_kind: str
    plan: TrainingPlan
    grants: tuple[SignedGrant, ...]
    key: bytes
    data: Mapping[str, DataPart]
    backbone_path: Path | None
    output: Path
    spool: Path
    threads: int
    cpu_seconds: float | None
    parent: int | None
    device: str = "cpu"
    processes: int = 1
    rank: int = 0
    meeting: str | None = None

    def __repr__(self) -> str:
        return f"Job({self.job!r})"


def parse_job(text: str | bytes) -> Job:
    """Raises ``Refused``: job.invalid, plan.*; plan.digest_mismatch where ``plan_digest`` is given and
    differs."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Refused("job.invalid", detail="it is not JSON") from error
    if not isinstance(data, dict):
        raise Refused("job.invalid", detail="it is not an object")
    if unknown := sorted(set(data) - _KEYS):
        raise Refused("job.invalid", detail="unknown keys " + ", ".join(unknown))
    try:
        return _job(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("job.invalid", detail=f"{type(error).__name__} at {error}"[:200]) from error


def _job(data: Mapping[str, Any]) -> Job:
    plan = parse_plan(data["plan"])
    if data.get("plan_digest") not in (None, plan_digest(plan)):
        raise Refused("plan.digest_mismatch")
    parts = {role: _data_part(role, item) for role, item in data["data"].items()}
    if not {"train", "test"} <= set(parts) <= set(ROLES):
        raise ValueError("data roles")
    if data["job_kind"] != method_card(plan.method).job_kind:
        raise ValueError("job_kind")
    cpu, parent, folder = data.get("cpu_seconds"), data.get("parent"), data.get("backbone_path")
    threads = int(data.get("threads", 1))
    if not 1 <= threads <= 256:
        raise ValueError("threads")
    device = str(data.get("device", "cpu"))
    if not re.fullmatch(r"cpu|cuda(:\d{1,2})?", device):
        raise ValueError("device")
    processes, rank = int(data.get("processes", 1)), int(data.get("rank", 0))
    if not 0 <= rank < processes <= 64 or (rank > 0) != isinstance(data.get("meeting"), str):
        raise ValueError("processes")
    return Job(
        job=str(data["job"]),
        job_kind=str(data["job_kind"]),
        plan=plan,
        grants=tuple(SignedGrant(dict(item["grant"]), str(item["signature"])) for item in data["grants"]),
        key=bytes.fromhex(data["key"]),
        data=parts,
        backbone_path=None if folder is None else Path(folder),
        output=Path(data["output"]),
        spool=Path(data["spool"]),
        threads=threads,
        cpu_seconds=None if cpu is None else float(cpu),
        parent=None if parent is None else int(parent),
        device=device,
        processes=processes,
        rank=rank,
        meeting=data.get("meeting"),
    )


def _data_part(role: str, item: Mapping[str, Any]) -> DataPart:
    where, version = item.get("where"), item.get("delta_version")
    return DataPart(
        role=role,
        path=Path(item["path"]),
        digest=str(item["digest"]),
        where=None if where is None else (str(where["column"]), str(where["equals"])),
        delta_version=None if version is None else int(version),
    )
