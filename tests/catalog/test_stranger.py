"""What a stranger finds: uploads without bytes, tables with nothing to compare, parts a page left empty."""

from __future__ import annotations

from pathlib import Path

from django.test import Client

from catalog import actions, tasks
from catalog.models import IngestRun
from catalog.views import outcomes
from tests.catalog.conftest import Shop

STATIC = Path(__file__).resolve().parents[2] / "static" / "css"


def signed_in(user: object) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


def test_a_put_without_bytes_is_refused_with_its_code(shop: Shop) -> None:
    address = f"/api/v1/datasets/{shop.dataset.uid}/uploads?filename=a.csv"
    answer = signed_in(shop.people.alice).put(address, b"", content_type="application/octet-stream")
    assert (answer.status_code, answer.json()["code"]) == (400, "ingest:empty_file")
    assert not IngestRun.objects.exists()


def test_a_first_check_shows_no_columns_to_compare_with(shop: Shop) -> None:
    run = actions.validation_request(actor=shop.people.alice, version=shop.version())
    tasks.validation_run(run.uid)
    page = signed_in(shop.people.alice).get(f"/validation-runs/{run.uid}")
    assert page.status_code == 200
    assert page.context["outcomes"].table is outcomes.OUTCOMES_ALONE
    again = actions.validation_request(actor=shop.people.alice, version=run.version)
    tasks.validation_run(again.uid)
    page = signed_in(shop.people.alice).get(f"/validation-runs/{again.uid}")
    assert page.context["outcomes"].table is outcomes.OUTCOMES


def test_an_empty_part_of_a_layout_is_hidden_after_the_components_had_their_say() -> None:
    """Layers win by order, not by weight: in `layout` the rule would lose to the display of `.tabs`."""
    text = (STATIC / "layout.css").read_text(encoding="utf-8")
    assert text.index("@layer responsive") < text.index(".optional:not(:has(> *))")


def test_a_table_wider_than_any_page_is_refused(shop: Shop) -> None:
    names = ",".join(f"c{number}" for number in range(2001))
    run = shop.upload(f"{names}\n{names}\n")
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.reason, run.version) == ("failed", "ingest:too_many_columns", None)
    page = signed_in(shop.people.alice).get(f"/ingest-runs/{run.uid}")
    assert "2,000 columns" in page.content.decode()
