"""A company with three versions of product pairs in a lake of its own, a backbone, a plan and permits by
decision.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog import selectors as catalog
from catalog.models import Dataset, DatasetVersion
from catalog.processing.stored import StoredColumn, StoredVersion
from catalog.selectors import Gate
from catalog.services.versions import version_create
from governance.models import Permit
from governance.services import decisions
from governance.subject_ref import SubjectRef
from governance.validation.digests import file_digests, path_digest
from modeling import actions
from modeling.inputs import InputSpec
from modeling.models import Backbone, TrainingPlan, TrainingRun
from modeling.services import desks, execution
from modeling.tasks import backbone_check
from modeling.training import desk
from modeling.training.backbones import file_sha256
from tests.engines.training import tiny
from tests.people import People, make_people

PURPOSE = "search-relevance"
TERMS: dict[str, Any] = {
    "runs": 5, "cpu_seconds": 100_000, "job_kinds": ["fine_tune"], "columns": ["*"], "gate": "open",
}  # fmt: skip
ROLES = ("train", "valid", "test")


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, settings: Any) -> None:
    """Every test has a lake, run folders and backbones of its own."""
    settings.GAVEL_VAR = tmp_path / "var"
    settings.GAVEL_LAKE = (tmp_path / "lake").as_uri()
    settings.GAVEL_BACKBONES = tmp_path / "backbones"
    settings.GAVEL_BACKBONES.mkdir()


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """uids of every wake-up that would have been sent to the broker."""
    found: list[str] = []
    for task in ("run_execute", "backbone_check", "guide_measure"):
        monkeypatch.setattr(f"modeling.tasks.{task}.delay", found.append)
    monkeypatch.setattr("modeling.tasks.run_execute.apply_async", lambda args, **_: found.append(args[0]))
    return found


class DeskAtHand:
    """Answers in this process, to save a start of Python for each question."""

    def __init__(self, question: dict[str, Any], **_: Any) -> None:
        self.answer = desk.answer(question)

    def wait(self, seconds: float) -> int:
        return 0

    def last(self) -> dict[str, Any]:
        return self.answer

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def desk_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "Desk", DeskAtHand)


@pytest.fixture(autouse=True)
def gates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Gate state by version uid, open unless a test says otherwise."""
    states: dict[str, str] = {}
    monkeypatch.setattr(catalog, "gate_of", lambda uid, **_: Gate(states.get(uid, "open")))
    return states


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@dataclass
class Company:
    """dave plans and asks; `versions` by role lie in the lake at `lake`."""

    people: People
    lake: Path
    backbone: Backbone
    plan: TrainingPlan
    versions: dict[str, DatasetVersion]
    issued: list[Permit] = field(default_factory=list)

    def permit(self, version: DatasetVersion, **changes: Any) -> Permit:
        """A permit by decision, written as the committee would; fields and terms may be changed."""
        now, case = timezone.now(), uuid.uuid4().hex
        subject = SubjectRef("dataset_version", version.uid, version.digest)
        purpose = changes.get("purpose", PURPOSE)
        decision = decisions.decision_record(
            case_id=case, committee="dgc", resolution=case[:12], outcome="approved", action="train",
            purpose=purpose, subject=subject, decided_at=now, rules_digest="sha256:0", case_ledger_head="",
            counts={},
        )  # fmt: skip
        given = {
            "kind": "decision",
            "decision": decision,
            "case_id": case,
            "subject": subject,
            "action": "train",
            "purpose": PURPOSE,
            "holder": f"user:{self.people.dave.uid}",
            "conditions": [],
            "valid_from": now - dt.timedelta(hours=1),
            "valid_until": now + dt.timedelta(days=30),
            **changes,
            "terms": {**TERMS, **changes.get("terms", {})},
        }
        permit = decisions.permit_issue(**given)
        self.issued.append(permit)
        return permit

    def permit_all(self, **changes: Any) -> list[Permit]:
        return [self.permit(version, **changes) for version in self.versions.values()]

    def revoke(self, permit: Permit) -> None:
        decisions.permit_event_record(
            permit=permit, kind="revoked", at=timezone.now(), by=self.people.carol, reason="misuse"
        )

    def inputs(self) -> list[InputSpec]:
        return [InputSpec(role, version) for role, version in self.versions.items()]

    def ask(self, *, wait: bool = False, **changes: Any) -> TrainingRun:
        given: dict[str, Any] = {"plan": self.plan, "inputs": self.inputs(), "cpu_seconds": 600, **changes}
        return actions.run_request(actor=self.people.dave, wait=wait, **given)

    def dataset(self, name: str, level: int = 2) -> Dataset:
        return Dataset.objects.create(name=name, title=name.title(), level=level, created_by=self.people.erin)

    def version(
        self,
        name: str,
        file: Path,
        level: int = 2,
        columns: tuple[StoredColumn, ...] = (StoredColumn("left_title", "text"),),
        rows: int = 1,
    ) -> DatasetVersion:
        """The next version of a dataset: the file is put into the lake as it is."""
        dataset = Dataset.objects.filter(name=name).first() or self.dataset(name, level)
        relative = f"{name}/{uuid.uuid4().hex}.parquet"
        target = self.lake / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
        stored = StoredVersion(
            path=relative,
            digest=path_digest(target),
            rows=rows,
            bytes=target.stat().st_size,
            files=file_digests(target),
            columns=columns,
        )
        return version_create(
            actor=self.people.erin, dataset=dataset, stored=stored, made_by=SubjectRef("ingest_run", "x")
        )


