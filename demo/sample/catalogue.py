"""Items of the shop and the queries its customers type, with the truth about which answers which."""

from dataclasses import dataclass

import numpy as np

from demo.sample.tables import Row
from demo.sample.vocabulary import ATTRIBUTES, BRANDS, COLOURS, PRODUCT_TYPES, Attribute, ProductType

# Few titles name the kind of product; the others say it by the series alone, as many real catalogues do.
SHARE_WITH_TYPE_IN_TITLE = 0.3

ITEM_COLUMNS = (
    "item_id", "title_en", "title_zh", "category", "product_type", "brand", "price", "currency", "listed_on"
)  # fmt: skip
QUERY_COLUMNS = ("query_id", "text_en", "text_zh", "locale", "first_seen")


@dataclass(frozen=True)
class Item:
    """One product on sale. `attributes` are what its title states by made-up marks."""

    item_id: str
    kind: ProductType
    brand: str
    attributes: tuple[Attribute, ...]
    title_en: str
    title_zh: str
    price: int

    def row(self, listed_on: str) -> Row:
        return {
            "item_id": self.item_id,
            "title_en": self.title_en,
            "title_zh": self.title_zh,
            "category": self.kind.group,
            "product_type": self.kind.code,
            "brand": self.brand,
            "price": f"{self.price}.00",
            "currency": "CNY",
            "listed_on": listed_on,
        }


@dataclass(frozen=True)
class Query:
    """What a shopper wants: a kind of product and, mostly, one more thing (an attribute or a brand)."""

    query_id: str
    kind: ProductType
    attribute: Attribute | None
    brand: str | None
    text_en: str
    text_zh: str

    def grade(self, item: Item) -> int:
        """3 exact, 2 substitute (right kind, other wish missed), 1 neighbour (same group), 0 irrelevant."""
        if item.kind is not self.kind:
            return 1 if item.kind.group == self.kind.group else 0
        has_attribute = self.attribute is None or self.attribute in item.attributes
        return 3 if has_attribute and self.brand in (None, item.brand) else 2

    def row(self, locale: str, first_seen: str) -> Row:
        return {
            "query_id": self.query_id,
            "text_en": self.text_en,
            "text_zh": self.text_zh,
            "locale": locale,
            "first_seen": first_seen,
        }


def make_items(rng: np.random.Generator, count: int) -> list[Item]:
    """`count` items, kinds in turn so that each has its share."""
    brands, colours = list(BRANDS), list(COLOURS)
    items = []
    for index in range(count):
        kind = PRODUCT_TYPES[index % len(PRODUCT_TYPES)]
        series = kind.series[int(rng.integers(len(kind.series)))]
        brand, colour = brands[int(rng.integers(len(brands)))], colours[int(rng.integers(len(colours)))]
        first, second = sorted(rng.choice(len(ATTRIBUTES), size=2, replace=False))
        attributes = (ATTRIBUTES[int(first)], ATTRIBUTES[int(second)])
        model = f"{chr(65 + int(rng.integers(26)))}{int(rng.integers(10, 990))}"
        marks = " ".join(attribute.mark for attribute in attributes)
        end_en, end_zh = "", ""
        if rng.random() < SHARE_WITH_TYPE_IN_TITLE:
            end_en, end_zh = f" {kind.names_en[0]}", f" {kind.name_zh}"
        title_en = f"{brand} {series} {model} {marks} {colour}{end_en}"
        title_zh = f"{BRANDS[brand]} {series} {model} {marks} {COLOURS[colour]}{end_zh}"
        price = int(rng.integers(kind.price[0], kind.price[1]))
        items.append(Item(f"I{index + 1:05d}", kind, brand, attributes, title_en, title_zh, price))
    return items


def make_queries(rng: np.random.Generator, count: int) -> list[Query]:
    """`count` queries whose English texts all differ. Raises ValueError when the vocabulary holds fewer."""
    wishes = _all_wishes()
    if len(wishes) < count:
        raise ValueError(f"the vocabulary makes {len(wishes)} different queries, {count} wanted")
    chosen = rng.choice(len(wishes), size=count, replace=False)
    queries = []
    for number, index in enumerate(chosen, start=1):
        kind, attribute, brand, text_en, text_zh = wishes[int(index)]
        queries.append(Query(f"Q{number:04d}", kind, attribute, brand, text_en, text_zh))
    return queries


def _all_wishes() -> list[tuple[ProductType, Attribute | None, str | None, str, str]]:
    found: list[tuple[ProductType, Attribute | None, str | None, str, str]] = []
    for kind in PRODUCT_TYPES:
        for name in kind.names_en:
            found.append((kind, None, None, name, kind.name_zh))
            for attribute in ATTRIBUTES:
                for word in attribute.words_en:
                    text = f"{name} {word}" if word.startswith("for ") else f"{word} {name}"
                    found.append((kind, attribute, None, text, f"{attribute.word_zh}{kind.name_zh}"))
            for brand, chinese in BRANDS.items():
                found.append((kind, None, brand, f"{brand} {name}", f"{chinese}{kind.name_zh}"))
    return found
