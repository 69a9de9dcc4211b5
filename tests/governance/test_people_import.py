"""A file of people: checked row by row, imported all or nothing; importing an export changes nothing."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from governance import actions, people_file
from governance import exceptions as errors
from governance.models import Department, LedgerEntry, Membership, OutboxDelivery, Team, User
from governance.people_file import FileFault, guarded
from governance.selectors.people_import import ImportPlan, export_rows
from governance.services import people as services
from tests.governance.conftest import signed_in
from tests.people import People, make_people

HEADER = (
    "kind,code,name,name_zh,parent,head,function,email,language,department,active,team,person,since,until"
)
COMPANY = """\
department,shop,Shop,商店,,,,,,,,,,,
department,search,Search,搜索,shop,li.na,,,,,,,,,
team,relevance,Relevance,相关性,,,engineering,,,,,,,,
person,li.na,Li Na,李娜,,,,li.na@example.com,zh-hans,search,yes,,,,
service,indexer,Indexer,,,,,,,search,,,,,
membership,,,,,,,,,,,relevance,li.na,2026-01-05,
membership,,,,,,,,,,,relevance,indexer,2026/1/5,2026-06-30
"""


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.tasks.outbox_send.delay", lambda: None)


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines]).encode()


def cells(**given: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([given.get(name, "") for name in HEADER.split(",")])
    return out.getvalue()


def check(people: People, content: bytes) -> ImportPlan:
    return actions.people_import_check(actor=people.carol, content=content)


def load(people: People, content: bytes) -> ImportPlan:
    plan = check(people, content)
    return actions.people_import(actor=people.carol, content=content, digest=plan.digest)


def exported() -> bytes:
    return "".join(people_file.write(export_rows())).encode()


def state() -> list[Any]:
    """Everything a file can change, and how many rows the ledger has."""
    return [
        list(
            Department.objects.order_by("code").values_list("code", "name", "name_zh", "parent__code", "head")
        ),
        list(Team.objects.order_by("code").values_list("code", "name", "name_zh", "function")),
        list(
            User.objects.order_by("username").values_list(
                "username", "name", "name_zh", "email", "language", "department__code", "is_active", "kind"
            )
        ),
        sorted(Membership.objects.values_list("team__code", "user__username", "since", "until"), key=str),
        LedgerEntry.objects.count(),
    ]


def test_a_company_is_imported_and_the_same_again_changes_nothing(people: People) -> None:
    content = file(*COMPANY.splitlines())
    plan = check(people, content)
    assert (plan.counts, plan.encoding) == ({"create": 7, "update": 0, "unchanged": 0, "error": 0}, "utf-8")
    assert not Department.objects.exists()
    load(people, content)
    search = Department.objects.select_related("parent", "head").get(code="search")
    assert (search.parent and search.parent.code, search.head and search.head.username) == ("shop", "li.na")
    li_na = User.objects.get(username="li.na")
    assert (li_na.name_zh, li_na.language, li_na.has_usable_password()) == ("李娜", "zh-hans", False)
    assert User.objects.get(username="indexer").kind == "service"
    ended = Membership.objects.get(user__username="indexer")
    assert (ended.since, ended.until) == (dt.date(2026, 1, 5), dt.date(2026, 6, 30))
    types = list(LedgerEntry.objects.order_by("-seq").values_list("type", flat=True)[:9])
    assert types[0] == "people.imported"
    assert {"department.created", "team.created", "user.created", "membership.started"} <= set(types)
    before = state()
    assert load(people, content).writes == 0
    assert state() == before


def test_an_export_imported_into_the_same_company_changes_nothing(people: People) -> None:
    load(people, file(*COMPANY.splitlines()))
    actions.person_deactivate(actor=people.carol, user=people.dave)
    before = state()
    assert load(people, exported()).writes == 0
    assert state() == before


NAMES = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u3164\uffa0\u115f\u1160"),
    min_size=1,
    max_size=12,
).filter(lambda text: bool(text.strip()))


class RoundTrip(TestCase):
    """import(export(x)) changes nothing, whatever people are called."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        names=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6),
        leavers=st.sets(st.integers(0, 5)),
        tree=st.lists(st.integers(-1, 4), min_size=6, max_size=6),
        days=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=8),
    )
    def test_import_of_an_export_changes_nothing(
        self, names: list[Any], leavers: set[int], tree: list[int], days: list[Any]
    ) -> None:
        people = make_people()
        units: list[Department] = []
        made: list[User] = []
        for number, (name, name_zh) in enumerate(names):
            above = units[tree[number]] if 0 <= tree[number] < len(units) else None
            given_names = {"name": name, "name_zh": name_zh}
            units.append(
                actions.department_create(actor=people.carol, code=f"d{number}", parent=above, **given_names)
            )
            made.append(
                actions.person_create(
                    actor=people.carol, username=f"p{number}", department=units[-1], **given_names
                )
            )
        for who, ago in days:
            if who < len(made):
                since = timezone.localdate() - dt.timedelta(days=ago)
                row = services.membership_start(
                    actor=None, team=people.teams["product"], user=made[who], since=since
                )
                services.membership_end(actor=people.carol, membership=row, until=timezone.localdate())
        for number in leavers & set(range(len(made))):
            services.user_deactivate(actor=people.carol, user=made[number])
        before = state()
        assert load(people, exported()).counts | {"unchanged": 0} == dict.fromkeys(
            ("create", "update", "unchanged", "error"), 0
        )
        assert state() == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_files_as_excel_writes_them_in_china(people: People, encoding: str) -> None:
    text = (
        "类型,编码,名称,中文名称,上级部门,职能,语言,在职,团队,人员,开始日期\r\n"
        "部门,shop,Shop,商店,,,,,,,\r\n"
        "团队,relevance,Relevance,相关性,,工程,,,,,\r\n"
        "人员,li.na,Li Na,李娜,,,简体中文,是,,,\r\n"
        "成员,,,,,,,,relevance,li.na,2026/1/5\r\n"
    )
    plan = load(people, text.encode(encoding))
    assert plan.count("create") == 4
    assert plan.encoding == ("gb18030" if encoding.startswith("gb") else "utf-8")
    assert User.objects.get(username="li.na").name_zh == "李娜"
    assert Membership.objects.get(user__username="li.na").since == dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_kind"),
        (b"code,name\r\na,b", "no_kind"),
        (b"kind,code,colour\r\n", "unknown_column"),
        (b"kind,code,code\r\n", "column_twice"),
        (b"kind,code\r\n", "empty"),
        (b"kind,code\r\nteam,a,b\r\n", "row_too_long"),
        (b'kind,code\r\nteam,"a\r\n', "malformed"),
        (b"\xff\xfek\x00i\x00", "encoding"),
        (b"kind\r\n\xff\xff\xff", "encoding"),
        (b"kind,code\r\n" + b"x" * 2**20, "too_large"),
        (b"kind,code\r\n" + b"team,a\r\n" * 5001, "too_many_rows"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(people: People, content: bytes, code: str) -> None:
    with pytest.raises(FileFault) as fault:
        people_file.read(content)
    assert fault.value.code == code
    with pytest.raises(errors.ImportUnreadable):
        check(people, content)
    last = LedgerEntry.objects.latest("seq")
    assert (last.type, last.accepted, last.code) == ("people.import_check", False, "import_unreadable")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([cells(kind="castle", code="a", name="A")], "invalid_input"),
        ([cells(kind="department", code="a b", name="A")], "invalid_input"),
        ([cells(kind="department", code="a")], "invalid_input"),
        ([cells(kind="department", code="a", name="A", email="x@example.com")], "invalid_input"),
        ([cells(kind="department", code="a", name="x" * 121)], "invalid_input"),
        ([cells(kind="department", code="a", name="Se\u200barch")], "hidden_characters"),
        ([cells(kind="person", code="a", name="\u202eeciA")], "hidden_characters"),
        ([cells(kind="team", code="a", name="A\u2066", function="product")], "hidden_characters"),
        ([cells(kind="team", code="a", name="A", function="sales")], "invalid_input"),
        ([cells(kind="department", code="a", name="A", parent="nowhere")], "unknown_department"),
        ([cells(kind="department", code="a", name="A", head="nobody")], "unknown_person"),
        ([cells(kind="department", code="a", name="A", parent="a")], "department_cycle"),
        (
            [cells(kind="department", code="a", name="A"), cells(kind="department", code="a", name="B")],
            "duplicate",
        ),
        ([cells(kind="person", code="a b", name="A")], "invalid_input"),
        ([cells(kind="person", code="a", name="A", email="no address")], "invalid_input"),
        ([cells(kind="person", code="a", name="A", language="fr")], "invalid_input"),
        ([cells(kind="person", code="a", name="A", active="perhaps")], "invalid_input"),
        ([cells(kind="person", code="a", name="A", department="nowhere")], "unknown_department"),
        ([cells(kind="person", code="carol", name="Carol", active="no")], "not_oneself"),
        ([cells(kind="service", code="carol", name="Carol")], "other_kind"),
        ([cells(kind="service", code="clock", name="Clock", active="no")], "reserved"),
        ([cells(kind="membership", team="product", person="nobody")], "unknown_person"),
        ([cells(kind="membership", team="nowhere", person="bob")], "unknown_team"),
        ([cells(kind="membership", team="product", person="bob", since="31.1.2026")], "invalid_input"),
        ([cells(kind="membership", team="product", person="bob", since="2026-02-30")], "invalid_input"),
        (
            [cells(kind="membership", team="product", person="bob", since="2026-02-03", until="2026-02-01")],
            "invalid_input",
        ),
        ([cells(kind="membership", team="product", person="bob", until="2026-02-01")], "not_a_member"),
        ([cells(kind="membership", team="governance", person="bob", since="2020-01-01")], "already_member"),
    ],
)
def test_a_row_with_an_error_says_why_and_nothing_is_imported(
    people: People, lines: list[str], code: str
) -> None:
    content = file(cells(kind="department", code="good", name="Good"), *lines)
    plan = check(people, content)
    assert [step.code for step in plan.errors] == [code]
    assert plan.errors[0].text
    assert plan.errors[0].line == len(lines) + 2
    before = state()
    with pytest.raises(errors.ImportHasErrors):
        load(people, content)
    assert state()[:-1] == before[:-1]
    assert LedgerEntry.objects.latest("seq").code == "import_has_errors"


