"""Every kind a committee decides: its facts, the evidence about it, and the form that asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from committee import forms
from committee.choices import CaseAction
from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.registry import KINDS, kind_for
from committee.models import Case
from governance.models import StandardVersion
from governance.services import standards
from governance.subject_ref import SubjectRef
from tests.catalog.conftest import STANDARD
from tests.committee.market import Market

WITHOUT_FACTS = {("case", "review")}


def test_every_action_a_case_may_ask_for_has_a_kind() -> None:
    assert {action for _kind, action in KINDS} == set(CaseAction.values)
    assert all(key == (kind.kind, kind.action) for key, kind in KINDS.items())


@pytest.mark.parametrize("key", sorted(KINDS))
def test_a_kind_says_that_it_does_not_know_a_guessed_subject(db: None, key: tuple[str, str]) -> None:
    kind = kind_for(*key)
    assert kind.digest("guess") == ""
    with pytest.raises((SubjectUnknown, SubjectNotReady)):
        kind.facts("guess")


def test_a_kind_nobody_decides_about_is_unknown() -> None:
    with pytest.raises(SubjectUnknown):
        kind_for("dataset", "adopt")


@pytest.fixture
def proposed(market: Market) -> StandardVersion:
    """Version 2 of the standard: a column is gone."""
    from governance.actions import read_document

    carol = market.board.people.carol
    document = STANDARD.replace("version: 1.0.0", "version: 1.1.0").replace(
        "      - {name: city, logicalType: string, classification: internal}\n", ""
    )
    text = read_document(document.encode())
    standard = StandardVersion.objects.get().standard
    version = standards.standard_version_create(
        actor=carol,
        standard=standard,
        version=text.version,
        document=document.encode(),
        digest=text.digest,
        rules=text.rules,
        compiled=text.facts(),
    )
    standards.standard_version_propose(actor=carol, version=version)
    version.refresh_from_db()
    return version


def test_a_standards_dossier_names_what_it_governs(market: Market, proposed: StandardVersion) -> None:
    market.version()
    case = market.ask("adopt", {}, about=SubjectRef("standard_version", proposed.uid), purpose="governance")
    import json

    items = {item["key"]: item for item in json.loads(bytes(case.dossier.content))["items"]}
    assert items["number"]["data"] == {
        "size": "major",
        "proposed": "2.0.0",
        "given": "1.1.0",
        "breaking": True,
    }
    assert items["governed"]["data"]["untried"] == ["orders"]
    assert items["governed"]["data"]["datasets"][0]["gate"] == "open"
    assert items["change"]["data"]["removed"]
    assert {row["role"] for row in items["consumers"]["data"]["people"]} == {"owner"}
    assert case.advice == "conditions"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("action", ["read", "export", "waive"])
def test_the_form_of_each_action_opens_even_where_no_case_can_be_raised(
    market: Market, action: str, language: str
) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(market.board.people.dave)
    url = f"/cases/new?kind=dataset&id={market.dataset.uid}&action={action}"
    assert client.get(url).status_code == 200
    assert client.post(url, {}).status_code == 400
    assert client.get(f"{url}&purpose=%00&rule=%00&columns=%00").status_code == 200
    assert not Case.objects.exists()
    assert client.get(url.replace(f"action={action}", "action=adopt")).status_code == 404


def test_who_is_in_no_team_is_told_so(market: Market) -> None:
    market.version(checked=False)
    client = Client()
    client.force_login(market.board.people.mallory)
    page = client.get(f"/cases/new?kind=dataset&id={market.dataset.uid}&action=read").content.decode()
    assert "You are in no team today." in page


def test_each_form_belongs_to_a_kind() -> None:
    from committee.forms.asking import FORMS

    assert set(FORMS) <= set(KINDS)
    assert forms.form_for("model_version", "promote") is forms.PlainCaseForm


def labels(choices: Any) -> list[str]:
    return [str(label) for _value, label in choices]


def test_the_words_of_actions_are_translated() -> None:
    from django.utils.translation import override

    with override("en"):
        english = labels(CaseAction.choices)
    with override("zh-hans"):
        assert not set(english) & set(labels(CaseAction.choices))
