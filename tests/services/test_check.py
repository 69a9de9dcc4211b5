"""`quickstart --check` drives the whole loop through the running system and says what it found."""

from __future__ import annotations

import pytest

from tests.services.conftest import Checked

pytestmark = [pytest.mark.services, pytest.mark.slow]


def test_the_check_takes_data_through_the_whole_loop(checked: Checked) -> None:
    assert checked.code == 0, checked.said[-4000:]
    assert {step["result"] for step in checked.steps} == {"passed"}
    assert len(checked.steps) >= 14
