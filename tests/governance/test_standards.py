"""A standard: bytes kept exactly, one version in force, adopted only under a permit for those very bytes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance import actions, clock
from governance import exceptions as errors
from governance.models import LedgerEntry, Permit, StandardVersion
from governance.record.canonical import sha256_hex
from governance.services import decisions, standards
from governance.subject_ref import SubjectRef
from tests.governance.conftest import DOCUMENT, adopt, issue
from tests.people import People


def about(version: StandardVersion, digest: str = "") -> SubjectRef:
    return SubjectRef("standard_version", version.uid, digest or version.digest)


def second_draft(people: People) -> StandardVersion:
    return actions.standard_draft(
        actor=people.carol,
        name="orders",
        title="Orders",
        document=DOCUMENT.replace(b"version: 1.0.0", b"version: 1.1.0"),
    )


def test_the_bytes_are_kept_exactly(draft: StandardVersion) -> None:
    draft.refresh_from_db()
    assert bytes(draft.document) == DOCUMENT
    assert draft.digest == f"sha256:{sha256_hex(DOCUMENT)}"
    assert draft.status == "draft"
    assert [rule.object_name for rule in draft.rules.all()] == ["orders"] * draft.rules.count()
    assert draft.rules.count() >= 3
    assert all(rule.sentence and rule.sentence_zh for rule in draft.rules.all())


def test_from_draft_to_in_force_and_superseded(people: People, draft: StandardVersion) -> None:
    adopt(draft, people.carol)
    draft.refresh_from_db()
    assert draft.status == "in_force"
    assert draft.adopted_by == Permit.objects.get().uid
    second = adopt(second_draft(people), people.carol)
    draft.refresh_from_db()
    second.refresh_from_db()
    assert (draft.status, second.status) == ("superseded", "in_force")
    assert not actions.standard_adopt(actor=people.carol, version=second)  # a reactor may run twice


def test_the_database_holds_one_version_in_force(people: People, draft: StandardVersion) -> None:
    adopt(draft, people.carol)
    second = second_draft(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        StandardVersion.objects.filter(pk=second.pk).update(status="in_force")


def test_only_what_is_proposed_can_be_adopted_and_only_drafts_proposed(
    people: People, draft: StandardVersion
) -> None:
    issue(about(draft), action="adopt", holder=f"user:{people.carol.uid}")
    with pytest.raises(errors.WrongTransition):
        actions.standard_adopt(actor=people.carol, version=draft)
    actions.standard_propose(actor=people.carol, version=draft)
    with pytest.raises(errors.WrongTransition):
        actions.standard_propose(actor=people.carol, version=draft)


@pytest.mark.parametrize("fault", ["none", "digest", "action", "expired", "revoked", "future"])
def test_without_a_live_permit_for_these_bytes_nothing_comes_into_force(
    people: People, draft: StandardVersion, fault: str
) -> None:
    actions.standard_propose(actor=people.carol, version=draft)
    now, day = timezone.now(), dt.timedelta(days=1)
    changes = {
        "digest": {"subject": about(draft, "sha256:" + "0" * 64)},
        "action": {"action": "train"},
        "expired": {"valid_from": now - 2 * day, "valid_until": now - day},
        "future": {"valid_from": now + day, "valid_until": now + 2 * day},
    }.get(fault, {})
    if fault != "none":
        permit = issue(**({"subject": about(draft), "action": "adopt", "holder": "user:x"} | changes))
        if fault == "revoked":
            decisions.permit_event_record(permit=permit, kind="revoked", at=now, by=people.bob)
    with pytest.raises(errors.PermitRefused):
        actions.standard_adopt(actor=people.carol, version=draft)
    clock.on_permit_issued(subject_kind="standard_version", subject_id=draft.uid)
    clock.adoption_sweep()
    draft.refresh_from_db()
    assert draft.status == "proposed"


@pytest.mark.parametrize("wake", ["reactor", "sweep"])
def test_an_issued_permit_adopts_by_itself(people: People, draft: StandardVersion, wake: str) -> None:
    actions.standard_propose(actor=people.carol, version=draft)
    issue(about(draft), action="adopt", holder="user:x")
    for _twice in range(2):
        if wake == "reactor":
            clock.on_permit_issued(subject_kind="standard_version", subject_id=draft.uid)
        else:
            clock.adoption_sweep()
    draft.refresh_from_db()
    assert draft.status == "in_force"
    entry = LedgerEntry.objects.get(type="standard_version.in_force")
    assert entry.actor.startswith("user:")


def test_an_owner_drafts_versions_of_their_own_standard(people: People) -> None:
    with pytest.raises(errors.NotPermitted):
        actions.standard_draft(actor=people.erin, name="orders", title="O", document=DOCUMENT)
    standards.standard_create(actor=people.carol, name="orders", title="O", title_zh="", owner=people.erin)
    assert actions.standard_draft(actor=people.erin, name="orders", title="O", document=DOCUMENT)


def test_a_version_number_is_used_once(people: People, draft: StandardVersion) -> None:
    with pytest.raises(errors.NameTaken):
        actions.standard_draft(actor=people.carol, name="orders", title="Orders", document=DOCUMENT + b"\n")


BAD = {
    "empty": b"",
    "not yaml": b"{{{{",
    "not text": b"\xff\xfe\x00\x01",
    "a list": b"- 1\n- 2\n",
    "no schema": b"apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n",
    "version too long": DOCUMENT.replace(b"version: 1.0.0", b"version: '" + b"1" * 41 + b"'"),
    "object name too long": DOCUMENT.replace(b"- name: orders", b"- name: " + b"o" * 121),
    "a character no database stores": DOCUMENT.replace(b"- name: orders", b'- name: "or\\0ders"'),
    "python object": b"!!python/object/apply:os.system ['true']\n",
    "aliases that explode": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_is_refused_in_words(people: People, name: str) -> None:
    with pytest.raises(errors.StandardInvalid) as refused:
        actions.standard_draft(actor=people.carol, name="bad", title="Bad", document=BAD[name])
    assert refused.value.code == "standard_invalid"
    assert not StandardVersion.objects.exists()
    assert LedgerEntry.objects.first().code == "standard_invalid"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["../x", "a b", "", "字", "x" * 81, 'a"b', "a\nb"])
def test_a_name_is_an_address_and_a_file_name(people: People, name: str) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.standard_draft(actor=people.carol, name=name, title="X", document=DOCUMENT)
