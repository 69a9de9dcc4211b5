"""How slices are shown: value, how many rows, the metric with its interval, what training gained there."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from modeling.selectors.slices import SliceLine
from modeling.tables import VERDICTS
from ui import marks, words
from ui.tables import Column, Empty, Table

NAMES = {
    "text_length": pgettext_lazy("slice", "Length of the text, in tokens"),
    "text_seen": pgettext_lazy("slice", "Text in training"),
    "item_seen": pgettext_lazy("slice", "Item in training"),
    "class": pgettext_lazy("slice", "Class"),
}
WORDS = {
    "seen": pgettext_lazy("slice", "seen"),
    "new": pgettext_lazy("slice", "new"),
    "(other)": pgettext_lazy("slice", "all others"),
    "(none of them)": pgettext_lazy("slice", "none of the classes"),
}


def _word(line: SliceLine) -> Any:
    return WORDS.get(line.word, line.word or pgettext("slice", "empty"))


def _name(line: SliceLine) -> Any:
    return NAMES.get(line.name, line.name)


def _value(line: SliceLine) -> Any:
    if line.value is None:
        return gettext("too few groups (%(groups)s)") % {"groups": words.number(line.groups)}
    return _figure(line.value, line.low, line.high, signed=False)


def _gain(line: SliceLine) -> Any:
    if line.gain is None:
        return marks.none()
    return _figure(line.gain, line.gain_low, line.gain_high, signed=True)


def _figure(value: float, low: float | None, high: float | None, *, signed: bool) -> Any:
    spread = words.interval(low, high, signed=signed) if low is not None and high is not None else ""
    return format_html('{}<span class="sub">{}</span>', words.number(value, 3, signed=signed), spread)


def _verdict(line: SliceLine) -> Any:
    if not line.verdict:
        return marks.none()
    tone, word, icon = VERDICTS.get(line.verdict, VERDICTS["no_difference_shown"])
    return marks.badge(tone, word, icon)


SLICES = Table(
    label=_("By slice"),
    columns=(
        Column(pgettext_lazy("slice", "Rows where"), _name, sub=_word),
        Column("n", "rows", kind="number"),
        Column(_("Metric"), lambda line: line.metric.upper(), wide=True, fit=True),
        Column(_("Value, 95% interval"), _value, fit=True, name_on_phone=True),
        Column(_("Gain over before training"), _gain, fit=True, name_on_phone=True),
        Column(_("Verdict"), _verdict, fit=True, end=True),
    ),
    empty=Empty(_("No slice"), _("Every row is like the others in what was looked at."), icon="scale"),
)
