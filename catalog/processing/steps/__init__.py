"""The step kinds of standard-rules §8, one module per family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from catalog.processing.steps.base import Fields, Step
from catalog.processing.steps.casting import Cast, Clip, ConvertUnit
from catalog.processing.steps.columns import ChooseColumns, Merge, Rename, Split
from catalog.processing.steps.dates import ParseDates
from catalog.processing.steps.dropping import DropRows
from catalog.processing.steps.duplicates import DedupeByKey, DropExactDuplicates
from catalog.processing.steps.filling import Fill
from catalog.processing.steps.mapping import MapValues
from catalog.processing.steps.masking import Mask
from catalog.processing.steps.text import NullTokens, TextStep


class StepKind(Protocol):
    """A class of steps."""

    def read(self, fields: Fields) -> Step:
        """The step of these parameters; raises `recipe_invalid`."""


STEP_KINDS: Mapping[str, StepKind] = {
    "trim": TextStep,
    "normalise_unicode": TextStep,
    "case": TextStep,
    "collapse_space": TextStep,
    "parse_dates": ParseDates,
    "cast": Cast,
    "null_tokens": NullTokens,
    "drop_exact_duplicates": DropExactDuplicates,
    "dedupe_by_key": DedupeByKey,
    "fill": Fill,
    "map_values": MapValues,
    "drop_rows": DropRows,
    "mask": Mask,
    "clip": Clip,
    "split": Split,
    "merge": Merge,
    "convert_unit": ConvertUnit,
    "rename": Rename,
    "drop_columns": ChooseColumns,
    "select_columns": ChooseColumns,
}
