"""The home page counts what is open now by index; history that grows is not walked for it."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from console import selectors
from governance.models import LedgerEntry, Permit
from tests.catalog.conftest import Shop
from tests.plans import plans

MANY = 3000


def history() -> None:
    """Years of accepted entries and of permits that ran out."""
    old = timezone.now() - dt.timedelta(days=400)
    first = LedgerEntry.objects.order_by("-seq").values_list("seq", flat=True)[0] + 1
    LedgerEntry.objects.bulk_create(
        LedgerEntry(seq=first + n, at=old.isoformat(), actor="system", type="x", subject_kind="x", data="{}")
        for n in range(MANY)
    )
    Permit.objects.bulk_create(
        Permit(
            kind="decision", case_id=f"old-{n}", subject_kind="dataset_version", subject_id=f"{n}",
            subject_digest="sha256:0", action="train", purpose="x", holder="team:x",
            valid_from=old, valid_until=old + dt.timedelta(days=30), key_id="1", signature="0",
        )
        for n in range(MANY)
    )  # fmt: skip


def test_the_scoreboard_walks_no_history(shop: Shop) -> None:
    history()
    found = plans(selectors._scoreboard)
    assert sum("governance_ledger_refused" in plan for plan in found) == 1
    assert sum("governance_permit_until" in plan for plan in found) == 1


def test_the_figures_of_a_person_walk_no_history(shop: Shop) -> None:
    history()
    found = plans(lambda: selectors._figures(shop.people.dave))
    assert any("governance_permit_until" in plan for plan in found)
