"""Who is not signed in, who is a superuser, who guesses passwords, who uses the admin: none gets anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from governance.models import LedgerEntry, User
from tests.governance.conftest import Company, signed_in
from tests.people import People

OPEN = {"healthz", "sign_in", "sign_out", "set_language", "javascript-catalog"}
VALUES = {"uid": "x" * 32, "act": "revoke", "kind": "validation", "object_id": "1", "app_label": "governance"}


def addresses(
    patterns: Any = None, prefix: str = "", names: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """(name, path) of every address of the product; arguments filled with something that is not there."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, path, names)
        elif isinstance(entry, URLPattern):
            yield entry.name or "", path


def filled(path: str) -> str:
    import re

    path = re.sub(r"\(\?P<format>[^)]*\)/?\??", "", path)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "x" * 32, path)
    path = re.sub(r"<int:\w+>", "1", path)
    path = re.sub(r"<[^>]+>", "x" * 32, path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


def test_no_address_answers_somebody_not_signed_in(db: None) -> None:
    """The whole map of addresses is walked, so that a new page cannot forget its lock."""
    found = [(name, filled(path)) for name, path in addresses()]
    assert len(found) > 60
    answered = []
    for name, path in found:
        if name in OPEN or path.startswith(("/admin/login", "/admin/jsi18n", "/static/")):
            continue
        for verb in ("get", "post"):
            status = getattr(Client(), verb)(path).status_code
            if status not in {301, 302, 401, 403, 404, 405}:
                answered.append((verb, path, status))
    assert answered == []


def test_a_superuser_is_no_governor(company: Company) -> None:
    mallory = company.people.mallory
    mallory.is_staff = mallory.is_superuser = True
    mallory.save()
    client = signed_in(mallory)
    for path in ("teams", "users", "departments", "standards"):
        body = {
            "code": "x",
            "name": "X",
            "function": "governance",
            "username": "x",
            "title": "X",
            "document": "x",
        }
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), path


def test_the_admin_shows_and_changes_nothing(company: Company) -> None:
    mallory = company.people.mallory
    mallory.is_staff = mallory.is_superuser = True
    mallory.save()
    client = signed_in(mallory)
    ours = [m for m in admin.site._registry if m._meta.app_label == "governance"]
    assert {"User", "LedgerEntry", "Permit", "Decision", "StandardVersion", "ApiToken"} <= {
        m.__name__ for m in ours
    }
    for model in ours:
        base = f"admin:governance_{model._meta.model_name}"
        assert client.get(reverse(f"{base}_changelist")).status_code == 200, model
        assert client.get(reverse(f"{base}_add")).status_code == 403, model
        assert client.post(reverse(f"{base}_add"), {}).status_code == 403, model
        row = model._default_manager.first()
        if row is None:
            continue
        page = client.get(reverse(f"{base}_change", args=[row.pk]))
        assert page.status_code == 200, model
        for secret in ("password", "hash"):
            if model.__name__ in {"User", "ApiToken"} and hasattr(row, secret):
                assert str(getattr(row, secret)) not in page.content.decode()
        assert client.post(reverse(f"{base}_change", args=[row.pk]), {"name": "x"}).status_code == 403, model
        assert client.post(reverse(f"{base}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403, (
            model
        )
        picked = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(reverse(f"{base}_changelist"), picked)
        assert model._default_manager.filter(pk=row.pk).exists()


def test_the_admin_is_closed_to_members(people: People) -> None:
    assert signed_in(people.carol).get("/admin/").status_code == 302


def test_guessing_passwords_is_stopped(people: People, settings: Any) -> None:
    settings.AXES_ENABLED = True
    url = reverse("sign_in")
    client = Client(REMOTE_ADDR="192.0.2.7")
    statuses = [
        client.post(url, {"username": "carol", "password": f"guess {n}"}).status_code
        for n in range(settings.AXES_FAILURE_LIMIT + 1)
    ]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    right = client.post(url, {"username": "carol", "password": "correct horse battery"})
    assert right.status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.8")
    assert elsewhere.post(url, {"username": "carol", "password": "correct horse battery"}).status_code == 302


def test_who_left_and_who_is_a_program_cannot_sign_in(people: People) -> None:
    User.objects.filter(pk=people.dave.pk).update(is_active=False)
    url = reverse("sign_in")
    assert Client().post(url, {"username": "dave", "password": "correct horse battery"}).status_code == 200
    User.objects.create(username="robot", kind="service", name="Robot", password="!")
    assert Client().post(url, {"username": "robot", "password": "!"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/ledger/", "/permits/", "/standards/", "/people/", "/account/", "/inbox/"]
)
def test_no_page_allows_inline_script_or_style(company: Company, path: str) -> None:
    policy = signed_in(company.people.carol).get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_looking_writes_nothing_into_the_ledger(company: Company) -> None:
    before = LedgerEntry.objects.count()
    client = signed_in(company.people.mallory)
    for path in ("/", "/ledger/", "/permits/", "/standards/", "/people/", "/account/"):
        client.get(path)
    assert LedgerEntry.objects.count() == before
