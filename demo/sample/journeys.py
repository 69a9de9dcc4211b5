"""Users, what was shown to them and what they clicked; clicks follow relevance, position and taste."""

from datetime import datetime, timedelta

import numpy as np

from demo.sample.catalogue import Item, Query
from demo.sample.judgements import candidates
from demo.sample.tables import Row, Table
from demo.sample.vocabulary import CITIES, GROUPS

USER_COLUMNS = (
    "user_id", "registered_on", "birth_year", "city", "language", "email", "mobile", "marketing_consent"
)  # fmt: skip
EXPOSURE_COLUMNS = ("exposure_id", "user_id", "query_id", "item_id", "position", "shown_at")
CLICK_COLUMNS = ("click_id", "exposure_id", "clicked_at", "dwell_seconds")

Taste = tuple[str, str]

PAGE = 10
FIRST_DAY = datetime(2026, 3, 1)  # noqa: DTZ001  local shop time; the standard names the zone
DAYS = 90
CLICK_BY_GRADE = (0.02, 0.06, 0.2, 0.45)


def make_users(rng: np.random.Generator, count: int) -> tuple[Table, list[Taste]]:
    """Users, and beside them their two favourite groups of goods (never written to a file)."""
    groups = list(GROUPS)
    rows: list[Row] = []
    tastes: list[Taste] = []
    for number in range(1, count + 1):
        first, second = rng.choice(len(groups), size=2, replace=False)
        tastes.append((groups[int(first)], groups[int(second)]))
        rows.append(
            {
                "user_id": f"U{number:05d}",
                "registered_on": _day(rng),
                "birth_year": str(int(rng.integers(1950, 2008))),
                "city": CITIES[int(rng.integers(len(CITIES)))],
                "language": "zh" if rng.random() < 0.7 else "en",
                "email": f"user{number:05d}@example.com",
                "mobile": f"1380000{number % 10000:04d}",
                "marketing_consent": "true" if rng.random() < 0.6 else "false",
            }
        )
    return Table("users", USER_COLUMNS, rows), tastes


def _day(rng: np.random.Generator) -> str:
    return f"{rng.integers(2018, 2026)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"


def make_exposures(
    rng: np.random.Generator, tastes: list[Taste], queries: list[Query], items: list[Item], count: int
) -> tuple[Table, Table]:
    """About `count` exposures in result pages of ten, and the clicks on them."""
    exposures: list[Row] = []
    clicks: list[Row] = []
    while len(exposures) < count:
        user = int(rng.integers(len(tastes)))
        query = queries[int(rng.integers(len(queries)))]
        shown_at = FIRST_DAY + timedelta(seconds=int(rng.integers(DAYS * 86_400)))
        page = candidates(rng, query, items, PAGE)
        for position, index in enumerate(rng.permutation(len(page)), start=1):
            item = page[int(index)]
            exposure = _exposure(len(exposures) + 1, user, query, item, position, shown_at)
            exposures.append(exposure)
            liked = 1.5 if item.kind.group in tastes[user] else 1.0
            if rng.random() < CLICK_BY_GRADE[query.grade(item)] * liked / position**0.3:
                clicks.append(_click(rng, len(clicks) + 1, exposure["exposure_id"], shown_at))
    return Table("exposures", EXPOSURE_COLUMNS, exposures), Table("clicks", CLICK_COLUMNS, clicks)


def _exposure(number: int, user: int, query: Query, item: Item, position: int, shown_at: datetime) -> Row:
    return {
        "exposure_id": f"E{number:06d}",
        "user_id": f"U{user + 1:05d}",
        "query_id": query.query_id,
        "item_id": item.item_id,
        "position": str(position),
        "shown_at": shown_at.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _click(rng: np.random.Generator, number: int, exposure_id: str, shown_at: datetime) -> Row:
    clicked_at = shown_at + timedelta(seconds=int(rng.integers(1, 120)))
    return {
        "click_id": f"C{number:06d}",
        "exposure_id": exposure_id,
        "clicked_at": clicked_at.strftime("%Y-%m-%d %H:%M:%S"),
        "dwell_seconds": str(int(rng.integers(2, 400))),
    }
