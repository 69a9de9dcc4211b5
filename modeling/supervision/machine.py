"""What this machine trains on: its GPUs, else its cores. Asked of the driver, never of torch (house: only the
child loads it).
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from modeling.choices import DeviceKind

NAME: Final = re.compile(r"cpu:\d{1,3}|cuda:\d{1,3}(\+\d{1,3}){0,63}")
ASK: Final = ("nvidia-smi", "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits")
ASK_SECONDS: Final = 20


class BadDevice(ValueError):
    """A name in GAVEL_DEVICES that is no device."""


@dataclass(frozen=True, slots=True)
class Found:
    """One device: `name` as a trainer says it, `label` as its maker does, memory in bytes (0: not known)."""

    name: str
    label: str
    memory_bytes: int

    @property
    def kind(self) -> str:
        return DeviceKind(self.name.partition(":")[0])


def devices(named: Sequence[str] = ()) -> list[Found]:
    """The devices of this machine, or those `named` (GAVEL_DEVICES) of it. Raises BadDevice."""
    gpus = {gpu.name: gpu for gpu in _gpus()}
    if not named:
        return list(gpus.values()) or [_cores("cpu:0")]
    if bad := [name for name in named if not NAME.fullmatch(name)]:
        raise BadDevice(bad[0])
    return [_cores(name) if name.startswith("cpu") else _cards(name, gpus) for name in named]


def _cards(name: str, gpus: Mapping[str, Found]) -> Found:
    """One device of one card or, as `cuda:0+1`, of several."""
    numbers = name.partition(":")[2].split("+")
    known = [gpus[f"cuda:{number}"] for number in numbers if f"cuda:{number}" in gpus]
    label = f"{len(known)} × {known[0].label}" if len(known) > 1 else "".join(one.label for one in known)
    return Found(name, label, sum(one.memory_bytes for one in known))


def visible(device: str) -> str:
    """CUDA_VISIBLE_DEVICES for a trainer on `device`: its cards alone, or none."""
    kind, _, number = device.partition(":")
    return number.replace("+", ",") if kind == DeviceKind.CUDA else ""


@lru_cache(maxsize=1)
def _gpus() -> tuple[Found, ...]:
    try:
        answer = subprocess.run(ASK, capture_output=True, text=True, timeout=ASK_SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):  # no driver, or one that does not answer: no GPU to offer
        return ()
    return tuple(found for line in answer.splitlines() if (found := _gpu(line)))


def _gpu(line: str) -> Found | None:
    parts = [part.strip() for part in line.split(",")]
    if len(parts) != 3 or not parts[0].isdigit():
        return None
    mebibytes = int(parts[2]) if parts[2].isdigit() else 0
    return Found(f"cuda:{parts[0]}", parts[1][:120], mebibytes * 2**20)


@lru_cache(maxsize=8)
def _cores(name: str) -> Found:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Found(name, f"{_processor()}, {len(os.sched_getaffinity(0))} cores"[:120], memory)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
