"""Resumable states in safetensors: moving weights and AdamW moments. No pickle is written or read.

A checkpoint is a folder ``step-0000400`` that appears by rename when complete; ``state.json`` in it names the
plan and data digests and the SHA-256 of its files, so that a foreign or torn one is never resumed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from modeling.training.backbones import file_sha256
from modeling.training.failures import TrainingStopped
from modeling.training.spool import write_json

KEEP: Final = 2
_MOMENTS: Final = ("step", "exp_avg", "exp_avg_sq")


def save(
    folder: Path,
    step: int,
    parameters: Mapping[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
    identity: Mapping[str, str],
    carried: Mapping[str, int] | None = None,
) -> Path:
    """Write the state after ``step`` and keep the newest ``KEEP``. ``identity``: plan and data digests;
    ``carried``: what else the next attempt goes on with."""
    final = folder / f"step-{step:07d}"
    fresh = folder / f".{final.name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_file(
        {name: value.detach().contiguous() for name, value in parameters.items()},
        fresh / "weights.safetensors",
    )
    moments = {
        f"{name}|{moment}": optimizer.state[value][moment].contiguous()
        for name, value in parameters.items()
        if value in optimizer.state
        for moment in _MOMENTS
    }
    save_file(moments, fresh / "optimizer.safetensors")
    hashes = {path.name: file_sha256(path) for path in sorted(fresh.glob("*.safetensors"))}
    state = {"step": step, "identity": dict(identity), "carried": dict(carried or {}), "files": hashes}
    write_json(fresh / "state.json", state)
    for path in fresh.iterdir():
        _sync(path)
    shutil.rmtree(final, ignore_errors=True)
    fresh.replace(final)
    _sync(folder)
    for old in sorted(folder.glob("step-*"))[:-KEEP]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def restore(
    folder: Path,
    parameters: Mapping[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
    identity: Mapping[str, str],
) -> tuple[int, dict[str, int]]:
    """Load the newest whole checkpoint into weights and optimizer; its step and what it carries, or 0 and
    nothing where there is none.

    Raises ``TrainingStopped`` (run.checkpoint_foreign) where the folder belongs to another plan or other
    data.
    """
    for candidate in sorted(folder.glob("step-*"), reverse=True):
        state = _whole(candidate)
        if state is None:
            continue
        if state["identity"] != dict(identity):
            raise TrainingStopped("run.checkpoint_foreign")
        weights = load_file(candidate / "weights.safetensors")
        moments = load_file(candidate / "optimizer.safetensors")
        if set(weights) != set(parameters):
            raise TrainingStopped("run.checkpoint_foreign")
        with torch.no_grad():
            for name, value in parameters.items():
                value.copy_(weights[name])
                if f"{name}|step" in moments:
                    optimizer.state[value] = {moment: moments[f"{name}|{moment}"] for moment in _MOMENTS}
        carried = state.get("carried")
        return int(str(state["step"])), dict(carried) if isinstance(carried, dict) else {}
    return 0, {}


def _whole(candidate: Path) -> dict[str, object] | None:
    """The state of a checkpoint whose files are as they were written, else None."""
    try:
        state: dict[str, object] = json.loads((candidate / "state.json").read_bytes())
        files = state["files"]
        if not isinstance(files, dict):
            return None
        good = all(file_sha256(candidate / name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError):
        return None
    return state if good else None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
