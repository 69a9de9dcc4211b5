"""Mails: together, in the reader's language, once, never lost, never what one may not see."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from governance import actions, registry
from governance.choices import ChannelMode, SendState
from governance.clock import deliveries_tick
from governance.exceptions import InvalidInput, NotPermitted
from governance.models import Channel, Delivery, DeliveryNotice, LedgerEntry, Notice, User
from governance.notices import TO_ACT, register_words, send
from governance.services import deliveries
from governance.services.people import service_account
from governance.subject_ref import SubjectRef
from tests.people import People

ABOUT = SubjectRef("test", "t" * 32)
START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # Monday, 09:00 in Shanghai


class Failing(EmailBackend):
    """A mail server that refuses as often as it is told to."""

    times = 0
    error: type[Exception] = ConnectionRefusedError

    def send_messages(self, messages: Any) -> int:
        if Failing.times:
            Failing.times -= 1
            raise Failing.error("cell value 13800000000")
        return super().send_messages(messages)


class Clock:
    now = START

    def forward(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


@pytest.fixture(autouse=True)
def _mail_server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Failing"
    settings.GAVEL_BASE_URL = "https://gavel.example"
    monkeypatch.setattr(Failing, "times", 0)
    monkeypatch.setattr(Failing, "error", ConnectionRefusedError)
    register_words("test_code", "%(title)s is ready")
    register_words("test_act", "%(title)s waits for you", TO_ACT)


@pytest.fixture
def dave(people: People, clock: Clock) -> User:
    User.objects.filter(pk=people.dave.pk).update(email="dave@example.com")
    people.dave.refresh_from_db()
    return people.dave


def tell(user: User, title: str = "Orders", code: str = "test_code", subject: SubjectRef = ABOUT) -> Notice:
    send([user], code, subject, title=title)
    return Notice.objects.latest("id")


def test_what_comes_within_ten_minutes_is_one_mail(dave: User, clock: Clock) -> None:
    for number in range(3):
        tell(dave, f"Orders {number}")
        clock.forward(minutes=3)
    assert deliveries_tick() == 0
    clock.forward(minutes=1)
    assert (deliveries_tick(), deliveries_tick()) == (1, 0)
    (sent,) = mail.outbox
    assert sent.to == ["dave@example.com"]
    assert all(f"Orders {number} is ready" in sent.body for number in range(3))
    assert Delivery.objects.get().state == SendState.SENT
    clock.forward(hours=5)
    assert deliveries_tick() == 0


def test_the_subject_says_the_most_urgent_thing(dave: User, clock: Clock) -> None:
    tell(dave, "Orders")
    tell(dave, "Case 7", "test_act")
    tell(dave, "Clicks")
    clock.forward(minutes=11)
    deliveries_tick()
    assert mail.outbox[0].subject == "[Gavel] Case 7 waits for you (+2)"
    assert mail.outbox[0].body.index("Case 7") < mail.outbox[0].body.index("Orders")


def test_a_mail_is_in_the_readers_language_with_full_links(dave: User, clock: Clock) -> None:
    User.objects.filter(pk=dave.pk).update(language="zh")
    about = SubjectRef("user", dave.uid)
    send([dave], "standard_in_force", about, title="订单", version="1.0.0")
    clock.forward(minutes=11)
    deliveries_tick()
    (sent,) = mail.outbox
    assert "您好" in sent.body
    assert f"https://gavel.example{registry.page_of(about)}" in sent.body
    (html, kind) = sent.alternatives[0]
    assert (kind, 'lang="zh-Hans"' in html, "<script" in html) == ("text/html", True, False)


def test_texts_are_escaped_in_html_and_bent_straight_in_the_subject(dave: User, clock: Clock) -> None:
    tell(dave, "<b>x</b>\nBcc: all@example.com")
    clock.forward(minutes=11)
    deliveries_tick()
    (sent,) = mail.outbox
    assert "\n" not in sent.subject
    assert "<b>x" not in sent.alternatives[0][0]
    assert sent.bcc == []


def test_what_was_read_needs_no_mail(dave: User, clock: Clock) -> None:
    tell(dave)
    actions.notices_mark_read(actor=dave)
    clock.forward(hours=1)
    assert deliveries_tick() == 0
    assert not Delivery.objects.exists()


def test_what_one_may_no_longer_see_stays_out_of_mails(
    dave: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {"open"}
    kind = registry.SubjectKind(
        "secret",
        "Secret",
        lambda uid: uid,
        lambda uid: f"/s/{uid}",
        lambda user, uid: uid in seen,
        lambda u: "",
    )
    monkeypatch.setitem(registry._REGISTRY.kinds, "secret", kind)
    tell(dave, "Hidden title", subject=SubjectRef("secret", "shut"))
    clock.forward(minutes=11)
    assert deliveries_tick() == 0
    assert Delivery.objects.get().state == SendState.DROPPED
    tell(dave, "Hidden again", subject=SubjectRef("secret", "shut"))
    tell(dave, "Shown title", subject=SubjectRef("secret", "open"))
    clock.forward(minutes=11)
    deliveries_tick()
    (sent,) = mail.outbox
    assert "Shown title" in sent.body
    assert "Hidden" not in sent.body + sent.subject + sent.alternatives[0][0]


def test_nobody_without_address_who_left_or_is_a_program_is_written_to(people: People, clock: Clock) -> None:
    robot = service_account("robot")
    User.objects.filter(pk__in=[robot.pk, people.erin.pk]).update(email="x@example.com")
    for user in (people.bob, robot, people.erin):
        tell(user)
    User.objects.filter(pk=people.erin.pk).update(is_active=False)
    clock.forward(minutes=11)
    assert deliveries_tick() == 0
    assert mail.outbox == []


def test_once_a_working_day_at_the_persons_hour(dave: User, clock: Clock) -> None:
    actions.channel_set(actor=dave, kind="email", mode="daily", hour=14)
    clock.now = dt.datetime(2026, 11, 27, 7, 0, tzinfo=dt.UTC)  # Friday, 15:00
    tell(dave, "One")
    assert deliveries_tick() == 1
    tell(dave, "Two")
    clock.forward(hours=1)
    assert deliveries_tick() == 0
    clock.forward(days=1)  # Saturday
    assert deliveries_tick() == 0
    clock.now = dt.datetime(2026, 11, 30, 5, 59, tzinfo=dt.UTC)  # Monday, 13:59
    assert deliveries_tick() == 0
    clock.forward(minutes=1)
    assert (deliveries_tick(), deliveries_tick()) == (1, 0)
    assert "Two is ready" in mail.outbox[1].body
    assert "One is ready" not in mail.outbox[1].body


def test_off_is_off(dave: User, clock: Clock) -> None:
    actions.channel_set(actor=dave, kind="email", mode="off")
    tell(dave)
    clock.forward(days=2)
    assert deliveries_tick() == 0
    assert not Delivery.objects.exists()


def test_a_mail_server_that_is_down_loses_nothing_and_is_asked_less_and_less(
    dave: User, clock: Clock
) -> None:
    Failing.times = 3
    tell(dave)
    clock.forward(minutes=11)
    assert deliveries_tick() == 0
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.error) == (SendState.WAITING, 1, "ConnectionRefusedError")
    waits = []
    for _ in range(2):
        waits.append(row.next_at - clock.now)
        clock.now = row.next_at - dt.timedelta(seconds=1)
        assert deliveries_tick() == 0
        assert Failing.times == 3 - len(waits)
        clock.forward(seconds=1)
        deliveries_tick()
        row.refresh_from_db()
    assert waits == [dt.timedelta(minutes=5), dt.timedelta(minutes=10)]
    clock.now = row.next_at
    assert deliveries_tick() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error, len(mail.outbox)) == (SendState.SENT, 4, "", 1)


def test_one_bad_address_keeps_no_other_from_its_mail(dave: User, people: People, clock: Clock) -> None:
    from smtplib import SMTPRecipientsRefused

    class Refused(SMTPRecipientsRefused):
        def __init__(self, words: str) -> None:
            super().__init__({})

    Failing.times, Failing.error = 1, Refused
    User.objects.filter(pk=people.bob.pk).update(email="bob@example.com")
    tell(dave)
    tell(people.bob)
    clock.forward(minutes=11)
    assert deliveries_tick() == 1
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "waiting"]


def test_a_process_that_died_while_sending_is_made_up_for_under_the_same_name(
    dave: User, clock: Clock
) -> None:
    tell(dave)
    clock.forward(minutes=11)
    actions.deliveries_gather()
    claimed = deliveries.delivery_claim()
    assert claimed is not None
    assert deliveries.delivery_claim() is None  # somebody else is at it
    assert deliveries_tick() == 0
    clock.forward(minutes=5)
    assert deliveries_tick() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{claimed.uid}@localhost>"
    deliveries.delivery_end(delivery=claimed, state=SendState.WAITING, error="late")  # the dead one's word
    assert Delivery.objects.get().state == SendState.SENT


def test_two_gatherers_take_a_notice_along_once(
    dave: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = tell(dave)
    clock.forward(minutes=11)
    assert deliveries.delivery_write(user=dave, kind="email") is not None
    monkeypatch.setattr(deliveries, "_uncarried", lambda kind: Notice.objects.filter(pk=notice.pk))
    assert deliveries.delivery_write(user=dave, kind="email") is None
    assert (Delivery.objects.count(), DeliveryNotice.objects.count()) == (1, 1)


def test_a_clock_moved_back_sends_nothing_twice(dave: User, clock: Clock) -> None:
    tell(dave)
    clock.forward(minutes=11)
    deliveries_tick()
    clock.forward(days=-3)
    assert deliveries_tick() == 0
    clock.forward(days=3)
    assert deliveries_tick() == 0
    assert len(mail.outbox) == 1


def test_sending_writes_no_ledger_row_but_setting_a_channel_does(dave: User, clock: Clock) -> None:
    before = LedgerEntry.objects.count()
    tell(dave)
    clock.forward(minutes=11)
    deliveries_tick()
    assert LedgerEntry.objects.count() == before
    actions.channel_set(actor=dave, kind="email", mode="daily", hour=7, address="new@example.com")
    entry = LedgerEntry.objects.latest("seq")
    assert entry.type == "channel.set"
    assert json.loads(entry.data) == {"address_changed": 1, "hour": 7, "kind": "email", "mode": "daily"}
    dave.refresh_from_db()
    assert dave.email == "new@example.com"


@pytest.mark.parametrize(
    "change",
    [{"kind": "pigeon"}, {"mode": "always"}, {"hour": 24}, {"hour": -1}, {"address": "no address"}],
)
def test_a_channel_that_makes_no_sense_is_refused(dave: User, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        actions.channel_set(**({"actor": dave, "kind": "email", "mode": "daily", "hour": 9} | change))
    assert not Channel.objects.exists()


def test_programs_have_no_channel_and_no_test_goes_nowhere(people: People) -> None:
    with pytest.raises(NotPermitted):
        actions.channel_set(actor=service_account("robot"), kind="email", mode="off")
    with pytest.raises(InvalidInput):
        actions.channel_test(actor=people.bob, kind="email")


def test_a_test_mail_is_asked_for_once_and_arrives(dave: User, clock: Clock) -> None:
    first = actions.channel_test(actor=dave, kind="email")
    assert actions.channel_test(actor=dave, kind="email") == first
    assert deliveries_tick() == 1
    assert mail.outbox[0].subject == "[Gavel] A test"


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_a_channel(dave: User, language: str) -> None:
    client = signed_in(dave, language)
    assert "dave@example.com" in client.get("/account/").content.decode()
    assert client.get("/account/channels/email").status_code == 200
    assert client.get("/account/channels/pigeon").status_code == 404
    fields = {"address": "new@example.com", "mode": "daily", "hour": "7"}
    assert client.post("/account/channels/email", fields).status_code == 302
    stored = Channel.objects.get()
    assert (stored.user, stored.mode, stored.hour) == (dave, ChannelMode.DAILY, 7)
    for bad in ({"mode": "always"}, {"hour": "25"}, {"address": "x"}):
        assert client.post("/account/channels/email", fields | bad).status_code == 400
    assert client.get("/account/channels/email/test").status_code == 405
    assert client.post("/account/channels/email/test").status_code == 302
    assert Delivery.objects.get().test
    assert client.post("/account/channels/email", fields | {"address": ""}).status_code == 302
    assert client.post("/account/channels/email/test", follow=True).status_code == 200
    assert Delivery.objects.count() == 1


def test_channels_over_the_api(dave: User) -> None:
    client, url = signed_in(dave), "/api/v1/channels"
    assert client.get(url).json() == [
        {"kind": "email", "mode": "each", "hour": 9, "address": "dave@example.com"}
    ]
    answer = client.put(f"{url}/email", {"mode": "daily", "hour": 7}, content_type="application/json")
    assert answer.json() == {"kind": "email", "mode": "daily", "hour": 7, "address": "dave@example.com"}
    for body in ({}, {"mode": "always"}, {"mode": "daily", "hour": 24}, {"mode": "off", "address": "x"}):
        assert client.put(f"{url}/email", body, content_type="application/json").status_code == 400
    assert client.put(f"{url}/pigeon", {"mode": "off"}, content_type="application/json").status_code == 404
    assert client.post(f"{url}/email/test").status_code == 202


def test_notices_over_the_api_are_filtered_read_and_hidden(
    dave: User, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = registry.SubjectKind(
        "secret", "Secret", lambda uid: uid, lambda uid: "/s", lambda user, uid: False, lambda u: ""
    )
    monkeypatch.setitem(registry._REGISTRY.kinds, "secret", kind)
    first, second = tell(dave, "One"), tell(dave, "Two", subject=SubjectRef("secret", "shut"))
    other = tell(people.bob, "Three")
    client, url = signed_in(dave), "/api/v1/notices"
    rows = client.get(url).json()["results"]
    assert [row["uid"] for row in rows] == [second.uid, first.uid]
    assert (rows[0]["hidden"], rows[0]["params"], rows[0]["subject_id"]) == (True, {}, "")
    assert "Two" not in rows[0]["text"]
    assert client.post(f"{url}/{other.uid}/read").status_code == 404
    assert client.post(f"{url}/{first.uid}/read").status_code == 204
    assert [row["uid"] for row in client.get(f"{url}?unread=1").json()["results"]] == [second.uid]
    assert client.get(f"{url}?code=other").json()["results"] == []
    assert client.get(f"{url}?nonsense=1").status_code == 400
    assert client.post(f"{url}/read").status_code == 204
    assert client.get(f"{url}?unread=1").json()["results"] == []
