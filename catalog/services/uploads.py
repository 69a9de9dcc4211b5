"""Receiving a file: streamed to disk with a running limit, then a job that reads it strictly."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from catalog.exceptions import (
    Conflict,
    UploadBroken,
    UploadEmpty,
    UploadKindUnknown,
    UploadTooLarge,
    UploadUnreadable,
)
from catalog.models import Dataset, DatasetVersion, IngestRun
from catalog.paths import upload_path, uploads_root
from catalog.processing.stored import StoredVersion
from catalog.services.assets import dataset_ref
from catalog.services.jobs import job_ref
from catalog.services.versions import version_create
from governance import jobs, ledger
from governance.choices import JobState
from governance.models import User, new_uid

KINDS = (".csv", ".csv.gz", ".parquet")
CHUNK = 1 << 20
MAGIC = {".csv.gz": b"\x1f\x8b", ".parquet": b"PAR1"}


@dataclass(frozen=True, slots=True)
class ReceivedUpload:
    """A file that arrived whole: our name for it, the sender's, its size and SHA-256 hex."""

    name: str
    filename: str
    bytes: int
    sha256: str


def kind_of(filename: str) -> str:
    """The ending that names the kind of file. Raises UploadKindUnknown."""
    lowered = filename.lower()
    for ending in sorted(KINDS, key=len, reverse=True):
        if lowered.endswith(ending):
            return ending
    raise UploadKindUnknown


def upload_receive(*, stream: IO[bytes], filename: str, announced: int | None = None) -> ReceivedUpload:
    """Write the stream to disk under a name of our own; nothing stays when it is refused.

    Raises UploadTooLarge (by the announced length at once, else while counting), UploadKindUnknown,
    UploadEmpty,
    UploadBroken, UploadUnreadable.
    """
    limit = int(settings.GAVEL_UPLOAD_LIMIT)
    if announced is not None and announced > limit:
        raise UploadTooLarge(limit=limit)
    kind = kind_of(filename)
    uploads_root().mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{new_uid()}{kind}"
    target = upload_path(name)
    draft = target.with_name(f".{name}.part")
    try:
        size, sha256 = _copy(stream, draft, limit)
        _vet(draft, kind, size, announced)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return ReceivedUpload(name, Path(filename.replace("\\", "/")).name[:200], size, sha256)


def _copy(stream: IO[bytes], target: Path, limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with target.open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise UploadTooLarge(limit=limit)
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def _vet(path: Path, kind: str, size: int, announced: int | None) -> None:
    if announced is not None and size < announced:
        raise UploadBroken
    if size == 0:
        raise UploadEmpty
    magic = MAGIC.get(kind)
    if magic is None:
        return
    with path.open("rb") as file:
        head = file.read(len(magic))
        file.seek(-min(size, 4), os.SEEK_END)
        tail = file.read()
    if head != magic or (kind == ".parquet" and tail != magic):
        raise UploadUnreadable


def upload_discard(name: str) -> None:
    """Remove a received file that no job needs any more."""
    upload_path(name).unlink(missing_ok=True)


@transaction.atomic
def ingest_start(*, actor: User, dataset: Dataset, received: ReceivedUpload, label: str) -> IngestRun:
    """Write the job that will read the file."""
    run = IngestRun.objects.create(
        dataset=dataset,
        filename=received.filename,
        upload=received.name,
        bytes=received.bytes,
        sha256=received.sha256,
        label=label,
        requested_by=actor,
    )
    data = {"run": run.uid, "bytes": received.bytes, "sha256": received.sha256, "label": label}
    ledger.append(type="upload.received", actor=actor, subject=dataset_ref(dataset), data=data)
    return run


@transaction.atomic
def ingest_store(*, run: IngestRun, stored: StoredVersion) -> DatasetVersion:
    """Write the version of a file that was read whole, and end the run. Raises Conflict."""
    version = version_create(
        actor=run.requested_by, dataset=run.dataset, stored=stored, made_by=job_ref(run), label=run.label
    )
    IngestRun.objects.filter(pk=run.pk).update(version=version)
    if not jobs.move(run, JobState.SUCCEEDED):
        raise Conflict
    run.refresh_from_db()
    return version
