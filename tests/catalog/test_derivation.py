"""A split of pairs shares no record between its parts, is the same every time, and stands in the lineage."""

from __future__ import annotations

import io

import pytest

from catalog import actions, exceptions, selectors, tasks
from catalog.models import Dataset, DatasetVersion, DerivationRun, LineageEdge
from catalog.selectors import references_for
from governance.choices import JobState
from tests.catalog.conftest import Shop, adopt

PAIRS = """\
apiVersion: v3.1.0
kind: DataContract
id: pairs
version: 1.0.0
status: active
schema:
  - name: pairs
    properties:
      - name: left
        logicalType: string
        quality:
          - {type: custom, engine: gavel, severity: blocker, implementation: {kind: leakage, against:
          counterpart}}
      - {name: right, logicalType: string}
      - {name: label, logicalType: integer}
"""


@pytest.fixture
def pairs(shop: Shop) -> dict[str, Dataset]:
    adopt(shop.people.bob, "pairs", PAIRS)
    return {
        name: actions.dataset_register(
            actor=shop.people.dave,
            name=f"pairs-{name}",
            title=f"Pairs {name}",
            owner=shop.people.erin,
            steward=shop.people.alice,
            standard_name="pairs",
            object_name="pairs",
        )
        for name in ("raw", "train", "valid", "test")
    }


def upload(shop: Shop, dataset: Dataset, rows: range) -> DatasetVersion:
    text = "left,right,label\n" + "".join(f"item {n // 3},offer {n},{n % 2}\n" for n in rows)
    run = actions.version_upload(
        actor=shop.people.alice, dataset=dataset, stream=io.BytesIO(text.encode()), filename="p.csv"
    )
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert run.version is not None
    return run.version


def split(
    shop: Shop, pairs: dict[str, Dataset], versions: list[DatasetVersion], seed: int = 7
) -> DerivationRun:
    run = actions.split_request(
        actor=shop.people.alice,
        versions=versions,
        targets={part: pairs[part] for part in ("train", "valid", "test")},
        left=["left"],
        right=["right"],
        seed=seed,
    )
    tasks.derivation_run(run.uid)
    run.refresh_from_db()
    return run


def made(run: DerivationRun) -> dict[str, DatasetVersion]:
    return {part: DatasetVersion.objects.get(uid=uid) for part, uid in run.outputs.items()}


def test_parts_share_no_record_and_pass_the_leakage_rule(shop: Shop, pairs: dict[str, Dataset]) -> None:
    raw = [upload(shop, pairs["raw"], range(0, 60)), upload(shop, pairs["raw"], range(60, 90))]
    run = split(shop, pairs, raw)
    assert run.state == JobState.SUCCEEDED, (run.reason, run.reason_detail)
    parts = made(run)
    assert sum(v.rows for v in parts.values()) == 90
    assert run.facts["records_in_two_parts"] == {"left": 0, "right": 0}
    assert {v.label for v in parts.values()} == {"train", "valid", "test"}
    assert references_for(parts["train"])["counterpart"] == parts["test"].uid
    check = actions.validation_request(actor=shop.people.alice, version=parts["train"])
    tasks.validation_run(check.uid)
    assert selectors.gate_of(parts["train"].uid).state == "open"


def test_every_part_was_made_from_every_input(shop: Shop, pairs: dict[str, Dataset]) -> None:
    raw = [upload(shop, pairs["raw"], range(0, 60)), upload(shop, pairs["raw"], range(60, 90))]
    run = split(shop, pairs, raw)
    assert LineageEdge.objects.filter(by_kind="derivation_run", by_id=run.uid).count() == 6
    facts = selectors.version_facts(run.outputs["train"])
    assert facts is not None
    assert facts.contributor_uids == (shop.people.alice.uid,)


def test_the_same_request_gives_the_same_bytes(shop: Shop, pairs: dict[str, Dataset]) -> None:
    raw = [upload(shop, pairs["raw"], range(0, 60))]
    first, second = made(split(shop, pairs, raw)), made(split(shop, pairs, raw))
    assert {p: v.digest for p, v in first.items()} == {p: v.digest for p, v in second.items()}


def test_leakage_closes_the_gate_of_the_published_split(shop: Shop, pairs: dict[str, Dataset]) -> None:
    train = upload(shop, pairs["train"], range(0, 60))
    test = upload(shop, pairs["test"], range(57, 90))
    run = actions.validation_request(
        actor=shop.people.alice, version=train, references={"counterpart": test.uid}
    )
    tasks.validation_run(run.uid)
    gate = selectors.gate_of(train.uid)
    assert gate.state == "closed"
    assert [rule for rule, _rows in gate.failed] == ["left.leakage"]


def test_pairs_that_all_hang_together_cannot_be_split(shop: Shop, pairs: dict[str, Dataset]) -> None:
    version = upload(shop, pairs["raw"], range(0, 3))
    run = split(shop, pairs, [version])
    assert (run.state, run.reason) == (JobState.FAILED, "split_impossible")
    assert exceptions.words_of(run.reason) != run.reason


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": {"train": 50, "valid": 20, "test": 20}},
        {"shares": {"train": 100}},
        {"left": ["nowhere"]},
        {"left": [], "right": []},
        {"versions": []},
    ],
)
def test_a_faulty_request_is_refused(shop: Shop, pairs: dict[str, Dataset], wrong: dict[str, object]) -> None:
    version = upload(shop, pairs["raw"], range(0, 30))
    targets = {part: pairs[part] for part in ("train", "valid", "test")}
    asked = {"versions": [version], "targets": targets, "left": ["left"], "right": ["right"], **wrong}
    with pytest.raises(exceptions.SplitInvalid):
        actions.split_request(actor=shop.people.alice, **asked)  # type: ignore[arg-type]


def test_a_stranger_may_not_split(shop: Shop, pairs: dict[str, Dataset]) -> None:
    version = upload(shop, pairs["raw"], range(0, 30))
    targets = {part: pairs[part] for part in ("train", "valid", "test")}
    for person in (shop.people.mallory, shop.people.dave):
        with pytest.raises(exceptions.NotPermitted):
            actions.split_request(
                actor=person, versions=[version], targets=targets, left=["left"], right=["right"]
            )
