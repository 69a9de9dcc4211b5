"""mask: cells are made unreadable or replaced by stable stand-ins; missing cells stay missing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from catalog.processing.steps.base import (
    Draft,
    Fields,
    Surroundings,
    Work,
    bad_recipe,
    rewritten,
    select_rows,
)
from governance.validation.casts import LogicalType
from governance.validation.masking import MASKED

_METHODS = ("redact", "hash", "partial", "tokenise")
_TOKEN_DIGITS = 16


@dataclass(frozen=True)
class Mask:
    """`key_ref` names a key that the caller holds; no key is ever in a recipe or a report."""

    id: str
    kind: str
    columns: tuple[str, ...]
    method: str
    key_ref: str | None = None
    keep_last: int = 0
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> Mask:
        method = fields.word("method", _METHODS)
        keyed = method in ("hash", "tokenise")
        if keyed != fields.has("key_ref") or (method == "partial") != fields.has("keep_last"):
            raise fields.bad("key_ref" if keyed or fields.has("key_ref") else "keep_last")
        key_ref = fields.reference("key_ref") if keyed else None
        keep_last = fields.whole("keep_last", 0, 1000) if method == "partial" else 0
        return cls(fields.step, fields.kind, fields.names(), method, key_ref, keep_last, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        rewrite = self._rewriter(around)
        work, selected = select_rows(work, self.where, around)
        texts = work.frame.with_columns(work.text(name).alias(name) for name in self.columns)
        base = Work(texts, work.schema, work.types, work.origins, work.rows)
        changes = {name: rewrite(pl.col(name)) for name in self.columns}
        types = dict.fromkeys(self.columns, LogicalType("string"))
        draft = rewritten(base, changes, selected=selected, types=types)
        return replace(draft, guarded=self.columns)

    def _rewriter(self, around: Surroundings) -> Callable[[pl.Expr], pl.Expr]:
        if self.method == "redact":
            return lambda text: pl.when(text.is_not_null()).then(pl.lit(MASKED))
        if self.method == "partial":
            return self._partial
        if self.key_ref not in around.keys:
            raise bad_recipe(
                f"Step {self.id}: the key it names is not available.",
                f"步骤 {self.id}：所引用的密钥不可用。",
                step=self.id,
                parameter="key_ref",
            )
        key = around.keys[str(self.key_ref)]
        return lambda text: text.map_batches(lambda cells: self._hashed(cells, key), return_dtype=pl.String)

    def _partial(self, text: pl.Expr) -> pl.Expr:
        length = text.str.len_chars().cast(pl.Int64)
        hidden = (length - self.keep_last).clip(0)
        return pl.lit("*").repeat_by(hidden).list.join("") + text.str.slice(hidden)

    def _hashed(self, cells: pl.Series, key: bytes) -> pl.Series:
        def one(text: str) -> str:
            digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
            return digest if self.method == "hash" else "t_" + digest[:_TOKEN_DIGITS]

        return pl.Series(cells.name, [None if cell is None else one(cell) for cell in cells], dtype=pl.String)
