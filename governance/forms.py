"""Forms and filters of governance pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.choices import Dimension, Severity, StandardStatus

LARGEST_STANDARD = 5 * 1024 * 1024


class StandardForm(forms.Form):
    """A new version of a standard: its ODCS document as a file."""

    name = forms.SlugField(label=_("Name"), max_length=80, help_text=_("Latin letters, digits, - and _."))
    title = forms.CharField(label=_("Title"), max_length=200)
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200, required=False)
    document = forms.FileField(
        label=_("ODCS document"), help_text=_("YAML or JSON, ODCS v3.1, at most 5 MB.")
    )
    note = forms.CharField(
        label=_("What changed"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_document(self) -> bytes:
        """The bytes of the file, bounded before they are read."""
        upload = self.cleaned_data["document"]
        if upload.size > LARGEST_STANDARD:
            raise forms.ValidationError(_("The document is larger than 5 MB."))
        content: bytes = upload.read()
        return content


class StandardFilter(forms.Form):
    q = forms.CharField(label=_("Name or title"), required=False)
    status = forms.ChoiceField(
        label=_("Status"), choices=[("", _("Any status")), *StandardStatus.choices], required=False
    )


class PermitFilter(forms.Form):
    q = forms.CharField(label=_("Purpose or resolution"), required=False)
    action = forms.ChoiceField(
        label=_("Action"),
        choices=[
            ("", _("Any action")),
            ("train", _("Train")),
            ("adopt", _("Adopt")),
            ("promote", _("Promote")),
        ],
        required=False,
    )


class LedgerFilter(forms.Form):
    q = forms.CharField(label=_("Event, subject id or hash"), required=False)


class PeopleFilter(forms.Form):
    q = forms.CharField(label=_("Person or team"), required=False)


class TokenForm(forms.Form):
    """A bearer token for programs that act as oneself."""

    label = forms.CharField(label=_("What it is for"), max_length=80)
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=365, initial=90)


class RuleFilter(forms.Form):
    """Rules of one version; the choices are those its own rules offer."""

    q = forms.CharField(label=_("Rule, column or words"), required=False)

    def __init__(self, data: Any, *, offered: Mapping[str, Sequence[str]]) -> None:
        super().__init__(data)
        for name, label, any_word in (
            ("severity", _("Severity"), _("Any severity")),
            ("dimension", _("Dimension"), _("Any dimension")),
            ("object_name", _("Object"), _("Any object")),
            ("kind", _("Kind of rule"), _("Any kind")),
        ):
            told: dict[str, Any] = dict(Severity.choices) | dict(Dimension.choices)
            words = [(word, told.get(word, word)) for word in offered[name]]
            field = forms.ChoiceField(label=label, choices=[("", any_word), *words], required=False)
            self.fields[name] = field
