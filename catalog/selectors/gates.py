"""Gates of versions: stored outcomes and the waivers live now, for one version or a page of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from catalog.choices import GateState, IncidentKind
from catalog.gate import OutcomeFacts, WaiverFacts, gate_from
from catalog.models import Column, Dataset, DatasetVersion, Incident, RuleOutcome, ValidationRun
from catalog.selectors.versions import latest_versions
from governance.choices import PermitStatus, StandardStatus
from governance.models import Permit, StandardVersion
from governance.permits import granting, is_authentic, status_of
from governance.record.canonical import canonical_bytes, sha256_hex
from governance.selectors import version_in_force

BYTES_CHANGED = "bytes_changed"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a version may be used under its standard now. `failed`: rule id and failing rows (None: a
    table).

    `until` is when a waiver it rests on ends. State "unknown": no finished check against the standard in
    force.
    """

    state: str
    run_uid: str = ""
    verdict: str = ""
    score: str = ""
    failed: tuple[tuple[str, int | None], ...] = ()
    waived: tuple[tuple[str, str], ...] = ()
    checked_at: dt.datetime | None = None
    until: dt.datetime | None = None


UNKNOWN = Gate(GateState.UNKNOWN)


def gate_of(version_uid: str, *, now: dt.datetime | None = None) -> Gate:
    """The gate of one version; "unknown" also where there is no such version."""
    version = DatasetVersion.objects.select_related("dataset").filter(uid=version_uid).first()
    return gates_of([version], now=now)[version.uid] if version else UNKNOWN


def gates_of(versions: Sequence[DatasetVersion], *, now: dt.datetime | None = None) -> dict[str, Gate]:
    """Gates by version uid, in a constant number of queries. `versions` come with their dataset."""
    at = now or timezone.now()
    runs = _last_runs(versions)
    outcomes = _failures(runs.values())
    waivers = _waivers_by_dataset([v.dataset for v in versions if v.pk in runs], at)
    found = {}
    for version in versions:
        run = runs.get(version.pk)
        gate = (
            UNKNOWN if run is None else _gate(version, run, outcomes[run.pk], waivers[version.dataset_id], at)
        )
        found[version.uid] = _closed_by_change(gate) if getattr(run, "bytes_changed", False) else gate
    return found


def _closed_by_change(gate: Gate) -> Gate:
    """Bytes that no longer match their digest close the gate whatever was judged before."""
    return Gate(
        GateState.CLOSED, gate.run_uid, "errored", gate.score, ((BYTES_CHANGED, None),), (), gate.checked_at
    )


def _gate(
    version: DatasetVersion,
    run: ValidationRun,
    outcomes: Sequence[OutcomeFacts],
    waivers: Sequence[WaiverFacts],
    now: dt.datetime,
) -> Gate:
    facts = gate_from(
        outcomes, waivers, now=now, standard_digest=run.standard_version.digest, data_digest=version.digest
    )
    return Gate(
        state=facts.state,
        run_uid=run.uid,
        verdict=facts.verdict,
        score=run.score,
        failed=facts.failed,
        waived=facts.waived,
        checked_at=run.finished_at,
        until=facts.until,
    )


def _last_runs(versions: Sequence[DatasetVersion]) -> dict[int, ValidationRun]:
    """The newest finished run of each version against the version of its dataset's standard in force."""
    newest = (
        ValidationRun.objects.evidence()
        .filter(
            version=OuterRef("version"),
            standard_version__status=StandardStatus.IN_FORCE,
            standard_version__standard=OuterRef("version__dataset__standard"),
            object_name=OuterRef("version__dataset__object_name"),
        )
        .order_by("-finished_at", "-pk")
        .values("pk")[:1]
    )
    changed = Incident.objects.open().filter(kind=IncidentKind.BYTES_CHANGED, version=OuterRef("version"))
    rows = ValidationRun.objects.filter(version__in=[v.pk for v in versions], pk=Subquery(newest))
    noted = rows.select_related("standard_version").annotate(bytes_changed=Exists(changed))
    return {run.version_id: run for run in noted.defer("standard_version__document")}


def _failures(runs: Iterable[ValidationRun]) -> dict[int, list[OutcomeFacts]]:
    found: dict[int, list[OutcomeFacts]] = defaultdict(list)
    rows = RuleOutcome.objects.filter(run__in=[run.pk for run in runs]).exclude(verdict="passed")
    for run, rule_id, severity, level, verdict, failing in rows.values_list(
        "run_id", "rule_id", "severity", "level", "verdict", "failing_rows"
    ):
        found[run].append(OutcomeFacts(rule_id, severity, level, verdict, failing))
    return found


