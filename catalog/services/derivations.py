"""Writing derivation runs: asked for, and stored with one version per part and every edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from catalog.exceptions import Conflict
from catalog.models import Dataset, DatasetVersion, DerivationRun
from catalog.processing.stored import StoredVersion
from catalog.services.jobs import job_ref
from catalog.services.versions import version_create, version_ref
from governance import jobs, ledger
from governance.choices import JobState
from governance.models import User


@transaction.atomic
def derivation_start(
    *,
    actor: User,
    kind: str,
    versions: Sequence[DatasetVersion],
    parameters: Mapping[str, Any],
    targets: Mapping[str, Dataset],
) -> DerivationRun:
    """Write the job with its inputs, parameters and the dataset each part goes to."""
    run = DerivationRun.objects.create(
        kind=kind,
        version=versions[0],
        inputs=[version.uid for version in versions],
        parameters=dict(parameters),
        targets={part: dataset.uid for part, dataset in targets.items()},
        requested_by=actor,
    )
    data = {"run": run.uid, "kind": kind, "inputs": run.inputs, "targets": run.targets}
    ledger.append(type="derivation.requested", actor=actor, subject=version_ref(versions[0]), data=data)
    return run


@transaction.atomic
def derivation_store(
    *, run: DerivationRun, parts: Mapping[str, StoredVersion], facts: Mapping[str, Any]
) -> dict[str, DatasetVersion]:
    """Write one version per part with an edge from each input, and end the run. Raises Conflict."""
    inputs = {v.uid: v for v in DatasetVersion.objects.filter(uid__in=run.inputs)}
    sources = [version_ref(inputs[uid]) for uid in run.inputs]
    targets = {d.uid: d for d in Dataset.objects.filter(uid__in=run.targets.values())}
    made = {
        part: version_create(
            actor=run.requested_by,
            dataset=targets[run.targets[part]],
            stored=stored,
            made_by=job_ref(run),
            label=part,
            sources=sources,
        )
        for part, stored in parts.items()
    }
    outputs = {part: version.uid for part, version in made.items()}
    DerivationRun.objects.filter(pk=run.pk).update(outputs=outputs, facts=dict(facts))
    if not jobs.move(run, JobState.SUCCEEDED):
        raise Conflict
    run.refresh_from_db()
    data = {"run": run.uid, "outputs": outputs, "rows": {part: v.rows for part, v in made.items()}}
    ledger.append(type="derivation.finished", actor=None, subject=version_ref(run.version), data=data)
    return made
