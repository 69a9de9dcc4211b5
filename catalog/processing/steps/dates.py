"""parse_dates: dates in several formats are written in one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from catalog.processing.steps.base import Draft, Fields, Surroundings, Work, nothing, rewritten, select_rows
from governance.validation import temporal
from governance.validation.casts import LogicalType

ON_ERROR = ("quarantine", "keep", "null")


@dataclass(frozen=True)
class ParseDates:
    """The first format that fits wins; the cell is written in `to`.

    With `timezone`, zone-less times are local there (one that DST skips does not fit) and times with zone
    text are moved there; without, zone-less times are written as they stand and others in UTC.
    """

    id: str
    kind: str
    columns: tuple[str, ...]
    formats: tuple[str, ...]
    to: str
    timezone: str | None
    on_error: str
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> ParseDates:
        formats = fields.texts("formats")
        to = fields.text("to", "yyyy-MM-dd")
        for written in (*formats, to):
            name = "to" if written == to else "formats"
            form = fields.guard(name, lambda text=written: temporal.parse_format(text))  # type: ignore[misc]
            if "y" not in form.parts:
                raise fields.bad(name)
        timezone = fields.text("timezone") if fields.has("timezone") else None
        if timezone is not None:
            zone = timezone
            fields.guard("timezone", lambda: temporal.check_timezone(zone))
        on_error = fields.word("on_error", ON_ERROR, "quarantine")
        return cls(fields.step, fields.kind, fields.names(), formats, to, timezone, on_error, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        work, selected = select_rows(work, self.where, around)
        changes, reason = {}, nothing()
        for name in self.columns:
            text = pl.col(name)
            found = pl.coalesce([self._written(text, form) for form in self.formats])
            changes[name] = found if self.on_error == "null" else pl.coalesce(found, text)
            if self.on_error == "quarantine":
                failed = text.is_not_null() & found.is_null()
                reason = pl.coalesce(reason, pl.when(failed).then(pl.lit(f"date_unreadable:{name}")))
        texts = work.frame.with_columns(work.text(name).alias(name) for name in self.columns)
        types = {
            name: work.types[name] if work.is_text(name) else LogicalType("string") for name in self.columns
        }
        return rewritten(replace(work, frame=texts), changes, selected=selected, reason=reason, types=types)

    def _written(self, text: pl.Expr, form_text: str) -> pl.Expr:
        form = temporal.parse_format(form_text)
        local = temporal.local_expr(text, form)
        zone = self.timezone or "Etc/UTC"
        if self.timezone is None and "z" not in form.parts:
            return temporal.write_expr(local, pl.lit(0), self.to)
        instant = temporal.instant_expr(local, temporal.zone_expr(text, form), zone)
        there = instant.dt.convert_time_zone(zone)
        wall = there.dt.replace_time_zone(None)
        offset = (wall - instant.dt.replace_time_zone(None)).dt.total_minutes()
        return temporal.write_expr(wall, offset, self.to)
