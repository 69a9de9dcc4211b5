"""A company where one of every governed thing waits for a decision, and people who would rather not wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from committee import actions as committee
from committee.models import Case, Committee, LawText, Seat
from governance import actions as law
from governance.choices import UserKind
from governance.models import AccessRule, Decision, Permit, PermitEvent, PermitUse, StandardVersion, User
from governance.services import people as services
from governance.subject_ref import SubjectRef
from modeling.models import ModelVersion, TrainingRun
from modeling.tasks import run_execute
from tests.committee.conftest import charter, found
from tests.governance.conftest import DOCUMENT
from tests.modeling.conftest import Company, company, gates, own_places, people, played, sent

__all__ = ["company", "gates", "own_places", "people", "played", "sent"]
PASSWORD = "correct horse battery"
BEYOND_WAITING = ("queued", "running", "succeeded")


@dataclass(frozen=True)
class World:
    """`things`: uid of one object per word of an address; `intruders`: who tries."""

    company: Company
    committee: Committee
    case: Case
    things: dict[str, str]
    intruders: dict[str, User]


def law_in_force() -> dict[str, frozenset[tuple[Any, ...]]]:
    """Everything that only a decision may change, as it stands."""
    return {
        "standards": rows(StandardVersion.objects.in_force(), "uid", "digest"),
        "law": rows(LawText.objects.in_force(), "uid", "digest"),
        "access": rows(AccessRule.objects.all(), "action", "min_level"),
        "seats": rows(Seat.objects.in_office(), "code", "member__username", "role"),
        "decisions": rows(Decision.objects.all(), "uid", "outcome"),
        "permits": rows(Permit.objects.all(), "uid", "signature"),
        "permit events": rows(PermitEvent.objects.all(), "permit__uid", "kind"),
        "permit uses": rows(PermitUse.objects.exclude(kind="refused"), "permit__uid", "job_id", "kind"),
        "models": rows(ModelVersion.objects.filter(state="promoted"), "uid"),
        "runs": rows(TrainingRun.objects.filter(state__in=BEYOND_WAITING), "uid"),
        "decided cases": rows(Case.objects.filter(outcome__startswith="approved"), "uid"),
    }


def rows(queryset: Any, *fields: str) -> frozenset[tuple[Any, ...]]:
    return frozenset(queryset.values_list(*fields))


@pytest.fixture
def world(company: Company, played: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """The committee is founded, a model is trained by permit; nothing else was ever decided."""
    monkeypatch.setattr(committee.outbox_send, "delay", lambda: None)
    extra = {name: person(name) for name in ("sam", "xia", "secretary")}
    board = found(company.people, extra)
    company.permit_all()
    run = company.ask()
    run_execute(run.uid)
    things = {"training-runs": run.uid, "models": ModelVersion.objects.get().uid, **standards(company)}
    things |= texts_of_law(company, board)
    version = company.versions["test"]
    case = committee.case_open(
        actor=company.people.dave,
        action="train",
        subject=SubjectRef("dataset_version", version.uid),
        purpose="another-purpose",
        team=company.people.teams["engineering"],
        terms={"runs": 1, "cpu_seconds": 60, "job_kinds": ["fine_tune"], "columns": ["*"], "gate": "open"},
    )
    things |= {
        "cases": case.uid,
        "dataset-versions": version.uid,
        "datasets": version.dataset.uid,
        "permits": Permit.objects.exclude(case_id=case.number)[0].uid,
        "backbones": company.backbone.uid,
        "plans": company.plan.uid,
        "teams": company.people.teams["engineering"].uid,
        "users": company.people.dave.uid,
    }
    return World(company, board, case, things, intruders(company))


def person(username: str, **more: Any) -> User:
    return services.user_create(
        actor=None, username=username, name=username.title(), password=PASSWORD, **more
    )


def standards(company: Company) -> dict[str, str]:
    """A standard whose first version is proposed: one decision away from being in force."""
    carol = company.people.carol
    version = law.standard_draft(actor=carol, name="orders", title="Orders", document=DOCUMENT, note="first")
    law.standard_propose(actor=carol, version=version)
    return {"standards": version.standard.uid, "standard-versions": version.uid}


def texts_of_law(company: Company, board: Committee) -> dict[str, str]:
    """A proposed version of every piece of law, by its kind; `law` is the charter."""
    xia, team = User.objects.get(username="xia"), company.people.teams["operations"]
    Seat.objects.filter(alternate=xia).update(alternate=None)
    pieces: dict[str, tuple[str, dict[str, Any]]] = {
        "charter": ("charter", charter(version="charter-2", deadline_days=1)),
        "policy": ("lenient", {"id": "lenient", "match": {}, "set": {"validity_days": 1}}),
        "access_rule": ("read", {"action": "read", "min_level": 5}),
        "seat": ("seat-9", seat_of(xia, team.uid)),
    }
    found = {}
    for kind, (code, document) in pieces.items():
        text = committee.law_draft(
            actor=company.people.carol, committee=board, kind=kind, document=document, title=code
        )
        found[kind] = committee.law_propose(actor=company.people.carol, text=text).uid
    return found | {"law": found["charter"], "seats": Seat.objects.get(code="seat-1").uid}


def seat_of(member: User, team: str) -> dict[str, Any]:
    term = {"from": "2026-11-01", "to": None}
    return {
        "place": "seat-9", "member": member.uid, "role": "member", "functions": [], "team": team,
        "alternate": None, "term": term,
    }  # fmt: skip


def intruders(company: Company) -> dict[str, User]:
    """A superuser, a service account with a token, somebody in a team of every function; none has a seat."""
    root = person("root")
    User.objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
    service = person("robot", kind=UserKind.SERVICE)
    insider = person("insider")
    for team in company.people.teams.values():
        services.membership_start(actor=None, team=team, user=insider)
        services.membership_start(actor=None, team=team, user=service)
    return {"root": User.objects.get(pk=root.pk), "robot": service, "insider": insider}
