"""A process asks the kernel to end it when its parent dies, however that dies (Linux; elsewhere nothing)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def end_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """What a child calls right after the fork: from then on its parent's death sends it `sign`."""
    parent = os.getpid()

    def ask_kernel() -> None:
        ask_now(sign)
        if os.getppid() != parent:  # the parent died between fork and here
            os._exit(1)

    return ask_kernel


def ask_now(sign: signal.Signals) -> None:
    """For the calling process itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(sign))
