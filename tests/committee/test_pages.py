"""Each page for each reader, in both languages; a refused act says why and changes nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from committee.models import Case, CaseEvent
from tests.committee.conftest import Board


def signed_in(board: Board, name: str, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(board.person(name))
    return client


READERS = ("carol", "bob", "erin", "dave", "mallory", "secretary", "xia")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("reader", READERS)
def test_every_page_opens_for_every_reader(board: Board, case: Case, reader: str, language: str) -> None:
    client = signed_in(board, reader, language)
    for tab in ("", "?tab=conditions", "?tab=ballots", "?tab=ledger", "?tab=nonsense"):
        assert client.get(f"/cases/{case.uid}{tab}").status_code == 200
    for url in ("/cases/", "/committee/", "/cases/?waiting=on&state=open&action=train&q=thing&sort=-closes"):
        assert client.get(url).status_code == 200
    assert CaseEvent.objects.count() == 1
