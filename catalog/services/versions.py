"""Writing dataset versions: the row, its columns and its lineage in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from catalog.models import Column, Dataset, DatasetVersion
from catalog.processing.stored import StoredVersion
from catalog.services.lineage import lineage_edge_add
from governance import ledger, outbox
from governance.database.locks import locked
from governance.models import User
from governance.record.canonical import canonical_bytes, sha256_hex
from governance.subject_ref import SubjectRef


def version_ref(version: DatasetVersion) -> SubjectRef:
    return SubjectRef("dataset_version", version.uid, version.digest)


def version_content(version: DatasetVersion, columns: Sequence[Column]) -> dict[str, object]:
    """What the ledger seals of a version's row and columns."""
    listed = [[c.position, c.name, c.type, c.level or 0, *c.pii] for c in columns]
    return {
        "dataset": version.dataset.uid,
        "number": version.number,
        "path": version.path,
        "rows": version.rows,
        "bytes": version.bytes,
        "label": version.label,
        "made_by": f"{version.made_by_kind}:{version.made_by_id}",
        "files": sha256_hex(canonical_bytes(dict(version.files))),
        "columns": sha256_hex(canonical_bytes(listed)),
    }


@transaction.atomic
def version_create(
    *,
    actor: User,
    dataset: Dataset,
    stored: StoredVersion,
    made_by: SubjectRef,
    label: str = "",
    sources: Sequence[SubjectRef] = (),
) -> DatasetVersion:
    """Write the next version of a dataset with its columns and an edge from each source."""
    locked(Dataset.objects.filter(pk=dataset.pk)).get()
    last = DatasetVersion.objects.filter(dataset=dataset).aggregate(last=Max("number"))["last"] or 0
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=last + 1,
        digest=stored.digest,
        path=stored.path,
        rows=stored.rows,
        bytes=stored.bytes,
        files=dict(stored.files),
        label=label,
        made_by_kind=made_by.kind,
        made_by_id=made_by.id,
        created_by=actor,
    )
    columns = [
        Column(version=version, position=place, name=c.name, type=c.type, level=c.level, pii=list(c.pii))
        for place, c in enumerate(stored.columns, start=1)
    ]
    Column.objects.bulk_create(columns)
    ref = version_ref(version)
    for source in sources:
        lineage_edge_add(source=source, target=ref, by=made_by, actor=actor)
    outbox.emit("dataset_version.created", ref)
    ledger.append(
        type="dataset_version.created", actor=actor, subject=ref, data=version_content(version, columns)
    )
    return version
