"""Make the sample company's files: nine CSV tables and the manifest of what was planted in them."""

from pathlib import Path

import numpy as np

from demo.sample.catalogue import ITEM_COLUMNS, QUERY_COLUMNS, Query, make_items, make_queries
from demo.sample.defects import plant
from demo.sample.journeys import make_exposures, make_users
from demo.sample.judgements import LABEL_NOISE, make_labels
from demo.sample.messages import make_messages
from demo.sample.tables import SampleManifest, Table

ITEMS, QUERIES, USERS, EXPOSURES, LABELS_PER_QUERY, MESSAGES = 2_000, 600, 1_200, 4_000, 10, 1_600


def generate(folder: Path, *, seed: int = 7, scale: float = 1.0) -> SampleManifest:
    """Write the tables as UTF-8 CSV and `manifest.json` into `folder`, and return the manifest.

    The same seed and scale give the same bytes. Raises ValueError for a scale outside 0.2 to 3: above it the
    vocabulary has no more different queries, below it the tables are too small to learn from.
    """
    if not 0.2 <= scale <= 3:
        raise ValueError(f"scale {scale} is outside 0.2 to 3")
    tables = make_tables(seed, scale)
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        table.write(folder)
    manifest = SampleManifest(
        seed,
        scale,
        {table.name: len(table.rows) for table in tables},
        tuple(defect for table in tables for defect in table.defects),
        LABEL_NOISE,
    )
    (folder / "manifest.json").write_text(manifest.to_json() + "\n", encoding="utf-8")
    return manifest


def make_tables(seed: int, scale: float) -> list[Table]:
    """All tables, defects planted. Each part draws from a stream of its own: one grows, the others stay."""
    goods, people, shown, judged, written, spoiled = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(6)
    )
    items = make_items(goods, round(ITEMS * scale))
    queries = make_queries(goods, round(QUERIES * scale))
    users, tastes = make_users(people, round(USERS * scale))
    made = [
        users,
        Table("items", ITEM_COLUMNS, [item.row(_day(goods)) for item in items]),
        _query_table(goods, queries),
        *make_exposures(shown, tastes, queries, items, round(EXPOSURES * scale)),
        *make_labels(judged, queries, items, LABELS_PER_QUERY),
        *make_messages(written, len(users.rows), round(MESSAGES * scale)),
    ]
    plant(spoiled, {table.name: table for table in made}, scale)
    return made


def _query_table(rng: np.random.Generator, queries: list[Query]) -> Table:
    locales = ("zh-CN", "en-GB")
    rows = [query.row(locales[int(rng.integers(2))], _day(rng)) for query in queries]
    return Table("queries", QUERY_COLUMNS, rows)


def _day(rng: np.random.Generator) -> str:
    return f"2026-{int(rng.integers(1, 5)):02d}-{int(rng.integers(1, 29)):02d}"
