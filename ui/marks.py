"""Small inline marks: badge, tag, level, person, hash, moment. Each returns HTML made by ``format_html``."""

from datetime import date, datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from ui import words
from ui.icons import icon, level_icon

TONES = ("ok", "warn", "bad", "info", "idle")
#: What a tone shows when the caller names no icon, so that a badge is never colour alone.
TONE_ICONS = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "info": "info",
    "idle": "circle-dashed",
}
_STYLES = {"day": words.day, "short_day": words.short_day}
_MOMENT_STYLES = {
    "day": words.day,
    "short_day": words.short_day,
    "moment": words.moment,
    "short": words.short_moment,
    "ago": words.ago,
}


def badge(tone: str, label: Any, icon_name: str = "", *, plain: bool = False) -> SafeString:
    """State of a thing now: tone, icon and word. Raises ValueError for a tone not in ``TONES``."""
    if tone not in TONES:
        raise ValueError(f"unknown tone {tone!r}")
    return format_html(
        '<span class="badge{}" data-tone="{}">{}{}</span>',
        " plain" if plain else "",
        tone,
        icon(icon_name or TONE_ICONS[tone], "" if plain else "sm"),
        label,
    )


def tag(label: Any, icon_name: str = "") -> SafeString:
    """A neutral fact: dimension, severity, kind."""
    return format_html('<span class="tag">{}{}</span>', icon(icon_name, "sm") if icon_name else "", label)


def level(number: int, label: Any = "", *, short: bool = False) -> SafeString:
    """Classification mark ``L3 Sensitive`` with bars, 1 to 5. Short hides the word from the eye only."""
    if not 1 <= number <= 5:
        raise ValueError(f"level {number} is not 1 to 5")
    word = format_html('<span class="sr"> {}</span>' if short else " {}", label) if label else ""
    return format_html(
        '<span class="tag level" data-level="{}">{}<span>L{}{}</span></span>',
        number,
        level_icon(number),
        number,
        word,
    )


def count(value: int, *, due: bool = False, label: str = "") -> SafeString:
    """A counter pill; ``label`` says what is counted to screen readers."""
    spoken = format_html('<span class="sr"> {}</span>', label) if label else ""
    return format_html(
        '<span class="count{}">{}{}</span>', " due" if due else "", words.number(value), spoken
    )


def hash_short(digest: str | None) -> SafeString:
    """``9f3c…a71e`` with the full digest as its title and for assistive technology."""
    if not digest:
        return none()
    return format_html('<span class="hash" title="{}">{}</span>', digest, words.short_hash(digest))


def hash_full(digest: str) -> SafeString:
    """The whole digest, copied by one click, allowed to wrap."""
    return format_html('<span class="hash full" data-copy>{}</span>', digest)


def avatar(name: str) -> SafeString:
    """Round initials; decorative beside the name."""
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', words.initials(name))


def person(name: Any, *, url: str = "", note: str = "") -> SafeString:
    """Avatar and name, linked when ``url`` is given; ``note`` (a seat, a role) becomes the title."""
    text = str(name)
    shown = format_html('<a href="{}">{}</a>', url, text) if url else text
    title = format_html(' title="{}"', note) if note else ""
    return format_html('<span class="person"{}>{}{}</span>', title, avatar(text), shown)


def when(value: date | datetime | None, style: str = "") -> SafeString:
    """``<time datetime>`` in words. Styles: day, short_day, moment, short (ledger), ago. Default by type."""
    if value is None:
        return none()
    here = words.local(value)
    if isinstance(here, datetime):
        text = _MOMENT_STYLES[style or "moment"](here)
        exact = words.moment(here) if style in ("ago", "short_day", "day") else ""
    else:
        text, exact = _STYLES.get(style or "day", words.day)(here), ""
    title = format_html(' title="{}"', exact) if exact else ""
    return format_html('<time datetime="{}"{}>{}</time>', here.isoformat(), title, text)


def none(label: Any = "") -> SafeString:
    """Muted word instead of an empty cell or badge."""
    return format_html('<span class="muted">{}</span>', label or pgettext("no value", "none"))


def masked(label: Any = "") -> SafeString:
    """A value this reader may not see."""
    return format_html('<span class="masked">{}</span>', label or gettext("masked"))


def code(value: Any) -> SafeString:
    """Identifier or column name."""
    return format_html("<code>{}</code>", value)


def key(label: str) -> SafeString:
    """A key cap."""
    return format_html("<kbd>{}</kbd>", label)
