"""Reads that combine the rooms: what waits for a person, and search over everything they may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Dataset, DatasetVersion, Incident, Ownership, RuleOutcome, ValidationRun
from catalog.selectors import gates_of
from committee.models import Case, Committee, Seat
from committee.selectors import asleep, case_list, waiting_for, watchdog
from governance import permits, registry
from governance.choices import JobState, PermitEventKind, Severity
from governance.models import (
    LedgerEntry,
    Permit,
    PermitEvent,
    Standard,
    User,
    functions_of,
    local_name,
)
from governance.permits import holders_of
from governance.selectors import PermitRow, permit_rows
from governance.subject_ref import SubjectRef
from modeling.models import ModelVersion, TrainingRun

SHOWN = 8
FOUND = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One tile of the home page."""

    label: str
    value: int
    note: str


@dataclass(frozen=True, slots=True)
class Home:
    """The home page of one person; a part is None where their roles do not ask for it."""

    figures: tuple[Figure, ...]
    cases: Sequence[Case]
    incidents: Sequence[Incident]
    runs: Sequence[TrainingRun]
    permits: Sequence[PermitRow]
    asked: Sequence[Case]
    short: Sequence[ShortCase]
    failing: Sequence[FailingRule]
    asleep: Sequence[Case]
    stuck: int
    presides: bool
    watches: bool
    keeps: bool


@dataclass(frozen=True, slots=True)
class ShortCase:
    """An open case that its deadline would find without a quorum."""

    case: Case
    have: int
    needed: int


