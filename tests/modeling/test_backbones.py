"""Registering a backbone is a job: faults of its files refuse it, and nothing is trained then."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance import ledger
from governance.choices import JobState
from governance.exceptions import InvalidInput, NameTaken, NotPermitted
from governance.models import LedgerEntry
from modeling import actions
from modeling.clock import backbones_tick
from modeling.exceptions import BackboneNotReady
from modeling.models import Backbone, BackboneCheck
from modeling.services import desks
from modeling.services.handover import place_of
from modeling.tasks import backbone_check
from tests.engines.training import tiny
from tests.modeling.conftest import Company, checked


def register(company: Company, name: str, **changes: Any) -> Backbone:
    given = {"kind": "folder", "place": name, "licence": "MIT", "languages": ["en"], **changes}
    return actions.backbone_register(actor=company.people.dave, name=name, **given)


@pytest.fixture
def folder(company: Company, settings: Any) -> Path:
    """A good folder nobody registered yet."""
    return tiny.make_folder(settings.GAVEL_BACKBONES / "fresh")


def test_a_backbone_is_recorded_first_and_then_checked(
    company: Company, folder: Path, sent: list[str]
) -> None:
    row = register(company, "fresh")
    assert (row.state, row.digest, row.parameters) == ("unchecked", "", 0)
    checked(row)
    assert (row.state, row.architecture, row.layers) == ("checked", "bert", 2)
    assert row.parameters > row.embedding > 0
    assert row.weight_bytes == (folder / "model.safetensors").stat().st_size
    entry = LedgerEntry.objects.get(type="backbone.checked", subject_id=row.uid)
    assert entry.subject_digest == row.digest
    assert ledger.verify().ok


def test_the_wake_up_is_sent_once_it_is_durable(
    company: Company, folder: Path, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = register(company, "fresh")
    assert row.checks.get().uid in sent


FAULTS = {
    "backbone.pickle": lambda folder: (folder / "pytorch_model.bin").write_bytes(b"\x80"),
    "backbone.remote_code": lambda folder: (folder / "x.py").write_text("1"),
    "backbone.no_tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
    "backbone.bad_tokenizer": lambda folder: tiny.make_tokenizer(folder, tiny.WORDS[:9]),
    "backbone.bad_weights": lambda folder: (folder / "model.safetensors").write_bytes(b"weights"),
    "backbone.link_outside": lambda folder: (folder / "notes.txt").symlink_to("/etc/hostname"),
    "backbone.not_found": lambda folder: (folder / "config.json").unlink(),
}


@pytest.mark.parametrize("code", list(FAULTS))
def test_what_is_wrong_with_its_files_is_said_on_its_page(
    company: Company, folder: Path, client: Client, code: str
) -> None:
    FAULTS[code](folder)
    row = checked(register(company, "fresh"))
    assert (row.state, row.reason, row.digest) == ("refused", code, "")
    assert LedgerEntry.objects.get(type="backbone.refused", subject_id=row.uid).code == code
    client.force_login(company.people.dave)
    for language, word in (("en", "en"), ("zh-hans", "zh")):
        answer = client.get(row.get_absolute_url(), headers={"Accept-Language": language})
        assert row.reason_detail[word].split("“")[0] in answer.content.decode()
    shown = client.get(f"/api/v1/backbones/{row.uid}").json()
    assert (shown["state"], shown["reason"]) == ("refused", code)


def test_a_refused_backbone_cannot_be_planned_with(company: Company, folder: Path, client: Client) -> None:
    (folder / "tokenizer.json").unlink()
    row = checked(register(company, "fresh"))
    document = {key: value for key, value in tiny.pair_plan().items() if key != "backbone"}
    with pytest.raises(BackboneNotReady):
        actions.plan_create(actor=company.people.dave, name="p", backbone=row, document=document)
    client.force_login(company.people.dave)
    assert f'value="{row.uid}"' not in client.get(reverse("modeling:plan_new")).content.decode()


def test_a_refused_name_is_free_again_and_a_checked_one_is_not(company: Company, folder: Path) -> None:
    first = checked(register(company, "fresh", place="nowhere"))
    assert first.reason == "backbone.not_found"
    second = checked(register(company, "fresh", licence="Apache-2.0"))
    assert (second.pk, second.state, second.licence) == (first.pk, "checked", "Apache-2.0")
    with pytest.raises(NameTaken):
        register(company, "fresh")


def test_files_that_changed_since_refuse_the_backbone_until_they_are_back(
    company: Company, settings: Any
) -> None:
    row, file = company.backbone, settings.GAVEL_BACKBONES / "tiny" / "config.json"
    digest, before = row.digest, file.read_bytes()
    file.write_text(json.dumps({**json.loads(before), "note": "changed"}))
    actions.backbone_check(actor=company.people.dave, backbone=row)
    checked(row)
    assert (row.state, row.reason, row.digest) == ("refused", "backbone.changed", digest)
    with pytest.raises(BackboneNotReady):
        company.ask(wait=True)
    file.write_bytes(before)
    actions.backbone_check(actor=company.people.dave, backbone=row)
    assert checked(row).state == "checked"
    company.plan.refresh_from_db()
    assert company.ask(wait=True).state == JobState.WAITING


def test_a_second_look_while_one_is_under_way_is_that_one(company: Company) -> None:
    first = actions.backbone_check(actor=company.people.dave, backbone=company.backbone)
    again = actions.backbone_check(actor=company.people.carol, backbone=company.backbone)
    assert first.pk == again.pk
    assert backbone_check(first.uid)
    assert not backbone_check(first.uid)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": "../../etc"}, "place"),
        ({"place": "/etc"}, "place"),
        ({"kind": "hub", "place": "../../etc"}, "place"),
        ({"kind": "hub", "place": ".."}, "place"),
        ({"kind": "hub", "place": "https://host/model"}, "place"),
        ({"licence": "do what you want"}, "licence"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_no_place_or_licence_is_refused_at_once(
    company: Company, changes: dict[str, Any], field: str
) -> None:
    given = {"name": "x", "kind": "folder", "place": "tiny", "licence": "MIT", **changes}
    with pytest.raises(InvalidInput) as caught:
        actions.backbone_register(actor=company.people.dave, **given)
    assert caught.value.params["field"] == field
    assert Backbone.objects.count() == 1


def test_a_licence_is_stored_in_its_canonical_form(company: Company, folder: Path) -> None:
    assert register(company, "fresh", licence="apache-2.0 or mit").licence == "Apache-2.0 OR MIT"


def test_a_hub_id_below_the_folder_of_backbones_is_found_there(company: Company, settings: Any) -> None:
    tiny.make_folder(settings.GAVEL_BACKBONES / "some-team" / "some-model")
    row = checked(register(company, "hubbed", kind="hub", place="some-team/some-model"))
    assert row.state == "checked"
    assert place_of(row).folder == settings.GAVEL_BACKBONES.resolve() / "some-team" / "some-model"


def test_a_hub_id_that_is_not_here_is_not_fetched(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.setattr("modeling.training.backbones.fetch", fetched.append)
    row = checked(register(company, "hubbed", kind="hub", place="nobody/nothing-here"))
    assert (row.state, row.reason, fetched) == ("refused", "backbone.not_found", [])


def test_the_installation_may_allow_fetching(
    company: Company, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    settings.GAVEL_HUB_FETCH = True
    monkeypatch.setattr("modeling.training.backbones.fetch", fetched.append)
    checked(register(company, "hubbed", kind="hub", place="nobody/nothing-here"))
    assert fetched == ["nobody/nothing-here"]


def test_a_desk_that_dies_says_so_and_leaves_the_backbone_as_it_was(
    company: Company, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    class Dead:
        def __init__(self, *_: Any, **__: Any) -> None: ...
        def wait(self, seconds: float) -> int:
            return -9

        def last(self) -> dict[str, Any]:
            return {}

        def close(self) -> None: ...

    monkeypatch.setattr(desks, "Desk", Dead)
    check = actions.backbone_check(actor=company.people.dave, backbone=company.backbone)
    assert backbone_check(check.uid)
    check.refresh_from_db()
    company.backbone.refresh_from_db()
    assert (check.state, check.reason, company.backbone.state) == ("failed", "desk_died", "checked")
    client.force_login(company.people.dave)
    assert "ended without an answer" in client.get(company.backbone.get_absolute_url()).content.decode()


def test_a_check_whose_worker_died_is_sent_again(company: Company, sent: list[str], db: None) -> None:
    check = actions.backbone_check(actor=company.people.dave, backbone=company.backbone)
    past = timezone.now() - dt.timedelta(minutes=5)
    BackboneCheck.objects.filter(pk=check.pk).update(state=JobState.RUNNING, lease_until=past, attempt=1)
    backbones_tick()
    check.refresh_from_db()
    assert check.state == JobState.QUEUED
    assert backbone_check(check.uid)


def test_strangers_register_and_check_nothing(company: Company, client: Client) -> None:
    with pytest.raises(NotPermitted):
        actions.backbone_check(actor=company.people.mallory, backbone=company.backbone)
    client.force_login(company.people.mallory)
    assert client.post(f"/api/v1/backbones/{company.backbone.uid}/check").status_code == 403
    url = reverse("modeling:backbone_check", args=[company.backbone.uid])
    assert client.get(url).status_code == 405
    client.post(url)
    assert BackboneCheck.objects.count() == 1


def test_checking_again_from_page_and_api(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    client.post(reverse("modeling:backbone_check", args=[company.backbone.uid]))
    text = client.get(company.backbone.get_absolute_url()).content.decode()
    assert "The files are being checked" in text
    progress = reverse("modeling:backbone_progress", args=[company.backbone.uid])
    assert progress in text
    assert client.get(progress).status_code == 200
    checked(company.backbone)
    assert client.get(progress).status_code == 286
    answer = client.post(f"/api/v1/backbones/{company.backbone.uid}/check")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    shown = client.get(f"/api/v1/backbones/{company.backbone.uid}").json()
    assert shown["memory"]["full"] > shown["memory"]["inference"] > 0


def command(*words: str) -> str:
    out = StringIO()
    call_command("backbone", *words, stdout=out)
    return out.getvalue()


def test_the_command_passes_the_same_actions(
    company: Company, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worker(seconds: float) -> None:
        """Takes what is queued while the command sleeps."""
        for uid in BackboneCheck.objects.filter(state=JobState.QUEUED).values_list("uid", flat=True):
            backbone_check(uid)

    monkeypatch.setattr("modeling.management.commands.backbone.time.sleep", worker)
    place = ("--place", "fresh", "--licence", "MIT")
    assert "fresh sha256:" in command("--as", "dave", "register", "fresh", *place, "--languages", "en,zh")
    assert Backbone.objects.get(name="fresh").languages == ["en", "zh"]
    assert "fresh\tchecked\tbert\t" in command("--as", "dave", "list")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(CommandError, match=r"backbone\.pickle: .*pytorch_model\.bin"):
        command("--as", "dave", "check", "fresh")
    with pytest.raises(CommandError, match="No worker has finished"):
        command("--as", "dave", "--seconds", "-1", "check", "fresh")
    with pytest.raises(CommandError, match="not_permitted"):
        command("--as", "mallory", "register", "again", *place)
    with pytest.raises(CommandError, match="Nobody is called"):
        command("--as", "nobody", "list")
    with pytest.raises(CommandError, match="No backbone is called"):
        command("--as", "dave", "check", "absent")
