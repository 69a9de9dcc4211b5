"""Date and time text: JDK format letters and the ISO default grammar (standard-rules §2.4).

A format becomes one pattern with the groups y M d H m s f z, valid in both Rust's and Python's pattern
language, so that cells (polars) and values in standards (Python) are read by the same grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl

from governance.validation.errors import EngineError, invalid

ZONE = r"Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]"

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z'])", re.DOTALL)
_LETTERS = {
    "yyyy": "(?P<y>[0-9]{4})",
    "MM": "(?P<M>[0-9]{2})",
    "M": "(?P<M>[0-9]{1,2})",
    "dd": "(?P<d>[0-9]{2})",
    "d": "(?P<d>[0-9]{1,2})",
    "HH": "(?P<H>[0-9]{2})",
    "H": "(?P<H>[0-9]{1,2})",
    "mm": "(?P<m>[0-5][0-9])",
    "ss": "(?P<s>[0-5][0-9])",
    "XXX": r"(?P<z>Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    "Z": r"(?P<z>[+-](?:[01][0-9]|2[0-3])[0-5][0-9])",
}
_META = set("\\.+*?()|[]{}^$#&-~")


@dataclass(frozen=True)
class DateFormat:
    """One way to write a date, time or timestamp; `parts` are the groups of the pattern."""

    pattern: str
    parts: frozenset[str]
    text: str = ""


ISO_DATE = DateFormat("(?P<y>[0-9]{4})-(?P<M>[0-9]{2})-(?P<d>[0-9]{2})", frozenset("yMd"))
ISO_TIME = DateFormat(
    r"(?P<H>[0-9]{2}):(?P<m>[0-5][0-9])(?::(?P<s>[0-5][0-9])(?:\.(?P<f>[0-9]{1,9}))?)?", frozenset("Hmsf")
)
ISO_TIMESTAMP = DateFormat(f"{ISO_DATE.pattern}[T ]{ISO_TIME.pattern}(?P<z>{ZONE})?", frozenset("yMdHmsfz"))


@lru_cache(maxsize=512)
def parse_format(text: str) -> DateFormat:
    """A JDK format as standard-rules §2.4 allows it; raises `parameter_invalid`."""
    pattern, parts = "", set[str]()
    for letters, word in format_tokens(text):
        if not letters:
            pattern += "".join("\\" + char if char in _META else char for char in word)
            continue
        piece = f"(?P<f>[0-9]{{{len(word)}}})" if word[0] == "S" else _LETTERS[word]
        if piece[4] in parts:
            raise _bad_format(text)
        parts.add(piece[4])
        pattern += piece
    return DateFormat(pattern, frozenset(parts), text)


def format_tokens(text: str) -> list[tuple[bool, str]]:
    """The pieces of a JDK format: (True, letters) or (False, literal text); raises `parameter_invalid`."""
    tokens: list[tuple[bool, str]] = []
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:  # a quote left open
            raise _bad_format(text)
        place = token.end()
        word = token.group(0)
        if not token.group(2):
            quoted = word.startswith("'")
            tokens.append((False, (token.group(1).replace("''", "'") or "'") if quoted else word))
        elif word in _LETTERS or (word[0] == "S" and len(word) <= 9):
            tokens.append((True, word))
        else:
            raise _bad_format(text)
    return tokens


def write_expr(local: pl.Expr, offset_minutes: pl.Expr, text: str) -> pl.Expr:
    """A naive local time as text of a JDK format; `offset_minutes` east of UTC is used by XXX and Z."""
    hours = (offset_minutes.abs() // 60).cast(pl.String).str.zfill(2)
    minutes = (offset_minutes.abs() % 60).cast(pl.String).str.zfill(2)
    sign = pl.when(offset_minutes < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    pieces: dict[str, pl.Expr] = {
        "y": local.dt.year(),
        "M": local.dt.month(),
        "d": local.dt.day(),
        "H": local.dt.hour(),
        "m": local.dt.minute(),
        "s": local.dt.second(),
        "S": local.dt.nanosecond(),
        "X": pl.when(offset_minutes == 0).then(pl.lit("Z")).otherwise(sign + hours + pl.lit(":") + minutes),
        "Z": sign + hours + minutes,
    }
    written = []
    for letters, word in format_tokens(text):
        if not letters:
            written.append(pl.lit(word))
            continue
        piece = pieces[word[0]]
        if word[0] == "S":
            piece = piece.cast(pl.String).str.zfill(9).str.slice(0, len(word))
        elif word[0] not in "XZ":
            piece = piece.cast(pl.String).str.zfill(len(word))
        written.append(piece)
    return pl.when(local.is_not_null()).then(pl.concat_str(written))


def date_format(text: str | None) -> DateFormat:
    """The format of a date column: it must have a year."""
    return _required(text, ISO_DATE, "y")


def timestamp_format(text: str | None) -> DateFormat:
    """The format of a timestamp column: it must have a year."""
    return _required(text, ISO_TIMESTAMP, "y")


def time_format(text: str | None) -> DateFormat:
    """The format of a time column: it must have an hour."""
    return _required(text, ISO_TIME, "H")


def _required(text: str | None, default: DateFormat, part: str) -> DateFormat:
    if text is None:
        return default
    parsed = parse_format(text)
    if part not in parsed.parts:
        raise _bad_format(text)
    return parsed


def local_expr(text: pl.Expr, form: DateFormat) -> pl.Expr:
    """Naive Datetime(us) read from text, null where it does not fit or is no real date and time."""
    groups = text.str.extract_groups(f"^(?:{form.pattern})$")

    def part(name: str, default: str) -> pl.Expr:
        if name not in form.parts:
            return pl.lit(default)
        return groups.struct.field(name).fill_null(default).str.zfill(len(default))

    fraction = groups.struct.field("f").fill_null("0") if "f" in form.parts else pl.lit("0")
    year = part("y", "2000")
    joined = pl.concat_str(
        [year, part("M", "01"), part("d", "01"), part("H", "00"), part("m", "00"), part("s", "00")],
        separator=" ",
    )
    parsed = (joined + pl.lit(".") + fraction).str.to_datetime(
        "%Y %m %d %H %M %S%.f", strict=False, time_unit="us"
    )
    return pl.when(fits_expr(text, form) & (year != "0000")).then(parsed)


def fits_expr(text: pl.Expr, form: DateFormat) -> pl.Expr:
    """Whether the text has the shape of the format (a real date or not)."""
    return text.str.contains(f"^(?:{form.pattern})$")


def zone_expr(text: pl.Expr, form: DateFormat) -> pl.Expr:
    """The zone text of a cell, null where it has none."""
    if "z" not in form.parts:
        return pl.lit(None, dtype=pl.String)
    return text.str.extract_groups(f"^(?:{form.pattern})$").struct.field("z")


def instant_expr(local: pl.Expr, zone: pl.Expr, timezone: str) -> pl.Expr:
    """UTC instant of a local time: by its zone text, else in `timezone`.

    A local time that DST skips is null, one that occurs twice is the earlier instant.
    """
    minutes = zone.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + zone.str.slice(-2).cast(
        pl.Int64, strict=False
    )
    offset = (
        pl.when(zone == "Z").then(pl.lit(0)).when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes)
    )
    given = (local - pl.duration(minutes=offset)).dt.replace_time_zone("UTC")
    return pl.when(zone.is_not_null()).then(given).otherwise(in_zone_expr(local, timezone))


UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Zulu", "Etc/Zulu"})


def in_zone_expr(local: pl.Expr, timezone: str) -> pl.Expr:
    """UTC instant of a naive local time in a zone; null where DST skips it."""
    if timezone in UTC_NAMES:
        return local.cast(pl.Datetime("us", "UTC"))  # nothing is skipped and nothing occurs twice
    return local.dt.replace_time_zone(
        timezone, ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")


def parse_local(text: str, form: DateFormat) -> tuple[datetime, str | None] | None:
    """`local_expr` and `zone_expr` for one Python text."""
    found = re.fullmatch(form.pattern, text)
    if found is None:
        return None
    parts = {name: value for name, value in found.groupdict().items() if value is not None}
    try:
        local = datetime(  # noqa: DTZ001 - the zone is resolved by `instant`
            int(parts.get("y", "2000")),
            int(parts.get("M", "1")),
            int(parts.get("d", "1")),
            int(parts.get("H", "0")),
            int(parts.get("m", "0")),
            int(parts.get("s", "0")),
            int(parts.get("f", "0").ljust(6, "0")[:6]),
        )
    except ValueError:
        return None
    return local, parts.get("z")


def instant(local: datetime, zone: str | None, timezone: str) -> datetime | None:
    """`instant_expr` for one Python value."""
    if zone is not None:
        if zone == "Z":
            return local.replace(tzinfo=UTC)
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        return (local + offset if zone[0] == "-" else local - offset).replace(tzinfo=UTC)
    aware = local.replace(tzinfo=ZoneInfo(timezone), fold=0).astimezone(UTC)
    back = aware.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    return aware if back == local else None


def check_timezone(name: str) -> str:
    """An IANA zone name; raises `parameter_invalid`."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise invalid("A time zone is unknown.", "时区名称无法识别。", {"timezone": name}) from error
    return name


def midnight(day: date) -> datetime:
    """Naive midnight of a day."""
    return datetime.combine(day, time())


def _bad_format(text: str) -> EngineError:
    return invalid("A date format cannot be read.", "日期格式无法解析。", {"format": text})
