"""Who sees and who may act: levels, roles, functions, live permits; every action refuses a stranger."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from catalog import actions, exceptions, permissions, reading, selectors
from catalog.choices import Role
from catalog.models import Dataset, DatasetVersion, Incident, LineageEdge, Ownership, RuleOutcome
from governance.exceptions import InvalidInput
from governance.models import AccessRule, LedgerEntry, Permit
from governance.services import people as people_services
from governance.services.decisions import permit_event_record, permit_issue
from governance.subject_ref import SubjectRef
from tests.catalog.conftest import Shop


def seen(shop: Shop, name: str) -> bool:
    user = getattr(shop.people, name)
    user = type(user).objects.get(pk=user.pk)
    return Dataset.objects.visible_to(user).filter(pk=shop.dataset.pk).exists()


def permit(shop: Shop, version: DatasetVersion, holder: str, action: str = "read", **terms: Any) -> Permit:
    now = timezone.now()
    return permit_issue(
        kind="decision",
        decision=None,
        case_id=f"case-{Permit.objects.count()}",
        subject=SubjectRef("dataset_version", version.uid, version.digest),
        action=action,
        purpose="check",
        holder=holder,
        terms=terms,
        conditions=[],
        valid_from=now - dt.timedelta(hours=1),
        valid_until=now + dt.timedelta(hours=1),
    )


def test_low_levels_are_seen_by_everybody_high_ones_by_right(shop: Shop) -> None:
    assert all(seen(shop, name) for name in ("alice", "dave", "mallory"))
    Dataset.objects.update(level=3)
    assert [name for name in ("alice", "erin", "bob", "dave", "mallory") if seen(shop, name)] == [
        "alice",
        "erin",
        "bob",
    ]


def test_the_access_rule_moves_the_level(shop: Shop) -> None:
    AccessRule.objects.create(action="read", min_level=2)
    assert not seen(shop, "mallory")
    assert seen(shop, "alice")


@pytest.mark.parametrize("action", ["read", "train"])
def test_a_live_permit_of_a_person_or_team_opens_the_sight(shop: Shop, action: str) -> None:
    version = shop.version()
    Dataset.objects.update(level=4)
    held = permit(shop, version, f"team:{shop.people.teams['engineering'].uid}", action)
    assert seen(shop, "dave")
    assert not seen(shop, "mallory")
    permit_event_record(permit=held, kind="revoked", at=timezone.now(), by=None)
    assert not seen(shop, "dave")


def test_a_read_permit_opens_cells_of_exactly_these_bytes(shop: Shop) -> None:
    version = shop.version()
    ask: dict[str, Any] = {"row": 1, "column": "email"}
    dave = shop.people.dave
    with pytest.raises(exceptions.CellHidden):
        reading.version_cell(actor=dave, version=version, purpose="incident", **ask)
    permit(shop, version, f"user:{dave.uid}", columns=["*"])
    assert reading.version_cell(actor=dave, version=version, purpose="check", **ask) == "a@x.no"
    other = shop.version("order_id,city,email,amount\n9,Oslo,z@x.no,1\n")
    with pytest.raises(exceptions.CellHidden):
        reading.version_cell(actor=dave, version=other, purpose="incident", **ask)


def test_a_training_permit_opens_no_cells(shop: Shop) -> None:
    version = shop.version()
    permit(shop, version, f"user:{shop.people.dave.uid}", "train")
    with pytest.raises(exceptions.CellHidden):
        reading.version_cell(
            actor=shop.people.dave, version=version, purpose="incident", row=1, column="email"
        )


def test_content_that_looks_personal_is_masked_though_nobody_classified_it(shop: Shop) -> None:
    actions.dataset_change(actor=shop.people.erin, dataset=shop.dataset, standard_name="")
    version = shop.version("note,other\nwrite to a@x.com,plain\n")
    rows = reading.version_rows(actor=shop.people.mallory, version=version, purpose="quality_check")
    assert rows.masked == ("note",)
    assert rows.rows == (("1", "***", "plain"),)


def test_a_look_needs_a_purpose_we_know(shop: Shop) -> None:
    with pytest.raises(InvalidInput):
        reading.version_rows(actor=shop.people.alice, version=shop.version(), purpose="curiosity")


def test_every_action_refuses_a_stranger_and_writes_it_down(shop: Shop) -> None:
    mallory, dataset = shop.people.mallory, shop.dataset
    owner = Ownership.objects.get(role=Role.OWNER)
    attempts = [
        lambda: actions.source_register(actor=mallory, name="x", title="x"),
        lambda: actions.dataset_register(actor=mallory, name="x", title="x", owner=mallory, steward=mallory),
        lambda: actions.dataset_change(actor=mallory, dataset=dataset, title="x"),
        lambda: actions.dataset_archive(actor=mallory, dataset=dataset),
        lambda: actions.ownership_start(actor=mallory, dataset=dataset, user=mallory, role="owner"),
        lambda: actions.ownership_end(actor=mallory, ownership=owner),
    ]
    for attempt in attempts:
        with pytest.raises(exceptions.NotPermitted):
            attempt()
    assert LedgerEntry.objects.filter(accepted=False, code="not_permitted").count() == len(attempts)
    assert Dataset.objects.count() == 1


def test_an_incident_is_resolved_only_by_those_who_answer(shop: Shop) -> None:
    version = shop.version()
    incident = Incident.objects.create(
        dataset=shop.dataset, version=version, kind="blocker_failed", due_at=timezone.now()
    )
    with pytest.raises(exceptions.NotPermitted):
        actions.incident_resolve(actor=shop.people.mallory, incident=incident, note="hush")
    with pytest.raises(InvalidInput):
        actions.incident_resolve(actor=shop.people.alice, incident=incident, note="  ")
    actions.incident_resolve(actor=shop.people.alice, incident=incident, note="done")
    with pytest.raises(exceptions.IncidentResolved):
        actions.incident_resolve(actor=shop.people.alice, incident=incident, note="again")


def test_levels_are_lowered_by_governance_only(shop: Shop) -> None:
    actions.dataset_change(actor=shop.people.erin, dataset=shop.dataset, level=4)
    with pytest.raises(exceptions.NotPermitted):
        actions.dataset_change(actor=shop.people.erin, dataset=shop.dataset, level=2)
    actions.dataset_change(actor=shop.people.carol, dataset=shop.dataset, level=2)


def test_a_dataset_never_loses_its_last_owner(shop: Shop) -> None:
    owner = Ownership.objects.get(role=Role.OWNER)
    with pytest.raises(exceptions.LastOwner):
        actions.ownership_end(actor=shop.people.erin, ownership=owner)
    actions.ownership_start(actor=shop.people.erin, dataset=shop.dataset, user=shop.people.dave, role="owner")
    with pytest.raises(exceptions.RoleHeld):
        actions.ownership_start(
            actor=shop.people.erin, dataset=shop.dataset, user=shop.people.dave, role="owner"
        )
    actions.ownership_end(actor=shop.people.erin, ownership=owner)


def test_a_leaver_keeps_no_right(shop: Shop) -> None:
    people_services.user_deactivate(actor=shop.people.carol, user=shop.people.alice)
    alice = type(shop.people.alice).objects.get(pk=shop.people.alice.pk)
    assert not permissions.may_upload(alice, shop.dataset)
    assert not Dataset.objects.visible_to(alice).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a b"),
        ("name", ""),
        ("title", " "),
        ("level", 9),
        ("domain", "moon"),
        ("standard_name", "nothing"),
    ],
)
def test_faulty_registrations_are_refused_with_a_code(shop: Shop, field: str, value: object) -> None:
    asked: dict[str, Any] = {
        "name": "x",
        "title": "x",
        "owner": shop.people.erin,
        "steward": shop.people.alice,
    }
    with pytest.raises(exceptions.DomainError) as refused:
        actions.dataset_register(actor=shop.people.dave, **{**asked, field: value})
    assert refused.value.code in {"invalid_input", "standard_unknown"}
    assert Dataset.objects.count() == 1


def test_history_cannot_be_changed_in_the_database(shop: Shop) -> None:
    version = shop.version()
    for act in (
        lambda: DatasetVersion.objects.filter(pk=version.pk).update(digest="sha256:0"),
        lambda: version.columns.all().delete(),
        lambda: DatasetVersion.objects.filter(pk=version.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    for model in (LineageEdge, RuleOutcome):
        assert model.objects.count() == 0


def test_lineage_is_walked_both_ways_and_survives_a_cycle(shop: Shop) -> None:
    from catalog.services import lineage_edge_add

    refs = [SubjectRef("dataset_version", f"{n}" * 8) for n in range(4)]
    by = SubjectRef("cleaning_run", "r" * 8)
    for source, target in zip(refs, [*refs[1:], refs[0]], strict=True):
        lineage_edge_add(source=source, target=target, by=by, actor=None)
    lineage_edge_add(source=refs[0], target=refs[1], by=by, actor=None)
    assert LineageEdge.objects.count() == 4
    assert {ref.id for ref in selectors.impact(refs[0].id)} == {ref.id for ref in refs[1:]}
    assert len(selectors.lineage(refs[0].id, depth=9).nodes) == 4
