"""One Spark for all tests here; they are skipped where the extra or Java is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from governance.validation.errors import EngineError


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session on this machine; `validate` uses it while it is active."""
    from governance.validation.spark.session import check_installed, spark_session

    try:
        check_installed()
    except EngineError as missing:
        pytest.skip(missing.message_en)
    with spark_session("local[2]") as session:
        yield session
