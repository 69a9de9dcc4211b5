"""White_Space, normalisation, personal data, masking and profiles."""

from __future__ import annotations

import json
import math
import sys
import unicodedata
from datetime import date

import polars as pl
import pytest

from governance.validation.errors import EngineError
from governance.validation.masking import column_level, cut, key_part, shown_key, shown_value
from governance.validation.pii import KINDS, detect_series, kinds_in
from governance.validation.profiling import masked, profile_frame
from governance.validation.text import (
    WHITE_SPACE,
    casefold_expr,
    normalise_expr,
    normalise_text,
    parse_normalise,
)

TODAY = date(2026, 1, 15)


def test_white_space_is_the_unicode_property() -> None:
    assert "\u3000" in WHITE_SPACE
    assert "\u00a0" in WHITE_SPACE
    assert not set("\u200b\u200c\u200d\u2060\ufeff\x1c\x1f") & set(WHITE_SPACE)
    assert len(WHITE_SPACE) == len(set(WHITE_SPACE)) == 25


def test_casefold_is_pythons_for_every_letter() -> None:
    letters = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)).startswith("L") and code < 0x1_0000
    ]
    cells = pl.Series("a", [f"x{char}y" for char in letters] + ["ΟΔΟΣ", "ß", "İ"])
    folded = cells.to_frame().select(casefold_expr(pl.col("a")))["a"].to_list()
    assert folded == [cell.casefold() for cell in cells]


@pytest.mark.parametrize("steps", [["nfkc"], ["casefold", "trim"], ["nfkc", "casefold", "collapse_space"]])
def test_one_text_and_a_column_are_normalised_alike(steps: list[str]) -> None:
    texts = [" Ａ  b\u3000c ", "ﬁ ", "\u200b x", "Straße\u00a0"]
    frame = pl.DataFrame({"a": texts})
    seen = frame.select(normalise_expr(pl.col("a"), steps))["a"].to_list()
    assert seen == [normalise_text(text, steps) for text in texts]


def test_unknown_normalisers_are_refused() -> None:
    assert parse_normalise(["nfkc", "trim"]) == ("nfkc", "trim")
    with pytest.raises(EngineError):
        parse_normalise(["lower"])


FOUND: dict[str, tuple[list[str], list[str]]] = {
    "email": (
        ["mail a.b+c@x-y.example.com now", "ａ＠ｂ．ｃｎ", "x@y.co1", "<q@q.io>"],
        ["a@b", "a@b.c", "@b.com", "a b.com", "a@.com", "a@b..com"],
    ),
    "cn_mobile": (
        [
            "13812345678",
            "电话13812345678谢谢",
            "+86 138-1234-5678",
            "008613812345678",
            "86-138 1234 5678",
            "１３８１２３４５６７８",
            "9+8613812345678",
            "x13812345678y",
        ],
        ["12345678901", "138123456789", "013812345678", "138--1234-5678", "1381234567", "13812345678９"],
    ),
    "cn_resident_id": (
        ["11010519491231002X", "身份证11010519491231002x。", "１１０１０５１９４９１２３１００２Ｘ"],
        [
            "110105194912310021",
            "x11010519491231002X",
            "11010519491231002X1",
            "16010519491231002X",
            "110105194913310021",
            "110105202612310027",
        ],
    ),
    "bank_card": (
        [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "6222 0212 3456 7890 128",
            "378282246310005",
            "5555555555554444",
            "3530111333300000",
            "x4111111111111111",
            "4111 1111 1111 1111 12",
        ],
        [
            "4111111111111112",
            "04111111111111111",
            "41111111111111110",
            "4111  1111 1111 1111",
            "411111111111111",
            "9111111111111111",
            "5655555555554444",
        ],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_personal_data_is_found_and_nothing_else(kind: str) -> None:
    hits, misses = FOUND[kind]
    assert detect_series(pl.Series(hits), [kind], today=TODAY).to_list() == [True] * len(hits)
    assert detect_series(pl.Series(misses), [kind], today=TODAY).to_list() == [False] * len(misses)


def test_the_whole_value_form_takes_nothing_around() -> None:
    cells = pl.Series(["a@b.cn", "a@b.cn.", "13812345678", " 13812345678", "4111 1111 1111 1111", None])
    assert detect_series(cells, KINDS, today=TODAY, whole=True).to_list() == [
        True,
        False,
        True,
        False,
        True,
        None,
    ]


def test_a_valid_resident_id_is_no_bank_card() -> None:
    # 62 is a province and a card prefix; this one passes both checks, so it is an identity number.
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    both = []
    for number in range(200):
        head = f"62010219491231{number:03d}"
        tail = "10X98765432"[sum(int(d) * w for d, w in zip(head, weights, strict=True)) % 11]
        if tail == "X":
            continue
        doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(head + tail))]
        if sum(n - 9 * (n > 9) for n in doubled) % 10 == 0:
            both.append(head + tail)
    assert both
    assert kinds_in(both, today=TODAY) == ("cn_resident_id",)


