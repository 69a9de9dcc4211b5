"""The pages that look across all rooms, seen by the people every test speaks of."""

from tests.catalog.conftest import own_lake, people, sent, shop

__all__ = ["own_lake", "people", "sent", "shop"]
