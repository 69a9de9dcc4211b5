"""Recertification: offered before the end, same terms and holder, a permit that works as the old one did."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from catalog.models import DatasetVersion
from committee import selectors
from committee.exceptions import SubjectNotReady, TermsInvalid
from committee.models import Case
from governance import permits
from governance.exceptions import NotPermitted
from governance.models import Permit
from governance.services.decisions import permit_event_record
from governance.subject_ref import SubjectRef
from tests.committee.conftest import TERMS, Clock
from tests.committee.market import Market


def ref(version: DatasetVersion) -> SubjectRef:
    return SubjectRef("dataset_version", version.uid)


@pytest.fixture
def version(market: Market) -> DatasetVersion:
    return market.version()


@pytest.fixture
def old(market: Market, version: DatasetVersion) -> Permit:
    """A permit to train, by decision."""
    return approve(market, market.ask("train", TERMS, about=ref(version)))


def approve(market: Market, case: Case) -> Permit:
    for name in ("carol", "sam", "erin", "bob"):
        case.refresh_from_db()
        if case.state == "closed":
            break
        market.board.vote(case, **{name: "approve"})
    return Permit.objects.get(case_id=case.number)


def use(market: Market, version: DatasetVersion) -> permits.Use:
    subject = SubjectRef("dataset_version", version.uid, version.digest)
    return permits.Use("train", subject, "returns", market.board.people.dave, "fine_tune", ("city",), 60)


def test_a_renewed_permit_lets_one_train_when_the_old_one_is_over(
    market: Market, version: DatasetVersion, old: Permit, clock: Clock
) -> None:
    clock.now = old.valid_until - dt.timedelta(days=10)
    case = market.ask("recertify", {"of": old.uid}, about=ref(version))
    assert case.terms == TERMS | {"of": old.uid, "action": "train"}
    assert case.holder == old.holder
    new = approve(market, case)
    assert (new.action, permits.action_of(new)) == ("recertify", "train")
    assert permits.require(use(market, version)) in (old, new)
    clock.now = old.valid_until + dt.timedelta(seconds=1)
    assert permits.check(old.uid) == "expired"
    assert permits.require(use(market, version)) == new
    assert permits.live_for("dataset_version", version.uid)


def test_it_is_offered_in_the_last_thirty_days_to_the_holder(
    market: Market, old: Permit, clock: Clock
) -> None:
    dave, mallory = market.board.people.dave, market.board.people.mallory
    assert not selectors.renewal_offered(dave, old)
    clock.now = old.valid_until - dt.timedelta(days=29)
    assert selectors.renewal_offered(dave, old)
    assert not selectors.renewal_offered(mallory, old)
    client = Client()
    client.force_login(dave)
    link = f"action=recertify&amp;of={old.uid}"
    assert link in client.get(old.get_absolute_url()).content.decode()
    case = Case.objects.get(number=old.case_id)
    assert link in client.get(case.get_absolute_url()).content.decode()
    url = f"/cases/new?kind=dataset_version&id={old.subject_id}&action=recertify&of={old.uid}"
    page = client.get(url).content.decode()
    assert "The permit to be renewed" in page
    assert 'name="purpose"' not in page
    assert client.post(url, {"of": "guess", "team": market.board.engineering.uid}).status_code == 400
    assert client.post(url, {"of": old.uid, "team": market.board.engineering.uid}).status_code == 302
    raised = Case.objects.exclude(pk=case.pk).get()
    assert (raised.action, raised.purpose) == ("recertify", old.purpose)
    assert client.get(raised.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    "terms", [{}, {"of": "guess"}, {"of": 7}, {"runs": 1000}, {"action": "promote"}, {"more": 1}]
)
def test_terms_of_ones_own_are_refused(
    market: Market, version: DatasetVersion, old: Permit, terms: dict[str, Any]
) -> None:
    asked = terms if "of" in terms or not terms else terms | {"of": old.uid}
    with pytest.raises(TermsInvalid):
        market.ask("recertify", asked, about=ref(version))
    with pytest.raises(TermsInvalid):  # for another purpose a new case asks anew
        market.ask("recertify", {"of": old.uid}, about=ref(version), purpose="advertising")
    assert Case.objects.count() == 1


def test_a_revoked_permit_and_one_of_others_are_not_renewed(
    market: Market, version: DatasetVersion, old: Permit
) -> None:
    people = market.board.people
    with pytest.raises(NotPermitted):
        market.ask(
            "recertify",
            {"of": old.uid},
            about=ref(version),
            actor=people.bob,
            team=people.teams["governance"],
        )
    permit_event_record(permit=old, kind="revoked", at=old.valid_from, by=None)
    with pytest.raises((TermsInvalid, SubjectNotReady)):
        market.ask("recertify", {"of": old.uid}, about=ref(version))
    assert Case.objects.count() == 1
