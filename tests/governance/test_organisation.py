"""The organisation: its chart and pages, renaming and moving, leaving and coming back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance import actions
from governance import exceptions as errors
from governance.models import ApiToken, Department, LedgerEntry, Membership, OutboxDelivery, Team, User
from governance.selectors import organisation
from governance.services import people as services
from tests.governance.conftest import signed_in
from tests.people import People

GOLDEN = Path(__file__).parent / "query_counts.json"
Api = Callable[[User], Client]
HIDDEN = ("Se\u200barch", "\u202eSearch", "Search\u2066", "Sea\u00adrch", "Se\narch", "Search\ufeff")


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.tasks.outbox_send.delay", lambda: None)


@pytest.fixture
def tree(people: People) -> dict[str, Department]:
    """shop > search > ranking, and finance beside them; bob heads search."""
    made: dict[str, Department] = {}
    for code, above in (("shop", ""), ("search", "shop"), ("ranking", "search"), ("finance", "")):
        made[code] = actions.department_create(
            actor=people.carol, code=code, name=code.title(), parent=made.get(above)
        )
    User.objects.filter(username="bob").update(department=made["search"])
    User.objects.filter(username="dave").update(department=made["ranking"])
    change(people, made["search"], parent=made["shop"], head=people.bob)
    return made


def change(people: People, row: Department, **changes: Any) -> bool:
    fresh = Department.objects.select_related("parent", "head").get(pk=row.pk)
    held = {"name": fresh.name, "name_zh": fresh.name_zh, "parent": fresh.parent, "head": fresh.head}
    return actions.department_change(actor=people.carol, department=fresh, **(held | changes))


def test_the_chart_shows_departments_people_heads_and_counts(
    people: People, tree: dict[str, Department]
) -> None:
    chart = organisation.chart()
    drawn = [(n.department.code, n.depth, n.own, n.total) for n in chart.nodes]
    assert drawn == [("finance", 0, 0, 0), ("shop", 0, 0, 2), ("search", 1, 1, 2), ("ranking", 2, 1, 1)]
    assert (chart.departments, chart.people, chart.unplaced) == (4, 6, 4)
    for language in ("en", "zh-hans"):
        client = signed_in(people.mallory)
        client.cookies["gavel_language"] = language
        page = client.get("/organisation").content.decode()
        assert page.count("<details") - page.count("</details") == 0
        assert page.count("<ul") == page.count("</ul")
        assert len(re.findall(r"<li[ >]", page)) == page.count("</li>")
        assert ("Bob Bai" if language == "en" else "白博") in page
        assert "/organisation/import" not in page
    assert "/organisation/import" in signed_in(people.carol).get("/organisation").content.decode()


def test_a_search_finds_departments_and_people_with_what_lies_above(
    people: People, tree: dict[str, Department]
) -> None:
    assert [n.department.code for n in organisation.chart("dave").nodes] == ["shop", "search", "ranking"]
    assert [n.department.code for n in organisation.chart("fin").nodes] == ["finance"]
    assert organisation.chart("nothing").nodes == ()
    client = signed_in(people.mallory)
    for q in ("%00", "dave", "nothing", "%27", "x" * 200):
        assert client.get(f"/organisation?q={q}").status_code in {200, 400}


def test_a_deep_chain_of_departments_is_drawn_without_recursion(people: People) -> None:
    above = None
    for number in range(120):
        above = Department.objects.create(code=f"d{number:03}", name=f"D{number}", parent=above)
    page = signed_in(people.carol).get("/organisation").content.decode()
    assert page.count("<ul") == page.count("</ul")
    assert "D119" in page


def test_a_chart_shows_some_people_of_a_large_department_and_all_on_its_page(people: People) -> None:
    row = Department.objects.create(code="big", name="Big")
    for number in range(30):
        services.user_create(actor=None, username=f"p{number}", name=f"P{number:02}", department=row)
    (node,) = organisation.chart().nodes
    assert (len(node.people), node.more, node.own) == (20, 10, 30)
    page = signed_in(people.carol).get(row.get_absolute_url()).content.decode()
    assert "P24" in page
    assert signed_in(people.carol).get(f"{row.get_absolute_url()}?page=2&sort=-username").status_code == 200


def test_pages_of_department_team_and_person(people: People, tree: dict[str, Department]) -> None:
    for reader in (people.carol, people.mallory):
        client = signed_in(reader)
        for row in (tree["search"], people.teams["governance"], people.bob):
            page = client.get(row.get_absolute_url())
            assert page.status_code == 200
            offered = f"{row.get_absolute_url()}/change" in page.content.decode()
            assert offered is (reader == people.carol)
    assert "Head of the department" in client.get(people.bob.get_absolute_url()).content.decode()
    for kind in ("departments", "teams", "people"):
        for act in ("", "/change"):
            assert client.get(f"/organisation/{kind}/guess{act}").status_code == 404


def test_a_department_is_renamed_moved_and_given_a_head(people: People, tree: dict[str, Department]) -> None:
    url = f"/organisation/departments/{tree['ranking'].uid}/change"
    client = signed_in(people.carol)
    assert client.get(url).status_code == 200
    sent = {"name": "Rank", "name_zh": "排序", "parent": tree["finance"].pk, "head": "dave"}
    assert client.post(url, sent).status_code == 302
    row = Department.objects.select_related("parent", "head").get(code="ranking")
    assert (row.name, row.name_zh, row.parent, row.head) == ("Rank", "排序", tree["finance"], people.dave)
    entry = LedgerEntry.objects.filter(type="department.changed").latest("seq")
    assert json.loads(entry.data)["parent"] == "finance"
    before = LedgerEntry.objects.count()
    assert client.post(url, sent).status_code == 302
    assert LedgerEntry.objects.count() == before
    assert client.post(url, sent | {"head": "nobody"}).status_code == 400
    assert signed_in(people.mallory).post(url, sent).status_code == 403


def test_a_department_never_lies_inside_itself(people: People, tree: dict[str, Department]) -> None:
    for below in ("shop", "search", "ranking"):
        with pytest.raises(errors.DepartmentCycle):
            change(people, tree["shop"], parent=tree[below])
    last = LedgerEntry.objects.latest("seq")
    assert (last.type, last.code) == ("department.change", "department_cycle")
    url = f"/organisation/departments/{tree['shop'].uid}/change"
    sent = {"name": "Shop", "parent": tree["ranking"].pk}
    assert signed_in(people.carol).post(url, sent).status_code == 409


def test_who_moves_a_department_that_was_moved_meanwhile_is_told(
    people: People, tree: dict[str, Department]
) -> None:
    seen = Department.objects.get(code="ranking")
    change(people, tree["ranking"], parent=tree["finance"])
    with pytest.raises(errors.Conflict):
        actions.department_change(
            actor=people.carol, department=seen, name="Ranking", parent=tree["shop"], head=None
        )


def test_a_team_gets_another_function_and_its_members_with_it(people: People) -> None:
    team = people.teams["product"]
    url = f"/organisation/teams/{team.uid}/change"
    client = signed_in(people.carol)
    assert client.post(url, {"name": "Product", "function": "sales"}).status_code == 400
    assert client.post(url, {"name": "Growth", "function": "engineering"}).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.function) == ("Growth", "engineering")
    entry = LedgerEntry.objects.filter(type="team.changed").latest("seq")
    assert json.loads(entry.data) == {"name": "Growth", "function": "engineering"}
    assert signed_in(people.erin).post(url, {"name": "X", "function": "governance"}).status_code == 403


def test_a_person_is_changed_and_the_ledger_tells_no_names(
    people: People, tree: dict[str, Department]
) -> None:
    url = f"/organisation/people/{people.dave.uid}/change"
    sent = {
        "name": "David Deng",
        "name_zh": "邓大卫",
        "email": "dave@example.com",
        "department": tree["finance"].pk,
        "language": "zh-hans",
    }
    assert signed_in(people.carol).post(url, sent).status_code == 302
    people.dave.refresh_from_db()
    assert (people.dave.name, people.dave.language) == ("David Deng", "zh-hans")
    entry = LedgerEntry.objects.filter(type="user.changed").latest("seq")
    assert "David" not in entry.data
    assert json.loads(entry.data)["department"] == "finance"
    for field, value in (("email", "no"), ("language", "fr"), ("name", "")):
        assert signed_in(people.carol).post(url, sent | {field: value}).status_code == 400


@pytest.mark.parametrize("name", HIDDEN)
def test_no_name_holds_what_nobody_sees(people: People, tree: dict[str, Department], name: str) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: actions.person_create(actor=people.carol, username="x", name=name),
        lambda: actions.person_create(actor=people.carol, username="x", name="X", name_zh=name),
        lambda: actions.person_change(actor=people.carol, user=people.dave, name=name),
        lambda: actions.team_create(actor=people.carol, code="x", name=name, function="product"),
        lambda: actions.team_change(
            actor=people.carol, team=people.teams["product"], name=name, function="product"
        ),
        lambda: actions.department_create(actor=people.carol, code="x", name=name),
        lambda: change(people, tree["shop"], name=name),
    ]
    for act in acts:
        with pytest.raises(errors.HiddenCharacters):
            act()
    assert not User.objects.filter(username="x").exists()
    codes = LedgerEntry.objects.filter(accepted=False).values_list("code", flat=True)
    assert list(codes) == ["hidden_characters"] * len(acts)


def test_what_a_person_answers_for_is_listed_before_they_go(
    people: People, tree: dict[str, Department]
) -> None:
    client = signed_in(people.carol)
    actions.token_issue(actor=people.dave, user=people.dave, label="notebook")
    url = f"/organisation/people/{people.dave.uid}/deactivate"
    page = client.get(url).content.decode()
    assert "Engineering" in page
    assert "1 token" in page
    assert "Nobody else has the function engineering" in page
    assert client.post(url).status_code == 302
    people.dave.refresh_from_db()
    assert not people.dave.is_active
    assert not ApiToken.objects.live().filter(user=people.dave).exists()
    assert not Membership.objects.filter(user=people.dave, until=None).exists()
    assert OutboxDelivery.objects.filter(event="user.deactivated").count() == 1
    assert client.post(url).status_code == 409
    assert client.post(f"/organisation/people/{people.carol.uid}/deactivate").status_code == 403


def test_the_clock_is_never_let_go(people: People) -> None:
    clock = services.service_account("clock")
    with pytest.raises(errors.NotPermitted):
        actions.person_deactivate(actor=people.carol, user=clock)


def test_who_left_is_let_back_in_with_nothing_but_sign_in(people: People) -> None:
    client = signed_in(people.carol)
    url = f"/organisation/people/{people.dave.uid}/reactivate"
    assert client.post(url).status_code == 409
    actions.person_deactivate(actor=people.carol, user=people.dave)
    assert "Let back in" in client.get(people.dave.get_absolute_url()).content.decode()
    assert client.post(url, {"password": "short"}).status_code == 400
    assert client.post(url, {"password": "another long one"}).status_code == 302
    people.dave.refresh_from_db()
    assert people.dave.is_active
    assert people.dave.check_password("another long one")
    assert not Membership.objects.current().filter(user=people.dave, until=None).exists()
    assert LedgerEntry.objects.filter(type="user.reactivated").count() == 1


def test_who_has_left_joins_no_team_and_heads_nothing(people: People, tree: dict[str, Department]) -> None:
    actions.person_deactivate(actor=people.carol, user=people.dave)
    people.dave.refresh_from_db()
    with pytest.raises(errors.InvalidInput):
        actions.membership_start(actor=people.carol, team=people.teams["product"], user=people.dave)
    with pytest.raises(errors.InvalidInput):
        change(people, tree["shop"], head=people.dave)


def test_the_organisation_over_the_api(people: People, tree: dict[str, Department], api: Api) -> None:
    client, kind = api(people.carol), "application/json"

    def patch(path: str, body: dict[str, Any]) -> Any:
        return client.patch(f"/api/v1/{path}", json.dumps(body), content_type=kind)

    moved = patch(f"departments/{tree['ranking'].uid}", {"parent": "finance"})
    assert (moved.status_code, moved.json()["parent"], moved.json()["name"]) == (200, "finance", "Ranking")
    circle = patch(f"departments/{tree['shop'].uid}", {"parent": "search"})
    assert (circle.status_code, circle.json()["code"]) == (409, "department_cycle")
    headed = patch(f"departments/{tree['shop'].uid}", {"head": people.bob.uid})
    assert headed.json()["head"] == people.bob.uid
    hidden = patch(f"users/{people.dave.uid}", {"name": "Da\u200bve"})
    assert (hidden.status_code, hidden.json()["code"]) == (400, "hidden_characters")
    assert patch(f"users/{people.dave.uid}", {"department": "shop"}).json()["department"] == "shop"
    assert patch(f"teams/{people.teams['product'].uid}", {"function": "operations"}).status_code == 200
    listed = client.get("/api/v1/users?department__code=shop").json()["results"]
    assert [row["username"] for row in listed] == ["dave"]
    uid = people.teams["engineering"].uid
    left = client.post(f"/api/v1/teams/{uid}/leave", json.dumps({"user": people.dave.uid}), content_type=kind)
    assert left.status_code == 204
    (period,) = client.get(f"/api/v1/teams/{uid}/memberships").json()["results"]
    assert (period["user"], period["until"] is not None) == (people.dave.uid, True)
    assert len(client.get(f"/api/v1/users/{people.dave.uid}/memberships").json()["results"]) == 1
    assert client.post(f"/api/v1/users/{people.dave.uid}/deactivate").status_code == 204
    assert (
        client.post(f"/api/v1/users/{people.dave.uid}/reactivate", "{}", content_type=kind).status_code == 204
    )
    assert client.get("/api/v1/teams/guess/memberships").status_code == 404
    stranger = api(people.mallory)
    for path in (f"departments/{tree['shop'].uid}", f"users/{people.carol.uid}", f"teams/{uid}"):
        refused = stranger.patch(f"/api/v1/{path}", json.dumps({"name": "X"}), content_type=kind)
        assert refused.status_code == 403, path


def counted(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_the_pages_ask_the_database_the_same_for_one_and_for_fifty(people: People) -> None:
    root = Department.objects.create(code="root", name="Root")
    team = people.teams["product"]
    User.objects.filter(pk=people.bob.pk).update(department=root)
    urls = {
        "organisation": "/organisation",
        "department": root.get_absolute_url(),
        "team": team.get_absolute_url(),
        "person": people.bob.get_absolute_url(),
    }
    client = signed_in(people.carol)
    client.get("/organisation")
    first = {name: counted(client, url) for name, url in urls.items()}
    with transaction.atomic():
        for number in range(50):
            row = Department.objects.create(code=f"d{number}", name=f"D{number}", parent=root)
            Department.objects.create(code=f"e{number}", name=f"E{number}", parent=row, head=people.bob)
            user = services.user_create(actor=None, username=f"p{number}", name=f"P{number}", department=root)
            services.membership_start(actor=None, team=team, user=user)
            other = services.team_create(actor=None, code=f"t{number}", name=f"T{number}", function="product")
            services.membership_start(actor=None, team=other, user=people.bob)
    assert {name: counted(client, url) for name, url in urls.items()} == first
    golden = json.loads(GOLDEN.read_text())
    assert first == {name: golden[name] for name in first}


def test_teams_are_listed_with_their_members(people: People) -> None:
    found = {team.code: team.members for team in organisation.teams_listed()}  # type: ignore[attr-defined]
    assert found == {"governance": 2, "engineering": 1, "product": 1, "operations": 1}
    assert Team.objects.count() == 4
