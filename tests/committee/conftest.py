"""A founded committee, a decidable subject of each reader's kind, and a clock that tests may turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from committee import actions
from committee.kinds import registry as kinds
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.models import Case, Committee
from demo import company
from governance import registry
from governance.models import Team, User
from governance.services import people as services
from governance.subject_ref import SubjectRef
from tests.people import People, make_people

if TYPE_CHECKING:
    from tests.committee.market import Market

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # Monday, 09:00 in Shanghai
SEATS = (
    ("seat-1", "carol", "chair", ()),
    ("seat-2", "bob", "deputy", ("legal",)),
    ("seat-3", "sam", "member", ("security",)),
    ("seat-4", "erin", "member", ("data-owner",)),
)


class Clock:
    """The time everybody reads; stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def forward(self, **span: float) -> dt.datetime:
        self.now += dt.timedelta(**span)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


@dataclass
class Things:
    """Subjects of the test kind: what each holds, and who may see it."""

    digests: dict[str, str] = field(default_factory=lambda: {"thing": DIGEST})
    level: int = 2
    contributors: tuple[str, ...] = ()

    def facts(self, uid: str) -> SubjectFacts:
        item = DossierItem(
            key="scorecard",
            title="Quality scorecard",
            title_zh="质量评分卡",
            finding="Score 96.4",
            tone="ok",
            finding_zh="得分 96.4",
            word="Gate open",
            word_zh="准入开放",
            data={"score": "96.4", "rules": [{"id": "r1", "failed": 0}], "columns": {"email": ["email"]}},
        )
        return SubjectFacts(
            title=f"Permit to train on {uid}",
            title_zh=f"许可使用 {uid} 训练",
            digest=self.digests[uid],
            level=self.level,
            rows_changed=1,
            rows_total=10,
            downstream_models=0,
            contributors=self.contributors,
            beneficiaries=(),
            items=(item,),
        )


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Things:
    """`dataset_version` answered from memory, so that a test needs no lake."""
    made = Things()

    def digest(uid: str) -> str:
        return made.digests.get(uid, "")

    kind = CaseKind("dataset_version", "train", made.facts, digest, _check_terms())
    monkeypatch.setitem(kinds.KINDS, ("dataset_version", "train"), kind)
    known = registry.SubjectKind(
        "dataset_version",
        "Dataset version",
        lambda uid: uid if uid in made.digests else None,
        lambda uid: f"/things/{uid}",
        lambda user, uid: uid in made.digests,
        digest,
    )
    monkeypatch.setitem(registry._REGISTRY.kinds, "dataset_version", known)
    return made


def _check_terms() -> Callable[[dict[str, Any]], dict[str, Any]]:
    from committee.kinds.dataset_version import check_terms

    return check_terms


TERMS = {"runs": 3, "cpu_seconds": 600, "job_kinds": ["fine_tune"], "columns": ["*"], "gate": "open"}


@dataclass(frozen=True)
class Board:
    """The committee of SEATS: carol presides, bob deputises, sam and erin sit; xia is erin's alternate."""

    people: People
    sam: User
    xia: User
    secretary: User
    committee: Committee
    engineering: Team

    def person(self, name: str) -> User:
        found: User = getattr(self, name, None) or getattr(self.people, name)
        return found

    def open(self, subject: str = "thing", **more: Any) -> Case:
        given = {
            "actor": self.people.dave,
            "purpose": "search-relevance",
            "team": self.engineering,
            "terms": TERMS,
        }
        return actions.case_open(
            action="train", subject=SubjectRef("dataset_version", subject), **(given | more)
        )

    def vote(self, case: Case, **choices: str) -> Case:
        """board.vote(case, carol="approve", bob="reject"): in this order."""
        for name, choice in choices.items():
            case = actions.ballot_cast(
                actor=self.person(name), case=case, choice=choice, rationale="As the evidence says."
            )
        return case


def charter(**changes: Any) -> dict[str, Any]:
    return company.CHARTER | changes


def found(people: People, extra: dict[str, User], **changes: Any) -> Committee:
    everybody = {name: getattr(people, name, None) or extra[name] for _code, name, _role, _f in SEATS}
    seats = [
        actions.SeatSpec(
            code=code,
            member=everybody[name],
            role=role,
            functions=functions,
            team=people.teams["governance"] if name in {"carol", "bob"} else people.teams["product"],
            term_from="2026-01-05",
            alternate=extra["xia"] if name == "erin" else None,
        )
        for code, name, role, functions in SEATS
    ]
    plan = actions.Founding(
        code="board",
        name="Data and model board",
        name_zh="数据与模型委员会",
        secretary=extra["secretary"],
        calendar=company.calendar(),
        charter=charter(**changes),
        seats=seats,
        policies=[actions.PolicySpec(p.title, p.title_zh, p.document) for p in company.POLICIES[1:2]],
        access={"read": 3, "export": 2, "train": 1},
    )
    return actions.committee_found(actor=people.carol, plan=plan)


def make_board(**changes: Any) -> Board:
    people = make_people()
    extra = {}
    for username, name, name_zh in (
        ("sam", "Sam Sun", "孙山"),
        ("xia", "Xia Xu", "徐夏"),
        ("secretary", "Wu Fan", "吴凡"),
    ):
        extra[username] = services.user_create(
            actor=None, username=username, name=name, name_zh=name_zh, password="correct horse battery"
        )
    committee = found(people, extra, **changes)
    return Board(
        people, extra["sam"], extra["xia"], extra["secretary"], committee, people.teams["engineering"]
    )


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.outbox_send, "delay", lambda: None)


@pytest.fixture
def board(db: None, clock: Clock, things: Things, no_broker: None) -> Board:
    return make_board()


@pytest.fixture
def case(board: Board) -> Case:
    return board.open()


@pytest.fixture
def market(
    db: None,
    clock: Clock,
    no_broker: None,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Market:
    """A real dataset before the board, with jobs carried out where a test says so."""
    from catalog import tasks
    from tests.committee.market import make_market

    settings.GAVEL_LAKE = (tmp_path / "lake").as_uri()
    settings.MEDIA_ROOT = tmp_path / "uploads"
    for task in (tasks.ingest_run, tasks.validation_run):
        monkeypatch.setattr(task, "delay", lambda uid: None)
    return make_market(make_board())
