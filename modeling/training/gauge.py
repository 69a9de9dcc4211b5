"""What the machine does while a run trains, as points beside the loss: ``system/…``.

Read between steps by the training process itself, so that nothing else runs beside it and no random number is
drawn: what a run computes does not depend on it. The figures are of one attempt and are not reproduced.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final

import torch

from modeling.training.spool import Spool

EVERY_SECONDS: Final = 5.0
DOUBLE_AFTER: Final = 720
MIB: Final = 1024 * 1024


class Gauge:
    """Spools a reading at most every ``EVERY_SECONDS``, and half as often after each ``DOUBLE_AFTER``
    readings: a month of training leaves some thousand points, not a million.
    """

    def __init__(self, spool: Spool, every: float = EVERY_SECONDS) -> None:
        self._spool, self._every, self._count = spool, every, 0
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def read(self, step: int, epoch: float, *, now: bool = False) -> None:
        """A reading where one is due (``now``: in any case), at ``step`` finished steps."""
        wall, cpu = time.monotonic(), time.process_time()
        passed = wall - self._wall
        if passed <= 0 or (passed < self._every and not now):
            return
        values = {"system/cpu_percent": round(100 * (cpu - self._cpu) / passed, 1), **_memory(), **_device()}
        self._spool.points(values, step, epoch)
        self._wall, self._cpu = wall, cpu
        self._count += 1
        if self._count % DOUBLE_AFTER == 0:
            self._every *= 2


def _memory() -> dict[str, float]:
    """Resident memory of this process in MiB; nothing where the kernel does not tell (no Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return {}
    return {"system/memory_mib": round(pages * os.sysconf("SC_PAGE_SIZE") / MIB, 1)}


def _device() -> dict[str, float]:
    """Memory of the first GPU in MiB, ours and all that is taken, and its use in percent where a driver
    library tells; nothing without a GPU."""
    if not torch.cuda.is_available():
        return {}
    free, whole = torch.cuda.mem_get_info()
    found = {
        "system/gpu_memory_mib": round(torch.cuda.memory_reserved() / MIB, 1),
        "system/gpu_memory_taken_mib": round((whole - free) / MIB, 1),
    }
    with contextlib.suppress(ImportError, RuntimeError, OSError):  # needs NVML's own package
        found["system/gpu_percent"] = float(torch.cuda.utilization())
    return found
