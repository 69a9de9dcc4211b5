"""Beat's scheduler: django-celery-beat's, its table holding the ticks of config/beat.py and nothing else."""

from typing import Final

from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config.beat import schedule

BUILT_IN: Final = "celery.backend_cleanup"


class FixedTicks(DatabaseScheduler):  # type: ignore[misc]  # the package ships no types
    """Removes ticks that left the table, then lets the parent write those that are in it."""

    def setup_schedule(self) -> None:
        PeriodicTask.objects.exclude(name__in=[*schedule(), BUILT_IN]).delete()
        super().setup_schedule()
