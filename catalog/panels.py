"""Parts of the pages of standards: who is held to one, how its rules fare, and trying one out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog import tables
from catalog.choices import GATE_TONES, GateState
from catalog.forms import DryRunForm
from catalog.models import ValidationRun
from catalog.selectors import owners, standards
from governance.choices import JOB_TONES, JobState, StandardStatus
from governance.models import Rule, StandardVersion
from governance.registry import Panel, RowColumns
from governance.subject_ref import SubjectRef
from ui import drawings, marks, words

SHOWN = 20


def _once(request: Any, ref: SubjectRef, name: str, make: Callable[[], Any]) -> Any:
    """What several parts of one page ask for is read once in a request."""
    held: dict[tuple[str, str], Any] = request.__dict__.setdefault("catalog_parts", {})
    if (ref.id, name) not in held:
        held[ref.id, name] = make()
    return held[ref.id, name]


def _version(request: Any, ref: SubjectRef) -> StandardVersion | None:
    rows = StandardVersion.objects.filter(uid=ref.id).defer("document").select_related("standard")
    found: StandardVersion | None = _once(request, ref, "version", rows.first)
    return found


def _uses(request: Any, ref: SubjectRef) -> list[standards.DatasetUse]:
    """Datasets held to the standard that the reader may see."""
    version = _version(request, ref)
    if version is None:
        return []

    def read() -> list[standards.DatasetUse]:
        return standards.standard_use(request.user, version.standard_id, SHOWN)

    found: list[standards.DatasetUse] = _once(request, ref, "uses", read)
    return found


def standard_tiles(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """How many of the datasets held to the standard conform, and how many waivers hold."""
    uses = _uses(request, ref)
    failing = next((use for use in uses if use.gate is not None and use.gate.failed), None)
    ends = standards.waivers_ending([use.dataset for use in uses])
    return {
        "conforming": sum(use.conforms for use in uses),
        "datasets": len(uses),
        "failing": failing,
        "failing_rule": failing.gate.failed[0][0] if failing and failing.gate else "",
        "waivers": len(ends),
        "ends": ends[0] if ends else None,
    }


def standard_datasets(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """Datasets the reader may see that are held to this standard, with the gate of their newest version."""
    uses = _uses(request, ref)
    return {"lines": [{"use": use, "badge": _gate_badge(use)} for use in uses]} if uses else None


def _gate_badge(use: standards.DatasetUse) -> Any:
    if use.gate is None:
        return marks.none()
    count = len(use.gate.failed)
    if not count:
        return marks.badge(GATE_TONES[use.gate.state], GateState(use.gate.state).label)
    text = ngettext("%(count)s rule fails", "%(count)s rules fail", count) % {"count": count}
    return marks.badge(GATE_TONES[use.gate.state], text)


def standard_runs(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """The latest checks against exactly this version; dry runs have a panel of their own."""
    runs = list(standards.runs_against(request.user, ref.id)[:SHOWN])
    return {"runs": [{"run": run, "badge": tables.run_gate(run)} for run in runs]} if runs else None


def rule_cells(request: Any, ref: SubjectRef, rules: Sequence[Rule]) -> Mapping[str, Sequence[Any]] | None:
    """Share of passing rows in the newest checks and its course; None before the first check."""
    version = _version(request, ref)
    if version is None or version.status == StandardStatus.DRAFT:
        return None
    found = standards.rule_results(request.user, version, rules)
    return {str(pk): _result_cells(result) for pk, result in found.items()} or None


def _result_cells(result: standards.RuleResult) -> tuple[Any, Any]:
    trend = drawings.sparkline(result.trend) if len(result.trend) > 1 else marks.none()
    if result.level == "row":
        return (words.share(result.passed, result.judged, 2) if result.judged else marks.none()), trend
    told = gettext("%(passed)s of %(judged)s") % {"passed": result.passed, "judged": result.judged}
    return told, trend


def dry_cells(request: Any, ref: SubjectRef, rules: Sequence[Rule]) -> Mapping[str, Sequence[Any]] | None:
    """What the newest dry run of a draft's present text found per rule."""
    version = _version(request, ref)
    if version is None or version.status != StandardStatus.DRAFT:
        return None
    run = standards.dry_run_of_text(request.user, version)
    if run is None:
        return None
    outcomes = {outcome.rule_id: outcome for outcome in standards.outcomes_of(run)}
    mine = [r for r in rules if run.object_name in ("", r.object_name) and r.rule_id in outcomes]
    return {str(rule.pk): (_outcome_words(outcomes[rule.rule_id]),) for rule in mine}


def _outcome_words(outcome: Any) -> Any:
    tone, label = tables.verdict_tone(outcome.verdict), tables.counts_words(outcome)
    return marks.badge(tone, label)


def dry_run(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """Try a version of a standard out on data the reader may check, and what came of it."""
    version = _version(request, ref)
    offered = standards.versions_to_try(request.user, version.standard_id) if version else []
    if version is None or not offered:
        return None
    objects = sorted(set(version.rules.values_list("object_name", flat=True)))
    runs = list(standards.dry_runs_of(request.user, version)[:5])
    last = next((run for run in runs if run.gate), None)
    outcomes = list(standards.outcomes_of(last)) if last else []
    return {
        "version": version,
        "form": DryRunForm(versions=offered, objects=objects),
        "waiting": next((run for run in runs if not run.is_over), None),
        "runs": [{"run": run, "badge": _dry_badge(run)} for run in runs],
        "last": last,
        "stale": last is not None and last.standard_digest != version.digest,
        "unmet": [(o, _outcome_words(o)) for o in outcomes if o.verdict != "passed"],
        "passed": sum(o.verdict == "passed" for o in outcomes),
    }


def _dry_badge(run: ValidationRun) -> Any:
    if run.gate:
        return tables.run_gate(run)
    return marks.badge(JOB_TONES[run.state], JobState(run.state).label)


def person_cares(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """What a person owns and looks after: on their page, and before they are let go."""
    cares = owners.cares_of(ref.id, request.user)
    return {"cares": cares} if cares else None


PANELS = (
    Panel("user.panels", "catalog/panels/person_cares.html", person_cares, 20),
    Panel("user.consequences", "catalog/panels/person_cares.html", person_cares, 20),
    Panel("standard_version.tiles", "catalog/panels/standard_tiles.html", standard_tiles, 10),
    Panel("standard_version.aside", "catalog/panels/standard_datasets.html", standard_datasets, 10),
    Panel("standard_version.aside", "catalog/panels/dry_run.html", dry_run, 20),
    Panel("standard_version.panels", "catalog/panels/standard_runs.html", standard_runs, 20),
    Panel("standard_draft.panels", "catalog/panels/dry_run.html", dry_run, 10),
)
COLUMNS = (
    RowColumns("standard_version.rules", (_("Pass rate"), _("Last checks")), rule_cells, 10),
    RowColumns("standard_version.rules", (_("Dry run"),), dry_cells, 20),
)
