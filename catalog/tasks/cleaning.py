"""Apply a recipe to a version: a new version, a quarantine, and an edge between."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from catalog.keys import masking_key
from catalog.models import CleaningRun, DatasetVersion
from catalog.paths import version_path
from catalog.processing.applying import CleaningOrder, applied
from catalog.services.recipes import cleaning_store
from catalog.tasks.inputs import noting_changes
from catalog.tasks.running import carry_out, computed
from governance.selectors import version_in_force

RELATED = ("version__dataset__standard", "recipe_version", "target", "requested_by")


@shared_task(name="catalog.tasks.cleaning_run", ignore_result=True)
def cleaning_run(uid: str) -> None:
    carry_out(CleaningRun, uid, _work)


def _work(claimed: CleaningRun) -> None:
    run = CleaningRun.objects.select_related(*RELATED).get(pk=claimed.pk)
    dataset = run.version.dataset
    versions = {v.uid: v for v in DatasetVersion.objects.filter(uid__in=run.references.values())}
    law = version_in_force(dataset.standard.name) if dataset.standard else None
    order = CleaningOrder(
        run_uid=run.uid,
        recipe=bytes(run.recipe_version.document),
        document=bytes(law.document) if law else None,
        object_name=dataset.object_name,
        data=version_path(run.version),
        data_uid=run.version.uid,
        digest=run.version.digest,
        references={
            name: version_path(versions[uid]) for name, uid in run.references.items() if uid in versions
        },
        target_uid=run.target.uid,
        lake=settings.GAVEL_LAKE,
        now=timezone.now(),
        key=masking_key(),
    )
    with noting_changes([run.version]):
        stored, cleaned = computed(run, applied, order)
    cleaning_store(run=run, stored=stored, cleaned=cleaned)
