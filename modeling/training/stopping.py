"""Early stopping: the live validation headline at each look, and whether it still gets better."""

from __future__ import annotations


class Looks:
    """``seen``: the headline by step, higher is better. ``patience`` looks in a row that are no better than
    the best before them end the run; 0 never does. The look before the first step counts for nothing: a plan
    asks for training."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.seen: dict[int, float] = {}

    def add(self, step: int, value: float | None) -> bool:
        """Note a look; whether it is the best so far. A look after a resume is noted once."""
        if step == 0 or value is None:
            return False
        self.seen[step] = value
        return self.patience > 0 and self.best == step

    @property
    def best(self) -> int | None:
        """The step of the best look, the earliest of equal ones."""
        return max(sorted(self.seen), key=lambda step: self.seen[step], default=None)

    @property
    def spent(self) -> bool:
        """Whether the run should end now."""
        best = self.best
        return self.patience > 0 and best is not None and sum(at > best for at in self.seen) >= self.patience

    def as_json(self) -> list[list[float]]:
        """``[[step, value], …]``, what a checkpoint keeps."""
        return [[step, self.seen[step]] for step in sorted(self.seen)]

    def take(self, rows: object) -> None:
        """Take back an :meth:`as_json`."""
        found = rows if isinstance(rows, list) else []  # checkpoints of older runs have none
        self.seen = {int(step): float(value) for step, value in found}
