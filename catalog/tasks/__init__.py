"""Celery: carries out what an action accepted, on the queue `quality`. Ids in, engine, one service call.

The engines bring polars and pandera. They are imported inside the functions that a worker runs, never at the
top of a module here: the web process imports this package to enqueue.
"""

from catalog.tasks.cleaning import cleaning_run
from catalog.tasks.derivation import derivation_run
from catalog.tasks.ingest import ingest_run
from catalog.tasks.validation import validation_run

__all__ = ["cleaning_run", "derivation_run", "ingest_run", "validation_run"]
