"""A progress bar for a person at a terminal; nothing for anyone else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from governance.validation.language import Language

Heard = Callable[..., None]
"""`heard(share, what)` or `heard(share, what, rows)`: part done from 0 to 1, what is done, rows seen."""

DELAY = 1.0
"""Seconds before a bar appears: most files are done by then."""
REFRESH = 0.5
_WORDS = {
    "reading": ("reading", "读取"),
    "rows": ("checking rows", "逐行检查"),
    "fused": ("checking rows", "逐行检查"),
    "samples": ("samples", "抽取样例"),
}


@contextmanager
def progress_bar(stream: TextIO, language: Language, *, delay: float = DELAY) -> Iterator[Heard | None]:
    """What the engine tells its progress to; None where nobody looks. The bar is wiped when the work ends."""
    if not stream.isatty():
        yield None
        return
    from tqdm import tqdm  # only where a person waits

    style = "{desc} {percentage:3.0f}% |{bar}| {elapsed} < {remaining}"
    bar = tqdm(
        total=100,
        desc=_WORDS["reading"][language == "zh"],
        file=stream,
        delay=delay,
        leave=False,
        bar_format=style,
        dynamic_ncols=True,
    )
    ended = threading.Event()
    clock = threading.Thread(target=_tick, args=(bar, ended), daemon=True)
    first: tuple[float, int] | None = None
    lock = threading.Lock()

    def heard(share: float, what: str, rows: int | None = None) -> None:
        nonlocal first
        with lock:
            shown = _WORDS.get(what, (what, what))[language == "zh"]
            if rows:
                first = first or (time.monotonic(), rows)
                since, before = first
                if rows > before:
                    shown += f" {_speed((rows - before) / max(time.monotonic() - since, 1e-6), language)}"
            bar.set_description_str(shown, refresh=False)
            bar.update(max(100 * share - bar.n, 0))

    clock.start()
    try:
        yield heard
    finally:
        ended.set()
        clock.join()
        bar.close()


def _tick(bar: object, ended: threading.Event) -> None:
    """Time goes on while nothing is heard."""
    while not ended.wait(REFRESH):
        bar.update(0)  # type: ignore[attr-defined]
        bar.refresh()  # type: ignore[attr-defined]


def _speed(rows: float, language: Language) -> str:
    word = "行/秒" if language == "zh" else "rows/s"
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if rows >= limit:
            return f"{rows / limit:.1f}{unit} {word}"
    return f"{rows:.0f} {word}"
