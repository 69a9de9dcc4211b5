"""Filters of the pages that look across all apps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class InboxFilter(forms.Form):
    kind = forms.ChoiceField(label=_("About"), required=False)
    unread = forms.BooleanField(label=_("Unread only"), required=False)

    def __init__(self, data: Any, *, kinds: list[tuple[str, str]]) -> None:
        super().__init__(data)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("Anything")), *kinds]
