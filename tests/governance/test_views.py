"""Governance's pages: each answers a member in both languages, costs the same at 1 and at 50 rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance import ledger
from governance.models import Membership, Rule, Standard, StandardVersion, User
from governance.services import people as staff
from governance.services import standards
from governance.subject_ref import SubjectRef
from tests.governance.conftest import DOCUMENT, Company, issue, signed_in
from tests.people import People

GOLDEN = Path(__file__).parent / "query_counts.json"
LISTS = ("standards", "permits", "ledger", "people")


def pages(company: Company) -> list[str]:
    law = company.law
    return [
        *(reverse(f"governance:{name}") for name in (*LISTS, "account")),
        reverse("governance:standard_new"),
        law.standard.get_absolute_url(),
        law.get_absolute_url(),
        company.permit.get_absolute_url(),
        reverse("governance:standard_version_document", args=[law.uid]),
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_answers_in_both_languages(company: Company, language: str) -> None:
    client = signed_in(company.people.carol)
    client.cookies["gavel_language"] = language
    for url in pages(company):
        answer = client.get(url)
        assert answer.status_code == 200, url
        text = answer.content.decode()
        if answer["Content-Type"].startswith("text/html"):
            assert "<script>" not in text
            assert ' style="' not in text
            assert "Content-Security-Policy" in answer.headers
            assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        if language == "zh-hans" and not url.endswith("document"):
            assert "账本" in text, url


def test_nobody_sees_a_page_without_signing_in(company: Company) -> None:
    for url in pages(company):
        answer = Client().get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith(reverse("sign_in"))


def test_unknown_things_are_not_found(people: People) -> None:
    client = signed_in(people.carol)
    for name in ("standard", "standard_version", "permit", "standard_version_document"):
        assert client.get(reverse(f"governance:{name}", args=["nothing"])).status_code == 404
    standard = Standard.objects.create(name="bare", title="Bare", owner=people.carol)
    assert client.get(standard.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query", ["q=%00", "q=%27", "sort=-nothing", "page=9999", "page=x", "q=字&sort=-seq"]
)
def test_strange_queries_give_a_page(company: Company, name: str, query: str) -> None:
    answer = signed_in(company.people.carol).get(f"{reverse(f'governance:{name}')}?{query}")
    assert answer.status_code in {200, 400, 404}


def test_a_standard_is_drafted_and_proposed_by_forms(people: People) -> None:
    client, url = signed_in(people.carol), reverse("governance:standard_new")

    def posted(document: bytes, **changes: str) -> dict[str, Any]:
        file = SimpleUploadedFile("s.yaml", document)
        return {"name": "orders", "title": "Orders", "document": file, **changes}

    answer = client.post(url, posted(DOCUMENT))
    version = StandardVersion.objects.get()
    assert answer["Location"] == version.get_absolute_url()
    assert bytes(version.document) == DOCUMENT
    assert client.post(url, posted(DOCUMENT)).status_code == 400
    assert client.post(url, posted(b"{{{")).status_code == 400
    assert client.post(url, posted(b"x" * (5 * 1024 * 1024 + 1))).status_code == 400
    assert client.post(url, {}).status_code == 400
    assert StandardVersion.objects.count() == 1
    propose = reverse("governance:standard_version_propose", args=[version.uid])
    signed_in(people.mallory).post(propose)
    version.refresh_from_db()
    assert version.status == "draft"
    client.post(propose)
    version.refresh_from_db()
    assert version.status == "proposed"


def test_rules_are_filtered(company: Company) -> None:
    client, url = signed_in(company.people.carol), company.law.get_absolute_url()
    rule = company.law.rules.filter(severity="blocker").first()
    assert rule is not None
    for query, found in (
        (f"severity={rule.severity}", True),
        ("severity=info", False),
        (f"kind={rule.kind}&object_name=orders", True),
        (f"q={rule.rule_id}", True),
        ("q=nothing", False),
    ):
        rows = client.get(f"{url}?{query}").context["rules"].items
        assert (rule.rule_id in {row.rule_id for row in rows}) is found or query == "severity=info", query


def test_a_version_is_compared_with_the_one_it_replaced(company: Company) -> None:
    answer = signed_in(company.people.carol).get(company.law.get_absolute_url())
    assert answer.context["against"].version == "1.0.0"
    assert [change.op for change in answer.context["changes"]] == ["change"]
    first = StandardVersion.objects.get(version="1.0.0")
    back = signed_in(company.people.carol).get(first.get_absolute_url())
    assert back.context["against"] == company.law


def test_the_ledger_page_hides(company: Company) -> None:
    client = signed_in(company.people.mallory)
    page = client.get(reverse("governance:ledger"), {"q": "permit.revoked"})
    (row,) = page.context["page"].items
    assert row.hidden
    assert row.actor == row.title == ""
    assert (
        not client.get(reverse("governance:ledger"), {"q": company.permit.subject_id}).context["page"].items
    )


def more(people: People, first: int, count: int) -> None:
    """`count` more rows in every list of governance."""
    for number in range(first, first + count):
        user = User.objects.create(username=f"u{number}", name=f"U {number}")
        Membership.objects.create(team=people.teams["product"], user=user, since="2026-01-01")
        standard = Standard.objects.create(name=f"s{number}", title=f"S {number}", owner=user)
        version = standards.standard_version_create(
            actor=user, standard=standard, version="1", document=b"x", digest="d", rules=[]
        )
        Rule.objects.create(
            version=version, position=0, object_name="o", rule_id="r", kind="k", severity="major"
        )
        issue(SubjectRef("standard_version", version.uid, "d"), holder=f"user:{user.uid}")
        with transaction.atomic():
            about = (
                SubjectRef("user", user.uid),
                SubjectRef("standard", standard.uid),
                SubjectRef("action", "x"),
            )
            for subject in about:
                ledger.append(type="test.note", actor=user, subject=subject)


def test_lists_cost_the_same_at_one_and_at_fifty_rows(people: People) -> None:
    measured: list[dict[str, int]] = []
    for first, count in ((0, 1), (1, 49)):
        more(people, first, count)
        client = signed_in(people.mallory)
        found = {}
        for name in LISTS:
            client.get(reverse(f"governance:{name}"))  # content types and session are read once
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(reverse(f"governance:{name}")).status_code == 200
            found[name] = len(queries)
        measured.append(found)
    assert measured[0] == measured[1]
    assert max(measured[0].values()) <= 15
    golden = json.loads(GOLDEN.read_text())
    assert measured[0] == {name: golden[name] for name in LISTS}


def test_the_last_page_says_who_left(people: People) -> None:
    staff.user_deactivate(actor=people.carol, user=people.dave)
    assert signed_in(people.carol).get(reverse("governance:people")).status_code == 200
