"""Derive versions from versions: a record-disjoint split of pairs."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from catalog.models import Dataset, DatasetVersion, DerivationRun
from catalog.paths import version_path
from catalog.processing.deriving import Part, SplitOrder, dealt_out
from catalog.services.derivations import derivation_store
from catalog.tasks.inputs import noting_changes
from catalog.tasks.running import carry_out, computed
from governance.selectors import version_in_force


@shared_task(name="catalog.tasks.derivation_run", ignore_result=True)
def derivation_run(uid: str) -> None:
    carry_out(DerivationRun, uid, _work)


def _work(claimed: DerivationRun) -> None:
    run = DerivationRun.objects.select_related("version__dataset", "requested_by").get(pk=claimed.pk)
    versions = {v.uid: v for v in DatasetVersion.objects.filter(uid__in=run.inputs).select_related("dataset")}
    datasets = {
        d.uid: d for d in Dataset.objects.select_related("standard").filter(uid__in=run.targets.values())
    }
    order = SplitOrder(
        data=[(version_path(versions[uid]), versions[uid].digest, uid) for uid in run.inputs],
        parameters=run.parameters,
        parts={part: _part(datasets[uid]) for part, uid in run.targets.items()},
        lake=settings.GAVEL_LAKE,
    )
    with noting_changes(list(versions.values())):
        parts, facts = computed(run, dealt_out, order)
    derivation_store(run=run, parts=parts, facts=facts)


def _part(dataset: Dataset) -> Part:
    law = version_in_force(dataset.standard.name) if dataset.standard else None
    return Part(dataset.uid, bytes(law.document) if law else None, dataset.object_name)
