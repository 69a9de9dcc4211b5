"""Reads that combine the rooms: what waits for a person, and search over everything they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Dataset, Incident
from committee.models import Case
from governance import permits, registry
from governance.choices import JobState
from governance.models import Notice, Permit, Standard, User, functions_of
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
    engineer = "engineering" in functions_of(user)
    return Home(
        figures=_figures(user),
        cases=list(Case.objects.votable_by(user).select_related("requester").order_by("closes_at")[:SHOWN]),
        incidents=_incidents(user),
        runs=_runs(user) if engineer else (),
        permits=permit_rows(_my_permits(user), reader=user) if engineer else (),
        asked=list(Case.objects.filter(requester=user).order_by("-created_at")[:SHOWN]),
    )


def _figures(user: User) -> tuple[Figure, ...]:
    datasets = Dataset.objects.visible_to(user).count()
    incidents = Incident.objects.visible_to(user).open().count()
    runs = TrainingRun.objects.visible_to(user).aggregate(
        running=Count("pk", filter=Q(state=JobState.RUNNING)), total=Count("pk")
    )
    now = timezone.now()
    live = Permit.objects.filter(valid_from__lte=now, valid_until__gt=now).exclude(
        events__kind__in=["revoked", "void", "ended"]
    )
    return (
        Figure(_("Datasets you may see"), datasets, _("in the catalogue")),
        Figure(_("Open incidents"), incidents, _("on those datasets")),
        Figure(_("Permits in their period"), live.count(), _("not revoked or void")),
        Figure(_("Runs now"), runs["running"], _("of %(total)s so far") % {"total": runs["total"]}),
    )


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


def notices_of(user: User) -> QuerySet[Notice]:
    return Notice.objects.visible_to(user)


def search(user: User, text: str) -> list[Hit]:
    """Everything the person may see whose name holds the text; at most ten of each kind."""
    if not text.strip():
        return []
    finders: tuple[Any, ...] = (_datasets, _standards, _cases, _models, _people)
    return [hit for finder in finders for hit in finder(user, text.strip())]


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
