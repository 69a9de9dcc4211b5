"""The lists of the catalogue's pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog import exceptions, selectors
from catalog.choices import (
    GATE_TONES,
    GATE_WORDS,
    INCIDENT_TONES,
    SEVERITY_TONES,
    VERDICT_TONES,
    GateState,
    Verdict,
)
from catalog.models import RuleOutcome, RuleSuggestion, ValidationRun
from catalog.selectors import pages, profiles
from governance.choices import JOB_TONES, JobState, Level
from ui import drawings, marks, words
from ui.tables import Column, Empty, Table


def gate_badge(gate: selectors.Gate) -> Any:
    return marks.badge(GATE_TONES[gate.state], GateState(gate.state).label)


def gate_headline(gate: selectors.Gate) -> Any:
    """The gate beside a page's title, where the word alone would not say what is open."""
    return marks.badge(GATE_TONES[gate.state], GATE_WORDS[gate.state])


def level_mark(level: int | None, short: bool = False) -> Any:
    return marks.level(level, Level(level).label, short=short) if level else None


def job_badge(job: Any) -> Any:
    return marks.badge(JOB_TONES[job.state], JobState(job.state).label)


def reason_words(job: Any) -> str:
    return exceptions.words_of(job.reason) if job.reason else ""


def run_gate(run: ValidationRun) -> Any:
    """The gate a check found; a dry run found none, and says on how many rows it was made."""
    if not run.gate:
        return job_badge(run)
    if run.dry_run:
        return marks.badge(VERDICT_TONES[run.verdict], dry_words(run), "flask-conical")
    return marks.badge(GATE_TONES[run.gate], GateState(run.gate).label)


def dry_words(run: ValidationRun) -> str:
    if run.sample_rows is None:
        return gettext("Dry run, all rows")
    return gettext("Dry run, first %(rows)s rows") % {"rows": words.number(run.sample_rows)}


def verdict_tone(verdict: str) -> str:
    return VERDICT_TONES[verdict]


def counts_words(outcome: RuleOutcome) -> str:
    """`3 of 10,000`: failing and judged rows; a table rule or one that was not judged says its verdict."""
    if outcome.verdict == "errored" or outcome.level != "row" or outcome.checked_rows is None:
        return str(Verdict(outcome.verdict).label)
    counts = {"failing": words.number(outcome.failing_rows), "judged": words.number(outcome.checked_rows)}
    return gettext("%(failing)s of %(judged)s fail") % counts


def verdict_badge(verdict: str) -> Any:
    return marks.badge(VERDICT_TONES[verdict], Verdict(verdict).label)


def score(value: str) -> float | None:
    return float(value) if value else None


DATASETS = Table(
    label=_("Datasets"),
    columns=(
        Column(
            _("Dataset"),
            lambda row: row.dataset.name,
            link=lambda row: row.dataset.get_absolute_url(),
            sub=lambda row: str(row.dataset),
            sort="name",
            order=("name",),
        ),
        Column(
            _("Level"),
            lambda row: level_mark(row.dataset.level, short=True),
            fit=True,
            sort="level",
            order=("level",),
        ),
        Column(
            _("Domain"),
            lambda row: row.dataset.get_domain_display(),
            wide=True,
            sort="domain",
            order=("domain",),
        ),
        Column(_("Rows"), lambda row: row.version.rows if row.version else None, kind="number", wide=True),
        Column(_("Score"), lambda row: score(row.gate.score), kind="number", decimals=1, wide=True),
        Column(_("Steward"), lambda row: str(row.steward) if row.steward else None, wide=True),
        Column(
            _("Changed"), lambda row: row.version.created_at if row.version else None, kind="ago", wide=True
        ),
        Column(_("Gate"), lambda row: gate_badge(row.gate), fit=True, end=True),
    ),
    empty=Empty(
        _("No dataset fits this filter"), _("Clear the filter to see all you may see."), icon="database"
    ),
    default_sort="name",
    present=pages.dataset_rows,
)