def checked(backbone: Backbone) -> Backbone:
    """Carry out the check that was asked for, and read the backbone again."""
    assert backbone_check(backbone.checks.order_by("-id")[:1].get().uid)
    backbone.refresh_from_db()
    return backbone


def make_company(people: People, tmp_path: Path, backbone: Path | None = None) -> Company:
    """`backbone` None: a folder that looks like one, for tests whose child is played."""
    folder = tmp_path / "backbones" / "tiny"
    if backbone is None:
        tiny.make_folder(folder)
    else:
        shutil.copytree(backbone, folder)
    registered = actions.backbone_register(
        actor=people.dave, name="tiny", kind="folder", place=folder.name, licence="MIT", languages=["en"]
    )
    checked(registered)
    document = {key: value for key, value in tiny.pair_plan().items() if key != "backbone"}
    plan = actions.plan_create(actor=people.dave, name="pairs", backbone=registered, document=document)
    company = Company(people, tmp_path / "lake", registered, plan, {})
    tiny.make_pairs(tmp_path / "pairs")
    for role in ROLES:
        company.versions[role] = company.version(f"pairs-{role}", tmp_path / "pairs" / f"{role}.parquet")
    return company


@pytest.fixture
def company(people: People, tmp_path: Path) -> Company:
    return make_company(people, tmp_path)


AT = "2026-11-23T12:00:00+00:00"
REPORT = {
    "metrics": [
        {"metric": metric, "model": model, "n": 80, "value": value, "low": value - 0.02, "high": value + 0.02}
        for metric in ("auc", "ap")
        for model, value in (("fine_tuned", 0.8), ("zero_shot", 0.7), ("bm25", 0.79))
    ],
    "differences": [
        {"metric": metric, "against": model, "value": gain, "low": low, "high": high, "verdict": verdict}
        for metric in ("auc", "ap")
        for model, gain, low, high, verdict in (
            ("zero_shot", 0.1, 0.08, 0.12, "better"),
            ("bm25", 0.01, -0.01, 0.03, "no_difference_shown"),
        )
    ],
    "bootstrap": {"draws": 100, "seed": 0, "level": 0.95, "groups": 40},
}


class PlayedChild:
    """Stands for the training process: writes what a script says and ends as it says.

    A script is a list of steps, one per look: a callable of (folder, job), or an exit status at the end.
    """

    script: list[Any] = []
    started: list[dict[str, Any]] = []
    killed: list[str] = []

    def __init__(self, job: dict[str, Any], *, output: Path, threads: int, gpu: str = "") -> None:
        output.mkdir(parents=True, exist_ok=True)
        self.job, self.output = job, output
        self.steps = iter(type(self).script)
        type(self).started.append(job)

    def wait(self, seconds: float) -> int | None:
        step = next(self.steps, 0)
        if isinstance(step, int):
            return step
        step(self)
        return None

    def ask_to_stop(self) -> None:
        self.killed.append("asked")
        self.steps = iter([4])

    def kill(self) -> int:
        self.killed.append("killed")
        return -9

    def spent(self) -> float:
        return 1.5

    def close(self) -> float:
        return 2.5


def write_points(child: PlayedChild, steps: range = range(1, 4)) -> None:
    lines = [
        {"metric": "train/loss", "step": step, "value": 1.0 / step, "epoch": 0.1, "at": AT} for step in steps
    ]
    with (child.output / "metrics.jsonl").open("a") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in lines)


def write_result(child: PlayedChild) -> None:
    """What a child that succeeded leaves."""
    model = child.output / "model"
    model.mkdir(exist_ok=True)
    (model / "model.safetensors").write_bytes(b"tuned")
    result = {
        "job": child.job["job"],
        "identity": {"plan": child.job["plan_digest"]},
        "evaluation": REPORT,
        "reproduce": {
            "weights_sha256": file_sha256(model / "model.safetensors"),
            "model_digest": "sha256:" + "ab" * 32,
        },
        "versions": {"python": "3.11"},
    }
    (child.output / "result.json").write_text(json.dumps(result))


def fail_with(code: str) -> Callable[[PlayedChild], None]:
    def step(child: PlayedChild) -> None:
        failure = {"code": code, "en": f"{code} in English", "zh": f"{code} 的中文", "facts": {}}
        (child.output / "failure.json").write_text(json.dumps(failure))

    return step


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> type[PlayedChild]:
    """The played child in place of the real one; by default it succeeds after one look."""

    class Played(PlayedChild):
        script = [write_points, write_result, 0]
        started: list[dict[str, Any]] = []
        killed: list[str] = []

    monkeypatch.setattr(execution, "Child", Played)
    monkeypatch.setattr(execution.digests, "start", Hashed)
    return Played


class Hashed:
    """Hashes in this process, to save a start of Python for each version."""

    def __init__(self, path: Path) -> None:
        self.digest = execution.digests.main(path)

    def communicate(self, timeout: float) -> tuple[str, str]:
        return self.digest, ""

    def kill(self) -> None: ...

    def wait(self) -> None: ...
