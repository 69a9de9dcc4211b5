"""The Celery application. Tasks live in each app's `tasks.py`, ticks and reactors in its `clock.py`."""

import logging
import os
import signal
import time
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, heartbeat_sent, worker_process_init, worker_ready

from config.orphans import ask_now

log = logging.getLogger(__name__)
TRAINING = "gpu"
ANNOUNCE_SECONDS = 30.0
_announced = float("-inf")

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


def announce_devices(sender: object = None, **_: object) -> None:
    """A worker of queue `gpu` tells what its machine trains on: when it starts, then every half minute."""
    global _announced
    if TRAINING not in app.amqp.queues.consume_from or time.monotonic() < _announced + ANNOUNCE_SECONDS:
        return
    _announced = time.monotonic()
    from django.db import connection  # Django is set up by now, not when this file is read

    from modeling.tasks import devices_announce

    try:
        devices_announce()
    except Exception:
        log.warning("devices were not announced; told again in %s s", ANNOUNCE_SECONDS, exc_info=True)
    finally:
        connection.close()


worker_process_init.connect(end_with_leader, weak=False)
worker_ready.connect(announce, weak=False)
worker_ready.connect(announce_devices, weak=False)
heartbeat_sent.connect(announce_devices, weak=False)
beat_init.connect(announce, weak=False)
