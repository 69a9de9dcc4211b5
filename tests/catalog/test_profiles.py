"""A version's profile and the rules it speaks for: shown, accepted into a draft, rejected and remembered."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import actions, exceptions, selectors, tasks
from catalog.models import Dataset, DatasetVersion, RuleSuggestion, SuggestionAnswer, ValidationRun
from catalog.selectors.suggestions import suggestion_counts
from catalog.subjects import verify_answers
from governance.actions import standard_edit
from governance.exceptions import InvalidInput, NotFound, NotPermitted
from governance.models import LedgerEntry, StandardVersion
from tests.catalog.conftest import Shop
from tests.catalog.test_views import signed_in


def orders(rows: int = 60, *, odd: int = 0) -> str:
    """Orders with two cities, all amounts small, `odd` of them negative, and e-mail addresses to hide."""
    rng = random.Random(5)
    lines = ["order_id,city,email,amount"]
    for n in range(rows):
        amount = -5 if n < odd else rng.randint(1, 90)
        lines.append(f"A-{n:04d},{rng.choice(['Oslo', 'Bergen'])},u{n}@hidden.example,{amount}")
    return "\n".join(lines) + "\n"


def checked(shop: Shop, text: str) -> DatasetVersion:
    version = shop.version(text)
    run = actions.validation_request(actor=shop.people.alice, version=version)
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert run.verdict, (run.reason, run.reason_detail)
    return version


def open_ones(version: DatasetVersion) -> dict[tuple[str, ...], RuleSuggestion]:
    rows = RuleSuggestion.objects.filter(version=version).current().in_state("open")
    return {(one.kind, *one.columns): one for one in rows}


def test_a_check_stores_suggestions_with_evidence_and_nothing_of_masked_columns(shop: Shop) -> None:
    version = checked(shop, orders(odd=2))
    found = open_ones(version)
    assert {("allowed", "city"), ("not_null", "email"), ("not_null", "amount")} <= set(found)
    assert not {kind for kind, *columns in found if "email" in columns} - {
        "not_null",
        "unique",
        "no_outer_space",
    }
    one = found[("allowed", "city")]
    assert one.parameters == {"values": ["Bergen", "Oslo"]}
    assert one.evidence["failing"] == 0
    assert one.evidence["interval"] == [0.0, 3 / 60]
    assert (one.edits[0]["pointer"], one.state) == ("/schema/0/properties/1/quality", "open")
    assert "hidden.example" not in str(list(RuleSuggestion.objects.values()))
    assert "hidden.example" not in str(list(version.profiles.values_list("data", flat=True)))
    assert suggestion_counts(version) == {"open": len(found), "accepted": 0, "rejected": 0}


def test_accepting_puts_rules_into_one_draft_and_they_find_what_was_said(shop: Shop) -> None:
    version = checked(shop, orders(300, odd=2))
    found = open_ones(version)
    carol = shop.people.carol
    draft = actions.suggestion_accept(actor=carol, suggestion=found[("allowed", "city")])
    change = {"do": "column_set", "object": "orders", "column": "city", "values": {"required": True}}
    standard_edit(actor=carol, version=draft, digest=draft.digest, changes=[change])
    again = actions.suggestion_accept(actor=carol, suggestion=found[("not_null", "amount")])
    assert (draft.status, again.pk, again.standard) == ("draft", draft.pk, shop.law.standard)
    assert again.base == shop.law
    rules = {rule.rule_id for rule in again.rules.all()} - {rule.rule_id for rule in shop.law.rules.all()}
    assert rules == {"city.allowed", "city.not_null", "amount.not_null"}, "the draft as it is now is edited"
    text = bytes(again.document).decode()
    assert "      - {name: email, logicalType: string, classification: restricted}\n" in text
    with pytest.raises(exceptions.SuggestionAnswered):
        actions.suggestion_accept(actor=carol, suggestion=refreshed(found[("allowed", "city")]))
    entry = LedgerEntry.objects.filter(type="suggestion.accepted").latest("seq")
    assert again.uid in entry.data
    assert "Oslo" not in entry.data
    assert list(verify_answers()) == []
    later = open_ones(checked(shop, orders(310)))
    assert not {("allowed", "city"), ("not_null", "amount")} & set(later), "it waits in the draft"


def refreshed(one: RuleSuggestion) -> RuleSuggestion:
    return RuleSuggestion.objects.get(pk=one.pk)


def test_a_rejection_is_remembered_until_the_evidence_changes(shop: Shop) -> None:
    version = checked(shop, orders())
    one = open_ones(version)[("allowed", "city")]
    with pytest.raises(InvalidInput):
        actions.suggestion_reject(actor=shop.people.carol, suggestion=one, reason="  ")
    actions.suggestion_reject(actor=shop.people.carol, suggestion=one, reason="More cities will come.")
    assert refreshed(one).state == "rejected"
    assert ("allowed", "city") not in open_ones(checked(shop, orders(70)))
    assert ("allowed", "city") in open_ones(checked(shop, orders(700))), "ten times as many rows"
    assert StandardVersion.objects.filter(status="draft").count() == 0


def test_only_who_may_write_the_standard_answers(shop: Shop) -> None:
    version = checked(shop, orders())
    one = open_ones(version)[("allowed", "city")]
    for person in (shop.people.erin, shop.people.mallory):
        with pytest.raises(NotPermitted):
            actions.suggestion_accept(actor=person, suggestion=one)
        with pytest.raises(NotPermitted):
            actions.suggestion_reject(actor=person, suggestion=one, reason="no")
    Dataset.objects.filter(pk=shop.dataset.pk).update(level=4)
    with pytest.raises(NotFound):
        actions.suggestion_accept(actor=shop.people.mallory, suggestion=refreshed(one))
    assert not SuggestionAnswer.objects.exists()
    assert LedgerEntry.objects.filter(type="suggestion.answer", accepted=False).count() == 5


def test_a_suggestion_for_another_standard_is_refused(shop: Shop) -> None:
    one = open_ones(checked(shop, orders()))[("allowed", "city")]
    actions.dataset_change(actor=shop.people.erin, dataset=shop.dataset, standard_name="")
    with pytest.raises((exceptions.SuggestionOutdated, NotPermitted)):
        actions.suggestion_accept(actor=shop.people.carol, suggestion=refreshed(one))


def test_the_pages_show_evidence_and_act(shop: Shop) -> None:
    checked(shop, orders())
    version = checked(shop, orders(120, odd=1))
    client = signed_in(shop.people.carol)
    profile = reverse("catalog:profile", args=[version.uid])
    text = client.get(f"{profile}?column=city").content.decode()
    assert "Oslo" in text
    assert "chart-values" in text
    masked = client.get(f"{profile}?column=email").content.decode()
    assert "hidden.example" not in masked
    assert "This column is masked" in masked
    page = reverse("catalog:suggestions", args=[version.uid])
    one = open_ones(version)[("allowed", "city")]
    text = client.get(f"{page}?rule={one.uid}").content.decode()
    assert "2 values cover all 120 cells" in text
    assert "Accept the rule" in text
    assert "Accept the rule" not in signed_in(shop.people.erin).get(page).content.decode()
    refused = client.post(reverse("catalog:suggestion_reject", args=[one.uid]), {"reason": ""})
    assert refused.status_code == 400
    answer = client.post(reverse("catalog:suggestion_accept", args=[one.uid]), follow=True)
    assert "The rule is in the draft" in answer.content.decode()
    assert "Accepted" in client.get(f"{page}?state=accepted").content.decode()
    assert client.get(version.get_absolute_url()).content.decode().count(page) == 1
    client.cookies["gavel_language"] = "zh-hans"
    for url in (profile, page, f"{page}?state=accepted"):
        text = client.get(url).content.decode()
        assert "个单元格" in text or "画像" in text, url
        assert "Suggested" not in text
    stranger = Client()
    assert stranger.get(profile).status_code == stranger.get(page).status_code == 302


def test_a_program_lists_accepts_and_rejects(shop: Shop) -> None:
    version = checked(shop, orders())
    client = signed_in(shop.people.carol)
    found = client.get(f"/api/v1/dataset-versions/{version.uid}/profile").json()
    facts = {column["column"]: column for column in found["columns"]}
    assert found["rows"] == 60
    assert facts["city"]["facts"]["distinct"] == 2
    assert facts["email"]["masked"]
    assert "top" not in facts["email"]["facts"]
    listed = client.get("/api/v1/suggestions", {"version": version.uid, "state": "open"}).json()
    one = next(row for row in listed["results"] if (row["kind"], row["columns"]) == ("allowed", ["city"]))
    assert one["evidence"]["checked"] == 60
    accepted = client.post(f"/api/v1/suggestions/{one['uid']}/accept")
    assert accepted.status_code == 200, accepted.content
    draft = StandardVersion.objects.get(uid=accepted.json()["standard_version"])
    assert (draft.status, draft.digest) == ("draft", accepted.json()["digest"])
    again = client.post(f"/api/v1/suggestions/{one['uid']}/accept")
    assert (again.status_code, again.json()["code"]) == (409, "suggestion_answered")
    other = next(row for row in listed["results"] if row["kind"] == "not_null")
    rejected = client.post(
        f"/api/v1/suggestions/{other['uid']}/reject", {"reason": "Later."}, content_type="application/json"
    )
    assert (rejected.status_code, rejected.json()["answer"]) == (201, "rejected")
    held = client.get(f"/api/v1/suggestions/{other['uid']}").json()
    assert held["answer"]["reason"] == "Later."
    left = client.get("/api/v1/suggestions", {"current": "true", "state": "open"}).json()["results"]
    assert {row["uid"] for row in left} == {row["uid"] for row in listed["results"]} - {
        one["uid"],
        other["uid"],
    }


def test_the_page_costs_the_same_for_few_and_many_suggestions(shop: Shop) -> None:
    version = checked(shop, orders())
    client = signed_in(shop.people.carol)
    page = reverse("catalog:suggestions", args=[version.uid])
    client.get(page)
    run = ValidationRun.objects.get(version=version)
    seen = []
    for copies in (1, 50):
        first = RuleSuggestion.objects.filter(run=run).first()
        assert first is not None
        base = RuleSuggestion.objects.count()
        values = {f.name: getattr(first, f.name) for f in first._meta.fields if f.name not in ("id", "uid")}
        RuleSuggestion.objects.bulk_create(
            RuleSuggestion(**{**values, "position": base + n, "rule_key": f"k{base + n}"})
            for n in range(1, copies + 1)
        )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        seen.append(len(queries))
    assert seen[0] == seen[1] <= 15
    assert selectors.gate_of(version.uid).state == "open"
