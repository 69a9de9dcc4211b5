"""What the data libraries raise while data is read: errors, and panics, which are no Exception."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import DeltaError
from polars.exceptions import PanicException, PolarsError

from governance.validation.errors import refuse

FAULTS = (PolarsError, PanicException, DeltaError, OSError)
"""Faults of the data or of a library; a bug of ours is none of them."""


@contextmanager
def reading_data() -> Iterator[None]:
    """Turn a fault into `data_unreadable`. The library's own sentence may quote cells or paths, so only its
    kind is told."""
    try:
        yield
    except FAULTS as error:
        raise refuse("data_unreadable", {"reason": "fault", "fault": type(error).__name__}) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # another library's class of the same name
            raise refuse("data_unreadable", {"reason": "fault", "fault": "PanicException"}) from error
        raise
