"""Relevance labels: judged query-item pairs, split by query: the test asks what training never saw."""

import numpy as np

from demo.sample.catalogue import Item, Query
from demo.sample.tables import Row, Table

LABEL_COLUMNS = (
    "label_id", "query_id", "item_id", "query_text", "item_text", "query_text_zh", "item_text_zh",
    "grade", "label", "annotator", "judged_on",
)  # fmt: skip

# Careful annotators err too: this share of the grades is moved by one step. No planted defect, only honesty.
LABEL_NOISE = 0.03
TEST_SHARE = 0.3
ANNOTATORS = ("A01", "A02", "A03", "A04", "A05")


def candidates(rng: np.random.Generator, query: Query, items: list[Item], count: int) -> list[Item]:
    """`count` different items: half of the right kind, a fifth near it, the rest anything else."""
    right = [item for item in items if item.kind is query.kind]
    near = [item for item in items if item.kind is not query.kind and item.kind.group == query.kind.group]
    far = [item for item in items if item.kind.group != query.kind.group]
    want_right, want_near = count // 2, count // 5
    pools = ((right, want_right), (near, want_near), (far, count - want_right - want_near))
    found: list[Item] = []
    for pool, wanted in pools:
        chosen = rng.choice(len(pool), size=min(wanted, len(pool)), replace=False)
        found.extend(pool[int(index)] for index in chosen)
    return found


def make_labels(
    rng: np.random.Generator, queries: list[Query], items: list[Item], per_query: int
) -> tuple[Table, Table]:
    """Training and test labels. The last TEST_SHARE of the queries are the test's alone."""
    first_test = round(len(queries) * (1 - TEST_SHARE))
    train = _judge(rng, "relevance_labels_train", queries[:first_test], items, per_query)
    test = _judge(rng, "relevance_labels_test", queries[first_test:], items, per_query)
    return train, test


def _judge(
    rng: np.random.Generator, name: str, queries: list[Query], items: list[Item], per_query: int
) -> Table:
    part = "T" if name.endswith("test") else "L"
    rows: list[Row] = []
    for query in queries:
        for item in candidates(rng, query, items, per_query):
            grade = query.grade(item)
            if rng.random() < LABEL_NOISE:
                grade = grade - 1 if grade > 0 else 1
            rows.append(_row(f"{part}{len(rows) + 1:05d}", query, item, grade, rng))
    return Table(name, LABEL_COLUMNS, rows)


def _row(label_id: str, query: Query, item: Item, grade: int, rng: np.random.Generator) -> Row:
    return {
        "label_id": label_id,
        "query_id": query.query_id,
        "item_id": item.item_id,
        "query_text": query.text_en,
        "item_text": item.title_en,
        "query_text_zh": query.text_zh,
        "item_text_zh": item.title_zh,
        "grade": str(grade),
        "label": "1" if grade >= 2 else "0",
        "annotator": ANNOTATORS[int(rng.integers(len(ANNOTATORS)))],
        "judged_on": f"2026-05-{int(rng.integers(1, 29)):02d}",
    }
