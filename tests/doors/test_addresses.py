"""No address of console or API lets anybody change what only a decision may change (house: promise 3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from governance.models import ApiToken, User
from governance.services import people as services
from tests.doors.conftest import World, law_in_force
from tests.doors.walking import addresses, bodies, filled, forms, unknown_words

METHODS = ("post", "put", "patch", "delete")
LEAVES = (
    "accounts/",
    "i18n/",
    "admin/",
    "static/",
    "people/leave",
    "organisation/people/<str:uid>/deactivate",
)
"""Not walked: signing out, and letting go those who walk."""
INTRUDERS = ("root", "robot", "insider")


def said(world: World) -> dict[str, Any]:
    """Words an eager intruder would send, by the name of the field."""
    version = world.company.versions["test"]
    return {
        "status": "in_force",
        "state": "promoted",
        "outcome": "approved",
        "choice": "approve",
        "rationale": "Because I say so.",
        "reason": "Because I say so.",
        "note": "Because I say so.",
        "action": "train",
        "purpose": "search-relevance",
        "team": "engineering",
        "subject": {"kind": "dataset_version", "id": version.uid},
        "digest": version.digest,
        "seat": "seat-1",
        "member": world.intruders["insider"].username,
        "until": "2026-12-31",
        "confirm": "1",
    }


def offenders(before: dict[str, Any]) -> dict[str, Any]:
    """What is in force now and was not before."""
    return {name: new for name, now in law_in_force().items() if (new := now - before[name])}


def walked() -> list[str]:
    return sorted(route for route in set(addresses()) if not route.startswith(LEAVES))


def test_every_address_is_known(world: World) -> None:
    assert unknown_words(world.things) == set()


@pytest.mark.parametrize("name", INTRUDERS)
def test_no_call_of_the_api_changes_the_law(world: World, name: str) -> None:
    user, before = world.intruders[name], law_in_force()
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token_of(user)}"})
    schema = SchemaGenerator().get_schema(request=None, public=True)
    tried = 0
    for route in (route for route in walked() if route.startswith("api/")):
        path = filled(route, world.things)
        described = _described(schema, route)
        for method in METHODS:
            for body in bodies(schema, described, method, said(world)):
                answer = client.generic(method.upper(), path, json_of(body), content_type="application/json")
                assert answer.status_code < 500, (method, path, body)
                tried += answer.status_code != 405
            assert offenders(before) == {}, (method, path)
    assert tried > 100


@pytest.mark.parametrize("name", ["root", "insider"])
def test_no_form_of_the_console_changes_the_law(world: World, name: str) -> None:
    before, client = law_in_force(), Client(raise_request_exception=False)
    client.force_login(world.intruders[name])
    sent = 0
    for route in (route for route in walked() if not route.startswith("api/")):
        path = filled(route, world.things)
        page = client.get(path)
        assert page.status_code < 500, path
        for form in _forms_of(page, said(world)):
            answer = client.post(form.action or path, form.fields)
            assert answer.status_code < 500, (path, form)
            sent += 1
        assert (
            client.post(path, {k: v for k, v in said(world).items() if isinstance(v, str)}).status_code < 500
        ), path
        assert offenders(before) == {}, path
    assert sent > 20


def _forms_of(page: Any, words: dict[str, Any]) -> list[Any]:
    if page.status_code != 200 or "html" not in page.headers.get("Content-Type", ""):
        return []
    own = [
        form for form in forms(page.content.decode(), words) if not form.action.startswith("/" + LEAVES[0])
    ]
    return [form for form in own if not form.action.startswith(tuple("/" + leave for leave in LEAVES))]


def _described(schema: dict[str, Any], route: str) -> str:
    """The path as the API's description writes it."""
    import re

    plain = re.sub(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)", lambda m: "{" + (m[1] or m[2]) + "}", route)
    return "/" + plain


def token_of(user: User) -> str:
    services.token_issue(actor=user, user=user, label="walk")
    assert ApiToken.objects.live().filter(user=user).exists()
    return services.token_issue(actor=user, user=user, label="walk")[1]


def json_of(body: dict[str, Any]) -> str:
    import json

    return json.dumps(body)
