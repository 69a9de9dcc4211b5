"""A company that has done one of everything governance seals: people, a standard, permits and uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from governance import actions, permits
from governance.models import ApiToken, Permit, StandardVersion, User
from governance.services import decisions
from governance.subject_ref import SubjectRef
from tests.people import People, make_people

DOCUMENT = b"""\
# kept byte for byte: \xe5\xad\x97
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: string, required: true, primaryKey: true}
      - name: amount
        logicalType: integer
        logicalTypeOptions: {minimum: 0}
"""
VERSION = SubjectRef("dataset_version", "d" * 32, "sha256:" + "a" * 64)
TERMS: dict[str, Any] = {
    "runs": 2,
    "cpu_seconds": 100,
    "job_kinds": ["pair_relevance/full"],
    "columns": ["*"],
    "gate": "open",
}


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def draft(people: People) -> StandardVersion:
    return actions.standard_draft(
        actor=people.carol, name="orders", title="Orders", title_zh="订单", document=DOCUMENT, note="first"
    )


def issue(subject: SubjectRef = VERSION, **changes: Any) -> Permit:
    """A permit by decision, as the committee would write it."""
    number = Permit.objects.count() + 1
    now = timezone.now()
    given: dict[str, Any] = {
        "kind": "decision",
        "case_id": f"case-{number}",
        "subject": subject,
        "action": "train",
        "purpose": "search_relevance",
        "holder": "",
        "terms": dict(TERMS),
        "conditions": [],
        "valid_from": now - dt.timedelta(days=1),
        "valid_until": now + dt.timedelta(days=30),
    }
    given |= changes
    with transaction.atomic():
        decision = decisions.decision_record(
            case_id=given["case_id"],
            committee="data",
            resolution=f"R-{number}",
            outcome="approved",
            action=given["action"],
            purpose=given["purpose"],
            subject=subject,
            decided_at=now,
            rules_digest="sha256:" + "b" * 64,
            case_ledger_head="c" * 64,
            counts={"approve": 3},
        )
        return decisions.permit_issue(decision=decision, **given)


@pytest.fixture
def permit(people: People) -> Permit:
    return issue(holder=f"team:{people.teams['engineering'].uid}")


def use_of(actor: User, **changes: Any) -> permits.Use:
    given: dict[str, Any] = {
        "action": "train",
        "subject": VERSION,
        "purpose": "search_relevance",
        "actor": actor,
        "job_kind": "pair_relevance/full",
        "columns": ("title",),
        "cpu_seconds": 10,
    }
    return permits.Use(**(given | changes))


def adopt(version: StandardVersion, actor: User) -> StandardVersion:
    """Propose and adopt a version under a permit for exactly its digest."""
    actions.standard_propose(actor=actor, version=version)
    subject = SubjectRef("standard_version", version.uid, version.digest)
    issue(subject, action="adopt", purpose="governance", holder=f"user:{actor.uid}")
    assert actions.standard_adopt(actor=actor, version=version)
    return version


@dataclass(frozen=True)
class Company:
    people: People
    permit: Permit
    law: StandardVersion
    token: ApiToken


@pytest.fixture
def company(people: People, permit: Permit, draft: StandardVersion) -> Company:
    """Everything a verifier looks at, written by the real actions."""
    adopt(draft, people.carol)
    second = actions.standard_draft(
        actor=people.carol,
        name="orders",
        title="Orders",
        document=DOCUMENT.replace(b"version: 1.0.0", b"version: 1.1.0").replace(b"minimum: 0", b"minimum: 1"),
    )
    adopt(second, people.carol)
    with transaction.atomic():
        permits.reserve(use_of(people.dave), permit_uid=permit.uid, job_id="job-1")
        permits.settle(
            permit_uid=permit.uid, job_id="job-1", actor=people.dave, job_kind="full", cpu_seconds=7.25
        )
    decisions.permit_event_record(
        permit=permit, kind="revoked", at=timezone.now(), by=people.bob, reason="wrong purpose"
    )
    token, _text = actions.token_issue(actor=people.dave, user=people.dave, label="notebook")
    second.refresh_from_db()
    return Company(people, permit, second, token)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def api(people: People) -> Callable[[User], Client]:
    """A client with a bearer token of the person."""

    def client(user: User) -> Client:
        _row, text = actions.token_issue(actor=user, user=user, label="test")
        return Client(headers={"authorization": f"Bearer {text}"})

    return client
