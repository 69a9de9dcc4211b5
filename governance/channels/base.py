"""What a channel is given and what it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from governance.models import User


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in the reader's words, with the address of what it is about ("" for none)."""

    text: str
    url: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person, in their language: a subject, lines (the most urgent first), links.

    `key` names the delivery, the same in each attempt, so that a repeated one can be told. `more`: how many
    lines were left out.
    """

    key: str
    language: str
    recipient: User
    subject: str
    lines: tuple[Line, ...]
    more: int
    home_url: str
    settings_url: str


class NotSent(Exception):
    """A channel could not send now. `reason` holds no content; `down`: nobody can be reached by it now."""

    def __init__(self, reason: str, *, down: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.down = down


class Channel(Protocol):
    """One way to reach a person."""

    kind: str
    label: Any

    def address(self, user: User) -> str:
        """Where the person is reached, "" where not."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over. Raises NotSent."""
