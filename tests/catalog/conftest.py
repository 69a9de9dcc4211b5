"""A small company with one dataset of people's orders under a standard in force, and a lake of its own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog import actions, tasks
from catalog.models import Dataset, DatasetVersion, IngestRun, Source
from governance.models import StandardVersion, User
from governance.services import standards
from tests.people import People, make_people

STANDARD = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: string, required: true, primaryKey: true}
      - {name: city, logicalType: string, classification: internal}
      - {name: email, logicalType: string, classification: restricted}
      - name: amount
        logicalType: integer
        logicalTypeOptions: {minimum: 0}
"""
GOOD = "order_id,city,email,amount\n1,Oslo,a@x.no,5\n2,Bergen,b@x.no,7\n3,Oslo,c@x.no,9\n"
BAD = "order_id,city,email,amount\n1,Oslo,a@x.no,5\n1,Bergen,b@x.no,-7\n3,Oslo,c@x.no,ten\n"


@pytest.fixture(autouse=True)
def own_lake(tmp_path: Path, settings: object) -> None:
    """Every test writes its own lake and uploads; nothing is sent to a broker."""
    settings.GAVEL_LAKE = (tmp_path / "lake").as_uri()  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = tmp_path / "uploads"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Task name and uid of every message that would have been sent."""
    found: list[tuple[str, str]] = []
    for task in (tasks.ingest_run, tasks.validation_run, tasks.cleaning_run, tasks.derivation_run):
        monkeypatch.setattr(task, "delay", lambda uid, name=task.name: found.append((name, uid)))

        def again(args: tuple[str], *, expires: int, name: str = task.name) -> None:
            """What a sweep sends is dropped before the next sweep."""
            assert 0 < expires <= 60
            found.append((name, args[0]))

        monkeypatch.setattr(task, "apply_async", again)
    return found


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@dataclass(frozen=True)
class Shop:
    """A dataset `orders` owned by erin, cared for by alice, under the standard `orders` in force."""

    people: People
    source: Source
    dataset: Dataset
    law: StandardVersion

    def upload(self, text: str | bytes, name: str = "orders.csv", *, actor: User | None = None) -> IngestRun:
        raw = text.encode() if isinstance(text, str) else text
        return actions.version_upload(
            actor=actor or self.people.alice, dataset=self.dataset, stream=io.BytesIO(raw), filename=name
        )

    def version(self, text: str | bytes = GOOD, name: str = "orders.csv") -> DatasetVersion:
        run = self.upload(text, name)
        tasks.ingest_run(run.uid)
        run.refresh_from_db()
        assert run.version is not None, (run.reason, run.reason_detail)
        return run.version


def adopt(owner: User, name: str, document: str) -> StandardVersion:
    """A standard in force, as if the committee had adopted it."""
    from governance.actions import read_document

    text = read_document(document.encode())
    standard = standards.standard_create(actor=owner, name=name, title=name.title(), title_zh="", owner=owner)
    law = standards.standard_version_create(
        actor=owner,
        standard=standard,
        version=text.version,
        document=document.encode(),
        digest=text.digest,
        rules=text.rules,
        compiled=text.facts(),
    )
    standards.standard_version_propose(actor=owner, version=law)
    standards.standard_version_adopt(actor=owner, version=law, permit_uid="")
    law.refresh_from_db()
    return law


@pytest.fixture
def shop(people: People) -> Shop:
    law = adopt(people.carol, "orders", STANDARD)
    source = actions.source_register(actor=people.dave, name="web-shop", title="Web shop", title_zh="网店")
    dataset = actions.dataset_register(
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
    return Shop(people, source, dataset, law)
