"""Refusals: an action that is refused leaves nothing but a ledger row saying so (house: refusal).

`governed` wraps an action: the work runs in one transaction; a DomainError rolls it back, is written to the
ledger in a transaction of its own, and is raised again. An action inside an action is a part of it: the
outer one writes the row, once. An action that computes for long before it writes says `atomic=False` and
opens the transaction itself, so that nobody waits for its computing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import nullcontext
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from django.db import transaction

from governance import ledger
from governance.exceptions import DomainError
from governance.models import User
from governance.subject_ref import SubjectRef

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside a governed action", default=False)


def governed(name: str, *, atomic: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate an action `f(*, actor, ...)`. `name` is the ledger type, as `dataset.register`."""

    scope = transaction.atomic if atomic else nullcontext

    def decorate(act: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(act)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.get():
                with scope():
                    return act(*args, **kwargs)
            actor = kwargs.get("actor")
            mark = _inside.set(True)
            try:
                with scope():
                    return act(*args, **kwargs)
            except DomainError as error:
                refusal_record(name=name, actor=actor if isinstance(actor, User) else None, error=error)
                raise
            finally:
                _inside.reset(mark)

        return run

    return decorate


def refusal_record(*, name: str, actor: User | None, error: DomainError) -> None:
    """Write one refused attempt: who, what, which code; never the values that were sent."""
    subject = error.params.get("subject_ref")
    ref = subject if isinstance(subject, SubjectRef) else SubjectRef("action", name)
    with transaction.atomic():
        ledger.append(type=name, actor=actor, subject=ref, accepted=False, code=error.code)
