"""The desk in a process of its own: its answer, its end, and a cancel that ends it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from governance.models import Job
from modeling import actions
from modeling.models import BackboneCheck
from modeling.services import desks
from modeling.supervision.desk import Desk
from modeling.tasks import backbone_check
from tests.engines.training import tiny
from tests.modeling.conftest import Company


def question(folder: Path) -> dict[str, Any]:
    order = {"name": "tiny", "folder": str(folder), "root": str(folder.parent), "fetch": False}
    return {"call": "inspect", "order": order}


def test_a_real_process_answers_and_leaves_nothing(tmp_path: Path) -> None:
    desk = Desk(question(tiny.make_folder(tmp_path / "tiny")), label="x", memory=2**33, network=False)
    place = desk._folder
    assert desk.wait(60) == 0
    assert desk.last()["made"]["architecture"] == "bert"
    desk.close()
    assert not place.exists()


def test_a_refusal_comes_with_its_words(tmp_path: Path) -> None:
    folder = tiny.make_folder(tmp_path / "tiny")
    (folder / "tokenizer.json").write_text("{}")
    desk = Desk(question(folder), label="x", memory=0, network=False)
    assert desk.wait(60) == 0
    assert desk.last()["refused"]["code"] == "backbone.bad_tokenizer"
    desk.close()


def test_a_cancel_ends_the_desk(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Slow:
        def __init__(self, *_: Any, **__: Any) -> None: ...
        def wait(self, seconds: float) -> None:
            time.sleep(0)
            BackboneCheck.objects.update(cancel_requested_at="2026-11-26T12:00:00Z")

        def last(self) -> dict[str, Any]:
            return {"told": [1, 3]}

        def close(self) -> None:
            closed.append(True)

    monkeypatch.setattr(desks, "Desk", Slow)
    check: Job = actions.backbone_check(actor=company.people.dave, backbone=company.backbone)
    assert backbone_check(check.uid)
    check.refresh_from_db()
    assert (check.state, check.progress_done, check.progress_total) == ("cancelled", 1, 3)
    assert closed == [True]
