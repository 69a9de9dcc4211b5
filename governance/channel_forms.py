"""The form of one channel: when it tells, and for mails where to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.choices import ChannelMode


class ChannelForm(forms.Form):
    address = forms.EmailField(
        label=_("E-mail address"), required=False, help_text=_("Without one, nothing is sent.")
    )
    mode = forms.ChoiceField(label=_("When"), choices=ChannelMode.choices, widget=forms.RadioSelect)
    hour = forms.IntegerField(
        label=_("Hour of the daily message"), min_value=0, max_value=23, initial=9, required=False
    )

    def clean_hour(self) -> int:
        """The hour, nine where it is left out."""
        hour: Any = self.cleaned_data["hour"]
        return 9 if hour is None else int(hour)