@dataclass(frozen=True, slots=True)
class FailingRule:
    """A rule that the newest checked version of a dataset in one's care fails."""

    outcome: RuleOutcome
    dataset: Dataset

    @property
    def words(self) -> str:
        return local_name(self.outcome.message_en, self.outcome.message_zh) or self.outcome.rule_id


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found."""

    kind: str
    title: str
    note: str
    url: str
    icon: str


def home_of(user: User) -> Home:
    """What waits for the person, each part in one or two queries."""
    functions = functions_of(user)
    engineer = "engineering" in functions
    presides = Seat.objects.in_office().filter(member=user, role__in=("chair", "deputy")).exists()
    secretary = Committee.objects.filter(secretary=user).exists()
    watches = presides or secretary or "governance" in functions
    care = Ownership.objects.filter(user=user, until=None, role__in=("steward", "owner", "custodian"))
    keeps = care.exists()
    return Home(
        figures=_scoreboard() if "governance" in functions else _figures(user),
        cases=list(
            waiting_for(user).select_related("requester").defer("frame").order_by("closes_at")[:SHOWN]
        ),
        incidents=_incidents(user),
        runs=_runs(user) if engineer else (),
        permits=permit_rows(_my_permits(user), reader=user) if engineer else (),
        asked=list(Case.objects.filter(requester=user).defer("frame").order_by("-created_at")[:SHOWN]),
        short=_short_cases(user) if presides else (),
        failing=_failing_rules(care.values_list("dataset_id", flat=True)) if keeps else (),
        asleep=list(asleep(case_list(user))[:SHOWN]) if watches else (),
        stuck=len(watchdog()) if watches else 0,
        presides=presides,
        watches=watches,
        keeps=keeps,
    )


def _live_permits() -> QuerySet[Permit]:
    """Permits in their period that nothing ended; what is suspended or lapsed is among them."""
    now = timezone.now()
    ended = PermitEvent.objects.filter(permit=OuterRef("pk")).exclude(kind=PermitEventKind.CONDITION_MET)
    return Permit.objects.filter(~Exists(ended), valid_from__lte=now, valid_until__gt=now)


def _figures(user: User) -> tuple[Figure, ...]:
    datasets = Dataset.objects.visible_to(user).count()
    incidents = Incident.objects.visible_to(user).open().count()
    runs = (
        TrainingRun.objects.visible_to(user)
        .unfinished()
        .aggregate(running=Count("pk", filter=Q(state=JobState.RUNNING)), total=Count("pk"))
    )
    waiting = runs["total"] - runs["running"]
    return (
        Figure(_("Datasets you may see"), datasets, _("in the catalogue")),
        Figure(_("Open incidents"), incidents, _("on those datasets")),
        Figure(_("Permits in their period"), _live_permits().count(), _("not revoked or void")),
        Figure(_("Runs now"), runs["running"], _("%(count)s more wait") % {"count": waiting}),
    )


def _scoreboard() -> tuple[Figure, ...]:
    """What the governance team answers for, over the whole company; counts only, no names."""
    now = timezone.now()
    week, month = now - dt.timedelta(days=7), now + dt.timedelta(days=30)
    gates = gates_of(_newest_versions())
    open_gates = sum(gate.state == "open" for gate in gates.values())
    cases = Case.objects.undecided().aggregate(
        all=Count("pk"), overdue=Count("pk", filter=Q(state="open", closes_at__lt=now))
    )
    live = _live_permits().aggregate(all=Count("pk"), ending=Count("pk", filter=Q(valid_until__lt=month)))
    refused = LedgerEntry.objects.filter(accepted=False, at__gte=week.isoformat()).count()
    incidents = Incident.objects.open().count()
    return (
        Figure(
            _("Gates open"), open_gates, _("of %(total)s datasets with a version") % {"total": len(gates)}
        ),
        Figure(
            _("Cases undecided"), cases["all"], _("%(count)s past their time") % {"count": cases["overdue"]}
        ),
        Figure(
            _("Permits in their period"),
            live["all"],
            _("%(count)s end in 30 days") % {"count": live["ending"]},
        ),
        Figure(_("Open incidents"), incidents, _("in the whole company")),
        Figure(_("Refused attempts"), refused, _("in the last 7 days")),
    )


def _newest_versions() -> list[DatasetVersion]:
    """The newest version of each dataset in use."""
    newest = DatasetVersion.objects.filter(dataset=OuterRef("dataset")).order_by("-number").values("pk")[:1]
    rows = DatasetVersion.objects.filter(pk=Subquery(newest), dataset__archived_at=None)
    return list(rows.select_related("dataset__standard"))


def _short_cases(user: User) -> list[ShortCase]:
    """Open cases still without a quorum, nearest deadline first."""
    rows = Case.objects.visible_to(user).filter(state="open").select_related("requester").defer("frame")
    found = []
    for case in rows.order_by("closes_at"):
        counts = case.tally.get("counts", {})
        have, needed = int(counts.get("quorum_have", 0)), int(counts.get("quorum_needed", 0))
        if have < needed:
            found.append(ShortCase(case, have, needed))
    return found[:SHOWN]


def _failing_rules(datasets: QuerySet[Any]) -> list[FailingRule]:
    """What the last finished check of the newest version says, gravest first, in one query."""
    last = ValidationRun.objects.evidence().filter(version__dataset=OuterRef("version__dataset"))
    newest = ValidationRun.objects.filter(
        version__dataset__in=datasets, pk=Subquery(last.order_by("-finished_at", "-pk").values("pk")[:1])
    )
    rows = RuleOutcome.objects.filter(run__in=newest, verdict__in=("failed", "errored")).select_related(
        "run__version__dataset"
    )
    grave = {word: place for place, word in enumerate(Severity.values)}
    found = sorted(rows, key=lambda row: (grave.get(row.severity, len(grave)), -(row.failing_rows or 0)))
    return [FailingRule(row, row.run.version.dataset) for row in found[:SHOWN]]


def _incidents(user: User) -> Sequence[Incident]:
    rows = Incident.objects.visible_to(user).open()
    mine = Q(owner=user) | Q(dataset__ownerships__user=user)
    return list(rows.filter(mine).select_related("dataset").distinct().order_by("-opened_at")[:SHOWN])


def _runs(user: User) -> Sequence[TrainingRun]:
    rows = TrainingRun.objects.filter(requested_by=user).select_related("plan")
    return list(rows.order_by("-created_at")[:SHOWN])


def _my_permits(user: User) -> Sequence[Permit]:
    rows = Permit.objects.filter(holder__in=holders_of(user), action="train")
    found = list(rows.select_related("decision").prefetch_related("events")[:SHOWN])
    return [permit for permit in found if permits.status_of(permit) in {"active", "suspended"}]


def search(user: User, text: str) -> list[Hit]:
    """Everything the person may see whose name holds the text; at most ten of each kind."""
    text = text.replace("\x00", "").strip()
    if not text:
        return []
    finders: tuple[Any, ...] = (_datasets, _standards, _cases, _models, _people)
    return [hit for finder in finders for hit in finder(user, text)]


def _datasets(user: User, text: str) -> list[Hit]:
    match = Q(name__icontains=text) | Q(title__icontains=text) | Q(title_zh__icontains=text)
    match |= Q(description__icontains=text) | Q(description_zh__icontains=text)
    rows = Dataset.objects.visible_to(user).filter(match).order_by("name")[:FOUND]
    return [
        Hit(_("Dataset"), row.name, str(row), registry.page_of(SubjectRef("dataset", row.uid)), "database")
        for row in rows
    ]


def _standards(user: User, text: str) -> list[Hit]:
    match = Q(name__icontains=text) | Q(title__icontains=text) | Q(title_zh__icontains=text)
    rows = Standard.objects.visible_to(user).filter(match)[:FOUND]
    return [Hit(_("Standard"), row.name, str(row), row.get_absolute_url(), "ruler") for row in rows]


def _cases(user: User, text: str) -> list[Hit]:
    match = Q(number__icontains=text) | Q(title__icontains=text) | Q(title_zh__icontains=text)
    rows = Case.objects.visible_to(user).filter(match)[:FOUND]
    return [
        Hit(_("Case"), row.number, row.title, registry.page_of(SubjectRef("case", row.uid)), "gavel")
        for row in rows
    ]


def _models(user: User, text: str) -> list[Hit]:
    rows = ModelVersion.objects.visible_to(user).filter(name__icontains=text)[:FOUND]
    return [Hit(_("Model"), str(row), row.get_state_display(), row.get_absolute_url(), "box") for row in rows]


def _people(user: User, text: str) -> list[Hit]:
    match = Q(name__icontains=text) | Q(name_zh__icontains=text) | Q(username__icontains=text)
    rows = User.objects.filter(match, is_active=True).select_related("department")[:FOUND]
    return [
        Hit(_("Person"), str(row), str(row.department or ""), row.get_absolute_url(), "user") for row in rows
    ]
