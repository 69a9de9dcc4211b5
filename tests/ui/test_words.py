"""Numbers, dates and lengths of time in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from ui import words

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "text"),
    [
        (412806, None, False, "412,806"),
        (96.4, None, False, "96.4"),
        (-0.006, 3, True, "−0.006"),
        (0.024, 3, True, "+0.024"),
        (-0.0001, 3, True, "0.000"),
        (100, None, False, "100"),
        (None, None, False, "none"),
        (float("nan"), None, False, "none"),
    ],
)
def test_numbers_are_grouped_and_signed(value: float, decimals: int | None, signed: bool, text: str) -> None:
    assert words.number(value, decimals, signed=signed) == text


def test_a_rare_failure_never_reads_zero_nor_a_near_miss_hundred_percent() -> None:
    assert words.share(1, 1_000_000) == "<0.1%"
    assert words.share(999_999, 1_000_000) == ">99.9%"
    assert words.share(0, 10) == "0%"
    assert words.share(10, 10) == "100%"
    assert words.share(431, 1000) == "43.1%"
    assert words.share(1, 0) == "none"


def test_dates_follow_the_look() -> None:
    at = datetime(2026, 11, 26, 18, 0)  # noqa: DTZ001 - already the reader's wall clock
    assert words.day(DAY) == "Thu 26 Nov 2026"
    assert words.moment(at) == "Thu 26 Nov 2026, 18:00"
    with translation.override("zh-hans"):
        assert words.day(DAY) == "2026 年 11 月 26 日（周四）"
        assert words.moment(at) == "2026 年 11 月 26 日（周四）18:00"
        assert words.interval(0.712, 0.75) == "0.712 至 0.750"
        assert words.compact(8_102_440) == "810.2 万"


def test_relative_time_ends_after_two_months() -> None:
    now = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    assert words.ago(now - timedelta(seconds=5), now) == "just now"
    assert words.ago(now - timedelta(minutes=1), now) == "1 minute ago"
    assert words.ago(now - timedelta(days=4), now) == "4 days ago"
    assert words.ago(now - timedelta(days=90), now) == "28 Aug 2026"
    with translation.override("zh-hans"):
        assert words.ago(now - timedelta(hours=3), now) == "3 小时前"


def test_lengths_of_time_and_sizes() -> None:
    assert words.duration(42) == "42 s"
    assert words.duration(34 * 60) == "34 min"
    assert words.duration(12_000) == "3 h 20 min"
    assert words.duration(5 * 86_400) == "5 days"
    assert words.filesize(4_823_449) == "4.6 MiB"


def test_hashes_show_four_and_four() -> None:
    assert words.short_hash("sha256:" + "9f3c" + "0" * 56 + "a71e") == "9f3c…a71e"
    assert words.short_hash("f1d2e86") == "f1d2e86"


def test_initials_in_both_scripts() -> None:
    assert words.initials("Wu Qing") == "WQ"
    assert words.initials("吴青") == "吴"
    assert words.initials("") == "?"
