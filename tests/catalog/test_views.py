"""Every page answers in both languages, shows what it should, and costs the same at 1 and at 50 rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import actions, tasks
from catalog.models import CleaningRun, Dataset, Incident, IngestRun, Quarantine, Recipe, ValidationRun
from governance.models import LedgerEntry
from tests.catalog.conftest import BAD, GOOD, Shop
from tests.catalog.test_cleaning import RECIPE, recipe

GOLDEN = Path(__file__).parent / "query_counts.json"


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


@pytest.fixture
def full(shop: Shop) -> Shop:
    """One of everything: a bad version checked, cleaned, checked again."""
    version = shop.version(BAD)
    for one in (version, None):
        if one is None:
            run = actions.cleaning_request(
                actor=shop.people.alice, version=version, recipe_version=recipe(shop)
            )
            tasks.cleaning_run(run.uid)
            run.refresh_from_db()
            one = run.output
        assert one is not None
        check = actions.validation_request(actor=shop.people.alice, version=one)
        tasks.validation_run(check.uid)
    return shop


def pages(shop: Shop) -> list[str]:
    dataset = shop.dataset.get_absolute_url()
    versions = [v.get_absolute_url() for v in shop.dataset.versions.all()]
    rows = [
        *ValidationRun.objects.all(),
        *CleaningRun.objects.all(),
        *IngestRun.objects.all(),
        *Quarantine.objects.all(),
        *Recipe.objects.all(),
        *Incident.objects.all(),
        shop.source,
    ]
    lists = (
        "sources",
        "source_new",
        "datasets",
        "dataset_new",
        "validation_runs",
        "recipes",
        "recipe_new",
        "incidents",
    )
    tabs = [
        f"{dataset}?tab={t}"
        for t in ("overview", "columns", "quality", "lineage", "versions", "decisions", "x")
    ]
    uid = shop.dataset.versions.first().uid
    return [
        *(reverse(f"catalog:{name}") for name in lists),
        *tabs,
        *versions,
        *(row.get_absolute_url() for row in rows),
        reverse("catalog:upload", args=[shop.dataset.uid]),
        reverse("catalog:clean", args=[uid]),
        reverse("catalog:split", args=[uid]),
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_answers_in_both_languages(full: Shop, language: str) -> None:
    client = signed_in(full.people.alice)
    client.cookies["gavel_language"] = language
    for url in pages(full):
        response = client.get(url)
        assert response.status_code == 200, url
        text = response.content.decode()
        assert "<script>" not in text
        assert ' style="' not in text
        if language == "zh-hans":
            assert any("\u4e00" <= c <= "\u9fff" for c in text), url


def test_nobody_signed_in_sees_a_page(full: Shop) -> None:
    for url in pages(full):
        assert Client().get(url).status_code == 302, url


def test_a_stranger_does_not_learn_of_a_restricted_dataset(full: Shop) -> None:
    Dataset.objects.filter(pk=full.dataset.pk).update(level=4)
    client = signed_in(full.people.mallory)
    assert "orders" not in client.get(reverse("catalog:datasets")).content.decode()
    for row in (
        full.dataset,
        *full.dataset.versions.all(),
        *ValidationRun.objects.all(),
        *Quarantine.objects.all(),
    ):
        assert client.get(row.get_absolute_url()).status_code == 404
    assert signed_in(full.people.alice).get(full.dataset.get_absolute_url()).status_code == 200


def test_filters_narrow_the_catalogue(full: Shop) -> None:
    client, url = signed_in(full.people.alice), reverse("catalog:datasets")
    for query, found in (
        ("q=orders", True),
        ("q=订单", True),
        ("q=nothing", False),
        ("level=2", True),
        ("level=5", False),
        ("domain=retail", True),
        ("domain=search", False),
        ("gate=open", True),
        ("gate=closed", False),
        ("level=nonsense", True),
        ("sort=-level&page=9", True),
    ):
        assert (full.dataset.get_absolute_url() in client.get(f"{url}?{query}").content.decode()) is found, (
            query
        )


def test_registering_uploading_checking_by_forms(shop: Shop) -> None:
    dave, alice = signed_in(shop.people.dave), signed_in(shop.people.alice)
    people = {"owner": shop.people.erin.pk, "steward": shop.people.alice.pk}
    posted = {"name": "clicks", "title": "Clicks", "level": 2, "domain": "search", **people}
    assert dave.post(reverse("catalog:dataset_new"), posted).status_code == 302
    assert dave.post(reverse("catalog:dataset_new"), posted).status_code == 409
    assert (
        signed_in(shop.people.mallory)
        .post(reverse("catalog:dataset_new"), {**posted, "name": "x"})
        .status_code
        == 403
    )
    clicks = Dataset.objects.get(name="clicks")
    file = SimpleUploadedFile("clicks.csv", GOOD.encode())
    answer = alice.post(reverse("catalog:upload", args=[clicks.uid]), {"file": file})
    run = IngestRun.objects.get(dataset=clicks)
    assert answer["Location"] == run.get_absolute_url()
    tasks.ingest_run(run.uid)
    version = clicks.versions.get()
    assert alice.post(reverse("catalog:validate", args=[version.uid])).status_code == 302
    assert not ValidationRun.objects.exists()  # no standard: told in words, nothing started


def test_a_faulty_upload_is_told_in_the_form(shop: Shop) -> None:
    client, url = signed_in(shop.people.alice), reverse("catalog:upload", args=[shop.dataset.uid])
    for name, content, status in (("a.xlsx", b"x", 415), ("a.parquet", b"no", 400), ("a.csv", b"", 400)):
        assert client.post(url, {"file": SimpleUploadedFile(name, content)}).status_code == status
    assert client.post(url, {}).status_code == 400
    assert not IngestRun.objects.exists()


def test_masked_rows_are_shown_by_a_post_and_noted(full: Shop) -> None:
    version = full.dataset.versions.order_by("number").first()
    assert version is not None
    client = signed_in(full.people.alice)
    url = reverse("catalog:version_rows", args=[version.uid])
    assert client.get(url).status_code == 405
    text = client.post(url, {"purpose": "quality_check"}).content.decode()
    assert "Bergen" in text
    assert "b@x.no" not in text
    assert LedgerEntry.objects.filter(type="rows.shown", subject_id=version.uid).count() == 1
    cell = reverse("catalog:version_cell", args=[version.uid])
    asked = {"purpose": "incident", "row": 2, "column": "email"}
    assert "b@x.no" in client.post(cell, asked).content.decode()
    stranger = signed_in(full.people.mallory).post(cell, asked)
    assert stranger.status_code == 403
    assert "b@x.no" not in stranger.content.decode()
    assert client.post(cell, {**asked, "column": "nowhere"}).status_code == 404
    assert client.post(cell, {}).status_code == 400


def test_quarantined_rows_by_step(full: Shop) -> None:
    held = Quarantine.objects.get()
    client = signed_in(full.people.alice)
    text = client.post(held.get_absolute_url(), {"purpose": "incident", "step": "twice"}).content.decode()
    assert "Bergen" in text
    assert "b@x.no" not in text
    cell = reverse("catalog:quarantine_cell", args=[held.uid])
    assert (
        "b@x.no" in client.post(cell, {"purpose": "incident", "row": 2, "column": "email"}).content.decode()
    )


def test_progress_stops_asking_when_the_job_is_over(full: Shop) -> None:
    run = ValidationRun.objects.first()
    assert run is not None
    answer = signed_in(full.people.alice).get(reverse("catalog:job_progress", args=["validation", run.uid]))
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (286, "true")
    again = signed_in(full.people.alice).post(reverse("catalog:validation_run_again", args=[run.uid]))
    waiting = ValidationRun.objects.get(state="queued")
    assert again["Location"] == waiting.get_absolute_url()
    follow = signed_in(full.people.alice).get(
        reverse("catalog:job_progress", args=["validation", waiting.uid])
    )
    assert follow.status_code == 200
    assert "every 2s" in follow.content.decode()
    signed_in(full.people.alice).post(reverse("catalog:job_cancel", args=["validation", waiting.uid]))
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert (
        signed_in(full.people.alice).get(reverse("catalog:job_progress", args=["x", run.uid])).status_code
        == 404
    )


def test_an_incident_is_resolved_with_a_word(shop: Shop) -> None:
    check = actions.validation_request(actor=shop.people.alice, version=shop.version(BAD))
    tasks.validation_run(check.uid)
    incident = Incident.objects.get()
    url = reverse("catalog:incident_resolve", args=[incident.uid])
    signed_in(shop.people.mallory).post(url, {"note": "hush"})
    signed_in(shop.people.alice).post(url, {"note": " "})
    incident.refresh_from_db()
    assert incident.state == "open"
    signed_in(shop.people.alice).post(url, {"note": "The sender was told."})
    incident.refresh_from_db()
    assert (incident.state, incident.resolved_by) == ("resolved", shop.people.alice)


def test_recipes_and_cleaning_by_forms(shop: Shop) -> None:
    client = signed_in(shop.people.dave)
    posted = {"name": "tidy", "title": "Tidy", "document": SimpleUploadedFile("r.yaml", RECIPE.encode())}
    assert client.post(reverse("catalog:recipe_new"), posted).status_code == 302
    bad = {**posted, "name": "other", "document": SimpleUploadedFile("r.yaml", b"recipe: v9")}
    assert client.post(reverse("catalog:recipe_new"), bad).status_code == 400
    version = shop.version(BAD)
    held = Recipe.objects.get().versions.get()
    url = reverse("catalog:clean", args=[version.uid])
    assert client.post(url, {"recipe_version": held.pk}).status_code == 403
    answer = signed_in(shop.people.alice).post(url, {"recipe_version": held.pk})
    assert answer["Location"] == CleaningRun.objects.get().get_absolute_url()


def fill(shop: Shop, count: int) -> None:
    """Rows of every list: datasets with a version and a check each, incidents, recipes, sources."""
    for number in range(count):
        name = f"more-{Dataset.objects.count()}-{number}"
        dataset = actions.dataset_register(
            actor=shop.people.dave,
            name=name,
            title=name,
            source=shop.source,
            owner=shop.people.erin,
            steward=shop.people.alice,
            standard_name="orders",
            object_name="orders",
        )
        first = shop.dataset.versions.order_by("number").first()
        assert first is not None
        version = type(first).objects.create(
            dataset=dataset, number=1, digest=first.digest, path=first.path, rows=3, bytes=9,
            made_by_kind="ingest_run", made_by_id=name, created_by=shop.people.alice,
        )  # fmt: skip
        run = ValidationRun.objects.create(
            version=version, standard_version=shop.law, standard_digest=shop.law.digest,
            object_name="orders", state="succeeded", verdict="failed",
            gate="closed", score="50.00", requested_by=shop.people.alice,
        )  # fmt: skip
        Incident.objects.create(
            dataset=dataset, version=version, run=run, kind="blocker_failed", due_at=run.created_at
        )
        actions.source_register(actor=shop.people.dave, name=name, title=name)
        recipe(shop, name=name)


def count_queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_lists_cost_the_same_at_one_and_at_fifty_rows(full: Shop) -> None:
    urls = {
        n: reverse(f"catalog:{n}") for n in ("datasets", "validation_runs", "recipes", "incidents", "sources")
    }
    client = signed_in(full.people.alice)
    at_one = {name: count_queries(client, url) for name, url in urls.items()}
    fill(full, 49)
    at_fifty = {name: count_queries(client, f"{url}?page=1") for name, url in urls.items()}
    golden = json.loads(GOLDEN.read_text())
    assert at_one == at_fifty
    assert at_one == {name: golden[name] for name in urls}
    assert max(at_one.values()) <= 15