def test_departments_may_swap_places_but_not_close_a_circle(people: People) -> None:
    load(
        people,
        file(
            cells(kind="department", code="a", name="A"),
            cells(kind="department", code="b", name="B", parent="a"),
            cells(kind="department", code="c", name="C", parent="b"),
        ),
    )
    circle = file(cells(kind="department", code="a", name="A", parent="c"))
    assert [step.code for step in check(people, circle).errors] == ["department_cycle"]
    swapped = file(
        cells(kind="department", code="a", name="A", parent="c"),
        cells(kind="department", code="b", name="B", parent=""),
    )
    load(people, swapped)
    parents = dict(Department.objects.values_list("code", "parent__code"))
    assert parents == {"a": "c", "b": None, "c": "b"}


def test_a_leaver_by_file_loses_sign_in_and_teams_and_other_rooms_are_woken(people: People) -> None:
    content = file(
        cells(kind="person", code="dave", name="Dave Deng", name_zh="邓大伟", active="no"),
        cells(kind="membership", team="engineering", person="dave"),
    )
    load(people, content)
    people.dave.refresh_from_db()
    assert not people.dave.is_active
    assert not Membership.objects.current().filter(user=people.dave, until=None).exists()
    assert LedgerEntry.objects.filter(type="user.deactivated").count() == 1
    before = state()
    assert load(people, content).writes == 0
    assert state() == before
    back = file(cells(kind="person", code="dave", name="Dave Deng", name_zh="邓大伟", active="yes"))
    load(people, back)
    people.dave.refresh_from_db()
    assert (people.dave.is_active, people.dave.has_usable_password()) == (True, False)
    assert OutboxDelivery.objects.filter(event="user.deactivated").count() <= 1


