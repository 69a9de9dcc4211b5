"""The inbox: messages by subject, read one by one or together, without a word of what one may not see."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Dataset
from governance.models import Notice, User
from governance.notices import send
from governance.subject_ref import SubjectRef
from tests.catalog.conftest import Shop
from tests.governance.conftest import signed_in

INBOX = "/inbox/"


def tell(user: User, subject: SubjectRef, title: str) -> Notice:
    send([user], "permit_issued", subject, action="train", title=title)
    return Notice.objects.latest("id")


@pytest.fixture
def about(shop: Shop) -> SubjectRef:
    return SubjectRef("dataset", shop.dataset.uid)


def test_messages_stand_together_by_what_they_are_about(shop: Shop, about: SubjectRef) -> None:
    dave = shop.people.dave
    for number in range(3):
        tell(dave, about, f"orders {number}")
    tell(dave, SubjectRef("user", dave.uid), "my own page")
    page = signed_in(dave).get(INBOX)
    assert [(g.total, g.unread) for g in page.context["page"].items] == [(1, 1), (3, 3)]
    text = page.content.decode()
    assert "orders 2" in text
    assert "orders 0" not in text
    every = signed_in(dave).get(INBOX, {"subject": f"dataset:{about.id}"}).content.decode()
    assert all(f"orders {number}" in every for number in range(3))
    assert "my own page" not in every


def test_filters_by_kind_and_unread(shop: Shop, about: SubjectRef) -> None:
    dave = shop.people.dave
    tell(dave, about, "orders")
    tell(dave, SubjectRef("user", dave.uid), "my own page")
    Notice.objects.filter(subject_kind="user").update(read_at="2026-11-23T00:00Z")
    client = signed_in(dave)

    def kinds(**query: str) -> list[str]:
        items = client.get(INBOX, query).context["page"].items
        return [group.newest.notice.subject_kind for group in items]

    assert kinds() == ["user", "dataset"]
    assert kinds(unread="on") == ["dataset"]
    assert kinds(kind="user") == ["user"]
    assert kinds(kind="user", unread="on") == []
    assert kinds(kind="nonsense") == ["user", "dataset"]


def test_one_all_about_a_subject_and_all_are_marked_as_read(shop: Shop, about: SubjectRef) -> None:
    dave = shop.people.dave
    first, second = tell(dave, about, "one"), tell(dave, about, "two")
    third, other = tell(dave, SubjectRef("user", dave.uid), "three"), tell(shop.people.bob, about, "bob's")
    client, url = signed_in(dave), reverse("console:inbox_read")

    def unread() -> set[int]:
        return set(Notice.objects.filter(read_at=None).values_list("pk", flat=True))

    client.post(url, {"uid": first.uid})
    client.post(url, {"uid": other.uid})  # somebody else's stays as it is
    assert unread() == {second.pk, third.pk, other.pk}
    client.post(url, {"subject": f"dataset:{about.id}"})
    assert unread() == {third.pk, other.pk}
    assert client.post(url, {"subject": "nonsense"}).status_code == 400
    assert client.post(url, {"subject": "a:\x00"}).status_code == 400
    assert unread() == {third.pk, other.pk}
    client.post(url)
    assert unread() == {other.pk}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_one_may_no_longer_see_is_not_named(shop: Shop, about: SubjectRef, language: str) -> None:
    stranger = shop.people.mallory
    tell(stranger, about, "a title that says too much")
    client = signed_in(stranger)
    client.cookies["gavel_language"] = language
    assert "says too much" in client.get(INBOX).content.decode()
    Dataset.objects.update(level=5)
    for query in ({}, {"subject": f"dataset:{about.id}"}):
        text = client.get(INBOX, query).content.decode()
        assert "says too much" not in text
        assert ("no longer see" in text) is (language == "en")
        assert ("无权查看" in text) is (language == "zh-hans")
        assert f"/datasets/{about.id}" not in text


def test_the_count_stands_in_the_top_bar_and_costs_one_query(shop: Shop, about: SubjectRef) -> None:
    dave = shop.people.dave
    tell(dave, about, "orders")
    client = signed_in(dave)
    client.get("/search")
    with CaptureQueriesContext(connection) as caught:
        text = client.get("/search").content.decode()
    counting = [q for q in caught if "COUNT" in q["sql"] and "governance_notice" in q["sql"]]
    assert len(counting) == 1
    assert text.count('href="/inbox/"') == 2
    assert text.index('class="topbar"') < text.rindex('href="/inbox/"')


def test_an_address_of_the_inbox_that_makes_no_sense_shows_the_inbox(shop: Shop) -> None:
    client = signed_in(shop.people.dave)
    for subject in ("x", ":", "a:", ":b", "case:" + "x" * 500, "a:\x00"):
        assert client.get(INBOX, {"subject": subject}).status_code in {200, 400}
    assert client.get(INBOX, {"page": "99", "sort": "nonsense"}).status_code == 200


def test_the_home_of_who_watches_shows_what_sleeps(shop: Shop) -> None:
    def home(user: User) -> tuple[bool, int]:
        found = signed_in(user).get("/").context["home"]
        return found.watches, found.stuck

    assert (home(shop.people.carol), home(shop.people.dave)) == ((True, 0), (False, 0))
