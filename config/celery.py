"""The Celery application. Tasks live in each app's `tasks.py`, ticks and reactors in its `clock.py`."""

import os
import signal
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, worker_process_init, worker_ready

from config.orphans import ask_now

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("gavel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="clock")


def announce(**_: object) -> None:
    """Write the file the supervisor waits for, where it asked for one (config/supervision/programs.py)."""
    wanted = os.environ.get("GAVEL_READY_FILE")
    if wanted:
        Path(wanted).write_text(f"{os.getpid()}\n", encoding="ascii")


def end_with_leader(**_: object) -> None:
    """A pool process does not go on with its job when its worker was killed: the job is claimed again."""
    ask_now(signal.SIGKILL)


worker_process_init.connect(end_with_leader, weak=False)
worker_ready.connect(announce, weak=False)
beat_init.connect(announce, weak=False)
