"""One optimizer step over several processes: each encodes its share of the batch, the loss is the whole
batch's.

The vectors of all texts meet in every process, so a contrastive loss compares all of them, as it does in one
process; each process then sends the gradient at its own vectors back through its own texts, and
the gradients are added up (gradient caching over processes: Gao et al. 2021, arXiv 2101.06983, §3.3). Shares
are the pieces of ``steps``: a plan with ``pass_texts`` gives every number of processes the same pieces, the
same dropout and, but for the order of additions, the same loss. After a step all hold the same weights.

gloo on the CPU, nccl on cards; both only between processes of this machine.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, distributed, nn

from modeling.training.crew import Crew
from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.steps import Appetite, Batch, check_finite, memory_ended, pass_of
from modeling.training.texts import TextStore

#: The others wait while the leader judges; the leader waits for nobody who is not at work.
PATIENCE: Final = timedelta(minutes=10)
_FOR_EVER: Final = timedelta(days=30)
_LOCAL: Final = "lo"


@dataclass(frozen=True)
class Team:
    """The processes of a run once they have met. Without ``crew`` there is only this one."""

    crew: Crew

    @property
    def size(self) -> int:
        return self.crew.size

    @property
    def leads(self) -> bool:
        return self.crew.leads

    def total(self, values: Tensor) -> None:
        """Add up, in place, what every process has. Raises ``TrainingStopped`` (run.process_lost)."""
        try:
            distributed.all_reduce(values)
        except RuntimeError as error:
            raise self._lost() from error

    def agree(self, facts: Mapping[str, int], device: torch.device) -> None:
        """Raise ``TrainingStopped`` (run.processes_differ) where the others have other numbers; 0 to
        2**53."""
        mine = torch.tensor([float(value) for value in facts.values()], dtype=torch.float64, device=device)
        most = torch.cat([mine, -mine])
        try:
            distributed.all_reduce(most, distributed.ReduceOp.MAX)
        except RuntimeError as error:
            raise self._lost() from error
        low, high = -most[len(mine) :], most[: len(mine)]
        wrong = [name for name, same in zip(facts, (low == high).tolist(), strict=True) if not same]
        if wrong:
            raise TrainingStopped("run.processes_differ", what=", ".join(wrong))

    def _lost(self) -> TrainingStopped:
        found = self.crew.lost(patience=3.0)
        return found or TrainingStopped(
            "run.process_lost", rank="?", count=self.size, how=f"no answer in {PATIENCE}"
        )


ALONE: Final = Team(Crew())


def meet(crew: Crew, device: torch.device) -> Team:
    """Wait until all processes of ``crew`` are there. Raises ``TrainingStopped`` (run.process_lost)."""
    if crew.size == 1:
        return ALONE
    os.environ.setdefault("GLOO_SOCKET_IFNAME", _LOCAL)
    os.environ.setdefault("NCCL_SOCKET_IFNAME", _LOCAL)
    team = Team(crew)
    try:
        distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            init_method=f"file://{crew.meeting}",
            rank=crew.rank,
            world_size=crew.size,
            timeout=PATIENCE if crew.leads else _FOR_EVER,
        )
    except RuntimeError as error:
        raise team._lost() from error
    return team


def weights_sum(parameters: Mapping[str, nn.Parameter]) -> int:
    """A checksum of all moving weights."""
    found = 0
    for value in parameters.values():
        found = zlib.crc32(value.detach().cpu().contiguous().numpy().tobytes(), found)
    return found


def gradients_together(
    encoder: Encoder, store: TextStore, batch: Batch, appetite: Appetite, team: Team
) -> float:
    """``steps.gradients`` by all processes of ``team``; every one of them calls it with the same batch.

    Where memory ends in one, all halve their pieces and begin anew. Raises ``TrainingStopped``: run.nan_loss,
    run.process_lost; run.out_of_memory where one text is too much.
    """
    unique, inverse = np.unique(batch.numbers, return_inverse=True)
    places = torch.from_numpy(inverse).to(encoder.device)
    while True:
        encoder.zero_grad(set_to_none=True)
        size = appetite.texts or -(-len(unique) // team.size)
        shares = _Shares([unique[at : at + size] for at in range(0, len(unique), size)], size, team)
        value = _tried(encoder, store, batch, shares, places)
        if value is not None:
            return value
        if size <= 1:
            raise TrainingStopped("run.out_of_memory", step=batch.step)
        appetite.texts = size // 2
        if encoder.device.type == "cuda":
            torch.cuda.empty_cache()


@dataclass(frozen=True)
class _Shares:
    """The pieces of a batch, ``size`` texts each but the last, dealt to the processes of a team in turn."""

    pieces: list[np.ndarray]
    size: int
    team: Team

    @property
    def own(self) -> range:
        return range(self.team.crew.rank, len(self.pieces), self.team.size)

    def rows(self, at: int) -> slice:
        return slice(at * self.size, at * self.size + len(self.pieces[at]))


def _tried(encoder: Encoder, store: TextStore, batch: Batch, shares: _Shares, places: Tensor) -> float | None:
    """The loss, or None where memory ended in any process; all of them meet twice, whatever happens."""
    team = shares.team
    graph, made = _forward(encoder, store, batch, shares)
    team.total(made)
    if made[-1, 0] > 0:
        return None
    leaf, full, value = made[:-1].clone().requires_grad_(), False, 0.0
    try:
        loss = batch.loss(leaf[places])
        check_finite(loss, batch.step)
        loss.backward()  # type: ignore[no-untyped-call]
        value = float(loss.detach())
        if not team.leads:  # what the loss itself moves (classes, histories) has its gradient everywhere
            encoder.zero_grad(set_to_none=True)
        for at in shares.own:
            vectors = pass_of(encoder, store, shares.pieces, at, batch) if graph is None else graph
            vectors.backward(cast(Tensor, leaf.grad)[shares.rows(at)])  # type: ignore[no-untyped-call]
        penalty = batch.penalty() if team.leads else None
        if penalty is not None:
            penalty.backward()  # type: ignore[no-untyped-call]
    except (RuntimeError, MemoryError) as error:
        if not memory_ended(error):
            raise
        full = True
    return None if _added_up(encoder, team, full) else value


def _forward(
    encoder: Encoder, store: TextStore, batch: Batch, shares: _Shares
) -> tuple[Tensor | None, Tensor]:
    """The vectors of the own texts at their places among all, zero elsewhere, (texts + 1, d), whose last row
    says whether memory ended; and, where there is but one piece, the graph to go back through."""
    texts = sum(len(piece) for piece in shares.pieces)
    made = torch.zeros(texts + 1, encoder.source.hidden_size, device=encoder.device)
    graph: Tensor | None = None
    try:
        if len(shares.own) == 1:
            graph = pass_of(encoder, store, shares.pieces, shares.own[0], batch)
            made[shares.rows(shares.own[0])] = graph.detach()
        else:
            with torch.no_grad():
                for at in shares.own:
                    made[shares.rows(at)] = pass_of(encoder, store, shares.pieces, at, batch)
    except (RuntimeError, MemoryError) as error:
        if not memory_ended(error):
            raise
        graph, made[-1] = None, 1.0
    return graph, made


def _added_up(encoder: Encoder, team: Team, full: bool) -> bool:
    """Leave the sum of all processes' gradients in the parameters; whether memory ended in one of them.

    A parameter that got no gradient anywhere has none afterwards: the optimizer must not decay it.
    """
    moving = list(encoder.trainable().values())
    grads = [None if full else value.grad for value in moving]
    parts = [
        value.new_zeros(value.numel()) if grad is None else grad.flatten()
        for value, grad in zip(moving, grads, strict=True)
    ]
    there = [float(grad is not None) for grad in grads]
    flat = torch.cat([*parts, moving[0].new_tensor([*there, float(full)])])
    team.total(flat)
    sums, marks = torch.split(flat, [len(flat) - len(moving) - 1, len(moving) + 1])
    if marks[-1] > 0:
        return True
    pieces = torch.split(sums, [value.numel() for value in moving])
    for value, piece, mark in zip(moving, pieces, marks.tolist(), strict=False):
        value.grad = piece.view_as(value) if mark else None
    return False
