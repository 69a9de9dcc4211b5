"""Access permits on the read path: their columns and purpose hold, each use and refusal is on the permit."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import actions, exceptions, reading, selectors
from catalog.models import Dataset, DatasetVersion
from governance import exceptions as errors
from governance.models import AccessRule, LedgerEntry, Permit, PermitUse, User
from governance.services.decisions import permit_event_record, permit_issue
from governance.subject_ref import SubjectRef
from governance.subjects import verify_permit_uses
from tests.catalog.conftest import GOOD, Shop


@pytest.fixture
def version(shop: Shop) -> DatasetVersion:
    made = shop.version()
    AccessRule.objects.create(action="read", min_level=2)
    AccessRule.objects.create(action="export", min_level=2)
    Dataset.objects.update(level=1)
    shop.dataset.refresh_from_db()
    return made


def grant(
    shop: Shop,
    holder: User,
    *,
    columns: list[str],
    action: str = "read",
    purpose: str = "returns",
    again: str = "",
) -> Permit:
    """A permit about the dataset as it is now; `again`: what a recertified one lets one do."""
    now = timezone.now()
    terms = {"columns": columns} | ({"action": again, "of": "x"} if again else {})
    return permit_issue(
        kind="decision",
        decision=None,
        case_id=f"case-{Permit.objects.count()}",
        subject=SubjectRef("dataset", shop.dataset.uid, selectors.contract_digest(shop.dataset)),
        action=action,
        purpose=purpose,
        holder=f"user:{holder.uid}",
        terms=terms,
        conditions=[],
        valid_from=now - dt.timedelta(hours=1),
        valid_until=now + dt.timedelta(hours=1),
    )


def cell(actor: User, version: DatasetVersion, column: str, purpose: str = "returns") -> str | None:
    return reading.version_cell(actor=actor, version=version, purpose=purpose, row=1, column=column)


def uses(permit: Permit) -> list[tuple[str, str, str]]:
    return list(permit.uses.order_by("id").values_list("kind", "job_kind", "code"))


def test_a_permit_for_one_column_opens_only_that_and_says_so(shop: Shop, version: DatasetVersion) -> None:
    mallory = shop.people.mallory
    held = grant(shop, mallory, columns=["email"])
    assert cell(mallory, version, "email") == "a@x.no"
    with pytest.raises(errors.PermitColumnsExceeded):
        cell(mallory, version, "city")
    assert uses(held) == [("settled", "cell", ""), ("refused", "", "permit_columns")]
    assert LedgerEntry.objects.filter(type="permit.settled").count() == 1
    assert list(verify_permit_uses()) == []


def test_the_purpose_is_that_of_the_permit(shop: Shop, version: DatasetVersion) -> None:
    mallory = shop.people.mallory
    held = grant(shop, mallory, columns=["*"])
    with pytest.raises(errors.PermitPurposeMismatch):
        cell(mallory, version, "email", purpose="incident")
    with pytest.raises(exceptions.InvalidInput):
        cell(mallory, version, "email", purpose="curiosity")
    assert uses(held) == [("refused", "", "permit_purpose")]


def test_an_ended_permit_opens_nothing_and_the_refusal_is_noted(shop: Shop, version: DatasetVersion) -> None:
    mallory = shop.people.mallory
    held = grant(shop, mallory, columns=["*"])
    permit_event_record(permit=held, kind="revoked", at=timezone.now(), by=None)
    with pytest.raises(errors.PermitRefused):
        cell(mallory, version, "email", purpose="incident")
    assert uses(held)[0][0] == "refused"


def test_a_changed_contract_takes_the_permit_away(shop: Shop, version: DatasetVersion) -> None:
    mallory = shop.people.mallory
    grant(shop, mallory, columns=["*"])
    assert cell(mallory, shop.version(GOOD.replace("Oslo", "Vadsø")), "city") == "Vadsø"  # the same contract
    actions.dataset_change(actor=shop.people.carol, dataset=shop.dataset, level=2)
    with pytest.raises(errors.PermitDigestMismatch):
        cell(mallory, version, "email", purpose="incident")


def test_that_others_hold_a_permit_is_not_told(shop: Shop, version: DatasetVersion) -> None:
    grant(shop, shop.people.dave, columns=["*"])
    with pytest.raises(exceptions.CellHidden):
        cell(shop.people.mallory, version, "email", purpose="incident")


def test_rows_are_unmasked_for_the_columns_and_the_purpose_of_the_permit(
    shop: Shop, version: DatasetVersion
) -> None:
    mallory = shop.people.mallory
    held = grant(shop, mallory, columns=["email"])
    masked = reading.version_rows(actor=mallory, version=version, purpose="quality_check")
    assert masked.masked == ("email",)
    opened = reading.version_rows(actor=mallory, version=version, purpose="returns")
    assert opened.masked == ()
    assert opened.rows[0] == ("1", "1", "Oslo", "a@x.no", "5")
    assert uses(held) == [("settled", "rows", "")]


def test_an_export_takes_a_permit_even_from_the_owner(shop: Shop, version: DatasetVersion) -> None:
    ask: dict[str, Any] = {"version": version, "columns": ["city", "email"], "rows": 2}
    with pytest.raises(errors.PermitRefused):
        reading.version_export(actor=shop.people.erin, purpose="approval", **ask)
    held = grant(shop, shop.people.erin, columns=["city", "email"], action="export")
    with reading.version_export(actor=shop.people.erin, purpose="returns", **ask) as file:
        rows = list(csv.reader(io.TextIOWrapper(file, "utf-8")))
    assert rows == [["city", "email"], ["Oslo", "a@x.no"], ["Bergen", "b@x.no"]]
    with pytest.raises(errors.PermitColumnsExceeded):
        reading.version_export(actor=shop.people.erin, purpose="returns", **ask | {"columns": ["*"]})
    assert uses(held) == [("settled", "export", ""), ("refused", "", "permit_columns")]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"rows": 0}, exceptions.InvalidInput),
        ({"rows": 10**9}, exceptions.InvalidInput),
        ({"columns": []}, exceptions.InvalidInput),
        ({"columns": ["nothing"]}, exceptions.NotFound),
        ({"purpose": "curiosity"}, exceptions.InvalidInput),
    ],
)
def test_a_bad_export_is_refused_and_no_use_is_written(
    shop: Shop, version: DatasetVersion, change: dict[str, Any], error: type[Exception]
) -> None:
    grant(shop, shop.people.mallory, columns=["*"], action="export")
    ask: dict[str, Any] = {"purpose": "returns", "columns": ["city"], "rows": 2}
    with pytest.raises(error):
        reading.version_export(actor=shop.people.mallory, version=version, **ask | change)
    assert not PermitUse.objects.exists()


def test_the_page_offers_the_permitted_purpose_and_sends_the_file(
    shop: Shop, version: DatasetVersion
) -> None:
    mallory, client = shop.people.mallory, Client()
    client.force_login(mallory)
    grant(shop, mallory, columns=["city"], action="export", purpose="campaign")
    grant(shop, mallory, columns=["email"], purpose="returns")
    page = client.get(version.get_absolute_url()).content.decode()
    assert "Permitted: returns" in page
    assert "Permitted: campaign" in page
    url = reverse("catalog:version_export", args=[version.uid])
    sent = client.post(url, {"purpose": "campaign", "columns": "city", "rows": 1})
    assert b"".join(sent.streaming_content) == b"city\nOslo\n"  # type: ignore[attr-defined]
    assert client.post(url, {"purpose": "campaign", "columns": "email", "rows": 1}).status_code == 403
    assert client.post(url, {"purpose": "campaign", "columns": "", "rows": 0}).status_code == 400
    opened = client.post(
        reverse("catalog:version_cell", args=[version.uid]),
        {"purpose": "returns", "row": 1, "column": "email"},
    )
    assert "a@x.no" in opened.content.decode()


def test_a_program_exports_under_the_same_right(shop: Shop, version: DatasetVersion) -> None:
    mallory, client = shop.people.mallory, Client()
    client.force_login(mallory)
    url = f"/api/v1/dataset-versions/{version.uid}/export"
    ask = {"purpose": "campaign", "columns": ["city"], "rows": 1}
    assert client.post(url, ask, content_type="application/json").status_code in {400, 403}
    grant(shop, mallory, columns=["city"], action="export", purpose="campaign")
    sent = client.post(url, ask, content_type="application/json")
    assert b"".join(sent.streaming_content) == b"city\nOslo\n"  # type: ignore[attr-defined]


def test_a_recertified_permit_opens_as_the_old_one_did(shop: Shop, version: DatasetVersion) -> None:
    mallory = shop.people.mallory
    held = grant(shop, mallory, columns=["email"], action="recertify", again="read")
    assert cell(mallory, version, "email") == "a@x.no"
    assert uses(held) == [("settled", "cell", "")]
