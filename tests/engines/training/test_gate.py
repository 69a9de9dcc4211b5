"""Without a valid permit not one byte of data is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.record.permit import sign_grant
from modeling.training import data
from modeling.training.failures import WORDS, Refused, TrainingStopped
from modeling.training.grant import open_parts, unchanged
from modeling.training.job import parse_job
from modeling.training.stored import stored_digest
from tests.engines.training import tiny


def untouchable(path: Path, version: int | None) -> str:
    raise AssertionError("a byte was read")


def refusal(job: dict[str, Any], digest: Any = untouchable) -> str:
    with pytest.raises(Refused) as caught:
        open_parts(parse_job(json.dumps(job)), tiny.NOW, digest)
    return caught.value.code


@pytest.fixture
def job(pairs: Path, backbone: Path, tmp_path: Path) -> Any:
    def job(grant: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        return {**tiny.make_job(pairs, backbone, tmp_path / "out", tiny.pair_plan(), grant), **changes}

    return job


def test_a_good_permit_opens_every_part(job: Any) -> None:
    opened = open_parts(parse_job(json.dumps(job())), tiny.NOW, stored_digest)
    assert set(opened) == {"train", "valid", "test"}
    assert "secret" not in opened["train"].columns


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"valid_until": tiny.in_minutes(0)}, "grant.expired"),
        ({"valid_from": tiny.in_minutes(1)}, "grant.not_yet_valid"),
        ({"valid_until": "2026-12-01"}, "grant.malformed"),
        ({"action": "access"}, "grant.wrong_action"),
        ({"purpose": "marketing"}, "grant.wrong_purpose"),
        ({"terms": {"job_kinds": ["export"], "columns": ["*"]}}, "grant.wrong_job_kind"),
        ({"terms": {"columns": ["*"]}}, "grant.malformed"),
        ({"terms": {"job_kinds": ["fine_tune"], "columns": ["left_title"]}}, "grant.wrong_columns"),
        ({"terms": {"job_kinds": ["fine_tune"]}}, "grant.malformed"),
        (
            {"terms": {"job_kinds": ["fine_tune"], "columns": ["*"], "masks": {"label": "rot13"}}},
            "grant.unknown_mask",
        ),
        ({"subject": {"kind": "dataset_version", "id": "v1", "digest": "sha256:00"}}, "grant.missing"),
        ({"subject": {"kind": "dataset", "id": "d", "digest": "sha256:00"}}, "grant.wrong_subject_kind"),
        ({"subject": "v1"}, "grant.malformed"),
    ],
)
def test_a_permit_that_does_not_fit_is_refused_before_a_byte_is_read(
    job: Any, change: dict[str, Any], code: str
) -> None:
    assert refusal(job(change)) == code


def test_a_forged_signature_is_refused_before_a_byte_is_read(job: Any) -> None:
    forged = job()
    forged["grants"][0]["signature"] = "0" * 64
    assert refusal(forged) == "grant.forged"


def test_a_permit_signed_with_another_key_is_refused(job: Any) -> None:
    assert refusal(job(key="ff" * 32)) == "grant.forged"


def test_a_field_edited_after_signing_is_refused(job: Any) -> None:
    edited = job()
    edited["grants"][0]["grant"]["valid_until"] = "3000-01-01T00:00:00Z"
    assert refusal(edited) == "grant.forged"


def test_a_field_added_after_signing_is_refused(job: Any) -> None:
    edited = job()
    edited["grants"][0]["grant"]["budget"] = "unlimited"
    assert refusal(edited) == "grant.forged"


def test_one_bad_permit_among_good_ones_refuses_all(job: Any) -> None:
    mixed = job()
    bad = {**mixed["grants"][0]["grant"], "valid_until": "2026-02-01T00:00:00Z"}
    mixed["grants"].append({"grant": bad, "signature": sign_grant(bad, tiny.KEY)})
    assert refusal(mixed) == "grant.expired"


def test_no_permit_at_all_is_refused(job: Any) -> None:
    assert refusal(job(grants=[])) == "grant.missing"


def test_a_file_changed_after_the_decision_is_refused_and_never_opened(
    job: Any, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = job()
    with (pairs / "test.parquet").open("ab") as stream:
        stream.write(b"x")
    monkeypatch.setattr(data, "read_part", untouchable)
    assert refusal(accepted, stored_digest) == "grant.wrong_digest"


def test_data_that_is_gone_is_refused(job: Any, pairs: Path) -> None:
    accepted = job()
    (pairs / "train.parquet").unlink()
    assert refusal(accepted, stored_digest) == "grant.wrong_digest"


def test_bytes_that_change_while_they_are_read_are_noticed(job: Any, pairs: Path) -> None:
    opened = open_parts(parse_job(json.dumps(job())), tiny.NOW, stored_digest)
    unchanged(opened["train"].part, stored_digest)
    with (pairs / "train.parquet").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(Refused, match=r"data\.changed"):
        unchanged(opened["train"].part, stored_digest)


def test_only_granted_columns_are_read_and_masked_as_granted(job: Any) -> None:
    terms = {
        "job_kinds": ["fine_tune"],
        "columns": ["*"],
        "masks": {"left_title": "redact", "record": "hash"},
    }
    parsed = parse_job(json.dumps(job({"terms": terms})))
    frame = data.read_part(open_parts(parsed, tiny.NOW, stored_digest)["train"], tiny.KEY)
    assert "secret" not in frame.columns
    assert set(frame["left_title"]) == {"***"}
    assert {len(value) for value in frame["record"]} == {64}
    assert frame["record"].n_unique() == 120


def test_rows_of_one_version_are_told_apart_by_a_split_column(pairs: Path, job: Any) -> None:
    parsed = job()
    for part in parsed["data"].values():
        part["where"] = {"column": "label", "equals": "1"}
    frame = data.read_part(
        open_parts(parse_job(json.dumps(parsed)), tiny.NOW, stored_digest)["train"], tiny.KEY
    )
    assert set(frame["label"]) == {"1"}


def test_a_delta_version_is_hashed_and_read_as_it_was_decided(
    pairs: Path, backbone: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table"
    first = pl.read_parquet(pairs / "train.parquet")
    first.write_delta(table)
    decided = stored_digest(table, 0)
    assert decided == stored_digest(table, None)
    first.head(3).write_delta(table, mode="append")
    assert stored_digest(table, 0) == decided
    assert stored_digest(table, 1) == stored_digest(table, None) != decided
    job = tiny.make_job(pairs, backbone, tmp_path / "out", tiny.pair_plan())
    grant = tiny.make_grant(decided)
    job["grants"].append({"grant": grant, "signature": sign_grant(grant, tiny.KEY)})
    job["data"]["train"] = {"path": str(table), "digest": decided, "delta_version": 0}
    opened = open_parts(parse_job(json.dumps(job)), tiny.NOW, stored_digest)
    assert len(data.read_part(opened["train"], tiny.KEY)) == 240
    job["data"]["train"].pop("delta_version")
    assert refusal(job, stored_digest) == "grant.wrong_digest"


def test_a_missing_column_is_named(job: Any) -> None:
    plan = tiny.pair_plan(text={"left": ["left_titel"]})
    parsed = parse_job(json.dumps(job({"terms": {"job_kinds": ["fine_tune"], "columns": ["*"]}}, plan=plan)))
    opened = open_parts(parsed, tiny.NOW, stored_digest)
    with pytest.raises(TrainingStopped, match="left_titel"):
        data.read_part(opened["train"], tiny.KEY)


@pytest.mark.parametrize(
    "change",
    [{"threads": 0}, {"key": "zz"}, {"data": {}}, {"job_kind": "export"}, {"grants": [{}]}, {"surprise": 1}],
)
def test_a_malformed_job_is_refused(job: Any, change: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"job\.invalid"):
        parse_job(json.dumps(job(**change)))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"job\.invalid"):
        parse_job(text)


def test_the_key_does_not_show_when_a_job_is_printed(job: Any) -> None:
    assert tiny.KEY.hex() not in repr(parse_job(json.dumps(job()))) + str(parse_job(json.dumps(job())))


def test_every_code_has_words_in_both_languages() -> None:
    for code, (en, zh) in WORDS.items():
        assert en.strip(), code
        assert any("一" <= letter <= "鿿" for letter in zh), code
