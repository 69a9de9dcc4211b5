"""Dry runs: a draft tried out on a sample or on all rows decides nothing, hides what it must, says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import actions, selectors, tasks
from catalog.models import Incident, Profile, ValidationRun
from governance import actions as law
from governance import exceptions as errors
from governance import ledger
from governance.models import LedgerEntry, Rule, StandardVersion
from tests.at_hand import answered_here
from tests.catalog.conftest import BAD, GOOD, Shop
from tests.governance.conftest import signed_in


@pytest.fixture(autouse=True)
def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    answered_here(monkeypatch)


def draft_of(shop: Shop, *changes: dict[str, Any]) -> StandardVersion:
    """A draft from the standard in force, edited."""
    version = law.standard_branch(actor=shop.people.carol, version=shop.law)
    return law.standard_edit(
        actor=shop.people.carol, version=version, digest=version.digest, changes=list(changes)
    )


def tried(shop: Shop, draft: StandardVersion, text: str = BAD, **given: Any) -> ValidationRun:
    version = given.pop("version", None) or shop.version(text)
    run = actions.validation_dry_run(
        actor=shop.people.alice, version=version, standard_version=draft, **given
    )
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    return run


STRICT = {"do": "rule_add", "object": "orders", "kind": "length", "columns": ["city"], "texts": {"min": "9"}}


def test_a_dry_run_judges_the_sample_and_decides_nothing(shop: Shop) -> None:
    draft = draft_of(shop, {**STRICT, "severity": "blocker"})
    run = tried(shop, draft, rows=2)
    assert (run.state, run.rows, run.sample_rows, run.dry_run) == ("succeeded", 2, 2, True)
    assert run.outcomes.get(rule_id="city.length").failing_rows == 2
    assert run.outcomes.get(rule_id="amount.dtype").checked_rows == 2  # the bad third row was not read
    assert selectors.gate_of(run.version.uid).state == "unknown"
    assert not Incident.objects.exists()
    assert not Profile.objects.exists()
    entry = ledger.data_of(LedgerEntry.objects.filter(type="validation.finished").get())
    assert entry["dry_run"] == {"sample_rows": 2}
    assert ledger.verify().ok
    whole = tried(shop, draft, version=run.version, rows=None)
    assert (whole.rows, whole.sample_rows) == (3, None)
    assert whole.outcomes.get(rule_id="amount.dtype").failing_rows == 1


def test_a_dry_run_never_becomes_evidence_even_when_its_text_comes_into_force(shop: Shop) -> None:
    version = shop.version(GOOD)
    draft = draft_of(shop, {**STRICT, "severity": "info"})
    tried(shop, draft, version=version, rows=None)
    full = actions.validation_request(actor=shop.people.alice, version=version, standard_version=draft)
    tasks.validation_run(full.uid)
    edited = law.standard_edit(
        actor=shop.people.carol,
        version=draft,
        digest=draft.digest,
        changes=[{"do": "rule_remove", "object": "orders", "rule": "city.length"}],
    )
    StandardVersion.objects.filter(pk=shop.law.pk).update(status="superseded")
    StandardVersion.objects.filter(pk=edited.pk).update(status="in_force")
    # The dry run is none, and the full check was of a text the draft no longer has.
    assert selectors.gate_of(version.uid).state == "unknown"
    again = actions.validation_request(actor=shop.people.alice, version=version)
    tasks.validation_run(again.uid)
    assert selectors.gate_of(version.uid).run_uid == again.uid


def test_the_text_asked_for_is_the_text_judged_though_the_draft_was_edited_since(shop: Shop) -> None:
    draft, version = draft_of(shop, STRICT), shop.version(GOOD)
    run = actions.validation_dry_run(actor=shop.people.alice, version=version, standard_version=draft)
    asked = draft.digest
    law.standard_edit(
        actor=shop.people.carol,
        version=draft,
        digest=asked,
        changes=[{"do": "rule_remove", "object": "orders", "rule": "city.length"}],
    )
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert run.standard_digest == asked
    assert run.outcomes.filter(rule_id="city.length").exists()
    report = json.loads(bytes(run.report.document))
    assert report["standard"]["digest"] == asked


def test_a_draft_cannot_unmask_what_the_standard_in_force_masks(shop: Shop) -> None:
    """Lowering a classification in a draft of one's own would otherwise show the cells of anybody's data."""
    unmask = {
        "do": "column_set",
        "object": "orders",
        "column": "email",
        "values": {"classification": "public"},
    }
    rule = {
        "do": "rule_add",
        "object": "orders",
        "kind": "length",
        "columns": ["email"],
        "texts": {"min": "99"},
    }
    draft = draft_of(shop, unmask, rule)
    run = tried(shop, draft, rows=3)
    whole = actions.validation_request(actor=run.requested_by, version=run.version, standard_version=draft)
    tasks.validation_run(whole.uid)
    for one in (run, whole):
        samples = one.outcomes.get(rule_id="email.length").samples
        assert {sample["values"]["email"] for sample in samples} == {"***"}
        assert b"@x.no" not in bytes(ValidationRun.objects.get(pk=one.pk).report.document)


def test_who_may_try_what(shop: Shop) -> None:
    draft, version = draft_of(shop, STRICT), shop.version(GOOD)
    for change, error in (
        ({"actor": shop.people.mallory}, errors.NotPermitted),
        ({"rows": 0}, errors.InvalidInput),
        ({"rows": actions.DRY_RUN_MOST_ROWS + 1}, errors.InvalidInput),
        ({"object_name": "nothing"}, errors.InvalidInput),
        ({"references": {"x": "nothing"}}, errors.DomainError),
    ):
        given = {"actor": shop.people.alice, "version": version, "standard_version": draft, **change}
        with pytest.raises(error):
            actions.validation_dry_run(**given)
    assert not ValidationRun.objects.exists()
    run = actions.validation_dry_run(actor=shop.people.alice, version=version, standard_version=draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        ValidationRun.objects.filter(pk=run.pk).update(dry_run=False)  # a sample is never evidence


def test_pages_and_api_say_that_it_was_a_sample(shop: Shop) -> None:
    draft, version = draft_of(shop, STRICT), shop.version(GOOD)
    client = signed_in(shop.people.carol)
    sent = {"version": version.uid, "rows": "2"}
    answer = client.post(reverse("catalog:dry_run", args=[draft.uid]), sent)
    assert answer["Location"] == reverse("governance:draft", args=[draft.uid])
    run = ValidationRun.objects.get()
    assert "hx-get" in client.get(answer["Location"]).content.decode()  # the page follows it
    tasks.validation_run(run.uid)
    for url in (answer["Location"], run.get_absolute_url(), reverse("catalog:validation_runs")):
        assert "irst 2 rows" in client.get(url).content.decode(), url
    shown = client.get(answer["Location"]).content.decode()
    assert "city.length" in shown
    assert "2 of 2 fail" in shown
    again = client.post(reverse("catalog:validation_run_again", args=[run.uid]))
    assert again.status_code == 302
    assert set(ValidationRun.objects.values_list("sample_rows", "dry_run")) == {(2, True)}
    _row, text = law.token_issue(actor=shop.people.alice, user=shop.people.alice, label="test")
    api = Client(headers={"authorization": f"Bearer {text}"})
    address = f"/api/v1/dataset-versions/{version.uid}/dry-run"
    made = api.post(address, {"standard_version": draft.uid, "rows": None}, "application/json")
    assert (made.status_code, made.json()["dry_run"], made.json()["sample_rows"]) == (202, True, None)
    assert api.post(address, {"rows": 1}, "application/json").status_code == 400


def test_the_standards_page_shows_use_and_how_its_rules_fare(shop: Shop) -> None:
    version = shop.version(BAD)
    run = actions.validation_request(actor=shop.people.alice, version=version)
    tasks.validation_run(run.uid)
    answer = signed_in(shop.people.carol).get(shop.law.get_absolute_url())
    page = answer.content.decode()
    assert "Pass rate" in page
    assert "66.67%" in page  # two of three amounts can be read
    assert "Datasets conforming" in page
    assert "orders fails" in page
    assert "Compiles to" in page
    assert "columns with a rule" in page
    stranger = signed_in(shop.people.mallory).get(shop.law.get_absolute_url())
    assert stranger.status_code == 200


def test_the_standards_page_costs_the_same_whatever_its_length(shop: Shop) -> None:
    """Panels, tiles and the columns of this room included."""
    run = actions.validation_request(actor=shop.people.alice, version=shop.version(GOOD))
    tasks.validation_run(run.uid)
    draft = draft_of(shop, STRICT)
    tried(shop, draft, version=run.version)
    client = signed_in(shop.people.carol)
    pages = (shop.law.get_absolute_url(), reverse("governance:draft", args=[draft.uid]))

    def cost() -> list[int]:
        counts = []
        for url in pages:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
        return counts

    before = cost()
    for version in (shop.law, draft):
        Rule.objects.bulk_create(
            Rule(
                version=version, position=n, object_name="orders", rule_id=f"r{n}", kind="x", severity="info"
            )
            for n in range(100, 140)
        )
    for number in range(3):
        actions.dataset_register(
            actor=shop.people.dave,
            name=f"more{number}",
            title="More",
            owner=shop.people.erin,
            steward=shop.people.alice,
            standard_name="orders",
            object_name="orders",
        )
    assert cost() == before
    assert max(before) <= 55, before
