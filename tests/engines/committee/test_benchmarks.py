"""The committee part of the benchmark page says what the stored results say."""

from benchmarks.committee import table


def test_the_page_says_what_the_stored_results_say() -> None:
    text = table.PAGE.read_text()
    assert table.page(text, *table.stored()) == text, "run: python -m benchmarks.committee.table --write"