def test_kinds_are_listed_in_order() -> None:
    assert kinds_in(["4111111111111111", "a@b.cn", "x"], today=TODAY) == ("email", "bank_card")
    assert kinds_in([], today=TODAY) == ()


@pytest.mark.parametrize(
    ("classification", "pii", "content", "level"),
    [
        (None, False, False, 2),
        (None, False, True, 3),
        (None, True, False, 3),
        ("public", False, True, 1),
        ("Internal", False, True, 2),
        ("public", True, False, 3),
        ("RESTRICTED", False, False, 4),
        (5, False, False, 5),
        ("4", False, False, 4),
        ("secret", False, False, 3),
        ("core", True, True, 5),
        ("6", False, False, 3),
    ],
)
def test_a_column_has_the_highest_of_its_levels(
    classification: object, pii: bool, content: bool, level: int
) -> None:
    assert column_level(classification=classification, pii=pii, content=content) == level


def test_masked_cells_and_keys() -> None:
    assert [shown_value(text, 3) for text in ("x", None)] == ["***", None]
    assert shown_value("中" * 300, 2) == cut("中" * 300) == "中" * 200
    assert shown_key("id-1", 3, b"k") == key_part("id-1", b"k")
    assert key_part("id-1", b"k").startswith("h:")
    assert len(key_part("id-1", b"k")) == 14
    assert key_part("id-1", b"k") != key_part("id-1", b"other")


def test_a_profile_is_plain_json_with_exact_figures() -> None:
    frame = pl.LazyFrame(
        {
            "_gavel_row": [1, 2, 3, 4],
            "n": [1.0, 2.0, math.nan, math.inf],
            "s": ["x", "yy", "x", None],
            "d": [date(2026, 1, 1)] * 4,
            "same": [7, 7, 7, 7],
            "l": [[1]] * 4,
        }
    )
    profile = profile_frame(frame)
    assert json.loads(json.dumps(profile, allow_nan=False)) == profile
    assert profile["rows"] == 4
    number, text = profile["columns"]["n"], profile["columns"]["s"]
    assert [number[k] for k in ("count", "missing", "distinct", "max", "mean")] == [3, 1, 3, "inf", 1.5]
    assert sum(number["histogram"]["counts"]) == 2
    assert profile["columns"]["same"]["histogram"] == {"edges": [7.0, 7.0], "counts": [4]}
    assert text["lengths"] == {"min": 1, "max": 2, "mean": 4 / 3}
    assert text["top"] == [{"value": "x", "count": 2}, {"value": "yy", "count": 1}]
    assert "_gavel_row" not in profile["columns"]


def test_hidden_columns_show_no_value() -> None:
    profile = masked(profile_frame(pl.LazyFrame({"s": ["secret"], "n": [42]})), ["s", "n"])
    assert "secret" not in json.dumps(profile)
    assert "42" not in json.dumps(profile)


def test_an_empty_table_has_a_profile() -> None:
    profile = profile_frame(pl.LazyFrame(schema={"n": pl.Float64, "s": pl.String}))
    assert profile["columns"]["n"]["missing_share"] == 0.0
