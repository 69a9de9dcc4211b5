"""The page and the API of one check: figures, filters, any other check beside it, its report, its engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog import actions, exceptions, tasks
from catalog.engine_choice import choose_engine
from catalog.models import (
    Dataset,
    DatasetVersion,
    Incident,
    RuleOutcome,
    ValidationReport,
    ValidationRun,
)
from catalog.paths import version_path
from catalog.selectors import runs
from catalog.subjects import verify_validations
from governance.database.triggers import lifted
from governance.models import LedgerEntry
from tests.catalog.conftest import BAD, GOOD, Shop
from tests.catalog.test_views import GOLDEN, count_queries, signed_in

WORSE = (
    "order_id,city,email,amount\n1,Oslo,a@x.no,5\n1,Bergen,b@x.no,-7\n1,Oslo,c@x.no,-9\n4,Oslo,d@x.no,-1\n"
)
SCHEMA = Path("governance/validation/schemas/validation-report.schema.json")


def check(shop: Shop, version: DatasetVersion, **kwargs: Any) -> ValidationRun:
    run = actions.validation_request(actor=shop.people.alice, version=version, **kwargs)
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert run.state == "succeeded", (run.reason, run.reason_detail)
    return run


@pytest.fixture
def three(shop: Shop) -> list[ValidationRun]:
    """A clean version, a bad one, a worse one, each checked."""
    return [check(shop, shop.version(text)) for text in (GOOD, BAD, WORSE)]


def page(shop: Shop, run: ValidationRun, query: str = "") -> Any:
    return signed_in(shop.people.alice).get(f"{run.get_absolute_url()}{query}")


def listed(answer: Any) -> list[str]:
    return [row.outcome.rule_id for row in answer.context["outcomes"].items]


def test_the_page_shows_figures_filters_and_any_other_check(shop: Shop, three: list[ValidationRun]) -> None:
    clean, bad, worse = three
    answer = page(shop, worse)
    assert answer.context["before"] == bad
    rows = {row.outcome.rule_id: row for row in answer.context["both"].rows}
    assert (rows["order_id.unique"].change, rows["order_id.unique"].difference) == ("more", 1)
    assert rows["amount.range"].change == "more"
    assert rows["amount.dtype"].change == "fixed"
    failing = answer.context["figures"].failing
    assert (failing.low, failing.high, failing.rules) == (3, 4, 2)  # 3 + 3 counted, of 4 rows
    text = answer.content.decode()
    assert "3 to 4" in text
    assert "Show " in text
    assert "city.dtype" not in listed(answer)
    assert "city.dtype" in listed(page(shop, worse, "?all=1"))
    assert set(listed(page(shop, worse, "?verdict=failed"))) == {"order_id.unique", "amount.range"}
    assert listed(page(shop, worse, "?severity=blocker&q=twice+uniq")) == []
    assert listed(page(shop, worse, "?dimension=uniqueness")) == ["order_id.unique"]
    other = page(shop, worse, f"?against={clean.uid}&verdict=failed")
    assert {row.change for row in other.context["outcomes"].items} == {"newly_unmet"}
    assert f"against={clean.uid}" in other.context["outcomes"].items[0].address
    assert page(shop, worse, "?against=nowhere").status_code == 404
    chosen = page(shop, worse, "?rule=amount.range")
    assert chosen.context["chosen"].outcome.rule_id == "amount.range"
    assert chosen.context["sample"].lines[0][0] == 2
    text = chosen.content.decode()
    assert "What it compiles to" in text
    assert RuleOutcome.objects.get(run=worse, rule_id="amount.range").pandera
    assert "c@x.no" not in text
    first = page(shop, clean)
    assert first.context["before"] is None
    assert "first check under this standard" in first.content.decode()


def test_the_report_is_kept_byte_for_byte_masked_and_sealed(shop: Shop, three: list[ValidationRun]) -> None:
    run = three[1]
    held = bytes(ValidationReport.objects.get(run=run).document)
    answer = signed_in(shop.people.alice).get(f"{run.get_absolute_url()}/report.json")
    assert answer.content == held
    assert "attachment" in answer["Content-Disposition"]
    report = json.loads(held)
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert report["data"]["path"] == f"dataset-versions/{run.version.uid}"
    assert report["previous"]["path"] == f"dataset-versions/{three[0].version.uid}"
    assert b"b@x.no" not in held
    assert str(version_path(run.version)).encode() not in held
    assert list(verify_validations()) == []
    with lifted():
        ValidationReport.objects.filter(run=run).update(document=held.replace(b'"failed"', b'"passed"', 1))
    assert [code for _place, code in verify_validations()] == ["report_differs"]
    Dataset.objects.update(level=4)
    assert signed_in(shop.people.mallory).get(f"{run.get_absolute_url()}/report.json").status_code == 404


def test_a_page_of_a_check_costs_the_same_with_one_other_and_with_many(
    shop: Shop, three: list[ValidationRun]
) -> None:
    client, address = signed_in(shop.people.alice), three[2].get_absolute_url()
    few = count_queries(client, address)
    for _ in range(20):
        ValidationRun.objects.create(
            version=three[0].version, standard_version=shop.law, standard_digest=shop.law.digest,
            object_name="orders", state="succeeded", verdict="passed", gate="open", score="100.00",
            requested_by=shop.people.alice,
        )  # fmt: skip
    assert count_queries(client, address) == few == json.loads(GOLDEN.read_text())["validation_run"]


def test_the_api_filters_compares_and_hands_out_the_report(shop: Shop, three: list[ValidationRun]) -> None:
    client = APIClient()
    client.force_authenticate(shop.people.alice)
    clean, bad, worse = three

    def get(path: str) -> Any:
        return client.get(f"/api/v1/{path}")

    for query, wanted in (
        (f"dataset={shop.dataset.uid}&verdict=failed", {bad.uid, worse.uid}),
        (f"version={clean.version.uid}", {clean.uid}),
        ("gate=open&engine=polars", {clean.uid}),
        ("engine=spark", set()),
        ("state=queued", set()),
    ):
        found = get(f"validation-runs?{query}").data["results"]
        assert {row["uid"] for row in found} == wanted, query
    assert get("validation-runs?colour=red").status_code == 400
    outcomes = get(f"validation-runs/{worse.uid}/outcomes?verdict=failed&dimension=uniqueness").data
    assert [row["rule_id"] for row in outcomes] == ["order_id.unique"]
    assert outcomes[0]["pandera"]
    assert {r["rule_id"] for r in get(f"validation-runs/{worse.uid}/outcomes?q=amount.").data} >= {
        "amount.range"
    }
    assert get(f"validation-runs/{worse.uid}/report").data["verdict"] == "failed"
    both = get(f"validation-runs/{worse.uid}/compare?against={clean.uid}&change=newly_unmet").data
    assert (both["against"]["uid"], both["changes"]["newly_unmet"]) == (clean.uid, 2)
    assert {r["rule_id"] for r in both["rules"]} == {"order_id.unique", "amount.range"}
    assert get(f"validation-runs/{worse.uid}/compare").data["against"]["uid"] == bad.uid
    assert get(f"validation-runs/{worse.uid}/compare?against=x").status_code == 404
    assert get("validation-runs/x/report").status_code == 404


def test_rules_of_another_standard_version_are_told_apart(shop: Shop) -> None:
    now = RuleOutcome(rule_id="a", verdict="failed", failing_rows=3, severity="major", position=1)
    then = RuleOutcome(rule_id="a", verdict="errored", severity="major", position=1)
    assert runs.change_of(now, None) == ("new", None)
    assert runs.change_of(now, then) == ("otherwise", None)
    assert runs.change_of(then, then) == ("same", None)
    assert runs.failing_rows([now, now], None).high == 0  # no level: not a row rule


@pytest.mark.parametrize(
    ("policy", "size", "master", "wanted"),
    [
        ("auto", 10, "", ("polars", "no_spark")),
        ("auto", 10, "local[2]", ("polars", "small")),
        ("auto", 101, "local[2]", ("spark", "large")),
        ("auto", 100, "local[2]", ("polars", "small")),
        ("polars", 10**12, "local[2]", ("polars", "policy")),
        ("spark", 1, "local[2]", ("spark", "policy")),
    ],
)
def test_the_engine_follows_policy_and_size(policy: str, size: int, master: str, wanted: Any) -> None:
    assert choose_engine(policy, size, master, 100) == wanted


def test_spark_without_spark_is_refused_whoever_asks(shop: Shop, settings: Any) -> None:
    version = shop.version()
    erin = signed_in(shop.people.erin)
    address = f"/datasets/{shop.dataset.uid}/engine"
    with pytest.raises(exceptions.SparkNotConfigured):
        actions.validation_request(actor=shop.people.alice, version=version, engine="spark")
    erin.post(address, {"validation_engine": "spark"})
    shop.dataset.refresh_from_db()
    assert shop.dataset.validation_engine == "auto"
    settings.GAVEL_SPARK_MASTER = "local[1]"
    assert signed_in(shop.people.mallory).post(address, {"validation_engine": "spark"}).status_code == 302
    shop.dataset.refresh_from_db()
    assert shop.dataset.validation_engine == "auto"
    erin.post(address, {"validation_engine": "spark"})
    shop.dataset.refresh_from_db()
    assert shop.dataset.validation_engine == "spark"
    assert (
        '"validation_engine":"spark"' in LedgerEntry.objects.filter(type="dataset.changed").latest("pk").data
    )
    version.dataset.refresh_from_db()
    run = actions.validation_request(actor=shop.people.alice, version=version)
    assert (run.engine_asked, run.engine_name, run.engine_reason) == ("spark", "spark", "policy")
    asked = actions.validation_request(actor=shop.people.alice, version=version, engine="polars")
    assert (asked.engine_name, asked.engine_reason) == ("polars", "asked")
    settings.GAVEL_SPARK_MASTER = ""
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "spark_not_configured")


def test_a_version_that_goes_away_ends_the_run_with_its_code(shop: Shop, three: list[ValidationRun]) -> None:
    run = actions.validation_request(actor=shop.people.alice, version=three[2].version)
    shutil.rmtree(version_path(three[1].version))  # the version before
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.reason, run.verdict) == ("failed", "previous_gone", "")
    assert Incident.objects.filter(kind="bytes_changed", version=three[1].version).exists()
    shutil.rmtree(version_path(three[2].version))
    again = actions.validation_request(actor=shop.people.alice, version=three[2].version)
    tasks.validation_run(again.uid)
    again.refresh_from_db()
    assert (again.state, again.reason) == ("failed", "bytes_gone")
    assert exceptions.words_of(again.reason) != again.reason


def test_a_reference_that_goes_away_ends_the_run_only_where_a_rule_reads_it(
    shop: Shop, three: list[ValidationRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.processing import checking

    other = three[1].version
    shutil.rmtree(version_path(other))
    given = {"cities": other.uid}
    assert check(shop, three[0].version, references=given).verdict == "passed"
    monkeypatch.setattr(checking, "needed", lambda _compiled, offered: dict(offered))
    run = actions.validation_request(actor=shop.people.alice, version=three[0].version, references=given)
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.reason, run.reason_detail) == (
        "failed",
        "reference_gone",
        {"reference": "cities"},
    )
    assert Incident.objects.filter(kind="bytes_changed", version=other).exists()


def test_bytes_touched_while_they_were_read_never_pass(
    shop: Shop, three: list[ValidationRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.tasks import validation

    whole = validation.computed

    def touched(run: Any, function: Any, order: Any, **kwargs: Any) -> Any:
        made = whole(run, function, order, **kwargs)
        part = next(version_path(three[0].version).glob("*.parquet"))
        part.write_bytes(part.read_bytes())  # the same bytes again: what was read in between is not known
        return made

    monkeypatch.setattr(validation, "computed", touched)
    run = actions.validation_request(actor=shop.people.alice, version=three[0].version)
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "bytes_changed")
    assert not run.outcomes.exists()


def test_a_running_check_says_what_it_does(shop: Shop, client: Client) -> None:
    run = actions.validation_request(actor=shop.people.alice, version=shop.version())
    work = {"step": "rules", "rule": "order_id.unique", "rows_per_second": 1234567}
    ValidationRun.objects.filter(pk=run.pk).update(state="running", work=work)
    text = signed_in(shop.people.alice).get(f"/jobs/validation/{run.uid}/progress").content.decode()
    assert "Judging rules that need a pass of their own" in text
    assert "order_id.unique" in text
    assert "1,234,567 rows per second" in text
    work = {"step": "reading", "rows": 9000, "rows_seen": 4000}
    ValidationRun.objects.filter(pk=run.pk).update(work=work)
    text = signed_in(shop.people.alice).get(f"/jobs/validation/{run.uid}/progress").content.decode()
    assert "4,000 of 9,000 rows" in text


def test_a_worker_notes_the_rows_seen_and_how_fast(shop: Shop) -> None:
    from catalog.tasks.running import Step
    from catalog.tasks.validation import _Noting

    run = actions.validation_request(actor=shop.people.alice, version=shop.version())
    ValidationRun.objects.filter(pk=run.pk).update(state="running")
    noting = _Noting(run)
    noting._rows = 1000
    seen = []
    for code, seconds in (
        ("reading", 1.0), ("reading:200", 2.0), ("reading:400", 3.5), ("rules", 6.0), ("rules:a.unique", 6.5),
    ):  # fmt: skip
        noting(Step(0, 4, code, seconds))
        run.refresh_from_db()
        seen.append((run.work["step"], run.work.get("rows_seen"), run.work.get("rows_per_second")))
    assert seen == [
        ("reading", 0, None),
        ("reading", 0, None),  # too soon after the last note
        ("reading", 400, 160),
        ("rules", 1000, 200),
        ("rules", 1000, 200),
    ]
