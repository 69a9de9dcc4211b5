"""A service account is nobody special: only the platform's own clock may do what the clock does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance import actions as law
from governance.exceptions import NotPermitted
from governance.models import User
from governance.services.people import service_account
from modeling import actions
from tests.modeling.conftest import Company

ACTS: dict[str, Callable[[User, Any], Any]] = {
    "cancel": lambda robot, run: actions.run_cancel(actor=robot, run=run),
    "wake": lambda robot, run: actions.run_wake(actor=robot, run=run),
    "reap": lambda robot, run: actions.run_reap(actor=robot, run=run),
}


@pytest.mark.parametrize("act", list(ACTS))
def test_a_service_account_without_a_role_may_not_touch_a_run(company: Company, act: str) -> None:
    run = company.ask(wait=True)
    robot = law.person_create(actor=company.people.carol, username="robot", name="Robot", kind="service")
    with pytest.raises(NotPermitted):
        ACTS[act](robot, run)
    ACTS[act](service_account("clock"), run)


def test_nobody_gets_a_token_of_the_clock(company: Company) -> None:
    with pytest.raises(NotPermitted):
        law.token_issue(actor=company.people.carol, user=service_account("clock"), label="mine")
