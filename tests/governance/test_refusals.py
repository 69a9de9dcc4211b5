"""A refused action leaves one ledger row with its code, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from governance import actions
from governance import exceptions as errors
from governance.models import (
    ApiToken,
    Department,
    LedgerEntry,
    Membership,
    OutboxDelivery,
    StandardVersion,
    User,
)
from governance.refusals import governed
from tests.governance.conftest import DOCUMENT, adopt
from tests.people import People

Act = Callable[[People, StandardVersion], Any]

ACTIONS: dict[str, Act] = {
    "person.first": lambda p, v: actions.first_person_create(
        actor=None, username="root", name="Root", password=None
    ),
    "department.create": lambda p, v: actions.department_create(actor=p.mallory, code="x", name="X"),
    "team.create": lambda p, v: actions.team_create(
        actor=p.mallory, code="x", name="X", function="governance"
    ),
    "person.create": lambda p, v: actions.person_create(actor=p.mallory, username="eve", name="Eve"),
    "department.change": lambda p, v: actions.department_change(
        actor=p.mallory, department=Department(code="x"), name="X"
    ),
    "team.change": lambda p, v: actions.team_change(
        actor=p.mallory, team=p.teams["product"], name="X", function="governance"
    ),
    "person.change": lambda p, v: actions.person_change(actor=p.mallory, user=p.carol, name="Eve"),
    "person.reactivate": lambda p, v: actions.person_reactivate(actor=p.mallory, user=p.carol),
    "people.import_check": lambda p, v: actions.people_import_check(actor=p.mallory, content=b"kind"),
    "people.import": lambda p, v: actions.people_import(actor=p.mallory, content=b"kind", digest=""),
    "people.export": lambda p, v: actions.people_export(actor=p.mallory),
    "channel.set": lambda p, v: actions.channel_set(
        actor=User(username="left", is_active=False), kind="mail", mode="each"
    ),
    "channel.test": lambda p, v: actions.channel_test(
        actor=User(username="left", is_active=False), kind="mail"
    ),
    "person.deactivate": lambda p, v: actions.person_deactivate(actor=p.mallory, user=p.carol),
    "membership.start": lambda p, v: actions.membership_start(
        actor=p.mallory, team=p.teams["governance"], user=p.mallory
    ),
    "membership.end": lambda p, v: actions.membership_end(
        actor=p.mallory, membership=Membership.objects.get(user=p.carol)
    ),
    "token.issue": lambda p, v: actions.token_issue(actor=p.mallory, user=p.carol, label="hers"),
    "token.revoke": lambda p, v: actions.token_revoke(
        actor=p.mallory, token=ApiToken.objects.get(user=p.carol)
    ),
    "standard.draft": lambda p, v: actions.standard_draft(
        actor=p.mallory, name="new", title="New", document=DOCUMENT
    ),
    "standard.branch": lambda p, v: actions.standard_branch(actor=p.mallory, version=v),
    "standard.edit": lambda p, v: actions.standard_edit(
        actor=p.mallory, version=v, digest=v.digest, changes=[{"do": "number", "version": "9.0.0"}]
    ),
    "standard.edit: whole text": lambda p, v: actions.standard_rewrite(
        actor=p.mallory, version=v, digest=v.digest, document=DOCUMENT
    ),
    "standard.propose": lambda p, v: actions.standard_propose(actor=p.mallory, version=v),
    "standard.adopt": lambda p, v: actions.standard_adopt(actor=p.mallory, version=v),
    "ledger.check": lambda p, v: actions.ledger_check_ask(actor=p.mallory),
}


def counts() -> dict[str, int]:
    models = apps.get_app_config("governance").get_models()
    return {m.__name__: m._default_manager.count() for m in models if m.__name__ != "LedgerHead"}


@pytest.mark.parametrize("name", ACTIONS)
def test_a_stranger_is_refused_and_only_the_ledger_learns_of_it(
    people: People, draft: StandardVersion, name: str
) -> None:
    actions.token_issue(actor=people.carol, user=people.carol, label="carol's")
    before = counts()
    with pytest.raises(errors.NotPermitted):
        ACTIONS[name](people, draft)
    assert counts() == before | {"LedgerEntry": before["LedgerEntry"] + 1}
    entry = LedgerEntry.objects.first()
    assert entry is not None
    assert (entry.type, entry.accepted, entry.code) == (name.split(":")[0], False, "not_permitted")
    assert entry.data == "{}"  # never the values that were sent


def test_every_action_of_governance_is_tried_by_a_stranger() -> None:
    folder = Path(actions.__file__).parent
    texts = [file.read_text(encoding="utf-8") for file in folder.glob("*.py")]
    named = {name for text in texts for name in re.findall(r'^@governed\("([^"]+)"', text, re.MULTILINE)}
    assert named == {name.split(":")[0] for name in ACTIONS}


def test_who_left_is_refused(people: People, draft: StandardVersion) -> None:
    actions.person_deactivate(actor=people.bob, user=people.carol)
    people.carol.refresh_from_db()
    for act in (
        lambda: actions.standard_propose(actor=people.carol, version=draft),
        lambda: actions.token_issue(actor=people.carol, user=people.carol, label="still"),
        lambda: actions.team_create(actor=people.carol, code="x", name="X", function="product"),
    ):
        with pytest.raises(errors.NotPermitted):
            act()


def test_nobody_lets_themselves_go(people: People) -> None:
    with pytest.raises(errors.NotPermitted):
        actions.person_deactivate(actor=people.carol, user=people.carol)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda p: actions.department_create(actor=p.carol, code="../etc", name="X"), "invalid_input"),
        (lambda p: actions.team_create(actor=p.carol, code="x", name="X", function="king"), "invalid_input"),
        (
            lambda p: actions.team_create(actor=p.carol, code="product", name="P", function="product"),
            "name_taken",
        ),
        (lambda p: actions.person_create(actor=p.carol, username="a b", name="A"), "invalid_input"),
        (lambda p: actions.person_create(actor=p.carol, username="a" * 151, name="A"), "invalid_input"),
        (lambda p: actions.person_create(actor=p.carol, username="a\x00", name="A"), "invalid_input"),
        (lambda p: actions.person_create(actor=p.carol, username="a", name=" "), "invalid_input"),
        (lambda p: actions.person_create(actor=p.carol, username="a", name="A", kind="god"), "invalid_input"),
        (lambda p: actions.person_create(actor=p.carol, username="dave", name="D"), "name_taken"),
        (lambda p: actions.token_issue(actor=p.dave, user=p.dave, label=" "), "invalid_input"),
        (lambda p: actions.token_issue(actor=p.dave, user=p.dave, label="x" * 81), "invalid_input"),
    ],
)
def test_bad_input_changes_nothing(people: People, act: Callable[[People], Any], code: str) -> None:
    before = counts()
    with pytest.raises(errors.DomainError) as refused:
        act(people)
    assert refused.value.code == code
    assert counts() == before | {"LedgerEntry": before["LedgerEntry"] + 1}


def test_an_action_inside_an_action_is_refused_once(people: People) -> None:
    @governed("outer.act")
    def outer(*, actor: Any) -> None:
        actions.department_create(actor=people.carol, code="kept", name="Kept")
        actions.department_create(actor=actor, code="never", name="Never")

    before = counts()
    with pytest.raises(errors.NotPermitted):
        outer(actor=people.mallory)
    assert counts() == before | {"LedgerEntry": before["LedgerEntry"] + 1}
    assert LedgerEntry.objects.first().type == "outer.act"  # type: ignore[union-attr]


def test_an_inner_refusal_that_is_caught_leaves_no_half(people: People) -> None:
    @governed("outer.act")
    def outer(*, actor: Any) -> None:
        with pytest.raises(errors.NameTaken):
            actions.team_create(actor=actor, code="product", name="P", function="product")
        actions.department_create(actor=actor, code="kept", name="Kept")

    outer(actor=people.carol)
    assert LedgerEntry.objects.first().type == "department.created"  # type: ignore[union-attr]


def test_a_fault_that_is_no_refusal_rolls_back_and_is_not_noted(people: People) -> None:
    @governed("broken.act")
    def broken(*, actor: Any) -> None:
        actions.department_create(actor=actor, code="gone", name="Gone")
        raise ZeroDivisionError

    before = counts()
    with pytest.raises(ZeroDivisionError):
        broken(actor=people.carol)
    assert counts() == before


def test_events_of_a_refused_action_wake_nobody(people: People, draft: StandardVersion) -> None:
    @governed("outer.act")
    def outer(*, actor: Any) -> None:
        adopt(draft, actor)
        actions.standard_propose(actor=actor, version=draft)

    before = OutboxDelivery.objects.count()
    with pytest.raises(errors.WrongTransition):
        outer(actor=people.carol)
    assert OutboxDelivery.objects.count() == before
