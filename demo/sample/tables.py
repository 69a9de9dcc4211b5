"""A table of text cells while it is being made, and the record of what was planted in it."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

Row = dict[str, str]


@dataclass(frozen=True)
class PlantedDefect:
    """Defects of one kind put into one table on purpose.

    `count` rows fail the rule `rule` of the table's standard (all rows involved, standard-rules §3); `rows`
    are their record numbers, counted from 1. `surplus` is what a tool that keeps the first copy would count,
    where that differs.
    """

    table: str
    kind: str
    rule: str
    rows: tuple[int, ...]
    note_en: str
    note_zh: str
    surplus: int | None = None

    @property
    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class SampleManifest:
    """What was generated: rows per table and every planted defect."""

    seed: int
    scale: float
    rows: dict[str, int]
    defects: tuple[PlantedDefect, ...]
    label_noise: float

    def of(self, table: str) -> tuple[PlantedDefect, ...]:
        return tuple(defect for defect in self.defects if defect.table == table)

    def to_json(self) -> str:
        defects = [asdict(defect) | {"count": defect.count} for defect in self.defects]
        return json.dumps(asdict(self) | {"defects": defects}, ensure_ascii=False, indent=1)


@dataclass
class Table:
    """Rows in file order. Each row carries at most one planted defect, so that the counts never mix."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]
    defects: list[PlantedDefect] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def pick(
        self, rng: np.random.Generator, count: int, fits: Callable[[Row], bool] | None = None
    ) -> list[int]:
        """Indexes of `count` rows without defect that fit, in file order; ValueError when too few."""
        free = [
            index
            for index, row in enumerate(self.rows)
            if index not in self.taken and (fits is None or fits(row))
        ]
        if len(free) < count:
            raise ValueError(f"{self.name}: {len(free)} rows left for {count} defects")
        chosen = sorted(int(index) for index in rng.choice(free, size=count, replace=False))
        self.taken.update(chosen)
        return chosen

    def note(
        self, kind: str, rule: str, indexes: Sequence[int], en: str, zh: str, surplus: int | None = None
    ) -> None:
        rows = tuple(sorted(index + 1 for index in indexes))
        self.defects.append(PlantedDefect(self.name, kind, rule, rows, en, zh, surplus))

    def append(self, row: Row) -> int:
        self.rows.append(row)
        self.taken.add(len(self.rows) - 1)
        return len(self.rows) - 1

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, self.columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        return path
