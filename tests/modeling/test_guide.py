"""Which backbone for my data: measured on its texts, figures only, for those who see the version."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Dataset, DatasetVersion
from catalog.processing.stored import StoredColumn
from governance.choices import JobState
from governance.exceptions import InvalidInput, NotFound, NotPermitted
from governance.models import LedgerEntry
from modeling import actions
from modeling.exceptions import BackboneBlind, DatasetWithdrawn
from modeling.models import Backbone, BackboneGuide, Evaluation, TrainingRun
from modeling.selectors.guide import guide_lines
from modeling.tasks import guide_measure
from tests.engines.training import tiny
from tests.modeling.conftest import Company, checked

GOLDEN = json.loads((Path(__file__).parent / "query_counts.json").read_text(encoding="utf-8"))
CHARACTERS = "红色台灯蓝的沙发白桌子很好"
CHINESE = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *CHARACTERS, *tiny.COLOURS, *tiny.NOUNS)


def reviews(company: Company, folder: Path, name: str = "reviews", level: int | None = 2) -> DatasetVersion:
    """Reviews in Chinese, titles in English, codes, and a masked column."""
    rows = 40
    frame = {
        "review": ["红色的台灯很好", "蓝色沙发"] * (rows // 2),
        "title": ["red lamp", "blue sofa"] * (rows // 2),
        "sku": [f"B{number}" for number in range(rows)],
        "secret": ["where is my secret"] * rows,
    }
    file = folder / f"{name}.parquet"
    pl.DataFrame(frame).write_parquet(file)
    columns = tuple(StoredColumn(one, "String", 4 if one == "secret" else level) for one in frame)
    return company.version(name, file, columns=columns, rows=rows)


@pytest.fixture
def version(company: Company, tmp_path: Path) -> DatasetVersion:
    return reviews(company, tmp_path)


@pytest.fixture
def chinese(company: Company, settings: Any) -> Backbone:
    tiny.make_folder(settings.GAVEL_BACKBONES / "zh", CHINESE)
    row = actions.backbone_register(
        actor=company.people.dave, name="zh", kind="folder", place="zh", licence="MIT", languages=["zh"]
    )
    return checked(row)


def measured(company: Company, version: DatasetVersion, **given: Any) -> BackboneGuide:
    guide = actions.guide_measure(actor=company.people.dave, version=version, **given)
    assert guide_measure(guide.uid)
    guide.refresh_from_db()
    assert guide.state == JobState.SUCCEEDED, guide.reason
    return guide


def page(client: Client, version: DatasetVersion, language: str = "en") -> str:
    answer = client.get(
        reverse("modeling:guide"), {"version": version.uid}, headers={"Accept-Language": language}
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_guide_measures_every_backbone_on_the_texts_themselves(
    company: Company, version: DatasetVersion, chinese: Backbone
) -> None:
    guide = measured(company, version)
    assert (guide.columns_read, guide.hidden, guide.rows_read) == (["review", "title"], ["secret"], 40)
    assert guide.cjk > 0.3
    lines = {line.backbone.name: line for line in guide_lines(company.people.dave, version, guide, "full")}
    assert {name: str(line.sight.verdict) for name, line in lines.items()} == {
        "zh": "fits",
        "tiny": "blocked",
    }
    blind, good = lines["tiny"], lines["zh"]
    assert blind.fit is not None
    assert blind.fit.columns == {"review": [220, 220], "title": [80, 0]}
    assert blind.sight.better == ("zh",)
    assert blind.sight.share == pytest.approx(220 / 300)
    assert good.fit is not None
    assert (good.fit.texts, good.fit.unknown, good.fit.p50, good.fit.longest) == (40, 0, 11, 11)
    assert good.cost is not None
    assert (good.cost.basis, good.memory > 0) == ("stated", True)
    assert next(iter(lines)) == "zh"


def test_a_masked_column_is_never_read(company: Company, version: DatasetVersion, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        actions.guide_measure(actor=company.people.dave, version=version, columns=["secret"])
    guide = measured(company, version)
    assert "secret" not in guide.columns_read
    sensitive = reviews(company, tmp_path, "sensitive", level=None)
    Dataset.objects.filter(pk=sensitive.dataset_id).update(level=3)
    guide = actions.guide_measure(actor=company.people.carol, version=sensitive)
    assert guide_measure(guide.uid)
    guide.refresh_from_db()
    assert (guide.state, guide.reason) == ("failed", "data.no_text")


def test_neither_rows_nor_ledger_nor_pages_hold_a_text(
    company: Company, version: DatasetVersion, client: Client
) -> None:
    guide = measured(company, version)
    stored = json.dumps([list(guide.fits.values()), [g.reason_detail for g in BackboneGuide.objects.all()]])
    client.force_login(company.people.dave)
    shown = page(client, version) + client.get(f"/api/v1/backbone-guides/{guide.uid}/lines").content.decode()
    sealed = "".join(LedgerEntry.objects.values_list("data", flat=True))
    for text in ("台灯", "red lamp", "B17", "my secret"):
        assert text not in stored + shown + sealed


def test_a_plan_for_data_its_backbone_cannot_read_is_refused(
    company: Company, version: DatasetVersion, chinese: Backbone
) -> None:
    measured(company, version)
    document = {key: value for key, value in tiny.pair_plan().items() if key != "backbone"}
    document["text"] = {"left": ["review"], "right": ["title"], "label": "sku"}

    def freeze(backbone: Backbone, **changes: Any) -> Any:
        given = {**document, **changes}
        return actions.plan_create(
            actor=company.people.dave, name="p", backbone=backbone, document=given, version=version
        )

    with pytest.raises(BackboneBlind, match=r"73\.3% .*able to read it: zh") as caught:
        freeze(company.backbone)
    assert caught.value.code == "backbone.blind"
    assert freeze(chinese).backbone == chinese
    english = {"left": ["title"], "right": ["title"], "label": "sku"}
    assert freeze(company.backbone, text=english).backbone == company.backbone
    Backbone.objects.filter(pk=chinese.pk).update(state="refused")
    with pytest.raises(BackboneBlind, match="register a Chinese or multilingual one"):
        freeze(company.backbone)


def test_the_plan_form_and_the_api_say_it_too(
    company: Company, version: DatasetVersion, chinese: Backbone, client: Client
) -> None:
    measured(company, version)
    client.force_login(company.people.dave)
    form = {
        "name": "new plan", "task": "pair_relevance", "method": "full", "backbone": company.backbone.uid,
        "purpose": "p", "left": "review", "right": "title", "label": "sku", "batch_size": 8, "epochs": 1,
        "max_length": 16, "max_pairs": 100, "save_every": 10, "weight_decay": 0.01, "warmup_share": 0.1,
        "seed": 1, "version": version.uid,
    }  # fmt: skip
    answer = client.post(reverse("modeling:plan_new"), form)
    assert answer.status_code == 409
    assert "does not know 73.3%" in answer.content.decode()
    answer = client.post(reverse("modeling:plan_new"), form, headers={"Accept-Language": "zh-hans"})
    assert "73.3%" in answer.content.decode()
    assert client.post(reverse("modeling:plan_new"), {**form, "backbone": chinese.uid}).status_code == 302
    document = {key: value for key, value in tiny.pair_plan().items() if key != "backbone"}
    document["text"] = {"left": ["review"], "right": ["title"], "label": "sku"}
    sent = {"name": "p", "backbone": company.backbone.uid, "document": document, "version": version.uid}
    answer = client.post("/api/v1/training-plans", json.dumps(sent), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "backbone.blind")
    sent["version"] = "nobody"
    answer = client.post("/api/v1/training-plans", json.dumps(sent), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_run_on_data_its_backbone_cannot_read_is_refused_before_it_waits(
    company: Company, version: DatasetVersion
) -> None:
    measured(company, version)
    document = {key: value for key, value in tiny.pair_plan().items() if key != "backbone"}
    document["text"] = {"left": ["review"], "right": ["title"], "label": "sku"}
    plan = actions.plan_create(
        actor=company.people.dave, name="p", backbone=company.backbone, document=document
    )
    inputs = [spec for spec in company.inputs() if spec.role != "train"]
    train = type(inputs[0])("train", version)
    with pytest.raises(BackboneBlind):
        company.ask(wait=True, plan=plan, inputs=[train, *inputs])
    assert not TrainingRun.objects.exists()
    assert company.ask(wait=True, plan=plan).state == JobState.WAITING


def test_figures_of_other_files_than_the_present_ones_do_not_count(
    company: Company, version: DatasetVersion
) -> None:
    guide = measured(company, version)
    guide.fits.update(digest="sha256:0")
    (line,) = guide_lines(company.people.dave, version, guide, "full")
    assert (line.sight.verdict, line.fit) == ("unknown", None)


def test_costs_go_by_what_runs_cost_here(
    company: Company, version: DatasetVersion, chinese: Backbone
) -> None:
    guide = measured(company, version)
    run = company.ask(wait=True)
    TrainingRun.objects.filter(pk=run.pk).update(
        state=JobState.SUCCEEDED, cpu_seconds_used=50, result={"training": {"pairs": 100}}
    )
    lines = {line.backbone.name: line for line in guide_lines(company.people.dave, version, guide, "full")}
    own, scaled = lines["tiny"].cost, lines["zh"].cost
    assert own is not None
    assert (own.basis, own.runs, own.cpu_seconds) == ("own", 1, pytest.approx(20))
    assert scaled is not None
    assert (scaled.basis, scaled.runs) == ("scaled", 1)
    assert scaled.cpu_seconds == pytest.approx(20, rel=0.01)
    other = guide_lines(company.people.dave, version, guide, "lora")
    assert {line.cost.basis for line in other if line.cost} == {"stated"}


def test_past_results_are_those_the_reader_may_see(
    company: Company, version: DatasetVersion, client: Client
) -> None:
    guide = measured(company, version)
    for value in (0.8, 0.9):
        run = company.ask(wait=True)
        TrainingRun.objects.filter(pk=run.pk).update(state=JobState.SUCCEEDED)
        Evaluation.objects.create(
            run=run, metric="auc", model="fine_tuned", n=80, value=value, low=value - 0.02, high=value + 0.02
        )
    (line,) = guide_lines(company.people.dave, version, guide, "full")
    assert [(past.metric, past.value, past.low, past.here) for past in line.past] == [
        ("auc", 0.9, pytest.approx(0.88), False)
    ]
    client.force_login(company.people.dave)
    text = page(client, version)
    assert "0.880 to 0.920" in text
    assert "on other data" in text
    Dataset.objects.exclude(pk=version.dataset_id).update(level=5)
    (line,) = guide_lines(company.people.erin, version, guide, "full")
    assert line.past == ()


def test_the_page_follows_the_job_in_both_languages(
    company: Company, version: DatasetVersion, chinese: Backbone, client: Client
) -> None:
    client.force_login(company.people.dave)
    assert "Not measured" in page(client, version)
    sent = {"version": version.uid, "columns": "review， title", "max_length": 8}
    answer = client.post(reverse("modeling:guide_measure"), sent)
    assert answer["Location"] == f"{reverse('modeling:guide')}?version={version.uid}"
    guide = BackboneGuide.objects.get()
    assert (guide.columns, guide.max_length) == (["review", "title"], 8)
    progress = reverse("modeling:guide_progress", args=[guide.uid])
    assert progress in page(client, version)
    assert client.get(progress).status_code == 200
    assert guide_measure(guide.uid)
    assert client.get(progress).status_code == 286
    english, chinese_page = page(client, version), page(client, version, "zh-hans")
    for words in (
        "Cannot read it",
        "Reads it",
        "73.3%",
        "review 100%",
        "Registered here and able to read it: zh",
    ):
        assert words in english, words
    assert re.search(r"[\u4e00-\u9fff]", chinese_page)
    assert "Cannot read it" not in chinese_page
    for bad in ({"columns": "absent"}, {"max_length": 1}, {"max_length": "x"}):
        answer = client.post(reverse("modeling:guide_measure"), sent | bad, follow=True)
        assert answer.status_code in {200, 400}
    assert BackboneGuide.objects.count() == 1


def test_the_version_page_links_to_the_guide(
    company: Company, version: DatasetVersion, client: Client
) -> None:
    client.force_login(company.people.dave)
    link = f"{reverse('modeling:guide')}?version={version.uid}"
    assert link in client.get(version.get_absolute_url()).content.decode()
    assert reverse("modeling:guide") in client.get(reverse("modeling:backbones")).content.decode()
    assert reverse("modeling:guide") in client.get(reverse("modeling:plan_new")).content.decode()


def test_the_api_asks_and_tells(company: Company, version: DatasetVersion, client: Client) -> None:
    client.force_login(company.people.dave)
    sent = {"version": version.uid, "columns": ["review"]}
    answer = client.post("/api/v1/backbone-guides", json.dumps(sent), "application/json")
    assert (answer.status_code, answer.json()["state"]) == (201, "queued")
    place = f"/api/v1/backbone-guides/{answer.json()['uid']}"
    assert client.get(f"{place}/lines").json() == []
    assert guide_measure(answer.json()["uid"])
    shown = client.get(place).json()
    assert (shown["state"], shown["columns_read"], shown["rows_read"]) == ("succeeded", ["review"], 40)
    (line,) = client.get(f"{place}/lines").json()
    assert (line["name"], line["verdict"], line["unknown_share"]) == ("tiny", "blocked", 1.0)
    assert line["flops_per_epoch"] > 0
    assert client.get(f"{place}/lines?method=nothing").status_code == 400
    found = client.get(f"/api/v1/backbone-guides?version__uid={version.uid}").json()["results"]
    assert [one["uid"] for one in found] == [answer.json()["uid"]]


def test_who_may_not_see_the_version_learns_nothing(
    company: Company, version: DatasetVersion, client: Client
) -> None:
    guide = measured(company, version)
    Dataset.objects.update(level=5)
    client.force_login(company.people.mallory)
    for path in (f"backbone-guides/{guide.uid}", f"backbone-guides/{guide.uid}/lines"):
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get("/api/v1/backbone-guides").json()["results"] == []
    sent = json.dumps({"version": version.uid})
    assert client.post("/api/v1/backbone-guides", sent, "application/json").status_code == 404
    assert client.get(reverse("modeling:guide_progress", args=[guide.uid])).status_code == 404
    assert client.post(reverse("modeling:guide_measure"), {"version": version.uid}).status_code == 404
    text = client.get(reverse("modeling:guide"), {"version": version.uid}).content.decode()
    assert "review" not in text
    with pytest.raises(NotPermitted):
        actions.guide_measure(actor=company.people.mallory, version=version)
    with pytest.raises(NotFound):
        actions.guide_measure(actor=company.people.dave, version=version)


def test_a_withdrawn_dataset_is_not_measured(company: Company, version: DatasetVersion) -> None:
    Dataset.objects.filter(pk=version.dataset_id).update(archived_at=timezone.now())
    version.refresh_from_db()
    with pytest.raises(DatasetWithdrawn):
        actions.guide_measure(actor=company.people.dave, version=version)


@pytest.mark.parametrize("query", ["?version=x", "?version=%00", "?method=x", "?sort=x&page=99", "?version="])
def test_the_page_survives_any_query(company: Company, client: Client, query: str) -> None:
    client.force_login(company.people.dave)
    assert client.get(reverse("modeling:guide") + query).status_code == 200


def test_the_guide_costs_the_same_at_one_and_at_fifty_backbones(
    company: Company, version: DatasetVersion, client: Client
) -> None:
    client.force_login(company.people.dave)
    guide = measured(company, version)

    def counted() -> int:
        page(client, version)
        with CaptureQueriesContext(connection) as queries:
            page(client, version)
        return len(queries)

    small, fit = counted(), guide.fits.get()
    for number in range(50):
        row = Backbone.objects.create(
            name=f"b{number}", kind="hub", place="x", licence="MIT", architecture="bert", hidden_size=8,
            max_length=64, digest=fit.digest, state="checked", parameters=100,
        )  # fmt: skip
        fit.pk, fit.backbone = None, row
        fit.save()
        company_run = company.ask(wait=True)
        TrainingRun.objects.filter(pk=company_run.pk).update(state=JobState.SUCCEEDED)
    assert small == counted() == GOLDEN["guide"]
    assert GOLDEN["guide"] <= 25
