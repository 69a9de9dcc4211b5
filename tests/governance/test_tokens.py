"""Tokens: only a hash is stored; what is revoked, expired or somebody's who left opens nothing."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from governance import actions
from governance import exceptions as errors
from governance.models import ApiToken, Department, LedgerEntry, User
from tests.governance.conftest import signed_in
from tests.people import People

ME = "/api/v1/users/me"


def ask(text: str) -> int:
    return Client(headers={"authorization": f"Bearer {text}"}).get(ME).status_code


def test_only_the_hash_is_stored(people: People) -> None:
    row, text = actions.token_issue(actor=people.dave, user=people.dave, label="notebook")
    assert len(text) >= 47
    assert row.hash == hashlib.sha256(text.encode()).hexdigest()
    stored = ApiToken.objects.values_list().get()
    assert text not in map(str, stored)
    assert not any(text[4:] in entry.data for entry in LedgerEntry.objects.all())


def test_a_live_token_opens_and_notes_the_minute(people: People) -> None:
    row, text = actions.token_issue(actor=people.dave, user=people.dave, label="notebook")
    assert row.last_used_at is None
    assert ask(text) == 200
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    assert ask(text) == 200
    row.refresh_from_db()
    assert row.last_used_at == first  # once a minute, not once a request


@pytest.mark.parametrize("fault", ["revoked", "expired", "inactive"])
def test_a_dead_token_opens_nothing(people: People, fault: str) -> None:
    row, text = actions.token_issue(actor=people.dave, user=people.dave, label="notebook")
    if fault == "revoked":
        actions.token_revoke(actor=people.dave, token=row)
    elif fault == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    else:
        actions.person_deactivate(actor=people.carol, user=people.dave)
    assert ask(text) == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer x", "Bearer \xff", "Basic eDp5", "gvl_x"])
def test_anything_else_opens_nothing(people: People, header: str) -> None:
    assert Client(headers={"authorization": header}).get(ME).status_code == 401


def test_nobody_issues_a_token_for_another_person(people: People) -> None:
    with pytest.raises(errors.NotPermitted):
        actions.token_issue(actor=people.carol, user=people.dave, label="his")
    service = actions.person_create(actor=people.carol, username="robot", name="Robot", kind="service")
    row, text = actions.token_issue(actor=people.carol, user=service, label="nightly")
    assert ask(text) == 200
    with pytest.raises(errors.NotPermitted):
        actions.token_revoke(actor=people.dave, token=row)
    actions.token_revoke(actor=people.bob, token=row)
    assert ask(text) == 401


def test_the_page_shows_the_text_once_and_keeps_it_nowhere(people: People) -> None:
    client = signed_in(people.dave)
    answer = client.post("/account/tokens", {"label": "notebook", "days": 30})
    prefix = ApiToken.objects.get().prefix
    text = next(
        w
        for w in answer.content.decode().replace("<", " ").replace(">", " ").split()
        if w.startswith("gvl_") and "…" not in w
    )
    assert text.startswith(prefix)
    assert ask(text) == 200
    assert text not in client.get("/account/").content.decode()
    assert text not in str(dict(client.session))
    assert client.post("/account/tokens", {"label": "", "days": 30}).status_code == 400
    assert client.post("/account/tokens", {"label": "x", "days": 9999}).status_code == 400
    client.post(f"/account/tokens/{ApiToken.objects.get().uid}/revoke")
    assert ask(text) == 401
    assert (
        signed_in(people.erin).post(f"/account/tokens/{ApiToken.objects.get().uid}/revoke").status_code == 404
    )


def test_the_command_acts_in_somebodys_name(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    Department.objects.create(code="sales", name="Sales")
    call_command("person", "--as", "carol", "create", "frank", "--name", "Frank", "--department", "sales")
    assert User.objects.get(username="frank").department.code == "sales"  # type: ignore[union-attr]
    call_command("person", "--as", "carol", "create", "robot", "--name", "Robot", "--kind", "service")
    capsys.readouterr()
    call_command("person", "--as", "carol", "token", "robot", "--label", "nightly", "--days", "7")
    assert ask(capsys.readouterr().out.strip()) == 200
    call_command("person", "--as", "carol", "deactivate", "frank")
    assert not User.objects.get(username="frank").is_active
    for words in (
        ["--as", "mallory", "create", "eve", "--name", "Eve"],
        ["--as", "nobody", "deactivate", "dave"],
        ["--as", "carol", "deactivate", "nobody"],
        ["--as", "carol", "token", "dave", "--label", "his"],
        ["--as", "carol", "token", "robot", "--label", "x", "--days", "0"],
        ["--as", "carol", "create", "eve", "--name", "Eve", "--department", "none"],
    ):
        with pytest.raises(CommandError):
            call_command("person", *words)
    assert not User.objects.filter(username="eve").exists()