def live_waivers(dataset: Dataset, *, now: dt.datetime | None = None) -> list[WaiverFacts]:
    """Waivers of a dataset that are active now, as plain facts for the engine."""
    return _waivers_by_dataset([dataset], now or timezone.now())[dataset.pk]


def waivers_of(datasets: Sequence[Dataset]) -> dict[int, list[WaiverFacts]]:
    """Waivers active now by dataset key, in a constant number of queries but for contracts with waivers."""
    return _waivers_by_dataset(datasets, timezone.now())


def _waivers_by_dataset(datasets: Sequence[Dataset], now: dt.datetime) -> dict[int, list[WaiverFacts]]:
    """A waiver is a permit with action `waive` about the dataset's contract as it is now."""
    found: dict[int, list[WaiverFacts]] = defaultdict(list)
    by_uid = {dataset.uid: dataset for dataset in datasets}
    rows = Permit.objects.filter(
        granting("waive"),
        subject_kind="dataset",
        subject_id__in=by_uid,
        valid_from__lte=now,
        valid_until__gt=now,
    )
    digests: dict[str, str] = {}
    for permit in rows.select_related("decision").prefetch_related("events"):
        dataset = by_uid[permit.subject_id]
        if dataset.uid not in digests:
            digests[dataset.uid] = contract_digest(dataset)
        exact = permit.subject_digest == digests[dataset.uid]
        if exact and is_authentic(permit) and status_of(permit, now) == PermitStatus.ACTIVE:
            found[dataset.pk].append(_waiver(permit))
    return found


def _waiver(permit: Permit) -> WaiverFacts:
    terms: dict[str, Any] = permit.terms
    decision = permit.decision.resolution if permit.decision else permit.case_id
    return WaiverFacts(
        rule=str(terms.get("rule", "")),
        decision=decision,
        expires=permit.valid_until,
        max_failing_rows=terms.get("max_failing_rows"),
        standard_digest=terms.get("standard_digest"),
        data_digest=terms.get("data_digest"),
    )


def contract_digest(dataset: Dataset) -> str:
    """Digest of a dataset's contract (house: subjects): columns, types, levels, digest of its standard."""
    latest = DatasetVersion.objects.filter(dataset=dataset).order_by("-number").first()
    columns = (
        list(Column.objects.filter(version=latest).values_list("name", "type", "level")) if latest else []
    )
    standard = version_in_force(dataset.standard.name) if dataset.standard else None
    return _contract(dataset, standard.digest if standard else "", [list(column) for column in columns])


def _contract(dataset: Dataset, standard: str, columns: list[list[Any]]) -> str:
    content = {
        "level": dataset.level,
        "object": dataset.object_name,
        "standard": standard,
        "columns": columns,
    }
    return f"sha256:{sha256_hex(canonical_bytes(content))}"


def contract_digests(uids: Collection[str]) -> dict[str, str]:
    """Digests of contracts by dataset uid, in four queries; datasets that do not exist are left out."""
    datasets = list(Dataset.objects.filter(uid__in=uids))
    latest = latest_versions([dataset.pk for dataset in datasets])
    columns: dict[int, list[list[Any]]] = defaultdict(list)
    rows = Column.objects.filter(version__in=[version.pk for version in latest.values()])
    for key, *column in rows.values_list("version_id", "name", "type", "level"):
        columns[key].append(column)
    held = StandardVersion.objects.in_force().filter(standard__in={d.standard_id for d in datasets})
    standards = dict(held.values_list("standard_id", "digest"))
    return {
        dataset.uid: _contract(
            dataset,
            standards.get(dataset.standard_id or 0, ""),
            columns[latest[dataset.pk].pk] if dataset.pk in latest else [],
        )
        for dataset in datasets
    }


def stored_digests(uids: Collection[str]) -> dict[str, tuple[str, bool]]:
    """By version uid its digest, and whether an incident closed its gate because the bytes differ, in a
    constant number of queries.
    """
    versions = list(DatasetVersion.objects.filter(uid__in=uids).select_related("dataset"))
    changed = {
        run.version_id for run in _last_runs(versions).values() if getattr(run, "bytes_changed", False)
    }
    return {version.uid: (version.digest, version.pk in changed) for version in versions}
