"""Access to data by case: columns and days, the permit's end, and what it opens where cells are read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from catalog import reading
from catalog.models import Dataset
from committee import actions
from committee.choices import CaseState
from committee.exceptions import SubjectNotReady, SubjectUnknown, TermsInvalid
from committee.models import Case
from governance import exceptions as errors
from governance import permits
from governance.models import LedgerEntry, Permit
from governance.permits import instant
from governance.subject_ref import SubjectRef
from tests.committee.conftest import Clock
from tests.committee.market import Market

TERMS: dict[str, Any] = {"columns": ["email"], "days": 10}


def test_access_is_granted_for_the_columns_the_purpose_and_the_days(market: Market, clock: Clock) -> None:
    version = market.version(checked=False)
    case = market.ask("read", TERMS)
    assert (case.level, case.title) == (4, "Access to orders")
    permit = market.approve(case)
    assert (permit.action, permit.subject_kind, permit.terms) == ("read", "dataset", TERMS)
    # The tenth day after the closing ends at midnight in Shanghai.
    assert instant(permit.valid_until) == "2026-12-03T16:00:00Z"
    dave = market.board.people.dave
    ask: dict[str, Any] = {"actor": dave, "version": version, "row": 1}
    assert reading.version_cell(column="email", purpose="returns", **ask) == "a@x.no"
    with pytest.raises(errors.PermitPurposeMismatch):
        reading.version_cell(column="email", purpose="incident", **ask)
    clock.forward(days=11)
    with pytest.raises(errors.PermitNotActive):
        reading.version_cell(column="email", purpose="returns", **ask)
    assert [use.kind for use in permit.uses.order_by("id")] == ["settled", "refused", "refused"]


def test_the_engines_end_holds_where_it_comes_first(market: Market) -> None:
    market.version(checked=False)
    permit = market.approve(market.ask("export", TERMS | {"days": 366}))
    charter_end = dt.datetime.fromisoformat(
        Case.objects.get(number=permit.case_id).tally["permit"]["valid_until"]
    )
    assert permit.valid_until == charter_end


def test_a_permit_for_oneself_is_no_one_elses(market: Market) -> None:
    market.version(checked=False)
    permit = market.approve(market.ask("read", TERMS | {"holder_self": True}))
    assert permit.holder == f"user:{market.board.people.dave.uid}"


def test_a_changed_contract_voids_the_permit(market: Market) -> None:
    market.version(checked=False)
    case = market.ask("read", TERMS)
    permit = market.approve(case)
    market.version("order_id,city,email,amount,phone\n1,Oslo,a@x.no,5,99\n", checked=False)
    assert actions.case_subject_check(actor=None, case=Case.objects.get(pk=case.pk))
    assert permits.check(permit.uid) == "void"


@pytest.mark.parametrize(
    "change",
    [
        {"columns": []},
        {"columns": "email"},
        {"columns": ["nothing"]},
        {"columns": [1]},
        {"columns": ["x" * 201]},
        {"days": 0},
        {"days": 367},
        {"days": "10"},
        {"days": True},
        {"holder_self": "yes"},
        {"masked": True},
    ],
)
@pytest.mark.parametrize("action", ["read", "export"])
def test_bad_terms_are_refused_and_nothing_is_opened(
    market: Market, action: str, change: dict[str, Any]
) -> None:
    market.version(checked=False)
    with pytest.raises(TermsInvalid):
        market.ask(action, TERMS | change)
    assert not Case.objects.exists()
    assert LedgerEntry.objects.filter(type="case.open", accepted=False, code="terms_invalid").count() == 1


def test_nothing_is_opened_about_a_dataset_without_bytes_or_one_nobody_knows(market: Market) -> None:
    with pytest.raises(SubjectNotReady):
        market.ask("read", TERMS)
    with pytest.raises(SubjectUnknown):
        market.ask("read", TERMS, about=SubjectRef("dataset", "guess"))
    market.version(checked=False)
    Dataset.objects.update(level=4)  # who may not know of it cannot ask for it
    with pytest.raises(SubjectUnknown):
        market.ask("read", TERMS)
    assert not Case.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_asks_for_access_and_shows_the_evidence_first(market: Market, language: str) -> None:
    market.version(checked=False)
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(market.board.people.dave)
    assert "action=read" in client.get(market.dataset.get_absolute_url()).content.decode()
    url = f"/cases/new?kind=dataset&id={market.dataset.uid}&action=read"
    page = client.get(url).content.decode()
    assert 'name="columns"' in page
    assert ("Columns asked for" if language == "en" else "申请的列") in page
    fields = {
        "columns": "email, city",
        "days": "5",
        "purpose": "returns",
        "team": market.board.engineering.uid,
        "reason": "Refunds go astray.",
    }
    wrong = client.post(url, fields | {"columns": "nothing"})
    assert wrong.status_code == 400
    assert 'id="id_columns_error"' in wrong.content.decode()
    assert client.post(url, fields | {"days": "0"}).status_code == 400
    assert client.post(url, fields | {"purpose": "two words"}).status_code == 400
    assert not Case.objects.exists()
    assert client.post(url, fields).status_code == 302
    case = Case.objects.get()
    assert (case.state, case.terms) == (CaseState.OPEN, {"columns": ["city", "email"], "days": 5})
    shown = client.get(case.get_absolute_url()).content.decode()
    assert "<code>email</code>" in shown
    assert "returns" in client.get(url).content.decode()  # offered as a purpose used before


def test_a_program_asks_for_export(market: Market) -> None:
    market.version(checked=False)
    client = Client()
    client.force_login(market.board.people.dave)
    body = {
        "action": "export",
        "subject": {"kind": "dataset", "id": market.dataset.uid},
        "purpose": "returns",
        "team": "engineering",
        "terms": TERMS,
    }
    sent = client.post("/api/v1/cases", body, content_type="application/json")
    assert sent.status_code == 201, sent.content
    assert sent.json()["advice"] == "conditions"
    assert Permit.objects.count() == 0
