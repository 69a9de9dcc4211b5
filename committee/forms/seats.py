"""The filter of the seats' page, and giving up one's own seat."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_REASON = 2_000

SHOWN = (
    ("", _("All places")),
    ("vacant", _("Vacant")),
    ("ending", _("Term ends within 60 days")),
    ("away", _("Holder absent today")),
    ("former", _("Former holders")),
)


class SeatFilter(forms.Form):
    q = forms.CharField(label=_("Place, person or team"), required=False, max_length=200)
    show = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)


class ResignForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 4})
    )
