"""What the supervising task hands to the child: the job with its signed grants (modeling/training/job.py)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.paths import version_path
from governance import permits
from governance.record.permit import sign_grant
from modeling.admission import Admission
from modeling.choices import DeviceKind
from modeling.models import RunInput, TrainingRun
from modeling.places import place_of
from modeling.supervision.machine import devices


def run_folder(run: TrainingRun) -> Path:
    """Where a run keeps checkpoints, spool and result; shared by the workers of one installation."""
    folder: Path = settings.GAVEL_VAR / "runs" / run.uid
    return folder


def job_of(run: TrainingRun, admission: Admission, *, cpu_seconds: int) -> dict[str, Any]:
    """The job as the child reads it; `cpu_seconds` is what is left of the CPU time the run asked for."""
    folder, backbone = run_folder(run), place_of(run.plan.backbone)
    held = {permit.uid: permit for permit in admission.granted.values()}
    _key_id, key = permits.signing_key(held[min(held)].key_id)
    return {
        "job": run.uid,
        "job_kind": admission.job_kind,
        "plan": json.loads(run.plan.document),
        "plan_digest": run.plan_digest,
        "grants": [_signed(permits.grant_of(held[uid]), key) for uid in sorted(held)],
        "key": key.hex(),
        "data": {part.role: _part(part) for part in run.inputs.select_related("version")},
        "backbone_path": str(backbone.folder) if backbone.folder else None,
        "output": str(folder),
        "spool": str(folder / "metrics.jsonl"),
        "threads": settings.GAVEL_TRAINING_THREADS or _share_of_cores(),
        **_machine_of(run),
        "cpu_seconds": cpu_seconds,
    }


def _machine_of(run: TrainingRun) -> dict[str, Any]:
    """Processes of the run and what they compute on: the cards of its device, or cores."""
    kind, cards = ("cpu", 1) if run.device is None else (run.device.kind, run.device.name.count("+") + 1)
    count = cards if kind == DeviceKind.CUDA else settings.GAVEL_RUN_PROCESSES
    alone = json.loads(run.plan.document).get("recipe", {}).get("adapt_steps")  # works in one process only
    return {"device": str(kind), "processes": 1 if alone else count}


def _share_of_cores() -> int:
    """Cores of this machine by its devices: two runs on one machine do not fight for a core."""
    return max(1, len(os.sched_getaffinity(0)) // max(1, len(devices(settings.GAVEL_DEVICES))))


def _signed(grant: dict[str, Any], key: bytes) -> dict[str, Any]:
    """A grant found genuine a moment ago, under the one key the child gets: permits of one run may be signed
    by
    different keys of the ring, and the child learns no more keys than it needs."""
    return {"grant": grant, "signature": sign_grant(grant, key)}


def _part(part: RunInput) -> dict[str, Any]:
    job: dict[str, Any] = {"path": str(version_path(part.version)), "digest": part.version.digest}
    if part.where_column:
        job["where"] = {"column": part.where_column, "equals": part.where_equals}
    return job
