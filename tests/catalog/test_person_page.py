"""The page of a person tells what data they answer for, as far as the reader may know of it."""

from __future__ import annotations

from django.test import Client

from catalog.models import Dataset, Ownership
from tests.catalog.conftest import Shop


def page(shop: Shop, reader: str, of: str, act: str = "") -> str:
    client = Client()
    client.force_login(getattr(shop.people, reader))
    url = getattr(shop.people, of).get_absolute_url() + act
    return client.get(url).content.decode()


def test_who_lets_an_owner_go_sees_what_is_left_without_one(shop: Shop) -> None:
    before = page(shop, "carol", "erin", "/deactivate")
    assert shop.dataset.get_absolute_url() in before
    assert "Nobody else owns it" in before
    day = Ownership.objects.first()
    assert day is not None
    Ownership.objects.create(dataset=shop.dataset, user=shop.people.bob, role="owner", since=day.since)
    assert "Nobody else owns it" not in page(shop, "carol", "erin", "/deactivate")
    assert "Steward" in page(shop, "carol", "alice")


def test_a_dataset_the_reader_may_not_see_is_not_told(shop: Shop) -> None:
    Dataset.objects.filter(pk=shop.dataset.pk).update(level=5)
    assert shop.dataset.get_absolute_url() in page(shop, "erin", "erin")
    assert "Data in their care" not in page(shop, "mallory", "erin")
