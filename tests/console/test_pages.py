"""Home, inbox, search: what waits for whom, and only what they may see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import actions, tasks
from catalog.models import Dataset
from governance.models import Notice
from governance.notices import send
from governance.subject_ref import SubjectRef
from tests.catalog.conftest import BAD, Shop
from tests.governance.conftest import signed_in

GOLDEN = Path(__file__).parent / "query_counts.json"
PAGES = ("console:home", "console:inbox", "console:search")


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A version that fails its standard: an incident, failing rules, a notice."""
    check = actions.validation_request(actor=shop.people.alice, version=shop.version(BAD))
    tasks.validation_run(check.uid)
    return shop


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_answers_every_role_in_both_languages(busy: Shop, language: str) -> None:
    people = busy.people
    for user in (people.alice, people.carol, people.dave, people.erin, people.mallory):
        client = signed_in(user)
        client.cookies["gavel_language"] = language
        for name in PAGES:
            answer = client.get(reverse(name), {"q": "orders"})
            assert answer.status_code == 200
            text = answer.content.decode()
            assert "<script>" not in text
            assert ' style="' not in text
            assert ("首页" in text) is (language == "zh-hans")


def test_nobody_sees_them_without_signing_in(db: None) -> None:
    for name in PAGES:
        assert Client().get(reverse(name)).status_code == 302


def test_a_steward_sees_what_fails_on_their_data(busy: Shop) -> None:
    home = signed_in(busy.people.alice).get(reverse("console:home")).context["home"]
    assert home.keeps
    assert {row.dataset.name for row in home.failing} == {"orders"}
    assert home.failing[0].outcome.severity == "blocker"
    stranger = signed_in(busy.people.mallory).get(reverse("console:home")).context["home"]
    assert not stranger.keeps
    assert stranger.failing == ()


def test_the_governance_team_sees_the_scoreboard(busy: Shop) -> None:
    figures = signed_in(busy.people.carol).get(reverse("console:home")).context["home"].figures
    assert len(figures) == 5
    assert (figures[0].value, figures[3].value) == (0, 1)  # no gate open, one incident


def test_search_finds_names_in_both_languages_and_only_what_one_may_see(busy: Shop) -> None:
    client, url = signed_in(busy.people.erin), reverse("console:search")
    for text in ("orders", "订单", "ORDERS", "安爱丽"):
        assert client.get(url, {"q": text}).context["page"].items, text
    for text in ("", " ", "nothing at all", "%", "x" * 5000):
        assert not [h for h in client.get(url, {"q": text}).context["page"].items if "orders" in h.title], (
            text
        )
    Dataset.objects.update(level=4)
    found = signed_in(busy.people.mallory).get(url, {"q": "orders"}).context["page"].items
    assert "database" not in {hit.icon for hit in found}


def test_notices_are_read_once(busy: Shop) -> None:
    send(
        [busy.people.dave],
        "permit_issued",
        SubjectRef("dataset", busy.dataset.uid),
        action="train",
        title="orders",
    )
    client = signed_in(busy.people.dave)
    assert "orders" in client.get(reverse("console:inbox")).content.decode()
    assert client.get(reverse("console:inbox_read")).status_code == 405
    assert client.post(reverse("console:inbox_read")).status_code == 302
    assert not Notice.objects.visible_to(busy.people.dave).unread().exists()


def test_pages_cost_the_same_at_one_and_at_fifty_rows(busy: Shop) -> None:
    measured = []
    for count in (1, 49):
        for number in range(count):
            about = SubjectRef("dataset", busy.dataset.uid)
            send([busy.people.alice], "permit_issued", about, action="train", title=f"orders {number}")
        client = signed_in(busy.people.alice)
        found = {}
        for name in PAGES:
            client.get(reverse(name), {"q": "orders"})
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse(name), {"q": "orders"})
            found[name.partition(":")[2]] = len(queries)
        measured.append(found)
    assert measured[0] == measured[1]
    assert measured[0] == json.loads(GOLDEN.read_text())
