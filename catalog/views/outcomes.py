"""How a check's outcomes are shown: the table, the figures on top, and what is known of one rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog import tables
from catalog.choices import Dimension, EngineReason, EngineStep, OutcomeChange, Severity
from catalog.models import RuleOutcome, ValidationRun
from catalog.selectors.runs import FailingRows, OutcomeRow, RunFigures
from ui import drawings, marks, words
from ui.tables import Column, Empty, Table

SEVERITY_ICONS = {"blocker": "lock", "major": "triangle-alert", "minor": "circle-alert", "info": "info"}
DIMENSION_ICONS = {
    "completeness": "square-plus",
    "accuracy": "crosshair",
    "consistency": "git-compare",
    "timeliness": "hourglass",
    "uniqueness": "circle-dot",
    "conformity": "list-checks",
    "coverage": "chart-column",
}


def severity_tag(severity: str) -> Any:
    return marks.tag(Severity(severity).label, SEVERITY_ICONS[severity])


def dimension_tag(dimension: str) -> Any:
    return marks.tag(Dimension(dimension).label, DIMENSION_ICONS[dimension])


def verdict_mark(outcome: RuleOutcome) -> Any:
    if outcome.waived:
        return marks.badge("info", gettext("Waived, %(decision)s") % {"decision": outcome.waived})
    return tables.verdict_badge(outcome.verdict)


def rows_passing(outcome: RuleOutcome) -> Any:
    """The bar; a table rule has none."""
    if outcome.checked_rows is None or outcome.failing_rows is None or outcome.level != "row":
        return None
    tone = "" if outcome.verdict != "passed" else "idle" if outcome.failing_rows else "ok"
    passing = max(0, outcome.checked_rows - outcome.failing_rows)
    return drawings.pass_bar(passing, outcome.checked_rows, tone=tone)


def pass_rate(outcome: RuleOutcome) -> Any:
    """Share of the rows judged that pass; of a table rule what was observed."""
    if outcome.failing_rows is not None and outcome.checked_rows is not None:
        passing = outcome.checked_rows - outcome.failing_rows
        return shown(words.share(passing, outcome.checked_rows, 2)) if outcome.checked_rows else None
    return None if outcome.observed is None else shown(observed(outcome))


def shown(text: Any) -> Any:
    """A finished word in a column of numbers: kept as it is, on the right."""
    return format_html("{}", text)


def observed(outcome: RuleOutcome) -> Any:
    value = outcome.observed
    return words.number(value) if isinstance(value, int | float) else value


def change_mark(row: OutcomeRow) -> Any:
    """What became of the rule since the other check, in words."""
    if row.change in (OutcomeChange.NEW, OutcomeChange.SAME):
        return marks.none(gettext("new") if row.change == OutcomeChange.NEW else gettext("same"))
    if row.change in (OutcomeChange.MORE, OutcomeChange.FEWER):
        better = row.change == OutcomeChange.FEWER
        text = gettext("%(count)s fewer") if better else gettext("%(count)s more")
        spoken = text % {"count": words.number(abs(row.difference or 0))}
    else:
        better = row.change == OutcomeChange.FIXED
        spoken = str(OutcomeChange(row.change).label)
    return marks.badge("ok" if better else "bad", spoken, "arrow-up" if better else "arrow-down", plain=True)


OUTCOMES = Table(
    label=_("Outcome by rule"),
    columns=(
        Column(
            _("Rule"), lambda row: marks.code(row.outcome.rule_id), link=lambda row: row.address, sub="words"
        ),
        Column(_("Severity"), lambda row: severity_tag(row.outcome.severity), fit=True),
        Column(_("Dimension"), lambda row: dimension_tag(row.outcome.dimension), fit=True, wide=True),
        Column(_("Outcome"), lambda row: verdict_mark(row.outcome), fit=True),
        Column(_("Rows passing"), lambda row: rows_passing(row.outcome), wide=True),
        Column(_("Pass rate"), lambda row: pass_rate(row.outcome), kind="number"),
        Column(_("Failing"), lambda row: row.outcome.failing_rows, kind="number"),
        Column(
            _("Last run"),
            lambda row: row.before.failing_rows if row.before else None,
            kind="number",
            wide=True,
            muted=True,
        ),
        Column(pgettext_lazy("between two checks", "Change"), change_mark, fit=True, end=True),
    ),
    empty=Empty(_("No rule fits this filter"), _("Clear the filter to see all rules."), icon="shield-check"),
    as_list=False,
)
OUTCOMES_ALONE = replace(OUTCOMES, columns=OUTCOMES.columns[:-2])
"""For a first check: nothing to compare with, and the width goes to the sentences of the rules."""


def unmet_note(figures: RunFigures) -> str:
    """“1 blocker, 2 major unmet”: by severity, the gate's two always named."""
    heavy = [(figures.unmet.get(name, 0), str(Severity(name).label).lower()) for name in ("blocker", "major")]
    light = sum(figures.unmet.get(name, 0) for name in ("minor", "info"))
    parts = [f"{count} {label}" for count, label in heavy]
    if light:
        parts.append(gettext("%(count)s lighter") % {"count": light})
    return gettext("unmet: %(parts)s") % {"parts": gettext(", ").join(parts)}