SOURCES = Table(
    label=_("Sources"),
    columns=(
        Column(
            _("Source"),
            "name",
            link=lambda row: row.get_absolute_url(),
            sub=lambda row: str(row),
            sort="name",
        ),
        Column(_("Kind"), lambda row: row.get_kind_display(), sort="kind"),
        Column(_("Collected"), "schedule", wide=True),
        Column(_("Licence or legal basis"), "licence", wide=True),
        Column(_("Datasets"), "dataset_count", kind="number", end=True),
    ),
    empty=Empty(
        _("No source yet"), _("A source says where data comes from and how it is collected."), icon="plug"
    ),
    default_sort="name",
)

VERSIONS = Table(
    label=_("Versions"),
    columns=(
        Column(
            _("Version"),
            lambda row: f"v{row.version.number}",
            link=lambda row: row.version.get_absolute_url(),
            sub=lambda row: row.version.label,
        ),
        Column(_("Rows"), lambda row: row.version.rows, kind="number"),
        Column(_("Size"), lambda row: row.version.bytes, kind="size", wide=True),
        Column(_("Digest"), lambda row: row.version.digest, kind="hash", wide=True),
        Column(_("By"), lambda row: str(row.version.created_by), kind="person", wide=True),
        Column(_("Made"), lambda row: row.version.created_at, kind="short", wide=True),
        Column(_("Gate"), lambda row: gate_badge(row.gate), fit=True, end=True),
    ),
    empty=Empty(_("No version yet"), _("Upload a file: it is read strictly and kept unchanged."),
    icon="upload"),
    present=pages.version_rows,
    prefix="v",
)  # fmt: skip

RUNS = Table(
    label=_("Validation runs"),
    columns=(
        Column(
            _("Dataset"),
            lambda run: f"{run.version.dataset.name} v{run.version.number}",
            link=lambda run: run.get_absolute_url(),
            sub=lambda run: f"{run.standard_version.standard.name} {run.standard_version.version}",
        ),
        Column(_("Asked by"), lambda run: str(run.requested_by), kind="person", wide=True),
        Column(_("When"), "created_at", kind="short", sort="created_at"),
        Column(_("State"), job_badge, fit=True, wide=True),
        Column(_("Score"), lambda run: score(run.score), kind="number", decimals=2, wide=True),
        Column(_("Gate"), run_gate, fit=True, end=True),
    ),
    empty=Empty(
        _("No validation run fits this filter"), _("Open a version and choose Validate."), icon="shield-check"
    ),
    default_sort="-created_at",
)

INCIDENTS = Table(
    label=_("Incidents"),
    columns=(
        Column(
            _("Incident"),
            lambda row: row.get_kind_display(),
            link=lambda row: row.get_absolute_url(),
            sub=lambda row: f"{row.dataset.name} v{row.version.number}",
        ),
        Column(
            _("Severity"),
            lambda row: marks.badge(SEVERITY_TONES[row.severity], row.get_severity_display()),
            fit=True,
        ),
        Column(_("Answers"), lambda row: str(row.owner) if row.owner else None, kind="person", wide=True),
        Column(_("Opened"), "opened_at", kind="ago", sort="opened_at"),
        Column(_("Due"), "due_at", kind="short", sort="due_at", wide=True),
        Column(
            _("State"),
            lambda row: marks.badge(INCIDENT_TONES[row.state], row.get_state_display()),
            fit=True,
            end=True,
        ),
    ),
    empty=Empty(
        _("No incident fits this filter"),
        _("A failed blocking rule opens one by itself."),
        icon="circle-check",
    ),
    default_sort="-opened_at",
)

RECIPES = Table(
    label=_("Recipes"),
    columns=(
        Column(
            _("Recipe"),
            lambda row: row.recipe.name,
            link=lambda row: row.recipe.get_absolute_url(),
            sub=lambda row: str(row.recipe),
            sort="name",
            order=("name",),
        ),
        Column(_("Version"), lambda row: row.version.version if row.version else None),
        Column(_("Steps"), lambda row: len(row.version.steps) if row.version else 0, kind="number"),
        Column(_("Runs"), "runs", kind="number", wide=True),
        Column(_("Owner"), lambda row: str(row.recipe.owner), kind="person", end=True),
    ),
    empty=Empty(
        _("No recipe fits this filter"), _("A recipe is the ordered, deterministic cleaning of a dataset."),
        icon="flask-conical",
    ),
    default_sort="name",
    present=pages.recipe_rows,
)  # fmt: skip

