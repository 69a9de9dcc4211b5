"""One running Gavel whose demo was taken through the loop, for the tests that look at it or break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.system import System, manage

PASSWORD = "a-long-demo-password"


@pytest.fixture(scope="session")
def demo_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The demo runs once, undisturbed and without a broker, before anything is started or killed."""
    data = tmp_path_factory.mktemp("demo") / "var"
    manage(data, "migrate", "-v0")
    manage(data, "demo", "--scale", "0.2", "--password", PASSWORD)
    running = System(data)
    running.start()
    yield running
    running.stop()
