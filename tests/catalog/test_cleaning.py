"""A cleaning run makes a version and a quarantine: rows in = rows out + quarantined, nothing is lost."""

from __future__ import annotations

import pytest

from catalog import actions, exceptions, reading, selectors, tasks
from catalog.models import CleaningRun, DatasetVersion, LineageEdge, Quarantine, RecipeVersion
from catalog.paths import quarantine_path
from governance.choices import JobState
from governance.models import LedgerEntry
from tests.catalog.conftest import BAD, Shop

RECIPE = """\
recipe: v1
id: orders
version: 1.0.0
steps:
  - {id: tidy, kind: trim, columns: [city]}
  - {id: twice, kind: dedupe_by_key, key: [order_id], keep: first}
  - {id: not-a-number, kind: drop_rows, rule: amount.dtype, reason: amount is no number}
"""


def recipe(shop: Shop, text: str = RECIPE, name: str = "orders") -> RecipeVersion:
    return actions.recipe_draft(
        actor=shop.people.dave, name=name, title="Orders, tidied", title_zh="订单清洗", document=text.encode()
    )


def clean(shop: Shop, version: DatasetVersion, held: RecipeVersion) -> CleaningRun:
    run = actions.cleaning_request(actor=shop.people.alice, version=version, recipe_version=held)
    tasks.cleaning_run(run.uid)
    run.refresh_from_db()
    return run


def test_a_run_makes_the_next_version_a_quarantine_and_an_edge(shop: Shop) -> None:
    version = shop.version(BAD)
    run = clean(shop, version, recipe(shop))
    assert run.state == JobState.SUCCEEDED, (run.reason, run.reason_detail)
    assert (run.rows_in, run.rows_out, run.rows_quarantined) == (3, 1, 2)
    assert run.output is not None
    assert (run.output.number, run.output.rows) == (2, 1)
    held = Quarantine.objects.get(run=run)
    assert (held.rows, held.reasons) == (2, {"twice": 1, "not-a-number": 1})
    assert quarantine_path(held).is_file()
    assert LineageEdge.objects.filter(from_id=version.uid, to_id=run.output.uid, by_id=run.uid).exists()
    assert [ref.id for ref in selectors.impact(version.uid)] == [run.output.uid]
    entry = LedgerEntry.objects.get(type="cleaning.finished")
    assert '"rows_in":3' in entry.data


def test_the_cleaned_version_passes_its_standard(shop: Shop) -> None:
    run = clean(shop, shop.version(BAD), recipe(shop))
    assert run.output is not None
    check = actions.validation_request(actor=shop.people.alice, version=run.output)
    tasks.validation_run(check.uid)
    assert selectors.gate_of(run.output.uid).state == "open"


def test_the_same_recipe_on_the_same_bytes_gives_the_same_digest(shop: Shop) -> None:
    version, held = shop.version(BAD), recipe(shop)
    first, second = clean(shop, version, held), clean(shop, version, held)
    assert first.output is not None
    assert second.output is not None
    assert first.output.digest == second.output.digest
    assert first.output.number != second.output.number


def test_an_unbalanced_report_publishes_nothing(shop: Shop) -> None:
    from catalog.processing.stored import CleanedRows, StoredVersion
    from catalog.services.recipes import cleaning_store

    run = actions.cleaning_request(
        actor=shop.people.alice, version=shop.version(BAD), recipe_version=recipe(shop)
    )
    stored = StoredVersion("datasets/x/y", "sha256:" + "0" * 64, 1, 10, {})
    lost = CleanedRows(3, 1, 1, [], "quarantine/x.parquet", "sha256:" + "0" * 64)
    with pytest.raises(exceptions.RowsUnbalanced):
        cleaning_store(run=run, stored=stored, cleaned=lost)
    assert not Quarantine.objects.exists()
    assert DatasetVersion.objects.count() == 1


def test_a_recipe_that_names_no_column_fails_with_a_code(shop: Shop) -> None:
    text = RECIPE.replace("columns: [city]", "columns: [nowhere]")
    run = clean(shop, shop.version(BAD), recipe(shop, text))
    assert (run.state, run.reason) == (JobState.FAILED, "unknown_column")
    assert exceptions.words_of(run.reason) != run.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "recipe: v2\n",
        "recipe: v1\nid: a\nversion: 1\nsteps: []\n",
        "recipe: v1\nsteps: [{kind: explode}]\n",
        "a: [",
    ],
)
def test_a_faulty_recipe_is_refused_and_not_stored(shop: Shop, text: str) -> None:
    with pytest.raises(exceptions.RecipeInvalid):
        recipe(shop, text)
    assert not RecipeVersion.objects.exists()


def test_a_version_of_a_recipe_is_written_once(shop: Shop) -> None:
    recipe(shop)
    with pytest.raises(exceptions.NameTaken):
        recipe(shop)


def test_strangers_neither_write_recipes_nor_clean(shop: Shop) -> None:
    version, held = shop.version(BAD), recipe(shop)
    with pytest.raises(exceptions.NotPermitted):
        actions.recipe_draft(actor=shop.people.mallory, name="x", title="x", document=RECIPE.encode())
    for person in (shop.people.mallory, shop.people.dave, shop.people.carol):
        with pytest.raises(exceptions.NotPermitted):
            actions.cleaning_request(actor=person, version=version, recipe_version=held)


def test_quarantined_rows_are_shown_masked_and_by_step(shop: Shop) -> None:
    run = clean(shop, shop.version(BAD), recipe(shop))
    held = Quarantine.objects.select_related("run", "version__dataset").get(run=run)
    rows = reading.quarantine_rows(actor=shop.people.alice, quarantine=held, purpose="quality_check")
    assert "email" in rows.masked
    assert "b@x.no" not in str(rows.rows)
    assert len(rows.rows) == 2
    one = reading.quarantine_rows(
        actor=shop.people.alice, quarantine=held, purpose="quality_check", step="not-a-number"
    )
    assert [row[0] for row in one.rows] == ["3"]


def test_a_masked_cell_opens_for_the_steward_only_and_is_in_the_ledger(shop: Shop) -> None:
    run = clean(shop, shop.version(BAD), recipe(shop))
    held = Quarantine.objects.select_related("run", "version__dataset").get(run=run)
    value = reading.quarantine_cell(
        actor=shop.people.alice, quarantine=held, purpose="incident", row=2, column="email"
    )
    assert value == "b@x.no"
    assert LedgerEntry.objects.filter(type="cell.opened", subject_id=run.uid).count() == 1
    for person in (shop.people.mallory, shop.people.carol):
        with pytest.raises(exceptions.CellHidden):
            reading.quarantine_cell(actor=person, quarantine=held, purpose="incident", row=2, column="email")
    assert LedgerEntry.objects.filter(type="cell.open", accepted=False).count() == 2
