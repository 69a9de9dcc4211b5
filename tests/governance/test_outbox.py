"""Events wake each reactor until it says done; nothing is lost when the broker is, nothing waits for ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from governance import outbox, registry, tasks
from governance.models import Notice, OutboxDelivery
from governance.notices import register_words, send, words_of
from governance.subject_ref import SubjectRef
from tests.people import People
from tests.plans import plans

ABOUT = SubjectRef("test", "t" * 32)


@pytest.fixture(autouse=True)
def reactors(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        registry._REGISTRY.reactors, "test.happened", ["one.clock.on_test", "two.clock.on_test"]
    )


def rewind() -> None:
    OutboxDelivery.objects.update(next_at=timezone.now() - dt.timedelta(seconds=1))


def test_an_event_is_one_row_for_each_reactor() -> None:
    assert outbox.emit("test.happened", ABOUT) == 2
    assert outbox.emit("nobody.listens", ABOUT) == 0
    assert set(OutboxDelivery.objects.values_list("reactor", "state")) == {
        ("one.clock.on_test", "pending"),
        ("two.clock.on_test", "pending"),
    }


def test_an_event_of_a_rolled_back_transaction_never_was() -> None:
    with transaction.atomic():
        outbox.emit("test.happened", ABOUT)
        transaction.set_rollback(True)
    assert not OutboxDelivery.objects.exists()


def test_a_delivery_is_claimed_once_until_its_retry_is_due() -> None:
    outbox.emit("test.happened", ABOUT)
    assert len(outbox.claim_due()) == 2
    assert outbox.claim_due() == []
    rewind()
    assert len(outbox.claim_due(limit=1)) == 1


def test_what_is_due_and_what_is_about_a_thing_is_found_by_index() -> None:
    old = timezone.now() - dt.timedelta(days=1)
    OutboxDelivery.objects.bulk_create(
        OutboxDelivery(
            event="test.happened", reactor="one.clock.on_test", state="done",
            subject_kind="test", subject_id=f"{number:032}", next_at=old, done_at=old,
        )
        for number in range(3000)
    )  # fmt: skip
    assert "governance_outbox_due" in plans(outbox.claim_due)[0]
    about = OutboxDelivery.objects.filter(subject_kind="test", subject_id=f"{7:032}")
    assert "governance_outbox_subject" in plans(about.exists)[0]


def test_retries_back_off_and_never_overflow() -> None:
    outbox.emit("test.happened", ABOUT)
    waits = []
    for attempts in (0, 1, 2, 9, 60, 5000):
        OutboxDelivery.objects.update(attempts=attempts)
        rewind()
        row = outbox.claim_due(limit=1)[0]
        row.refresh_from_db()
        waits.append(round((row.next_at - timezone.now()).total_seconds()))
    assert waits == [20, 40, 80, 3600, 3600, 3600]


def test_what_a_reactor_finished_is_not_sent_again() -> None:
    outbox.emit("test.happened", ABOUT)
    for row in outbox.claim_due():
        outbox.done(row.uid)
    rewind()
    assert outbox.claim_due() == []
    assert set(OutboxDelivery.objects.values_list("state", flat=True)) == {"done"}


def test_the_tick_sends_ids_only(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs: sent.append((name, kwargs)))
    outbox.emit("test.happened", ABOUT)
    assert tasks.outbox_send() == 2
    assert {name for name, _kwargs in sent} == {"one.clock.on_test", "two.clock.on_test"}
    assert all(set(kwargs) == {"subject_kind", "subject_id", "delivery"} for _name, kwargs in sent)


def test_a_broker_that_is_down_costs_a_retry_and_no_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, kwargs: dict[str, Any]) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", refuse)
    outbox.emit("test.happened", ABOUT)
    assert tasks.outbox_send() == 0
    rewind()
    assert len(outbox.claim_due()) == 2


def test_a_reaction_marks_its_delivery_done() -> None:
    seen = []
    run = outbox.reaction("test.governance.reaction")(lambda kind, uid: seen.append((kind, uid)))
    outbox.emit("test.happened", ABOUT)
    row = outbox.claim_due(limit=1)[0]
    run(subject_kind="test", subject_id="1", delivery=row.uid)
    run(subject_kind="test", subject_id="1")
    row.refresh_from_db()
    assert (row.state, seen) == ("done", [("test", "1"), ("test", "1")])


def test_a_lost_wake_up_is_logged_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise OperationalError("no broker")

    outbox._send_or_log(refuse)
    assert "the tick will find the work" in caplog.text


def test_notices_are_worded_when_read(people: People) -> None:
    register_words("test_code", "%(title)s is ready")
    people.mallory.is_active = False
    assert send([people.dave, people.dave, people.mallory], "test_code", ABOUT, title="Orders") == 1
    notice = Notice.objects.get()
    assert words_of(notice) == "Orders is ready"
    notice.params = {"name": "of an older wording"}
    assert words_of(notice) == "test_code"
    notice.code = "forgotten"
    assert words_of(notice) == "forgotten"
    assert not Notice.objects.visible_to(people.erin).exists()
