"""The fine-tuning part of the benchmark page says what the stored results say."""

from benchmarks.finetune import table


def test_the_page_says_what_the_stored_results_say() -> None:
    text = table.PAGE.read_text(encoding="utf-8")
    _, _, rest = text.partition(table.BEGIN)
    shown, _, _ = rest.partition(table.END)
    assert shown.strip() == table.tables().strip(), "run: python -m benchmarks.finetune.table --write"
