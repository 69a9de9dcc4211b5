"""Steps on text cells: trim, normalise_unicode, case, collapse_space, null_tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from catalog.processing.steps.base import Draft, Fields, Surroundings, Work, rewritten, selection
from governance.validation.text import casefold_expr, collapse_space_expr, trim_expr

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_CASES: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "upper": lambda text: text.str.to_uppercase(),
    "lower": lambda text: text.str.to_lowercase(),
    "casefold": casefold_expr,
}


@dataclass(frozen=True)
class TextStep:
    """Rewrites text cells; an empty result becomes null. `option` is the form or the case."""

    id: str
    kind: str
    columns: tuple[str, ...]
    option: str = ""
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> TextStep:
        option = ""
        if fields.kind == "normalise_unicode":
            option = fields.word("form", _FORMS, "NFKC")
        if fields.kind == "case":
            option = fields.word("to", _CASES)
        return cls(fields.step, fields.kind, fields.names(), option, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        changes = {}
        for name in self.columns:
            if work.is_text(name):
                new = self._rewrite(pl.col(name))
                changes[name] = pl.when(new != "").then(new)
        return rewritten(work, changes, selected=selection(work, self.where, around))

    def _rewrite(self, text: pl.Expr) -> pl.Expr:
        if self.kind == "trim":
            return trim_expr(text)
        if self.kind == "collapse_space":
            return collapse_space_expr(text)
        if self.kind == "case":
            return _CASES[self.option](text)
        return text.str.normalize(self.option)  # type: ignore[arg-type]


@dataclass(frozen=True)
class NullTokens:
    """Listed texts become null."""

    id: str
    kind: str
    columns: tuple[str, ...]
    tokens: tuple[str, ...]
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> NullTokens:
        return cls(fields.step, fields.kind, fields.names(), fields.texts("tokens"), fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        changes = {}
        for name in self.columns:
            listed = work.text(name).is_in(list(self.tokens)).fill_null(False)
            changes[name] = pl.when(~listed).then(pl.col(name))
        return rewritten(work, changes, selected=selection(work, self.where, around))
