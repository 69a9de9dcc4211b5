"""The pages of modeling: who sees what, in both languages, with a constant number of queries; bad input
never a 500.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Dataset
from governance import registry
from governance.choices import JobState
from governance.subject_ref import SubjectRef
from modeling import actions
from modeling.cards import cards_of
from modeling.markdown import card_html
from modeling.models import Backbone, LogLine, MetricPoint, ModelVersion, TrainingPlan, TrainingRun
from modeling.reasons import codes, reason_words
from modeling.tasks import run_execute
from modeling.training.methods import METHODS
from tests.modeling.conftest import AT, Company, PlayedChild, write_points

Played = type[PlayedChild]
GOLDEN = Path(__file__).parent / "query_counts.json"
LISTS = ("runs", "models", "plans", "backbones")
NAMED = (*LISTS, "run_new", "plan_new", "backbone_new", "guide", "compare")


@pytest.fixture
def finished(company: Company, played: Played) -> TrainingRun:
    company.permit_all()
    run = company.ask()
    run_execute(run.uid)
    run.refresh_from_db()
    assert run.state == JobState.SUCCEEDED, run.reason
    return run


def page(client: Client, name: str, *args: str, query: str = "", language: str = "en") -> str:
    answer = client.get(reverse(f"modeling:{name}", args=args) + query, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def every_page(run: TrainingRun) -> list[tuple[str, list[str]]]:
    return [
        *((name, []) for name in NAMED),
        ("run", [run.uid]), ("model", [run.model.uid]), ("plan", [run.plan.uid]),
        ("backbone", [run.plan.backbone.uid]),
    ]  # fmt: skip


def test_every_page_reads_in_both_languages(finished: TrainingRun, company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    for name, args in every_page(finished):
        english, chinese = page(client, name, *args), page(client, name, *args, language="zh-hans")
        assert re.search(r"[\u4e00-\u9fff]", chinese), name
        assert english != chinese, name


def test_pages_ask_for_a_sign_in(finished: TrainingRun, client: Client) -> None:
    client.logout()
    for name, args in every_page(finished):
        answer = client.get(reverse(f"modeling:{name}", args=args))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/sign-in/"), name


def test_the_run_page_says_what_the_run_did(finished: TrainingRun, company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    finished.notes = "seed 0"
    text = page(client, "run", finished.uid)
    for words in (
        "Succeeded",
        "No difference shown",
        "Better",
        "0.780 to 0.820",
        "+0.100",
        "1 of 5",
        "Same bytes",
    ):
        assert words in text, words
    assert text.count('class="is-me"') == 2
    assert "data-live" not in text


def test_an_interval_across_zero_is_never_called_better(
    finished: TrainingRun, company: Company, client: Client
) -> None:
    client.force_login(company.people.dave)
    text = page(client, "model", finished.model.uid)
    row = text[text.index("BM25 on the texts") :]
    row = row[: row.index("</tr>")]
    assert "No difference shown" in row
    assert 'data-tone="ok"' not in row


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_waiting_or_failed_run_says_why_and_what_to_do(company: Company, client: Client, code: str) -> None:
    run = company.ask(wait=True)
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.FAILED, reason=code)
    client.force_login(company.people.dave)
    found = reason_words(code)
    assert found is not None
    assert found.text.replace("'", "&#x27;") in page(client, "run", run.uid)


def test_a_code_nobody_worded_reads_the_engine(company: Company, client: Client) -> None:
    run = company.ask(wait=True)
    detail = {"en": "A new fault of the engine.", "zh": "引擎的新故障。"}
    TrainingRun.objects.filter(pk=run.pk).update(
        state=JobState.FAILED, reason="data.new", reason_detail=detail
    )
    client.force_login(company.people.dave)
    assert detail["en"] in page(client, "run", run.uid)
    assert detail["zh"] in page(client, "run", run.uid, language="zh-hans")


def test_live_points_follow_a_cursor_and_stop_at_the_end(company: Company, client: Client) -> None:
    run = company.ask(wait=True)
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.RUNNING)
    client.force_login(company.people.dave)
    url = reverse("modeling:run_points", args=[run.uid])
    assert client.get(url, {"after": "0"}).status_code == 204
    for metric, value in (
        ("train/loss", 0.5),
        ("valid/auc", 0.8),
        ("valid/auc_low", 0.7),
        ("valid/auc_high", 0.9),
    ):
        MetricPoint.objects.create(run=run, metric=metric, step=1, value=value, epoch=0.1, at=AT)
    first = client.get(url, {"after": "0"}).json()
    assert first["points"] == {"train/loss": [[1, 0.5]], "valid/auc": [[1, 0.8, 0.7, 0.9]]}
    assert client.get(url, {"after": first["cursor"]}).status_code == 204
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.SUCCEEDED)
    assert client.get(url, {"after": first["cursor"]}).status_code == 286
    for bad in ("", "x", "-1", "9" * 40, "١"):
        assert client.get(url, {"after": bad}).status_code in {200, 204, 286}


def test_the_progress_part_reloads_the_page_at_the_end(
    finished: TrainingRun, company: Company, client: Client
) -> None:
    client.force_login(company.people.dave)
    answer = client.get(reverse("modeling:run_progress", args=[finished.uid]))
    assert (answer.status_code, answer["HX-Refresh"]) == (286, "true")


def test_the_log_is_searched_and_escaped(finished: TrainingRun, company: Company, client: Client) -> None:
    for number, (code, fact) in enumerate((("run.started", "1"), ("odd", "<script>alert(1)</script>"))):
        LogLine.objects.create(
            run=finished, number=number, at=AT, level="info", code=code, facts={"step": fact}
        )
    client.force_login(company.people.dave)
    whole = page(client, "run", finished.uid)
    assert "training from step 1 of ?" in whole
    assert "<script>alert" not in whole
    found = page(client, "run", finished.uid, query="?log=odd")
    assert "training from step" not in found
    assert "No line holds these words" in page(client, "run", finished.uid, query="?log=zzz")


def test_cards_are_shown_without_any_markup_of_their_own() -> None:
    shown = card_html(
        "---\na: 1\n---\n# <b>T</b>\n\n- `x` [l](javascript:alert(1))\n\n| a |\n|---|\n| <i> |\n\nText"
    )
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "<a " not in shown
    assert '<code class="hash full">x</code>' in shown
    assert "<h3>&lt;b&gt;T&lt;/b&gt;</h3>" in shown


def test_notes_and_stop_pass_the_actions(company: Company, client: Client) -> None:
    run = company.ask(wait=True)
    client.force_login(company.people.dave)
    client.post(reverse("modeling:run_note", args=[run.uid]), {"notes": "why"})
    client.post(reverse("modeling:run_cancel", args=[run.uid]))
    run.refresh_from_db()
    assert (run.notes, run.state) == ("why", JobState.CANCELLED)
    again = client.post(reverse("modeling:run_cancel", args=[run.uid]), follow=True)
    assert "already ended" in again.content.decode()


def test_a_model_is_quarantined_from_its_page(
    finished: TrainingRun, company: Company, client: Client
) -> None:
    client.force_login(company.people.carol)
    url = reverse("modeling:model_quarantine", args=[finished.model.uid])
    assert client.post(url, {"reason": ""}).status_code == 400
    assert (
        "This model is quarantined."
        in client.post(url, {"reason": "odd scores"}, follow=True).content.decode()
    )
    card = client.get(reverse("modeling:model_card", args=[finished.model.uid]))
    assert card["Content-Type"].startswith("text/markdown")


def test_a_card_says_what_came_before_and_after_training(finished: TrainingRun) -> None:
    sizes = {"parameters": 9, "parameters_before": 12}
    stages = {
        "adapt": {"steps": 20, "texts": 300, "resumed_from": 0},
        "distill": {"layers": [0, 5], "layers_before": 6, **sizes},
        "prune": {"neurons": 8, "neurons_before": 16, **sizes},
    }
    plain = cards_of(finished, finished.result)
    cards = cards_of(finished, {**finished.result, "stages": stages})
    assert "Before and after training" not in plain["en"]
    for line in ("20 steps on 300 training texts", "into 2 of 6 layers: 9 of 12", "to 8 of 16 neurons"):
        assert line in cards["en"]
    for line in ("## 训练前后", "20 步，使用 300 条", "6 层中的 2 层", "16 → 8"):
        assert line in cards["zh"]


def test_a_version_offers_to_train_on_it(company: Company) -> None:
    (act,) = [
        a for a in registry.acts("dataset_version.acts") if "run" in (a.url(company.people.dave, REF) or "")
    ]
    assert act.url(company.people.dave, REF) == reverse("modeling:run_new") + "?version=v1"
    assert act.url(company.people.mallory, REF) is None


REF = SubjectRef("dataset_version", "v1", "sha256:0")


def test_a_plan_is_frozen_from_its_form(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    form = plan_form(company, patience=2)
    answer = client.post(reverse("modeling:plan_new"), form)
    plan = TrainingPlan.objects.get(name="new plan")
    assert answer["Location"] == plan.get_absolute_url()
    document = json.loads(plan.document)
    assert document["text"]["left"] == ["left_title", "left_colour"]
    assert document["options"] == {"rank": "8.0"}
    assert document["recipe"]["patience"] == 2


def test_the_form_offers_every_method_and_its_options_in_the_readers_language(
    company: Company, client: Client
) -> None:
    client.force_login(company.people.dave)
    english = page(client, "plan_new")
    chinese = page(client, "plan_new", language="zh-hans")
    for card in METHODS.values():
        assert card.en in english
        assert card.zh in chinese
        for name, option in card.options.items():
            assert f'name="{name}"' in english
            assert option.zh in chinese
    assert "仅用于（默认值）：LoRA 低秩适配 (16)" in chinese
    assert "<details><summary>Options of the method</summary>" in english
    broken = client.post(reverse("modeling:plan_new"), plan_form(company, rank="x")).content.decode()
    assert "<details open><summary>Options of the method</summary>" in broken


def test_a_method_is_refused_when_the_plan_is_frozen_for_a_backbone_it_cannot_work_on(
    company: Company, client: Client
) -> None:
    client.force_login(company.people.dave)
    Backbone.objects.filter(pk=company.backbone.pk).update(architecture="xlnet")
    answer = client.post(reverse("modeling:plan_new"), plan_form(company, method="ia3", rank=""))
    assert answer.status_code == 400
    assert "does not work on models of the type “xlnet”" in answer.content.decode()
    assert not TrainingPlan.objects.filter(name="new plan").exists()


def test_a_plan_with_classes_needs_no_right_text(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    form = plan_form(
        company, task="topic", right="", class_weights="balanced", pass_texts=4, checkpointing="layers"
    )
    answer = client.post(reverse("modeling:plan_new"), form)
    plan = TrainingPlan.objects.get(name="new plan")
    assert answer["Location"] == plan.get_absolute_url()
    document = json.loads(plan.document)
    assert document["recipe"]["class_weights"] == "balanced"
    assert document["recipe"]["checkpointing"] == "layers"
    assert document["recipe"]["pass_texts"] == 4
    assert client.get(plan.get_absolute_url()).status_code == 200


def test_what_comes_before_and_after_training_is_asked_for_in_the_form(
    company: Company, client: Client
) -> None:
    client.force_login(company.people.dave)
    assert "<details><summary>Before and after training</summary>" in page(client, "plan_new")
    assert "<details><summary>训练前后</summary>" in page(client, "plan_new", language="zh-hans")
    stages = {"adapt_steps": 20, "student_layers": 1, "distill_epochs": 2, "prune_neurons": 0.25}
    answer = client.post(reverse("modeling:plan_new"), plan_form(company, **stages))
    plan = TrainingPlan.objects.get(name="new plan")
    assert answer["Location"] == plan.get_absolute_url()
    recipe = json.loads(plan.document)["recipe"]
    assert {name: float(recipe[name]) for name in stages} == stages
    broken = client.post(
        reverse("modeling:plan_new"), plan_form(company, name="no", method="head", rank="", adapt_steps=5)
    )
    assert broken.status_code == 400
    assert "moves nothing inside the encoder" in broken.content.decode()
    assert "<details open><summary>Before and after training</summary>" in broken.content.decode()


def plan_form(company: Company, **changes: Any) -> dict[str, Any]:
    return {
        "name": "new plan", "task": "pair_relevance", "method": "lora", "backbone": company.backbone.uid,
        "purpose": "search-relevance", "left": "left_title， left_colour", "right": "right_title",
        "label": "label", "group": "", "batch_size": 8, "epochs": 1, "max_length": 16, "max_pairs": 100,
        "save_every": 10, "weight_decay": 0.01, "warmup_share": 0.1, "seed": 1, "rank": 8, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "nonsense"}, {"method": "full"}, {"label": ""}, {"learning_rate": "1e999"}, {"epochs": 0},
        {"epochs": "9" * 30}, {"backbone": "nobody"}, {"left": ","}, {"purpose": "a\x00b"}, {"seed": -1},
        {"name": ""}, {"learning_rate": "nan"}, {"right": ""}, {"pass_texts": -1}, {"class_weights": "some"},
    ],
)  # fmt: skip
def test_a_bad_plan_stays_in_the_form(company: Company, client: Client, changes: dict[str, Any]) -> None:
    client.force_login(company.people.dave)
    before = TrainingPlan.objects.count()
    assert client.post(reverse("modeling:plan_new"), plan_form(company, **changes)).status_code == 400
    assert TrainingPlan.objects.count() == before


def test_a_backbone_is_registered_from_its_form(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    form = {"name": "again", "kind": "folder", "place": "tiny", "licence": "MIT", "languages": "en, zh"}
    client.post(reverse("modeling:backbone_new"), form)
    assert Backbone.objects.get(name="again").languages == ["en", "zh"]
    for place in ("../../etc", "/etc", "x" * 300):
        answer = client.post(reverse("modeling:backbone_new"), {**form, "name": place[:5], "place": place})
        assert answer.status_code == 400, place
    assert client.post(reverse("modeling:backbone_new"), form).status_code == 409


def test_mallory_is_refused_everywhere(finished: TrainingRun, company: Company, client: Client) -> None:
    """A stranger to a sensitive dataset: its runs and models do not exist for them, and they may ask for
    nothing.
    """
    Dataset.objects.update(level=5)
    client.force_login(company.people.mallory)
    for name, uid in (("run", finished.uid), ("model", finished.model.uid)):
        assert client.get(reverse(f"modeling:{name}", args=[uid])).status_code == 404
    for name, uid in (
        ("run_points", finished.uid), ("run_progress", finished.uid), ("model_card", finished.model.uid),
    ):  # fmt: skip
        assert client.get(reverse(f"modeling:{name}", args=[uid])).status_code == 404
    for name, uid in (
        ("run_cancel", finished.uid), ("run_note", finished.uid), ("model_quarantine", finished.model.uid),
    ):  # fmt: skip
        assert client.post(reverse(f"modeling:{name}", args=[uid]), {"reason": "x"}).status_code == 404
    assert finished.name not in page(client, "runs")
    assert client.post(reverse("modeling:plan_new"), plan_form(company)).status_code == 403
    form = {"name": "m", "kind": "folder", "place": "tiny", "licence": "MIT"}
    assert client.post(reverse("modeling:backbone_new"), form).status_code == 403
    version = company.versions["train"].uid
    sent = {"plan": company.plan.uid, "train": version, "test": version, "cpu_seconds": 60, "wait": "on"}
    assert client.post(reverse("modeling:run_new"), sent).status_code == 400
    assert TrainingRun.objects.count() == 1


def test_a_stranger_cannot_stop_what_they_may_see(company: Company, client: Client) -> None:
    Dataset.objects.update(level=1)
    run = company.ask(wait=True)
    client.force_login(company.people.mallory)
    client.post(reverse("modeling:run_cancel", args=[run.uid]))
    client.post(reverse("modeling:run_note", args=[run.uid]), {"notes": "x"})
    run.refresh_from_db()
    assert (run.state, run.notes) == (JobState.WAITING, "")


@pytest.mark.parametrize(
    "query", ["?sort=nonsense&page=99999", "?state=nonsense", "?q=%27%22%25", "?task=x&method=y"]
)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_survives_any_query(company: Company, client: Client, name: str, query: str) -> None:
    client.force_login(company.people.dave)
    page(client, name, query=query)


def grow(company: Company, rows: int) -> None:
    """Runs, models, plans and backbones up to `rows` of each."""
    for number in range(TrainingRun.objects.count(), rows):
        backbone = Backbone.objects.create(
            name=f"b{number}", kind="hub", place="x", licence="MIT", architecture="bert", hidden_size=1,
            max_length=1, digest="sha256:0", state="checked", parameters=10,
        )  # fmt: skip
        document = json.loads(company.plan.document)
        document.pop("backbone")
        plan = actions.plan_create(
            actor=company.people.dave, name=f"p{number}", backbone=backbone, document=document
        )
        run = company.ask(wait=True, plan=plan)
        ModelVersion.objects.create(
            name=f"m{number}", number=1, run=run, digest="d", weights_sha256="w", level=1
        )


def counted(client: Client, name: str) -> int:
    page(client, name)
    with CaptureQueriesContext(connection) as queries:
        page(client, name)
    return len(queries)


def test_lists_cost_the_same_at_one_and_at_fifty_rows(company: Company, client: Client) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    client.force_login(company.people.dave)
    grow(company, 1)
    small = {name: counted(client, name) for name in LISTS}
    grow(company, 50)
    large = {name: counted(client, name) for name in LISTS}
    assert small == large == {name: golden[name] for name in LISTS}
    assert max(large.values()) <= 15


def test_points_of_a_long_run_are_thinned(company: Company, played: Played, client: Client) -> None:
    company.permit_all()
    run = company.ask()
    played.script = [lambda child: write_points(child, range(1, 4001)), 0]
    run_execute(run.uid)
    client.force_login(company.people.dave)
    text = page(client, "run", run.uid)
    data = json.loads(re.search(r'id="chart-loss-data"[^>]*>(.*?)</script>', text).group(1))  # type: ignore[union-attr]
    (trace,) = data["data"]
    assert trace["x"][-1] == 4000
    assert len(trace["x"]) <= 1500
