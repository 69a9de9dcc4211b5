"""A check as its page and the API show it: outcomes beside those of another check, and figures over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from catalog.choices import OutcomeChange
from catalog.models import CleaningRun, Quarantine, RuleOutcome, ValidationRun
from governance.choices import JobState
from governance.models import User, local_name

MOST_OFFERED = 50
WORST_FIRST = {"failed": 0, "errored": 1, "passed": 2}
SEVERITIES = {"blocker": 0, "major": 1, "minor": 2, "info": 3}
CALM = frozenset({OutcomeChange.SAME, OutcomeChange.NEW})


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """The outcome of a rule beside that of another check, in the reader's language.

    `difference` is failing rows now less then (None where either has no count); `address` is where the page
    shows this rule.
    """

    outcome: RuleOutcome
    before: RuleOutcome | None
    words: str
    change: str
    difference: int | None
    address: str = ""

    @property
    def is_unchanged_pass(self) -> bool:
        """Passed without a tolerated row, and nothing to say about it beside the other check."""
        clean = self.outcome.verdict == "passed" and not self.outcome.failing_rows
        return clean and (self.before is None or self.change == OutcomeChange.SAME)

    def at(self, address: str) -> OutcomeRow:
        return replace(self, address=address)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Outcomes of a check, worst first, beside those of another; `gone` are rules only the other one has."""

    run: ValidationRun
    other: ValidationRun | None
    rows: tuple[OutcomeRow, ...]
    gone: tuple[RuleOutcome, ...]

    def changes(self) -> dict[str, int]:
        """Change → number of rules, those that occur."""
        return dict(Counter(row.change for row in self.rows))


@dataclass(frozen=True, slots=True)
class FailingRows:
    """How many rows fail a rule. A row that fails several is counted by each, so the number of different rows
    is known between two bounds only: the largest count of one rule, and all counts together."""

    low: int
    high: int
    rules: int

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Figures over all rules of a check."""

    rules: int
    passed: int
    unmet: Mapping[str, int]
    errored: int
    failing: FailingRows
    columns: int | None
    columns_declared: int | None
    columns_extra: int


def runs_comparable(user: User, run: ValidationRun) -> QuerySet[ValidationRun]:
    """Other finished checks of the same dataset the reader may see, newest first; dry runs beside dry runs of
    as many rows."""
    rows = ValidationRun.objects.visible_to(user).filter(
        version__dataset=run.version.dataset_id,
        state=JobState.SUCCEEDED,
        dry_run=run.dry_run,
        sample_rows=run.sample_rows,
    )
    return _listed(rows.exclude(pk=run.pk))


def run_before(run: ValidationRun) -> ValidationRun | None:
    """The finished check before this one of the same dataset and standard, for comparison."""
    rows = ValidationRun.objects.filter(
        version__dataset=run.version.dataset_id,
        standard_version__standard=run.standard_version.standard_id,
        state=JobState.SUCCEEDED,
        dry_run=run.dry_run,
        sample_rows=run.sample_rows,
        pk__lt=run.pk,
    )
    return _listed(rows).first()


def _listed(rows: QuerySet[ValidationRun]) -> QuerySet[ValidationRun]:
    """Newest first, with what their names are made of."""
    related = rows.select_related("version", "standard_version__standard")
    return related.defer("standard_version__document").order_by("-pk")


def compared(run: ValidationRun, other: ValidationRun | None) -> Comparison:
    """Both checks' outcomes, rule by rule, in two queries."""
    now = list(RuleOutcome.objects.filter(run=run))
    then = {o.rule_id: o for o in RuleOutcome.objects.filter(run=other)} if other else {}
    rows = [_row(outcome, then.pop(outcome.rule_id, None)) for outcome in now]
    rows.sort(
        key=lambda r: (WORST_FIRST[r.outcome.verdict], SEVERITIES[r.outcome.severity], r.outcome.position)
    )
    return Comparison(run, other, tuple(rows), tuple(then.values()))


def _row(now: RuleOutcome, then: RuleOutcome | None) -> OutcomeRow:
    change, difference = change_of(now, then)
    return OutcomeRow(now, then, local_name(now.message_en, now.message_zh), change, difference)


def change_of(now: RuleOutcome, then: RuleOutcome | None) -> tuple[str, int | None]:
    """What became of a rule, and failing rows now less then."""
    if then is None:
        return OutcomeChange.NEW, None
    counted = now.failing_rows is not None and then.failing_rows is not None
    difference = (now.failing_rows or 0) - (then.failing_rows or 0) if counted else None
    if now.verdict != then.verdict:
        if now.verdict == "passed":
            return OutcomeChange.FIXED, difference
        if then.verdict == "passed":
            return OutcomeChange.NEWLY_UNMET, difference
        return OutcomeChange.OTHERWISE, difference
    if not difference:
        return OutcomeChange.SAME, difference
    return (OutcomeChange.MORE if difference > 0 else OutcomeChange.FEWER), difference


def failing_rows(outcomes: Iterable[RuleOutcome], rows: int | None) -> FailingRows:
    """Bounds of the number of different rows that fail a row rule, tolerated ones included."""
    counts = [o.failing_rows for o in outcomes if o.level == "row" and o.failing_rows]
    most = sum(counts) if rows is None else min(sum(counts), rows)
    return FailingRows(max(counts, default=0), most, len(counts))


def run_figures(run: ValidationRun, outcomes: Sequence[RuleOutcome], columns: int) -> RunFigures:
    """Figures of a check; `columns` is how many the version has."""
    unmet = Counter(o.severity for o in outcomes if o.verdict != "passed" and not o.waived)
    header = next((o.details for o in outcomes if o.kind == "columns"), None)
    extra = len(header.get("extra", [])) if header else 0
    present = columns - extra if header else None
    declared = None if header is None or present is None else present + len(header.get("missing", []))
    return RunFigures(
        rules=len(outcomes),
        passed=sum(o.verdict == "passed" for o in outcomes),
        unmet=dict(unmet),
        errored=sum(o.verdict == "errored" for o in outcomes),
        failing=failing_rows(outcomes, run.rows),
        columns=present,
        columns_declared=declared,
        columns_extra=extra,
    )


def cleaned_from(run: ValidationRun) -> tuple[CleaningRun, Quarantine | None] | None:
    """The cleaning that made the checked version, with the rows it set aside; None for other versions."""
    if run.version.made_by_kind != "cleaning_run":
        return None
    made = CleaningRun.objects.filter(uid=run.version.made_by_id).select_related("version__dataset").first()
    return (made, Quarantine.objects.filter(run=made).first()) if made else None


def narrowed(rows: Iterable[OutcomeRow], wanted: Mapping[str, Any]) -> list[OutcomeRow]:
    """Rows that fit verdict, severity, dimension, change and words in rule, columns, sentence or name."""
    found = list(rows)
    for field in ("verdict", "severity", "dimension"):
        if wanted.get(field):
            found = [row for row in found if getattr(row.outcome, field) == wanted[field]]
    if wanted.get("change"):
        found = [row for row in found if row.change == wanted["change"]]
    text = str(wanted.get("q") or "").strip().lower()
    return [row for row in found if text in _searched(row)] if text else found


def _searched(row: OutcomeRow) -> str:
    outcome = row.outcome
    parts = (outcome.rule_id, outcome.kind, outcome.name, *outcome.columns, outcome.message_en,
             outcome.message_zh)  # fmt: skip
    return " ".join(map(str, parts)).lower()