def test_a_column_that_is_missing_leaves_things_as_they_are(people: People) -> None:
    load(people, file(*COMPANY.splitlines()))
    load(people, b"kind,code,name\r\nperson,li.na,Na Li\r\n")
    user = User.objects.select_related("department").get(username="li.na")
    assert (user.name, user.name_zh, user.email) == ("Na Li", "李娜", "li.na@example.com")
    assert user.department is not None
    load(people, b"kind,code,name,email\r\nperson,li.na,Na Li,\r\n")
    user.refresh_from_db()
    assert user.email == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "''", "plain", "O'Neill"])
def test_no_cell_of_an_export_is_a_formula_and_reading_it_gives_the_same(text: str) -> None:
    held = guarded(text)
    assert not held.startswith(("=", "+", "-", "@", "＝"))
    row = {"kind": "person", "code": "x", "name": text}
    content = "".join(people_file.write([row])).encode()
    assert content.startswith(b"\xef\xbb\xbf")
    assert people_file.read(content).rows[0].cells["name"] == text


def test_only_the_governance_team_imports(people: People) -> None:
    content = file(cells(kind="department", code="a", name="A"))
    for act in (
        lambda: actions.people_import_check(actor=people.mallory, content=content),
        lambda: actions.people_import(actor=people.mallory, content=content, digest="x"),
    ):
        with pytest.raises(errors.NotPermitted):
            act()
    with pytest.raises(errors.ImportNotChecked):
        actions.people_import(actor=people.carol, content=content, digest="sha256:other")
    assert not Department.objects.exists()