def failing_value(failing: FailingRows) -> str:
    """One number where it is certain, else the bounds."""
    if failing.is_exact:
        return words.number(failing.low)
    return gettext("%(low)s to %(high)s") % {
        "low": words.number(failing.low),
        "high": words.number(failing.high),
    }


def failing_note(failing: FailingRows, rows: int | None, before: FailingRows | None) -> str:
    """Share of the rows, why there are bounds, and the number of the other check."""
    parts = []
    if rows:
        low, high = words.share(failing.low, rows, 2), words.share(failing.high, rows, 2)
        span = low if low == high else gettext("%(low)s to %(high)s") % {"low": low, "high": high}
        parts.append(gettext("%(share)s of rows") % {"share": span})
    if not failing.is_exact:
        text = ngettext("counted by %(count)s rule", "counted by each of %(count)s rules", failing.rules)
        parts.append(text % {"count": failing.rules})
    if before is not None:
        parts.append(gettext("last run %(value)s") % {"value": failing_value(before)})
    return gettext(", ").join(parts)


def schema_note(figures: RunFigures) -> str:
    if not figures.columns_extra:
        return gettext("none beside those declared")
    text = ngettext("%(count)s not declared", "%(count)s not declared", figures.columns_extra)
    return text % {"count": figures.columns_extra}


def engine_pairs(run: ValidationRun) -> list[tuple[str, Any]]:
    """Which engine, why, and what the check cost."""
    work = run.work
    version = run.engine.get("version", "")
    pairs: list[tuple[str, Any]] = [
        (gettext("Engine"), f"{run.get_engine_name_display()} {version}".strip()),
        (gettext("Asked for"), run.get_engine_asked_display()),
    ]
    if run.engine_reason:
        pairs.append((gettext("Why"), EngineReason(run.engine_reason).label))
    if run.engine.get("pandera"):
        pairs.append(("Pandera", run.engine["pandera"]))
    if work.get("seconds") is not None:
        pairs.append((gettext("Time taken"), words.duration(work["seconds"])))
    if work.get("cpu_seconds") is not None:
        pairs.append((gettext("CPU time"), words.duration(work["cpu_seconds"])))
    if work.get("peak_bytes"):
        pairs.append((gettext("Most memory"), words.filesize(work["peak_bytes"])))
    if work.get("rows_per_second"):
        pairs.append((gettext("Rows per second"), words.number(work["rows_per_second"])))
    if run.attempt > 1:
        pairs.append((gettext("Attempts"), run.attempt))
    return pairs


def rule_pairs(row: OutcomeRow) -> list[tuple[str, Any]]:
    """What is known of one rule's outcome beside its table row."""
    outcome = row.outcome
    pairs: list[tuple[str, Any]] = [
        (gettext("Outcome"), verdict_mark(outcome)),
        (gettext("Severity"), severity_tag(outcome.severity)),
        (gettext("Dimension"), dimension_tag(outcome.dimension)),
    ]
    if outcome.columns:
        codes = format_html(" ".join(["<code>{}</code>"] * len(outcome.columns)), *outcome.columns)
        pairs.append((gettext("Columns"), codes))
    if outcome.checked_rows is not None:
        pairs.append((gettext("Rows checked"), words.number(outcome.checked_rows)))
        pairs.append((gettext("Rows failing"), words.number(outcome.failing_rows)))
    if outcome.threshold:
        bounds = ", ".join(f"{name} {plain(value)}" for name, value in outcome.threshold.items())
        pairs.append((gettext("Bound"), marks.code(bounds)))
    if outcome.observed is not None:
        pairs.append((gettext("Observed"), observed(outcome)))
    if outcome.reason:
        pairs.append((gettext("Reason"), marks.code(outcome.reason)))
    for name, value in outcome.details.items():
        if value not in (None, [], {}, ""):
            pairs.append((str(name), plain(value)))
    return pairs


def plain(value: Any) -> str:
    """Small plain JSON as a line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(part)}" for name, part in value.items())
    if isinstance(value, list):
        shown = [plain(part) for part in value[:12]]
        return ", ".join(shown) + (" …" if len(value) > 12 else "")
    return words.number(value) if isinstance(value, int | float) else str(value)


def doing(run: Any) -> str:
    """What a running check is doing now, in words, with the rate at which its rows were read."""
    work = getattr(run, "work", None) or {}
    if not work.get("step") or run.is_over:
        return ""
    parts = [str(EngineStep(work["step"]).label)]
    if work["step"] == EngineStep.READING and work.get("rows_seen"):
        seen = {"seen": words.number(work["rows_seen"]), "all": words.number(work.get("rows"))}
        parts.append(gettext("%(seen)s of %(all)s rows") % seen)
    if work.get("rule"):
        parts.append(gettext("last judged: %(rule)s") % {"rule": work["rule"]})
    if work.get("rows_per_second"):
        rate = words.number(work["rows_per_second"])
        parts.append(gettext("%(rate)s rows per second") % {"rate": rate})
    return " · ".join(parts)
