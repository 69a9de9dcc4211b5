"""Admin pages, commands, Celery tasks and files: none of them changes what only a decision may change."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command, get_commands
from django.test import Client
from django.urls import reverse

from committee import actions as committee
from committee.models import LawText
from config.celery import app
from governance import actions as law
from governance.exceptions import DomainError
from governance.models import LedgerEntry, PermitUse, StandardVersion, User
from governance.services.people import service_account
from modeling import actions as modeling
from modeling import outside
from modeling.models import ModelVersion
from tests.doors.conftest import World, law_in_force
from tests.doors.test_addresses import offenders

ROOMS = ("governance", "catalog", "modeling", "committee", "console", "demo", "config", "ui")
COMMANDS = {
    "backbone": "registers and checks, by the actions",
    "demo": "walks through the loop by actions, in the names of the demo's people",
    "ledger": "reads",
    "loaddata": "refused",
    "people_import": "people, by the action",
    "person": "the first person, by the action",
    "prepare": "migrations and static files",
    "quickstart": "starts the programs",
    "run": "reads",
    "watchdog": "reads",
}


def test_the_admin_changes_nothing_whatever_it_shows(world: World) -> None:
    before, client = law_in_force(), Client(raise_request_exception=False)
    client.force_login(world.intruders["root"])
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        ways = [reverse(f"{base}_add")]
        if row is not None:
            ways += [reverse(f"{base}_{verb}", args=[row.pk]) for verb in ("change", "delete")]
        for way in ways:
            assert client.post(way, {"post": "yes", "status": "in_force"}).status_code == 403, way
    assert offenders(before) == {}


def test_every_command_of_ours_is_known_and_none_is_a_door(world: World, tmp_path: Path) -> None:
    ours = {name for name, room in get_commands().items() if room in ROOMS}
    assert ours == set(COMMANDS), "say in COMMANDS what the new command does, and try it here"
    before = law_in_force()
    fixture = tmp_path / "rows.json"
    fixture.write_text('[{"model": "governance.accessrule", "fields": {"action": "read", "min_level": 5}}]')
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("loaddata", str(fixture))
    assert offenders(before) == {}


def test_no_task_does_without_a_decision(world: World) -> None:
    """Each task is woken for everything there is, as if somebody had written into the broker."""
    before = law_in_force()
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if name.partition(".")[0] in ROOMS]
    assert len(ours) > 15
    for task in ours:
        for given in _calls(task, world.things):
            task.run(**given)
        assert offenders(before) == {}, task.name


def _calls(task: Any, things: dict[str, str]) -> list[dict[str, str]]:
    names = [name for name in inspect.signature(task.run).parameters if name not in {"self", "delivery"}]
    if not names:
        return [{}]
    kinds = ("dataset_version", "standard_version", "model_version", "dataset", "case", "permit", "charter")
    uids = sorted(set(things.values()))
    if "subject_kind" in names:
        return [{"subject_kind": kind, "subject_id": uid} for kind in kinds for uid in uids]
    return [{names[0]: uid} for uid in uids]


def test_a_file_that_says_it_is_in_force_is_a_draft(world: World) -> None:
    before, client = law_in_force(), Client()
    client.force_login(world.intruders["insider"])
    document = b"apiVersion: v3.1.0\nkind: DataContract\nid: other\nversion: 9.0.0\nstatus: active\nschema:\n"
    document += b"  - name: other\n    properties:\n      - {name: a, logicalType: string, required: true}\n"
    sent = {"name": "other", "title": "Other", "document": SimpleUploadedFile("other.yaml", document)}
    assert client.post(reverse("governance:standard_new"), sent).status_code in {200, 302, 400}
    assert offenders(before) == {}


KINDS = ("charter", "policy", "access_rule", "seat")


@pytest.mark.parametrize("name", ["root", "robot", "insider", "clock"])
def test_adopting_without_a_decision_leaves_a_refusal_and_nothing_else(world: World, name: str) -> None:
    """For every governed kind the very act that a decision would allow, in the name of everybody."""
    actor = service_account("clock") if name == "clock" else world.intruders[name]
    version = StandardVersion.objects.get(uid=world.things["standard-versions"])
    model = ModelVersion.objects.get(uid=world.things["models"])
    acts: dict[str, Callable[[], Any]] = {
        kind: partial(committee.law_adopt, actor=actor, text=LawText.objects.get(uid=world.things[kind]))
        for kind in KINDS
    }
    acts |= {
        "standard": partial(law.standard_adopt, actor=actor, version=version),
        "model": partial(modeling.model_promote, actor=actor, model=model),
        "run": partial(
            modeling.run_request, actor=actor, plan=world.company.plan, inputs=world.company.inputs(),
            cpu_seconds=60, wait=False,
        ),
        "run outside": partial(
            outside.run_begin, actor=actor, plan=world.company.plan, name="mine",
            permit_uids={"train": world.things["permits"]}, cpu_seconds=60, tags={},
        ),
    }  # fmt: skip
    for what, act in acts.items():
        before, counted, refused = law_in_force(), counts(), refusals()
        with pytest.raises(DomainError):
            act()
        assert (what, offenders(before)) == (what, {})
        assert refusals() == refused + 1, what
        assert changed(counted, counts()) == {"LedgerEntry"}, what


def refusals() -> int:
    return LedgerEntry.objects.filter(accepted=False).count()


def counts() -> dict[str, int]:
    """Rows of every table; refused uses are shown on the permit's page and give no right."""
    rows = {m.__name__: m._default_manager.count() for m in apps.get_models() if m._meta.managed}
    return rows | {"PermitUse": PermitUse.objects.exclude(kind="refused").count()}


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {name for name in after if before[name] != after[name]}


def test_a_superuser_flag_gives_no_ballot(world: World) -> None:
    User.objects.update(is_superuser=True, is_staff=True)
    before, client = refusals(), Client(raise_request_exception=False)
    client.force_login(world.company.people.mallory)
    sent = {"choice": "approve", "no_interest": "on", "bound_to": world.case.subject_digest}
    assert client.post(reverse("committee:ballot", args=[world.case.uid]), sent).status_code in {403, 409}
    assert refusals() == before + 1
