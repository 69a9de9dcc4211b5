"""The unmodified `mlflow-skinny` client against a live server: what a permit allows, and what it does not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from django.test import Client as Browser
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils import request_utils

from governance.choices import JobState
from governance.ledger import verify
from governance.models import LedgerEntry, PermitUse, User
from governance.services import people as services
from modeling import clock
from modeling.models import MetricPoint, TrackedGap, TrainingRun
from modeling.tasks import run_execute
from tests.modeling.conftest import Company, PlayedChild

pytestmark = pytest.mark.django_db(transaction=True)
Client = mlflow.MlflowClient


@pytest.fixture
def served(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address; the client gives up at once instead of trying again for minutes."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow.set_tracking_uri(live_server.url)
    yield live_server.url
    while mlflow.active_run():
        mlflow.end_run()
    # The client keeps its connections for good, and with them the server's threads and their databases.
    request_utils._cached_get_request_session.cache_clear()


def token(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _row, secret = services.token_issue(actor=user, user=user, label="client")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", secret)


@pytest.fixture
def client(company: Company, served: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    token(company.people.dave, monkeypatch)
    return Client(served)


def begun(company: Company, client: Client, **tags: str) -> str:
    """A run under the first permit there is."""
    permit = company.issued[0] if company.issued else company.permit(company.versions["train"])
    given = {"gavel.permit": permit.uid, **tags}
    run = client.create_run(company.plan.uid, tags=given, run_name="outside")
    return str(run.info.run_id)


def test_the_fluent_client_logs_a_whole_run(company: Company, client: Client, tmp_path: Path) -> None:
    permit = company.permit(company.versions["train"])
    file = tmp_path / "notes.txt"
    file.write_text("read me")
    mlflow.set_experiment("pairs")
    with mlflow.start_run(run_name="mine", tags={"gavel.permit": permit.uid}) as active:
        mlflow.log_params({"lr": 0.1, "layers": "6"})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metrics({"loss": 0.25, "auc": 0.75}, step=2)
        mlflow.set_tag("team", "search")
        mlflow.log_artifact(str(file), "reports")
        mlflow.log_dict({"a": 1}, "config.json")
    run = client.get_run(active.info.run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "mine")
    assert run.data.metrics == {"loss": 0.25, "auc": 0.75}
    assert run.data.params == {"lr": "0.1", "layers": "6"}
    assert run.data.tags["team"] == "search"
    assert run.data.tags["gavel.permit"] == permit.uid
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 0.5), (2, 0.25)]
    assert [found.path for found in client.list_artifacts(run.info.run_id)] == ["config.json", "reports"]
    assert [found.path for found in client.list_artifacts(run.info.run_id, "reports")] == [
        "reports/notes.txt"
    ]
    down = client.download_artifacts(run.info.run_id, "reports/notes.txt", str(tmp_path))
    assert Path(down).read_text() == "read me"
    stored = TrainingRun.objects.get()
    assert (stored.state, stored.external, stored.requested_by) == ("succeeded", True, company.people.dave)
    assert {use.kind for use in PermitUse.objects.all()} == {"reserved", "settled"}
    types = set(LedgerEntry.objects.filter(subject_id=stored.uid).values_list("type", flat=True))
    assert {"run.requested", "run.admitted", "run.ended"} <= types


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (None, "permit_missing"),
        ({"purpose": "advertising"}, "permit_purpose"),
        ({"terms": {"job_kinds": ["evaluate"]}}, "permit_job_kind"),
        ({"terms": {"columns": ["other"]}}, "permit_columns"),
        ({"terms": {"runs": 0}}, "permit_budget"),
        ({"holder": "user:somebody"}, "permit_holder"),
    ],
)
def test_no_run_begins_without_a_permit_that_covers_it(
    company: Company, client: Client, changes: dict[str, Any] | None, code: str
) -> None:
    tags = (
        {} if changes is None else {"gavel.permit": company.permit(company.versions["train"], **changes).uid}
    )
    with pytest.raises(MlflowException, match=f"^PERMISSION_DENIED: {code}: "):
        client.create_run(company.plan.uid, tags=tags)
    assert not TrainingRun.objects.exists()
    assert LedgerEntry.objects.filter(type="run.begin", accepted=False, code=code).exists()


def test_a_revoked_or_foreign_permit_begins_nothing(company: Company, client: Client) -> None:
    permit = company.permit(company.versions["train"])
    company.revoke(permit)
    with pytest.raises(MlflowException, match="permit_not_active"):
        begun(company, client)
    with pytest.raises(MlflowException, match="permit_missing"):
        client.create_run(company.plan.uid, tags={"gavel.permit": "0" * 32})


def test_a_closed_gate_begins_nothing(company: Company, client: Client, gates: dict[str, str]) -> None:
    gates[company.versions["train"].uid] = "closed"
    with pytest.raises(MlflowException, match="gate_not_open"):
        begun(company, client)


def test_revoking_the_permit_stops_the_run_at_the_next_value(company: Company, client: Client) -> None:
    run = begun(company, client)
    client.log_metric(run, "loss", 1.0, step=1)
    company.revoke(company.issued[0])
    for _again in range(2):
        with pytest.raises(MlflowException, match="permit_not_active: The permit is revoked"):
            client.log_metric(run, "loss", 0.5, step=2)
    stored = TrainingRun.objects.get()
    assert (stored.state, stored.reason) == (JobState.CANCELLED, "permit_revoked")
    assert client.get_run(run).info.status == "KILLED"
    assert MetricPoint.objects.count() == 1


def test_a_silent_client_is_stopped_by_the_clock(company: Company, client: Client) -> None:
    begun(company, client)
    clock.runs_tick()
    assert TrainingRun.objects.get().state == JobState.RUNNING
    company.revoke(company.issued[0])
    clock.runs_tick()
    assert TrainingRun.objects.get().reason == "permit_revoked"


def test_numbers_that_are_none_come_back_as_mlflow_gives_them(company: Company, client: Client) -> None:
    run = begun(company, client)
    values = [1.0, math.nan, math.inf, -math.inf]
    client.log_batch(
        run, [Metric("loss", value, 1_700_000_000_000, step) for step, value in enumerate(values)]
    )
    back = [point.value for point in client.get_metric_history(run, "loss")]
    assert back[0] == 1.0
    assert math.isnan(back[1])
    assert back[2:] == [1.7976931348623157e308, -1.7976931348623157e308]
    assert (MetricPoint.objects.count(), TrackedGap.objects.count()) == (1, 3)
    client.log_metric(run, "loss", 3.0, step=1)
    client.log_metric(run, "loss", math.nan, step=0)
    assert (MetricPoint.objects.count(), TrackedGap.objects.count()) == (1, 3)


def test_a_parameter_is_written_once(company: Company, client: Client) -> None:
    run = begun(company, client)
    client.log_param(run, "lr", 0.1)
    client.log_param(run, "lr", 0.1)
    with pytest.raises(MlflowException, match="param_fixed"):
        client.log_batch(run, [Metric("loss", 1.0, 0, 1)], [Param("lr", "0.2")])
    assert not MetricPoint.objects.exists(), "a batch is stored wholly or not at all"


def test_tags_and_notes(company: Company, client: Client) -> None:
    run = begun(company, client)
    client.set_tag(run, "team", "search")
    client.log_batch(run, tags=[RunTag("stage", "one"), RunTag("mlflow.note.content", "see the wiki")])
    client.delete_tag(run, "team")
    client.update_run(run, name="renamed")
    found = client.get_run(run)
    assert "team" not in found.data.tags
    assert found.data.tags["mlflow.note.content"] == "see the wiki"
    assert (found.data.tags["stage"], found.info.run_name) == ("one", "renamed")
    with pytest.raises(MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        client.delete_tag(run, "team")
    with pytest.raises(MlflowException, match="written by Gavel"):
        client.set_tag(run, "gavel.permit", "x")


def test_runs_are_searched_sorted_and_paged(company: Company, client: Client) -> None:
    ids = []
    for number in range(5):
        run = begun(company, client, kind="even" if number % 2 == 0 else "odd")
        client.log_param(run, "recipe.seed", number)
        client.log_metric(run, "loss", 1.0 / (number + 1), step=number)
        ids.append(run)
    client.set_terminated(ids[0])

    def search(text: str, **more: Any) -> list[str]:
        return [run.info.run_id for run in client.search_runs([company.plan.uid], text, **more)]

    assert search("metrics.loss < 0.4 and tags.kind = 'even'") == [ids[4], ids[2]]
    assert search("params.`recipe.seed` = '3'") == search('params."recipe.seed" = "3"') == [ids[3]]
    assert search("params.recipe.seed IN ('1', '2')", order_by=["metrics.loss ASC"]) == [ids[2], ids[1]]
    assert search("attributes.status = 'FINISHED'") == [ids[0]]
    assert search("tags.kind LIKE 'ev%' and tags.kind != 'odd'", order_by=["metrics.loss DESC"]) == ids[::2]
    assert search("tags.nothing IS NULL and attributes.run_name ILIKE 'OUT%'") == ids[::-1]
    first = client.search_runs([company.plan.uid], max_results=2)
    second = client.search_runs([company.plan.uid], max_results=2, page_token=first.token)
    assert [run.info.run_id for run in [*first, *second]] == ids[:0:-1]
    for bad in (
        "metrics.loss",
        "loss < 1 or 2",
        "metrics.loss = 'x'",
        "attributes.nothing = 'x'",
        "((",
        "drop",
    ):
        with pytest.raises(MlflowException, match="INVALID_PARAMETER_VALUE"):
            search(bad)


def test_a_run_trained_inside_is_read_and_not_written(
    company: Company, client: Client, played: type[PlayedChild], tmp_path: Path
) -> None:
    company.permit_all()
    inside = company.ask()
    run_execute(inside.uid)
    run = client.get_run(inside.uid)
    assert run.info.status == "FINISHED"
    assert run.data.params["task"] == company.plan.task
    assert run.data.metrics["train/loss"] == pytest.approx(1 / 3)
    assert len(client.get_metric_history(inside.uid, "train/loss")) == 3
    assert [found.path for found in client.list_artifacts(inside.uid)] == ["model"]
    down = client.download_artifacts(inside.uid, "model/model.safetensors", str(tmp_path))
    assert Path(down).read_bytes() == b"tuned"
    assert LedgerEntry.objects.filter(type="model.read").count() == 1
    version = client.search_model_versions("name = 'pairs'")[0]
    assert client.get_model_version("pairs", version.version).run_id == inside.uid
    assert client.get_registered_model("pairs").name == client.search_registered_models()[0].name == "pairs"
    assert client.get_model_version_download_uri("pairs", "1").endswith("/model")
    search = client.search_runs([company.plan.uid], f"params.task = '{company.plan.task}'")
    assert [found.info.run_id for found in search] == [inside.uid]
    client.set_tag(inside.uid, "team", "search")
    for write in (
        lambda: client.log_metric(inside.uid, "loss", 1.0),
        lambda: client.log_param(inside.uid, "a", "b"),
        lambda: client.log_text(inside.uid, "x", "a.txt"),
        lambda: client.set_terminated(inside.uid),
        lambda: client.delete_run(inside.uid),
        lambda: client.create_registered_model("mine"),
        lambda: client.create_experiment("mine"),
    ):
        with pytest.raises(Exception, match=r"run_read_only|not_for_clients|403"):
            write()


def test_files_that_can_run_code_are_refused(company: Company, client: Client, tmp_path: Path) -> None:
    run = begun(company, client)
    for name, content in (("model.pkl", b"x"), ("pytorch_model.bin", b"x"), ("innocent.txt", b"\x80\x04x")):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(Exception, match="400"):
            client.log_artifact(run, str(file))
    assert client.list_artifacts(run) == []
    large = tmp_path / "weights.safetensors"
    large.write_bytes(b"\x80\x02" + b"0" * 3_000_000)
    client.log_artifact(run, str(large), "model")
    assert client.list_artifacts(run, "model")[0].file_size == 3_000_002


def test_strangers_see_and_write_nothing(
    company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(company, client)
    client.log_text(run, "secret", "a.txt")
    company.versions["train"].dataset.__class__.objects.update(level=5)
    for name in ("mallory", "bob"):
        token(getattr(company.people, name), monkeypatch)
        with pytest.raises(MlflowException):
            client.log_metric(run, "loss", 1.0)
    token(company.people.mallory, monkeypatch)
    assert list(client.search_runs([company.plan.uid])) == []
    with pytest.raises(MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        client.get_run(run)
    with pytest.raises(MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
        client.download_artifacts(run, "a.txt")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "gvl_wrong")
    with pytest.raises(MlflowException, match="UNAUTHENTICATED"):
        client.get_run(run)


def test_an_ended_run_takes_nothing_more(company: Company, client: Client) -> None:
    run = begun(company, client)
    client.set_terminated(run, "FAILED")
    assert TrainingRun.objects.get().reason == "outside_failed"
    for write in (
        lambda: client.log_metric(run, "loss", 1.0),
        lambda: client.update_run(run, status="RUNNING"),
        lambda: client.set_terminated(run),
    ):
        with pytest.raises(MlflowException, match="run_over"):
            write()


def test_the_example_of_the_documents_runs(
    company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "concepts" / "mlflow.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    monkeypatch.setenv("PLAN", company.plan.name)
    monkeypatch.setenv("PERMIT", company.permit(company.versions["train"]).uid)
    found: dict[str, Any] = {}
    exec(compile(example, "mlflow.md", "exec"), found)  # noqa: S102 - our own page
    assert [run.info.run_id for run in found["best"]] == [found["run"].info.run_id]
    assert MetricPoint.objects.count() == 100


def test_the_pages_of_a_run_outside(company: Company, client: Client) -> None:
    run = begun(company, client)
    client.log_param(run, "lr", 0.1)
    client.log_text(run, "kept", "reports/a.txt")
    browser = Browser()
    browser.force_login(company.people.dave)
    page = browser.get(f"/runs/{run}").content.decode()
    assert all(word in page for word in ("reports/a.txt", "lr", "values logged from outside"))
    kept = browser.get(f"/runs/{run}/files/reports/a.txt")
    assert b"".join(kept.streaming_content) == b"kept"
    assert browser.get(f"/runs/{run}/files/../a").status_code == 404
    browser.post(f"/runs/{run}/cancel")
    assert TrainingRun.objects.get().state == JobState.CANCELLED
    with pytest.raises(MlflowException, match="run_over"):
        client.log_metric(run, "loss", 1.0)
    assert verify().ok
