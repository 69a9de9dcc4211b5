"""Read an upload strictly and store it in the lake as the next version."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from catalog.models import Dataset, IngestRun
from catalog.paths import upload_path
from catalog.processing.ingesting import IngestOrder, read_and_store
from catalog.services.uploads import ingest_store, upload_discard
from catalog.tasks.running import carry_out, computed
from governance.choices import JobState
from governance.selectors import version_in_force


@shared_task(name="catalog.tasks.ingest_run", ignore_result=True)
def ingest_run(uid: str) -> None:
    carry_out(IngestRun, uid, _work)
    run = IngestRun.objects.filter(uid=uid).first()
    if run is not None and run.state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}:
        upload_discard(run.upload)


def _work(run: IngestRun) -> None:
    dataset = Dataset.objects.select_related("standard").get(pk=run.dataset_id)
    law = version_in_force(dataset.standard.name) if dataset.standard else None
    order = IngestOrder(
        path=upload_path(run.upload),
        lake=settings.GAVEL_LAKE,
        dataset_uid=dataset.uid,
        document=bytes(law.document) if law else None,
        object_name=dataset.object_name,
    )
    ingest_store(run=run, stored=computed(run, read_and_store, order))
