"""A check is a job: outcomes, score, gate, incident and notice, stored once and sealed in the ledger."""

from __future__ import annotations

import pytest

from catalog import actions, exceptions, selectors, tasks
from catalog.choices import GateState, IncidentState
from catalog.models import DatasetVersion, Incident, RuleOutcome, ValidationRun
from catalog.paths import version_path
from catalog.subjects import verify_validations, verify_versions
from governance import ledger
from governance.choices import JobState
from governance.exceptions import StandardNotInForce
from governance.models import Notice, OutboxDelivery, StandardVersion
from tests.catalog.conftest import BAD, Shop


def check(shop: Shop, version: DatasetVersion, **kwargs: object) -> ValidationRun:
    run = actions.validation_request(actor=shop.people.alice, version=version, **kwargs)  # type: ignore[arg-type]
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    return run


def test_clean_data_passes_and_opens_the_gate(shop: Shop) -> None:
    version = shop.version()
    assert selectors.gate_of(version.uid).state == GateState.UNKNOWN
    run = check(shop, version)
    assert (run.state, run.verdict, run.gate, run.score) == (
        JobState.SUCCEEDED,
        "passed",
        "open",
        "100.00",
    ), run.reason
    gate = selectors.gate_of(version.uid)
    assert (gate.state, gate.run_uid, gate.failed) == ("open", run.uid, ())
    assert version.profiles.count() == 4
    assert not Incident.objects.exists()


def test_a_failed_blocker_closes_the_gate_and_opens_an_incident_with_notices(shop: Shop) -> None:
    version = shop.version(BAD)
    run = check(shop, version)
    assert (run.verdict, run.gate) == ("failed", "closed")
    unique = RuleOutcome.objects.get(run=run, rule_id="order_id.unique")
    assert (unique.failing_rows, unique.checked_rows, unique.verdict) == (2, 3, "failed")
    incident = Incident.objects.get()
    assert (incident.state, incident.owner) == (IncidentState.OPEN, shop.people.alice)
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {"alice", "erin"}
    gate = selectors.gate_of(version.uid)
    assert ("order_id.unique", 2) in gate.failed


def test_samples_are_masked_at_level_three_and_up(shop: Shop) -> None:
    version = shop.version("order_id,city,email,amount\n1,Oslo,,5\n1,Oslo,secret@x.no,5\n")
    run = check(shop, version)
    text = str(list(RuleOutcome.objects.filter(run=run).values_list("samples", flat=True)))
    assert "secret@x.no" not in text
    assert "secret" not in str(list(version.profiles.values_list("data", flat=True)))


def test_a_better_version_resolves_the_incident(shop: Shop) -> None:
    check(shop, shop.version(BAD))
    check(shop, shop.version())
    incident = Incident.objects.get()
    assert incident.state == IncidentState.RESOLVED
    assert incident.note.startswith("validation_run:")


def test_missing_column_and_mixed_types_are_told_by_rule(shop: Shop) -> None:
    run = check(shop, shop.version("order_id,city,amount\n1,Oslo,5\n2,Oslo,five\n"))
    outcomes = {o.rule_id: o for o in RuleOutcome.objects.filter(run=run)}
    assert outcomes["table.columns"].reason == "columns_missing"
    assert outcomes["amount.dtype"].failing_rows == 1
    assert outcomes["table.columns"].message_zh


def test_the_worker_refuses_bytes_that_changed(shop: Shop) -> None:
    version = shop.version()
    part = next(version_path(version).glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1] + b"X")
    run = check(shop, version)
    assert run.state == JobState.FAILED
    assert (
        Incident.objects.filter(kind="bytes_changed").count() == 1 or run.reason == "ingest:data_unreadable"
    )


def test_changed_bytes_close_the_gate_and_emit_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.services import version_verify
    from governance import registry

    monkeypatch.setattr(registry._REGISTRY, "reactors", {"dataset_version.changed": ["nobody.listens"]})
    version = shop.version()
    check(shop, version)
    part = next(version_path(version).glob("*.parquet"))
    whole = part.read_bytes()
    part.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    for _twice in range(2):
        with pytest.raises(exceptions.VersionChanged):
            version_verify(version)
    assert OutboxDelivery.objects.filter(event="dataset_version.changed").count() == 1
    assert selectors.gate_of(version.uid).state == "closed"


def test_a_stranger_may_not_ask(shop: Shop) -> None:
    version = shop.version()
    with pytest.raises(exceptions.NotPermitted):
        actions.validation_request(actor=shop.people.mallory, version=version)


def test_a_dataset_without_standard_is_refused(shop: Shop) -> None:
    version = shop.version()
    actions.dataset_change(actor=shop.people.erin, dataset=shop.dataset, standard_name="")
    version.dataset.refresh_from_db()
    with pytest.raises(exceptions.DatasetWithoutStandard):
        actions.validation_request(actor=shop.people.alice, version=version)


def test_an_unknown_standard_is_refused(shop: Shop) -> None:
    with pytest.raises(exceptions.StandardUnknown):
        actions.dataset_change(actor=shop.people.erin, dataset=shop.dataset, standard_name="nothing")


def test_a_standard_not_in_force_is_refused(shop: Shop) -> None:
    version = shop.version()
    StandardVersion.objects.update(status="retired")
    with pytest.raises(StandardNotInForce):
        actions.validation_request(actor=shop.people.alice, version=version)


def test_an_unknown_reference_is_refused(shop: Shop) -> None:
    version = shop.version()
    with pytest.raises(exceptions.ReferenceUnknown):
        actions.validation_request(actor=shop.people.alice, version=version, references={"other": "nowhere"})


def test_a_cancelled_job_is_not_carried_out(shop: Shop) -> None:
    run = actions.validation_request(actor=shop.people.alice, version=shop.version())
    actions.run_cancel(actor=shop.people.alice, run=run)
    tasks.validation_run(run.uid)
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    with pytest.raises(exceptions.DomainError):
        actions.run_cancel(actor=shop.people.alice, run=run)


def test_a_stranger_may_not_cancel(shop: Shop) -> None:
    run = actions.validation_request(actor=shop.people.alice, version=shop.version())
    with pytest.raises(exceptions.NotPermitted):
        actions.run_cancel(actor=shop.people.mallory, run=run)


def test_a_new_law_makes_the_gate_unknown_until_checked_again(shop: Shop) -> None:
    version = shop.version()
    check(shop, version)
    StandardVersion.objects.filter(pk=shop.law.pk).update(status="superseded")
    assert selectors.gate_of(version.uid).state == "unknown"


def test_the_ledger_notices_a_changed_verdict_and_a_changed_row(shop: Shop) -> None:
    version = shop.version(BAD)
    run = check(shop, version)
    assert ledger.verify().ok
    ValidationRun.objects.filter(pk=run.pk).update(gate="open")
    assert [code for _place, code in verify_validations()] == ["row_differs"]
    ValidationRun.objects.filter(pk=run.pk).update(gate="closed")
    assert list(verify_validations()) == []
    assert list(verify_versions()) == []


def test_the_scorecard_holds_only_numbers_and_texts(shop: Shop) -> None:
    version = shop.version(BAD)
    check(shop, version)
    card = selectors.scorecard(version.uid)
    from governance.record.canonical import canonical_bytes

    assert card["gate"] == "closed"
    assert canonical_bytes(card)

    def no_float(value: object) -> None:
        assert not isinstance(value, float)
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            no_float(part)

    no_float(card)
