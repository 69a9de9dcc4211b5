"""A waiver by case opens the gate of real data for the rule, the rows and the days it names, no longer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from catalog import selectors as catalog
from committee.exceptions import SubjectNotReady, TermsInvalid
from committee.models import Case
from governance.models import LedgerEntry
from governance.permits import instant
from tests.committee.conftest import Clock
from tests.committee.market import THRICE, TWICE, Market

TERMS: dict[str, Any] = {"rule": "order_id.unique", "max_failing_rows": 2, "until": "2026-12-01"}


@pytest.fixture
def failing(market: Market) -> Market:
    """Two rows share an order number: one blocker fails."""
    market.version(TWICE)
    return market


def gate(market: Market) -> str:
    version = catalog.latest_version(market.dataset)
    assert version is not None
    return catalog.gate_of(version.uid).state


def test_the_gate_opens_by_decision_and_shuts_again_after_the_day(failing: Market, clock: Clock) -> None:
    assert gate(failing) == "closed"
    case = failing.ask("waive", TERMS)
    permit = failing.approve(case)
    assert instant(permit.valid_until) == "2026-12-01T16:00:00Z"
    assert permit.terms["standard_digest"].startswith("sha256:")
    assert gate(failing) == "open"
    clock.forward(days=9)
    assert gate(failing) == "closed"


def test_more_failing_rows_than_decided_shut_the_gate(failing: Market) -> None:
    failing.approve(failing.ask("waive", TERMS))
    failing.version(THRICE)
    assert gate(failing) == "closed"


def test_a_decision_after_the_last_day_lets_nothing_through(failing: Market, clock: Clock) -> None:
    case = failing.ask("waive", TERMS | {"until": "2026-11-24"})
    clock.forward(days=3)
    permit = failing.approve(case)
    assert (permit.valid_until - permit.valid_from).total_seconds() == 1
    clock.forward(seconds=2)
    assert gate(failing) == "closed"


def test_the_dossier_shows_rule_rows_and_trend(failing: Market) -> None:
    case = failing.ask("waive", TERMS)
    items = _items(case)
    assert items["rule"]["data"]["failing_rows"] == 2
    assert items["rule"]["data"]["samples"][0]["cells"] == {"order_id": "1"}
    assert [check["verdict"] for check in items["trend"]["data"]["checks"]] == ["failed"]
    assert case.advice == "conditions"  # a blocker


def _items(case: Case) -> dict[str, Any]:
    import json

    content = json.loads(bytes(case.dossier.content))
    return {item["key"]: item for item in content["items"]}


@pytest.mark.parametrize(
    "change",
    [
        {"rule": ""},
        {"rule": "amount.range"},  # holds now
        {"rule": "nothing"},
        {"rule": 7},
        {"max_failing_rows": 1},
        {"max_failing_rows": None},
        {"max_failing_rows": "2"},
        {"until": "2026-11-23"},  # today
        {"until": "2020-01-01"},
        {"until": "2030-01-01"},
        {"until": "soon"},
        {"until": None},
        {"standard_digest": "sha256:0"},
        {"data_digest": "sha256:0"},
        {"columns": ["*"]},
    ],
)
def test_bad_terms_are_refused_and_nothing_is_opened(failing: Market, change: dict[str, Any]) -> None:
    with pytest.raises(TermsInvalid):
        failing.ask("waive", TERMS | change)
    assert not Case.objects.exists()
    assert LedgerEntry.objects.filter(accepted=False, code="terms_invalid").count() == 1


def test_a_rule_that_could_not_be_judged_is_not_waived(market: Market) -> None:
    market.version("order_id,city,email\n1,Oslo,a@x.no\n1,Bergen,b@x.no\n")
    rules = {rule.rule_id: rule.verdict for rule in catalog.failing_rules(market.dataset.uid)}
    errored = [name for name, verdict in rules.items() if verdict == "errored"]
    assert errored, rules
    with pytest.raises(TermsInvalid):
        market.ask("waive", TERMS | {"rule": errored[0], "max_failing_rows": None})
    table = next(name for name in rules if name == "table.columns")
    with pytest.raises(TermsInvalid):  # a bound on rows says nothing about a table
        market.ask("waive", TERMS | {"rule": table, "max_failing_rows": 5})
    assert market.ask("waive", {"rule": table, "until": "2026-12-01"}).state == "open"


def test_nothing_is_waived_where_nothing_fails(market: Market) -> None:
    market.version()
    with pytest.raises((TermsInvalid, SubjectNotReady)):
        market.ask("waive", TERMS)


def test_the_page_leads_from_the_failed_rule_to_the_case(failing: Market) -> None:
    client = Client()
    client.force_login(failing.board.people.dave)
    link = f"/cases/new?kind=dataset&amp;id={failing.dataset.uid}&amp;action=waive&amp;rule=order_id.unique"
    assert link in client.get(failing.dataset.get_absolute_url()).content.decode()
    version = catalog.latest_version(failing.dataset)
    assert version is not None
    run = f"/validation-runs/{catalog.gate_of(version.uid).run_uid}"
    assert link in client.get(run).content.decode()
    page = client.get(link.replace("&amp;", "&")).content.decode()
    assert "The rule to be waived" in page
    fields = {
        "rule": "order_id.unique",
        "max_failing_rows": "2",
        "until": "2026-12-01",
        "these_bytes": "on",
        "purpose": "returns",
        "team": failing.board.engineering.uid,
    }
    url = link.replace("&amp;", "&")
    wrong = client.post(url, fields | {"max_failing_rows": "1"})
    assert 'id="id_max_failing_rows_error"' in wrong.content.decode()
    assert client.post(url, fields | {"rule": "nothing"}).status_code == 400
    assert not Case.objects.exists()
    assert client.post(url, fields).status_code == 302
    case = Case.objects.get()
    assert case.terms["data_digest"] == version.digest
    assert "order_id.unique" in client.get(case.get_absolute_url()).content.decode()