RECIPE_VERSIONS = Table(
    label=_("Versions"),
    columns=(
        Column(_("Version"), "version", link=lambda row: row.get_absolute_url()),
        Column(_("What changed"), "note", wide=True),
        Column(_("Digest"), "digest", kind="hash", wide=True),
        Column(_("By"), lambda row: str(row.created_by), kind="person", wide=True),
        Column(_("Drafted"), "created_at", kind="day", end=True),
    ),
    empty=Empty(_("No version yet"), "", icon="flask-conical"),
)

CLEANINGS = Table(
    label=_("Cleaning runs"),
    columns=(
        Column(
            _("Version"),
            lambda run: f"{run.version.dataset.name} v{run.version.number}",
            link=lambda run: run.get_absolute_url(),
            sub=lambda run: str(run.recipe_version),
        ),
        Column(_("Rows in"), "rows_in", kind="number", wide=True),
        Column(_("Rows out"), "rows_out", kind="number"),
        Column(_("Set aside"), "rows_quarantined", kind="number"),
        Column(_("When"), "created_at", kind="short", wide=True),
        Column(_("State"), job_badge, fit=True, end=True),
    ),
    empty=Empty(_("No cleaning run yet"), "", icon="flask-conical"),
)

STEPS = Table(
    label=_("Steps"),
    columns=(
        Column(_("Step"), lambda step: step["id"], kind="code", sub=lambda step: step["kind"]),
        Column(_("Columns"), lambda step: ", ".join(step["columns"]), wide=True),
        Column(_("Rows in"), lambda step: step["rows_in"], kind="number"),
        Column(_("Rows touched"), lambda step: step["rows_touched"], kind="number", wide=True),
        Column(_("Cells changed"), lambda step: step["cells_touched"], kind="number", wide=True),
        Column(_("Set aside"), lambda step: step["rows_removed"], kind="number"),
        Column(_("Rows out"), lambda step: step["rows_out"], kind="number", end=True),
    ),
    empty=Empty(_("No step has run yet"), "", icon="flask-conical"),
    as_list=False,
)


def _distribution(row: pages.ColumnRow) -> Any:
    """Histogram of numbers, else shares of the top values; nothing of masked columns."""
    if row.hidden:
        return marks.masked()
    histogram = row.facts.get("histogram")
    if histogram:
        return drawings.histogram(histogram["counts"])
    top = row.facts.get("top") or []
    if row.facts.get("distinct") == row.facts.get("count") and row.facts.get("count"):
        return gettext("all distinct")
    return drawings.histogram([item["count"] for item in top]) if len(top) > 1 else None


def _missing(row: pages.ColumnRow) -> Any:
    share = row.facts.get("missing_share")
    return None if share is None else words.share(share, 1, 2)


def _range(row: pages.ColumnRow) -> Any:
    if row.hidden:
        return gettext("not shown at L%(level)s") % {
            "level": max(row.column.level or 0, row.facts.get("level") or 0)
        }
    facts = row.facts
    if facts.get("min") is not None and facts.get("max") is not None:
        low, high = facts["min"], facts["max"]
        if isinstance(low, int | float) and isinstance(high, int | float):
            return words.interval(low, high, 0 if isinstance(low, int) else 2)
        return gettext("%(low)s to %(high)s") % {"low": low, "high": high}
    top, count = facts.get("top") or [], facts.get("count") or 0
    if top and top[0]["count"] > 1:
        shown = [f"{item['value'][:24]} {words.share(item['count'], count, 0)}" for item in top[:3]]
        return ", ".join(shown)
    lengths = facts.get("lengths")
    if lengths and lengths.get("min") is not None:
        return gettext("length %(low)s to %(high)s") % {"low": lengths["min"], "high": lengths["max"]}
    return None


