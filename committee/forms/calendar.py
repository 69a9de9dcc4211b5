"""Forms of a committee's calendar: where it comes from, and single days."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from committee import calendars, selectors
from committee.models import Committee

WHAT = [
    (calendars.FREE, _("Free")),
    (calendars.WORKED, _("Worked")),
    (calendars.PLAIN, _("As its weekday says")),
    (calendars.LIBRARY, _("As the country's calendar says")),
]


def _countries() -> list[tuple[str, Any]]:
    return [("", _("None: kept by hand")), *selectors.country_choices()]


class CalendarForm(forms.Form):
    """Country, time zone and weekend of a committee."""

    country = forms.ChoiceField(label=_("Country"), choices=_countries, required=False)
    subdivision = forms.CharField(
        label=_("Part of the country"),
        required=False,
        max_length=20,
        help_text=_("Code of a state or region with days of its own, as BY; empty for the whole country."),
    )
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(name, name) for name in sorted(available_timezones())]
    )
    weekend = forms.TypedMultipleChoiceField(
        label=_("Weekend"),
        choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @staticmethod
    def first_values(committee: Committee) -> dict[str, Any]:
        """What the form shows before anything is changed."""
        source = calendars.source_of(committee.calendar, committee.calendar_source)
        return {
            "country": source.country,
            "subdivision": source.subdivision,
            "zone": committee.calendar["timezone"],
            "weekend": committee.calendar["weekend"],
        }


class CalendarDayForm(forms.Form):
    """One day set otherwise than the country's calendar has it."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    what = forms.ChoiceField(label=_("What it is"), choices=WHAT)
