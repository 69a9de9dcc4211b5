"""Numbers, dates and lengths of time as the look words them, in the language of the reader.

Source of every format: the look's "Wording" section (grouping by comma, minus sign U+2212,
``0.712 to 0.750``, ``Thu 26 Nov 2026`` and ``2026 年 11 月 26 日（周四）``).
"""

import math
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext

MINUS = "\u2212"
ELLIPSIS = "…"
_WEEKDAYS_ZH = "一二三四五六日"
_STEPS_EN = ((1e9, "B"), (1e6, "M"), (1e4, "k"))
_STEPS_ZH = ((1e8, "亿"), (1e4, "万"))
Number = float | int


def reads_chinese() -> bool:
    """True when the active language is a Chinese one."""
    return (get_language() or "").startswith("zh")


def number(value: Any, decimals: int | None = None, *, signed: bool = False) -> str:
    """Group thousands: ``412,806``, ``−0.006``, ``+0.024``. None and NaN read "none".

    Without ``decimals`` up to three are shown, as many as the value has.
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return pgettext("no value", "none")
    text = f"{abs(value):,.{3 if decimals is None else decimals}f}"
    if decimals is None:
        text = text.rstrip("0").removesuffix(".")
    # A value that rounds to zero carries no sign.
    shows_zero = not any(digit in text for digit in "123456789")
    sign = "" if shows_zero else MINUS if value < 0 else "+" if signed else ""
    return sign + text


def compact(value: Number) -> str:
    """Short form for tight places: ``8.1 M``, ``810 万``; below 10,000 the whole number."""
    zh = reads_chinese()
    for step, letter in _STEPS_ZH if zh else _STEPS_EN:
        if abs(value) >= step:
            return f"{_trim(value / step)} {letter}".replace("-", MINUS)
    return number(value)


def _trim(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def interval(low: Number, high: Number, decimals: int = 3, *, signed: bool = False) -> str:
    """``0.712 to 0.750``, ``0.712 至 0.750``."""
    return gettext("%(low)s to %(high)s") % {
        "low": number(low, decimals, signed=signed),
        "high": number(high, decimals, signed=signed),
    }


def share(part: Number | None, whole: Number = 1, decimals: int = 1) -> str:
    """Percentage of ``part`` in ``whole``: ``43.1%``. A small count never reads 0% nor a near miss 100%."""
    if part is None or not whole:
        return pgettext("no value", "none")
    percent = 100 * part / whole
    smallest = 10**-decimals
    if 0 < percent < smallest:
        return f"<{smallest:.{decimals}f}%"
    if 100 - smallest < percent < 100:
        return f">{100 - smallest:.{decimals}f}%"
    if percent == int(percent):
        return f"{int(percent)}%"
    return f"{number(percent, decimals)}%"


def filesize(count: Number) -> str:
    """Bytes in binary units: ``4.8 MiB``."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{_trim(size)} {unit}"
        size /= 1024
    return f"{_trim(size)} TiB"


def duration(seconds: Number) -> str:
    """Length of time: ``42 s``, ``34 min``, ``3 h 20 min``, ``5 days``."""
    whole = round(seconds)
    if whole < 60:
        return gettext("%(count)s s") % {"count": _trim(seconds) if seconds < 10 else whole}
    minutes = whole // 60
    if minutes < 60:
        return gettext("%(count)s min") % {"count": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        text = gettext("%(count)s h") % {"count": hours}
        return f"{text} {gettext('%(count)s min') % {'count': rest}}" if rest else text
    days = hours // 24
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def local(value: date | datetime) -> date | datetime:
    """Aware moments in the reader's time zone; dates and naive moments as they are."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def day(value: date) -> str:
    """``Thu 26 Nov 2026``, ``2026 年 11 月 26 日（周四）``."""
    if reads_chinese():
        return f"{value.year} 年 {value.month} 月 {value.day} 日（周{_WEEKDAYS_ZH[value.weekday()]}）"
    return date_format(value, "D j M Y")


def moment(value: datetime) -> str:
    """``Thu 26 Nov 2026, 18:00``, ``2026 年 11 月 26 日（周四）18:00``."""
    joint = "" if reads_chinese() else ", "
    return f"{day(value)}{joint}{value:%H:%M}"


def short_moment(value: datetime) -> str:
    """Ledger form, year left out within the current year: ``Thu 26 Nov 18:00``, ``11-26 周四 18:00``."""
    other_year = value.year != timezone.localdate().year
    if reads_chinese():
        head = f"{value:%Y-%m-%d}" if other_year else f"{value:%m-%d}"
        return f"{head} 周{_WEEKDAYS_ZH[value.weekday()]} {value:%H:%M}"
    return f"{date_format(value, 'D j M Y' if other_year else 'D j M')} {value:%H:%M}"


def short_day(value: date) -> str:
    """``26 Nov 2026``, ``2026-11-26``."""
    return f"{value:%Y-%m-%d}" if reads_chinese() else date_format(value, "j M Y")


def ago(value: datetime, now: datetime | None = None) -> str:
    """Relative time for a "Changed" column: ``12 min ago``, ``4 days ago``; a date after 60 days."""
    seconds = ((now or timezone.now()) - value).total_seconds()
    if seconds < 0:
        return short_day(local(value))
    if seconds < 60:
        return gettext("just now")
    for limit, size, one, many in (
        (3600, 60, "%(count)s minute ago", "%(count)s minutes ago"),
        (86_400, 3600, "%(count)s hour ago", "%(count)s hours ago"),
        (60 * 86_400, 86_400, "%(count)s day ago", "%(count)s days ago"),
    ):
        if seconds < limit:
            count = int(seconds // size)
            return ngettext(one, many, count) % {"count": count}
    return short_day(local(value))


def short_hash(digest: str) -> str:
    """First and last four characters, as the look shows hashes in lists. A prefix ``sha256:`` is left out."""
    bare = digest.rsplit(":", 1)[-1]
    return bare if len(bare) <= 9 else f"{bare[:4]}{ELLIPSIS}{bare[-4:]}"


def initials(name: str) -> str:
    """Two letters for an avatar; for a Chinese name its first character."""
    words = name.split()
    if not words:
        return "?"
    first = words[0]
    if "\u4e00" <= first[0] <= "\u9fff":
        return first[0]
    return (first[0] + (words[-1][0] if len(words) > 1 else "")).upper()