def _rules(row: pages.ColumnRow) -> Any:
    if row.unmet:
        text = ngettext("%(count)s unmet", "%(count)s unmet", row.unmet) % {"count": row.unmet}
        return marks.badge("bad", text)
    if row.passed:
        return marks.badge(
            "ok", ngettext("%(count)s passed", "%(count)s passed", row.passed) % {"count": row.passed}
        )
    return marks.badge("idle", gettext("No rule"))


COLUMNS = Table(
    label=_("Columns and profile"),
    columns=(
        Column(
            _("Column"), lambda row: row.column.name, kind="code", sub=lambda row: ", ".join(row.column.pii)
        ),
        Column(_("Type"), lambda row: row.column.type, fit=True, muted=True, wide=True),
        Column(_("Level"), lambda row: level_mark(row.column.level), fit=True),
        Column(_("Distribution"), _distribution, fit=True),
        Column(_("Missing"), _missing, fit=True),
        Column(_("Distinct"), lambda row: row.facts.get("distinct"), kind="number"),
        Column(_("Range or top values"), _range, wide=True),
        Column(_("Rules"), _rules, fit=True, end=True),
    ),
    empty=Empty(_("No column yet"), _("Columns appear with the first version."), icon="columns-3"),
    as_list=False,
)


def _drawn(row: profiles.ProfileRow) -> Any:
    """Histogram of numbers and dates, else shares of the most frequent values; nothing of masked columns."""
    if row.masked:
        return marks.masked()
    if row.facts.get("histogram"):
        return drawings.histogram(row.facts["histogram"]["counts"])
    top = row.facts.get("top") or []
    if row.facts.get("count") and row.facts.get("distinct") == row.facts["count"]:
        return gettext("all distinct")
    return drawings.histogram([item["count"] for item in top]) if len(top) > 1 else None


def _moved(row: profiles.ProfileRow) -> Any:
    """PSI in words: below 0.1 little, above 0.2 much."""
    if row.moved is None:
        return None
    figure = words.number(row.moved, 3)
    if row.moved < SMALL_PSI:
        return figure
    return marks.badge("warn" if row.moved <= LARGE_PSI else "bad", figure)


SMALL_PSI, LARGE_PSI = 0.1, 0.2

PROFILE = Table(
    label=_("Columns"),
    columns=(
        Column(
            _("Column"),
            lambda row: row.name,
            kind="code",
            link=lambda row: f"?{urlencode({'column': row.name})}#column",
            sub=lambda row: row.facts["type"],
        ),
        Column(_("Distribution"), _drawn, fit=True),
        Column(
            _("Missing"),
            lambda row: words.share(row.facts["missing_share"], 1, 2),
            fit=True,
            name_on_phone=True,
        ),
        Column(_("Distinct"), lambda row: row.facts.get("distinct"), kind="number", wide=True),
        Column(_("PSI"), _moved, fit=True, end=True, name_on_phone=True),
    ),
    empty=Empty(
        _("No profile yet"), _("A check of this version makes one in the same pass."), icon="chart-column"
    ),
)


def _fails(row: RuleSuggestion) -> Any:
    failing, checked = row.evidence["failing"], row.evidence["checked"]
    if failing is None:
        return None
    return drawings.pass_bar(checked - failing, checked, tone="warn" if failing else "")


SUGGESTIONS = Table(
    label=_("Suggested rules"),
    columns=(
        Column(
            _("Rule"),
            str,
            link=lambda row: f"?{urlencode({'state': row.state, 'rule': row.uid})}#chosen",
            sub=lambda row: row.why,
        ),
        Column(_("Kind"), "kind", kind="code", fit=True, wide=True),
        Column(_("Severity"), lambda row: marks.tag(row.get_severity_display()), fit=True, wide=True),
        Column(_("Would pass today"), _fails, wide=True),
        Column(
            _("Would fail"),
            lambda row: row.evidence["failing"],
            kind="number",
            end=True,
            name_on_phone=True,
        ),
    ),
    empty=Empty(
        _("No suggestion here"),
        _("Each check compares the profile of the data with what the standard says already."),
        icon="list-checks",
    ),
)
