"""The governance team keeps people in the console; nobody else can, and every act is in the ledger."""

from __future__ import annotations

import pytest
from django.test import Client

from governance.models import Department, LedgerEntry, Membership, Team, User
from tests.people import People, make_people

FORMS = {
    "person": {"username": "new.one", "name": "New One", "kind": "person"},
    "team": {"code": "new-team", "name": "New team", "function": "product"},
    "department": {"code": "new-unit", "name": "New unit"},
}


@pytest.fixture
def people(db: None) -> People:
    return make_people()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("what", list(FORMS))
def test_the_governance_team_adds_people_teams_and_departments(people: People, what: str) -> None:
    answer = signed_in(people.carol).post(f"/people/{what}", FORMS[what])
    assert answer.status_code == 302
    found = {
        "person": User.objects.filter(username="new.one"),
        "team": Team.objects.filter(code="new-team"),
        "department": Department.objects.filter(code="new-unit"),
    }
    assert found[what].exists()


@pytest.mark.parametrize("what", list(FORMS))
def test_a_stranger_is_refused_and_the_attempt_is_in_the_ledger(people: People, what: str) -> None:
    answer = signed_in(people.mallory).post(f"/people/{what}", FORMS[what])
    assert answer.status_code == 400
    assert (
        LedgerEntry.objects.filter(type=f"{what}.create", accepted=False, code="not_permitted").count() == 1
    )


def test_somebody_joins_a_team_leaves_it_and_leaves_the_company(people: People) -> None:
    client = signed_in(people.carol)
    client.post("/people/team", FORMS["team"])
    team = Team.objects.get(code="new-team")
    assert client.post("/people/join", {"user": people.bob.pk, "team": team.pk}).status_code == 302
    membership = Membership.objects.get(user=people.bob, team=team)
    assert client.post("/people/leave", {"membership": membership.pk}).status_code == 302
    membership.refresh_from_db()
    assert membership.until is not None
    answer = client.post("/people/leaver", {"user": people.bob.pk})
    assert answer["Location"] == f"/organisation/people/{people.bob.uid}/deactivate"
    people.bob.refresh_from_db()
    assert people.bob.is_active
    assert client.post(answer["Location"]).status_code == 302
    people.bob.refresh_from_db()
    assert not people.bob.is_active


def test_only_the_governance_team_is_offered_the_acts(people: People) -> None:
    assert b"/people/leaver" in signed_in(people.carol).get("/people/").content
    assert b"/people/leaver" not in signed_in(people.mallory).get("/people/").content


def test_an_unknown_act_is_no_page_and_a_bad_form_says_what_is_wrong(people: People) -> None:
    client = signed_in(people.carol)
    assert client.get("/people/nothing").status_code == 404
    assert client.post("/people/team", {"code": "a b"}).status_code == 400
