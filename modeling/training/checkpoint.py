"""Resumable states in safetensors: moving weights, AdamW moments, a method's own memory. No pickle is
written or read.

A checkpoint is a folder ``step-0000400`` that appears by rename when complete; ``state.json`` in it names the
plan and data digests and the SHA-256 of its files, so that a foreign or torn one is never resumed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from modeling.training.backbones import file_sha256
from modeling.training.failures import TrainingStopped
from modeling.training.spool import write_json
from modeling.training.steps import Appetite
from modeling.training.stopping import Looks

KEEP: Final = 2
_MOMENTS: Final = ("step", "exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class State:
    """What a step changes. ``identity``: plan and data digests; ``memory`` and ``remember`` give and take
    back what a method keeps between steps; ``looks`` at the validation rows so far; ``appetite``: how batches
    are cut."""

    parameters: Mapping[str, nn.Parameter]
    optimizer: torch.optim.Optimizer
    identity: Mapping[str, str]
    looks: Looks = field(default_factory=lambda: Looks(0))
    appetite: Appetite = field(default_factory=lambda: Appetite(0))
    memory: Callable[[], Mapping[str, Tensor]] = dict
    remember: Callable[[Mapping[str, Tensor]], None] = lambda memory: None


def save(folder: Path, step: int, state: State) -> Path:
    """Write the state after ``step`` and keep the newest ``KEEP``."""
    parameters, optimizer = state.parameters, state.optimizer
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
    memory = {name: value.detach().contiguous() for name, value in state.memory().items()}
    save_file(memory, fresh / "method.safetensors")
    hashes = {path.name: file_sha256(path) for path in sorted(fresh.glob("*.safetensors"))}
    facts = {
        "step": step,
        "identity": dict(state.identity),
        "files": hashes,
        "looks": state.looks.as_json(),
        "pass_texts": state.appetite.texts,
    }
    write_json(fresh / "state.json", facts)
    for path in fresh.iterdir():
        _sync(path)
    shutil.rmtree(final, ignore_errors=True)
    fresh.replace(final)
    _sync(folder)
    for old in sorted(folder.glob("step-*"))[:-KEEP]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def restore(folder: Path, state: State) -> int:
    """Load the newest whole checkpoint into weights, optimizer and method; its step, or 0 where there is
    none.

    Raises ``TrainingStopped`` (run.checkpoint_foreign) where the folder belongs to another plan or other
    data.
    """
    for candidate in sorted(folder.glob("step-*"), reverse=True):
        found = _whole(candidate)
        if found is None:
            continue
        if found["identity"] != dict(state.identity):
            raise TrainingStopped("run.checkpoint_foreign")
        _fill(candidate, state)
        state.looks.take(found.get("looks"))
        state.appetite.texts = int(str(found.get("pass_texts", state.appetite.texts)))
        return int(str(found["step"]))
    return 0


def _fill(candidate: Path, state: State) -> None:
    weights = load_file(candidate / "weights.safetensors")
    moments = load_file(candidate / "optimizer.safetensors")
    if set(weights) != set(state.parameters):
        raise TrainingStopped("run.checkpoint_foreign")
    with torch.no_grad():
        for name, value in state.parameters.items():
            value.copy_(weights[name])
            if f"{name}|step" in moments:
                state.optimizer.state[value] = {
                    moment: moments[f"{name}|{moment}"].to(value.device) for moment in _MOMENTS
                }
    memory = candidate / "method.safetensors"
    state.remember(load_file(memory) if memory.is_file() else {})  # checkpoints of older runs have none


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
