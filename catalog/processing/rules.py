"""Rules of a standard in a cleaning: the rows one fails, and how the output stands against all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from catalog.processing.cleaning_report import ValidationSummary
from catalog.processing.steps.base import Surroundings, Work
from governance.validation.engine import ValidationRequest, failing_frame, validate
from governance.validation.engine.preparing import Other
from governance.validation.kinds.base import Resources
from governance.validation.reading import ROW, RawTable
from governance.validation.standard import CompiledStandard, reference_form


def failing_rows(work: Work, around: Surroundings, standard: CompiledStandard, rule_id: str) -> pl.LazyFrame:
    """`_gavel_row` of the rows a row rule fails; raises `parameter_invalid` where it cannot be judged."""
    table = RawTable(
        frame=work.frame.select(ROW, *work.columns),
        columns=work.columns,
        schema=dict(work.schema),
        format=around.format,
        digest="",
        rows=work.rows,
    )
    references = {
        name: Other(opened, reference_form(standard.document, name))
        for name, opened in around.references.items()
    }
    resources = Resources(now=around.now, timezone=around.timezone, references=references)
    return failing_frame(standard, table, rule_id, resources)


def judge_output(
    file: Path,
    standard: CompiledStandard,
    *,
    references: Mapping[str, Path],
    now: datetime,
    platform_key: bytes = b"",
) -> ValidationSummary:
    """Validate the cleaned file against the standard."""
    report = validate(
        ValidationRequest(
            data=file,
            standard=standard.document,
            object_name=standard.form.name,
            references=references,
            now=now,
            platform_key=platform_key,
        )
    )
    text = report.to_text().encode()
    return ValidationSummary(
        standard_digest=f"sha256:{hashlib.sha256(standard.document.to_bytes()).hexdigest()}",
        verdict=report.verdict,
        gate=report.gate,
        report_digest=f"sha256:{hashlib.sha256(text).hexdigest()}",
    )