# --- the three doors ---------------------------------------------------------------------------------------


def upload(content: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("people.csv", content, content_type="text/csv")}


def test_by_the_page_first_the_check_then_exactly_these_bytes(people: People) -> None:
    client = signed_in(people.carol)
    assert client.get("/organisation/import").status_code == 200
    content = file(*COMPANY.splitlines())
    answer = client.post("/organisation/import", upload(content))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Import 7 rows" in page
    assert "li.na" in page
    assert not Department.objects.exists()
    sent = {
        "content": base64.b64encode(content).decode(),
        "digest": actions.people_import_check(actor=people.carol, content=content).digest,
    }
    other = sent | {"content": base64.b64encode(content + b"\r\n").decode()}
    assert client.post("/organisation/import/apply", other).status_code == 409
    assert client.post("/organisation/import/apply", sent | {"content": "%%%"}).status_code == 409
    assert not Department.objects.exists()
    assert client.post("/organisation/import/apply", sent).status_code == 302
    assert Department.objects.count() == 2
    bad = client.post("/organisation/import", upload(file(cells(kind="castle", code="a", name="A"))))
    assert "/organisation/import/apply" not in bad.content.decode()
    assert client.post("/organisation/import", upload(b"x" * (2**20 + 1))).status_code == 400
    assert client.post("/organisation/import", {}).status_code == 400
    stranger = signed_in(people.mallory)
    assert stranger.post("/organisation/import", upload(content)).status_code == 403
    assert stranger.get("/organisation/export").status_code == 403


def test_the_export_by_the_page(people: People) -> None:
    answer = signed_in(people.carol).get("/organisation/export")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "person,carol,Carol Chen,陈可乐" in text


def test_by_the_api(people: People, api: Any) -> None:
    client: Client = api(people.carol)
    content = file(*COMPANY.splitlines())

    def post(query: str, body: bytes = content) -> Any:
        return client.post(f"/api/v1/users/import{query}", body, content_type="text/csv")

    checked = post("?dry_run=1")
    assert checked.status_code == 200
    assert checked.json()["counts"]["create"] == 7
    assert [row["outcome"] for row in checked.json()["rows"]] == ["create"] * 7
    assert not Department.objects.exists()
    assert post("").status_code == 409
    digest = checked.json()["digest"]
    assert post(f"?digest={digest}", content + b"\r\n").status_code == 409
    assert post(f"?digest={digest}").status_code == 200
    assert Department.objects.count() == 2
    again = post(f"?digest={digest}").json()
    assert again["counts"]["unchanged"] == 7
    assert post("?dry_run=1", b"x" * (2**20 + 10)).status_code == 400
    assert post("?dri_run=1").status_code == 400
    text = b"".join(client.get("/api/v1/users/export").streaming_content)  # type: ignore[attr-defined]
    assert b"li.na" in text
    assert api(people.mallory).get("/api/v1/users/export").status_code == 403


def test_by_the_command(people: People, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(file(*COMPANY.splitlines()))
    out = io.StringIO()
    call_command("people_import", str(path), "--as", "carol", "--dry-run", stdout=out)
    assert "7" in out.getvalue()
    assert not Department.objects.exists()
    call_command("people_import", str(path), "--as", "carol", stdout=io.StringIO())
    assert Department.objects.count() == 2
    with pytest.raises(CommandError, match="not_permitted"):
        call_command("people_import", str(path), "--as", "mallory", stdout=io.StringIO())
    path.write_bytes(file(cells(kind="castle", code="a", name="A")))
    with pytest.raises(CommandError, match="import_has_errors"):
        call_command("people_import", str(path), "--as", "carol", stdout=io.StringIO())
    with pytest.raises(CommandError):
        call_command("people_import", str(tmp_path / "none.csv"), "--as", "carol", stdout=io.StringIO())
