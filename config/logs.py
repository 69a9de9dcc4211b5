"""Log lines without cell values: of an exception its class and its places in the code, never its message.

Messages of readers and validators quote the value they choked on; a log file has no access rules.
"""

import logging
import traceback
from types import TracebackType
from typing import TypeAlias

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutValues(logging.Formatter):
    """Formats a traceback as frames and class names."""

    def formatException(self, ei: ExcInfo) -> str:
        kind, error, _ = ei
        if kind is None or error is None:
            return ""
        lines = []
        for link in _chain(error):
            frames = traceback.extract_tb(link.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            lines.append(f"{type(link).__module__}.{type(link).__qualname__}")
        return "\n".join(lines)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what led to it, oldest first."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return links[::-1]
