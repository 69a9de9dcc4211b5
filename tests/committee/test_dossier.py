"""The dossier: every part a member needs, masked, whole numbers and texts, one hash, within its size."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import DatasetVersion, Incident, Ownership
from committee import actions, fitting
from committee.kinds import impact
from committee.models import Case
from governance.record.canonical import digest_of, sha256_hex
from governance.subject_ref import SubjectRef
from modeling.selectors import dossiers as models
from tests.committee.conftest import TERMS, Board, Clock, Things
from tests.committee.market import TWICE, Market


def content(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(case.dossier.content))
    return found


def items(case: Case) -> dict[str, Any]:
    return {item["key"]: item for item in content(case)["items"]}


def train(market: Market, version: DatasetVersion, **more: Any) -> Case:
    return market.ask("train", TERMS, about=SubjectRef("dataset_version", version.uid), **more)


def test_a_training_dossier_holds_every_part_and_no_hidden_cell(market: Market) -> None:
    people = market.board.people
    Ownership.objects.create(
        dataset=market.dataset, user=people.mallory, role="consumer", since=dt.date(2026, 1, 1)
    )
    case = train(market, market.version())
    found = items(case)
    assert list(found) == [
        "scorecard",
        "incidents",
        "personal_data",
        "change",
        "profile",
        "contract",
        "lineage",
        "cost",
        "earlier",
        "similar",
    ]
    assert found["scorecard"]["data"]["gate"] == "open"
    assert found["personal_data"]["data"]["unclassified"] == ["order_id", "amount"]
    assert found["lineage"]["data"]["people"][0]["person"]
    assert people.mallory.name in found["lineage"]["finding"]
    assert found["cost"]["finding"] == "No run to go by."
    assert found["change"]["word"] == "First version"
    text = bytes(case.dossier.content).decode()
    assert "@x.no" not in text
    assert case.dossier.digest == digest_of(content(case)) == f"sha256:{sha256_hex(text.encode())}"
    assert set(content(case)["sizes"]) == set(found)
    assert case.advice == content(case)["advice"]["word"]


def test_statistics_and_contract_are_compared_with_the_last_approved_version(market: Market) -> None:
    first = train(market, market.version())
    market.board.vote(first, carol="approve", sam="approve", erin="approve")
    changed = "order_id,city,email,amount\n" + "".join(f"{n},Rome,x@x.no,{n * 10}\n" for n in range(1, 9))
    case = train(market, market.version(changed))
    found = items(case)
    assert found["change"]["data"]["against"] == "v1"
    moved = {(row["column"], row["what"]) for row in found["profile"]["data"]["moved"]}
    assert {("order_id", "distinct"), ("amount", "mean"), ("email", "distinct")} <= moved
    assert found["contract"]["word"] == "Not breaking"
    assert found["contract"]["data"]["standard_now"] == "orders 1.0.0"
    assert [row["case"] for row in found["earlier"]["data"]["cases"]] == [first.number]


def test_masked_failing_rows_stand_in_the_scorecard(market: Market) -> None:
    market.version(TWICE)
    case = market.ask("waive", {"rule": "order_id.unique", "max_failing_rows": 2, "until": "2026-12-01"})
    samples = items(case)["rule"]["data"]["samples"]
    assert {sample["rule"] for sample in samples} == {"order_id.unique"}
    assert "@x.no" not in bytes(case.dossier.content).decode()


def test_an_open_incident_is_told_and_speaks_against(market: Market, clock: Clock) -> None:
    version = market.version()
    Incident.objects.create(dataset=market.dataset, version=version, kind="blocker_failed", due_at=clock.now)
    case = train(market, version)
    assert items(case)["incidents"]["data"]["open"][0]["version"] == "v1"
    assert case.advice == "reject"


def test_every_earlier_case_is_listed_however_it_ended(board: Board, things: Things) -> None:
    """Withdrawn, rejected, returned and still open ones, about this digest or this thing."""
    withdrawn = actions.case_withdraw(actor=board.people.dave, case=board.open())
    rejected = board.vote(board.open(), carol="reject", sam="reject", erin="reject")
    returned = board.open(purpose="other")
    actions.case_return(actor=board.people.carol, case=returned, reason="Which rows?")
    case = board.open()
    rows = {row["case"]: row for row in items(case)["earlier"]["data"]["cases"]}
    assert set(rows) == {withdrawn.number, rejected.number, returned.number}
    assert rows[withdrawn.number]["outcome"] == "withdrawn"
    assert rows[rejected.number]["outcome"] == "rejected"
    assert (rows[returned.number]["outcome"], rows[returned.number]["returned"]) == ("returned", 1)
    assert case.advice == "reject"
    things.digests["elsewhere"] = "sha256:" + "d" * 64
    similar = items(board.open("elsewhere"))["similar"]["data"]["cases"]
    assert [row["case"] for row in similar] == [rejected.number]


def test_the_estimate_comes_from_finished_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = models.RunCosts(n=4, here=False, per_run=90, per_thousand_rows=30.0)
    monkeypatch.setattr(models, "run_costs", lambda uid: costs)
    item = impact.cost_item("x", 3_000, {"runs": 10, "cpu_seconds": 5_000})
    assert (item.data["estimate_per_run"], item.data["estimate"], item.tone) == (90, 900, "warn")
    assert impact.cost_item("x", 3_000, {"runs": 10, "cpu_seconds": 1_000}).tone == "ok"


def test_a_dossier_keeps_within_its_size_and_says_what_is_missing() -> None:
    rows = [{"column": f"c{n}", "what": "x" * 50} for n in range(5_000)]
    made = fitting.fitted([{"key": "profile", "data": {"moved": rows}}, {"key": "small", "data": {"a": [1]}}])
    assert sum(made["sizes"].values()) <= fitting.MOST_BYTES
    kept = made["items"][0]["data"]["moved"]
    assert made["left_out"] == {"profile.moved": 5_000 - len(kept)}
    assert made["items"][1]["data"] == {"a": [1]}
    assert len(rows) == 5_000  # what was given stays as it is
    alone = fitting.fitted([{"key": "text", "data": {"words": "x" * 300_000}}])
    assert alone["left_out"] == {}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_evidence_file_opens_and_carries_its_hash(market: Market, language: str) -> None:
    case = train(market, market.version())
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(market.board.people.mallory)
    answer = client.get(f"/cases/{case.uid}/evidence")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert case.dossier.digest.removeprefix("sha256:")[:16] in page.replace(" ", "")
    assert ("Hash of this file" if language == "en" else "本文件的哈希") in page
    assert client.get("/cases/guess/evidence").status_code == 404
    assert Client().get(f"/cases/{case.uid}/evidence").status_code == 302
    assert f"/cases/{case.uid}/evidence" in client.get(case.get_absolute_url()).content.decode()
