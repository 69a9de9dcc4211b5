"""Lists sort and page by address alone, and no address breaks them."""

import pytest
from django.test import RequestFactory

from tests.ui.gallery import ASSETS, TABLE, request
from ui import tables


def names(path: str) -> list[str]:
    return [row.name for row in TABLE.page(request(path), ASSETS).items]


def test_the_default_sort_applies_and_rows_without_a_value_come_last() -> None:
    assert names("/") == ["payment_tokens", "search_relevance_pairs", "click_log_daily"]
    assert names("/?page=2") == ["顾客评价"]
    assert names("/?sort=score&page=2") == ["顾客评价"]


def test_sorting_by_address() -> None:
    assert names("/?sort=-rows")[0] == "click_log_daily"
    assert names("/?sort=rows")[0] == "payment_tokens"


@pytest.mark.parametrize(
    "query", ["?sort=password", "?sort=--rows", "?sort=", "?page=abc", "?page=-1", "?page=999"]
)
def test_no_address_breaks_a_list(query: str) -> None:
    assert names("/" + query)


def test_heads_say_how_they_are_sorted_and_keep_the_filter() -> None:
    bound = TABLE.page(request("/?q=log&sort=-rows&page=2"), ASSETS)
    heads = {str(head.column.header): head for head in bound.headers()}
    assert heads["Rows"].aria_sort == "descending"
    assert heads["Rows"].url == "?q=log&sort=rows"
    assert heads["Score"].url == "?q=log&sort=-score"
    assert heads["Dataset"].url == "?q=log&sort=name"
    assert heads["Gate"].url == ""


def test_two_tables_of_one_page_have_addresses_of_their_own() -> None:
    other = tables.Table(label="x", columns=TABLE.columns, empty=TABLE.empty, per_page=1, prefix="old-")
    bound = other.page(RequestFactory().get("/?page=2&old-page=3&old-sort=rows"), ASSETS)
    assert bound.page.number == 3
    assert bound.next_url() == "?page=2&old-sort=rows&old-page=4"


def test_an_empty_list_says_why() -> None:
    html = TABLE.of([]).__html__()
    assert "No dataset fits this filter" in html
    assert "<table" not in html


def test_cells_are_escaped_and_linked() -> None:
    column = tables.Column("Name", "name", link=lambda row: "/x?a=1&b=2", sub="note")
    html = column.cell({"name": "<b>", "note": "<i>"})
    assert html == '<a href="/x?a=1&amp;b=2">&lt;b&gt;</a><span class="sub">&lt;i&gt;</span>'


def test_pages_are_presented_in_one_go() -> None:
    calls: list[int] = []

    def present(rows: list[object]) -> list[object]:
        calls.append(len(rows))
        return rows

    table = tables.Table(label="x", columns=TABLE.columns, empty=TABLE.empty, per_page=2, present=present)
    table.page(request("/"), ASSETS)
    assert calls == [2]


def test_an_unknown_cell_kind_is_refused_when_declared() -> None:
    with pytest.raises(ValueError, match="unknown cell kind"):
        tables.Column("x", "x", kind="colour")
