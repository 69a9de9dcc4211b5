"""Public holidays and make-up working days of mainland China, 2026 and 2027.

2026: the State Council's arrangement of November 2025, with its make-up days (Saturdays and Sundays worked).
2027: only the thirteen statutory days of the 2024 regulation, dated by the lunar calendar; bridges and
make-up days are not part of this file, a company adds them when they are announced.
"""

from datetime import date, timedelta


def _days(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]


_PERIODS = (
    ("2026-01-01", "2026-01-03"),  # New Year 元旦
    ("2026-02-15", "2026-02-23"),  # Spring Festival 春节
    ("2026-04-04", "2026-04-06"),  # Qingming 清明节
    ("2026-05-01", "2026-05-05"),  # Labour Day 劳动节
    ("2026-06-19", "2026-06-21"),  # Dragon Boat Festival 端午节
    ("2026-09-25", "2026-09-27"),  # Mid-Autumn Festival 中秋节
    ("2026-10-01", "2026-10-07"),  # National Day 国庆节
    ("2027-01-01", "2027-01-01"),
    ("2027-02-05", "2027-02-08"),
    ("2027-04-05", "2027-04-05"),
    ("2027-05-01", "2027-05-02"),
    ("2027-06-09", "2027-06-09"),
    ("2027-09-15", "2027-09-15"),
    ("2027-10-01", "2027-10-03"),
)

HOLIDAYS: tuple[str, ...] = tuple(day for first, last in _PERIODS for day in _days(first, last))
WORKDAYS: tuple[str, ...] = (
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
)  # fmt: skip
