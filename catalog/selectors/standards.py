"""What the catalogue tells of a standard: datasets under it, how its rules fare, what a dry run found."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.choices import CARING_ROLES
from catalog.models import Dataset, DatasetVersion, Ownership, RuleOutcome, ValidationRun
from catalog.permissions import has_function
from catalog.selectors.gates import Gate, gates_of, waivers_of
from catalog.selectors.versions import latest_versions
from governance.choices import JobState, TeamFunction
from governance.models import Rule, StandardVersion, User

TREND = 12
"""Checks a trend shows."""
OFFERED = 100
"""Datasets a dry run can be asked for on a page; programs may name any."""


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A dataset held to a standard, its newest version and that version's gate."""

    dataset: Dataset
    version: DatasetVersion | None
    gate: Gate | None

    @property
    def conforms(self) -> bool:
        return self.gate is not None and self.gate.state == "open"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule in the newest checks: rows that passed of those judged, or datasets where a table rule holds of
    those judged; and its passing share in the last checks, oldest first."""

    level: str
    passed: int
    judged: int
    trend: tuple[float, ...]


def standard_use(user: User, standard_pk: int, limit: int) -> list[DatasetUse]:
    """Datasets under a standard the reader may see, in a constant number of queries."""
    rows = list(Dataset.objects.visible_to(user).current().filter(standard=standard_pk)[:limit])
    latest = latest_versions([dataset.pk for dataset in rows])
    gates = gates_of(list(latest.values()))
    found = []
    for dataset in rows:
        version = latest.get(dataset.pk)
        found.append(DatasetUse(dataset, version, gates.get(version.uid) if version else None))
    return found


def waivers_ending(datasets: Sequence[Dataset]) -> list[dt.datetime]:
    """When each waiver live now on these datasets ends, the next one first."""
    return sorted(waiver.expires for waivers in waivers_of(datasets).values() for waiver in waivers)


def rule_results(user: User, version: StandardVersion, rules: Sequence[Rule]) -> dict[int, RuleResult]:
    """By rule: the newest check of each dataset's newest version, and the last checks of any version."""
    seen = ValidationRun.objects.visible_to(user).evidence()
    runs = list(
        seen.filter(standard_version__standard=version.standard_id)
        .order_by("-finished_at", "-pk")
        .values_list("pk", "version__dataset", "object_name", "standard_version")[: TREND * 4]
    )
    newest: dict[int, int] = {}
    for pk, dataset, _object, law in runs:
        if law == version.pk:
            newest.setdefault(dataset, pk)
    last = [pk for pk, *_rest in runs[:TREND]]
    objects = {pk: name for pk, _dataset, name, _law in runs}
    outcomes = _outcomes({*newest.values(), *last}, {rule.rule_id for rule in rules})
    found = {}
    for rule in rules:
        held = {o.run_id: o for o in outcomes[rule.rule_id] if objects[o.run_id] in ("", rule.object_name)}
        now = [held[pk] for pk in newest.values() if pk in held]
        trend = [share for pk in reversed(last) if pk in held and (share := _share(held[pk])) is not None]
        if now:
            found[rule.pk] = _result(now, tuple(trend))
    return found


def _outcomes(runs: Collection[int], rule_ids: Collection[str]) -> dict[str, list[RuleOutcome]]:
    found: dict[str, list[RuleOutcome]] = defaultdict(list)
    fields = ("run_id", "rule_id", "level", "verdict", "failing_rows", "checked_rows")
    for outcome in RuleOutcome.objects.filter(run__in=runs, rule_id__in=rule_ids).only(*fields):
        found[outcome.rule_id].append(outcome)
    return found


def _share(outcome: RuleOutcome) -> float | None:
    if outcome.verdict == "errored":
        return None
    if outcome.level != "row" or not outcome.checked_rows:
        return 1.0 if outcome.verdict == "passed" else 0.0
    return 1 - (outcome.failing_rows or 0) / outcome.checked_rows


def _result(now: Sequence[RuleOutcome], trend: tuple[float, ...]) -> RuleResult:
    level = now[0].level
    if level == "row":
        judged = sum(outcome.checked_rows or 0 for outcome in now)
        return RuleResult(level, judged - sum(o.failing_rows or 0 for o in now), judged, trend)
    return RuleResult(level, sum(o.verdict == "passed" for o in now), len(now), trend)


def dry_runs_of(user: User, version: StandardVersion) -> QuerySet[ValidationRun]:
    """Dry runs of a version's texts that the reader may see, newest first."""
    rows = ValidationRun.objects.visible_to(user).filter(standard_version=version, dry_run=True)
    return rows.select_related("version__dataset", "requested_by").order_by("-pk")


def dry_run_of_text(user: User, version: StandardVersion) -> ValidationRun | None:
    """The newest finished dry run of the very text a version has now."""
    rows = dry_runs_of(user, version).filter(state=JobState.SUCCEEDED)
    return rows.filter(standard_digest=version.digest).first()


def versions_to_try(user: User, standard_pk: int) -> list[DatasetVersion]:
    """Newest versions of the datasets the reader may check, those under the standard first."""
    functions = (TeamFunction.GOVERNANCE, TeamFunction.OPERATIONS, TeamFunction.ENGINEERING)
    rows = Dataset.objects.visible_to(user).current()
    if not has_function(user, *functions):
        roles = Ownership.objects.current().filter(user=user, role__in=CARING_ROLES)
        rows = rows.filter(pk__in=roles.values("dataset_id"))
    datasets = list(rows.order_by("name")[:OFFERED])
    latest = latest_versions([dataset.pk for dataset in datasets])
    found = [latest[dataset.pk] for dataset in datasets if dataset.pk in latest]
    return sorted(found, key=lambda version: version.dataset.standard_id != standard_pk)


def outcomes_of(run: ValidationRun) -> QuerySet[RuleOutcome]:
    """In report order; what did not pass is easily told apart by its verdict."""
    return RuleOutcome.objects.filter(run=run).order_by("position")


def runs_against(user: User, version_uid: str) -> QuerySet[ValidationRun]:
    """Checks against exactly this version of a standard, newest first, without dry runs."""
    rows = ValidationRun.objects.visible_to(user).filter(standard_version__uid=version_uid, dry_run=False)
    return rows.select_related("version__dataset", "requested_by").order_by("-pk")
