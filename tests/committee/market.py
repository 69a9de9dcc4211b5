"""A board and a real dataset before it: orders under a standard in force, in a lake of its own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from catalog import actions as catalog_actions
from catalog import tasks
from catalog.models import Dataset, DatasetVersion, ValidationRun
from committee import actions
from committee.models import Case
from governance.models import Permit
from governance.subject_ref import SubjectRef
from tests.catalog.conftest import STANDARD, adopt
from tests.committee.conftest import Board

GOOD = "order_id,city,email,amount\n1,Oslo,a@x.no,5\n2,Bergen,b@x.no,7\n3,Oslo,c@x.no,9\n"
TWICE = "order_id,city,email,amount\n1,Oslo,a@x.no,5\n1,Bergen,b@x.no,7\n3,Oslo,c@x.no,9\n"
THRICE = "order_id,city,email,amount\n1,Oslo,a@x.no,5\n1,Bergen,b@x.no,7\n1,Oslo,c@x.no,9\n"


@dataclass(frozen=True)
class Market:
    """`dave` of engineering asks; carol, sam and erin decide, xia stands in for erin."""

    board: Board
    dataset: Dataset

    def version(self, text: str = GOOD, *, checked: bool = True) -> DatasetVersion:
        run = catalog_actions.version_upload(
            actor=self.board.people.alice,
            dataset=self.dataset,
            stream=io.BytesIO(text.encode()),
            filename="orders.csv",
        )
        tasks.ingest_run(run.uid)
        run.refresh_from_db()
        assert run.version is not None, (run.reason, run.reason_detail)
        if checked:
            self.check(run.version)
        return run.version

    def check(self, version: DatasetVersion) -> ValidationRun:
        run = catalog_actions.validation_request(actor=self.board.people.alice, version=version)
        tasks.validation_run(run.uid)
        run.refresh_from_db()
        assert run.gate, run.reason
        return run

    def ask(
        self, action: str, terms: dict[str, Any], *, about: SubjectRef | None = None, **more: Any
    ) -> Case:
        given: dict[str, Any] = {
            "actor": self.board.people.dave,
            "purpose": "returns",
            "team": self.board.engineering,
        }
        ref = about or SubjectRef("dataset", self.dataset.uid)
        return actions.case_open(action=action, subject=ref, terms=terms, **(given | more))

    def approve(self, case: Case) -> Permit:
        """Three votes for it; the permit that gives."""
        for name in ("carol", "bob", "sam"):
            case = actions.ballot_cast(actor=self.board.person(name), case=case, choice="approve")
            if case.state == "closed":
                break
        return Permit.objects.get(case_id=case.number)


def make_market(board: Board) -> Market:
    people = board.people
    adopt(people.carol, "orders", STANDARD)
    source = catalog_actions.source_register(
        actor=people.dave, name="web-shop", title="Web shop", title_zh="网店"
    )
    dataset = catalog_actions.dataset_register(
        actor=people.dave,
        name="orders",
        title="Orders",
        title_zh="订单",
        source=source,
        level=2,
        domain="retail",
        owner=people.erin,
        steward=people.alice,
        standard_name="orders",
        object_name="orders",
    )
    return Market(board, dataset)
