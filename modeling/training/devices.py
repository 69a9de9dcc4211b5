"""On what a run computes."""

from __future__ import annotations

import torch

from modeling.training.failures import TrainingStopped


def device_of(name: str, rank: int = 0) -> torch.device:
    """``cpu``, ``cuda:1``, or for ``cuda`` the card of a process of its rank.

    Raises ``TrainingStopped`` (run.no_device) where this machine has no such device.
    """
    if name == "cpu":
        return torch.device("cpu")
    device = torch.device(f"cuda:{rank}" if name == "cuda" else name)
    if not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count():
        raise TrainingStopped("run.no_device", device=name)
    torch.cuda.set_device(device)
    return device
