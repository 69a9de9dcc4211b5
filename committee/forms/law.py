"""The editor of law: a form per kind of text, each turning its fields into the document and back.

Only what the fields can hold is checked here; the engine reads the document before anything is stored.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from committee.choices import LawKind, LawStatus
from governance.choices import AccessAction, Level

LONGEST_JSON = 200_000


class LawFilter(forms.Form):
    q = forms.CharField(label=_("Name or title"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Any kind")), *LawKind.choices], required=False)
    status = forms.ChoiceField(
        label=_("Status"), choices=[("", _("Any status")), *LawStatus.choices], required=False
    )


class TextForm(forms.Form):
    """What goes with every text: its name in both languages, and what was changed."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200, required=False)
    note = forms.CharField(label=_("What changes, and why"), max_length=500, required=False)
    digest = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)
    field_order: tuple[str, ...] | None = None

    @staticmethod
    def first_values(document: dict[str, Any]) -> dict[str, Any]:
        """What the fields show for a document."""
        return dict(document)

    if TYPE_CHECKING:  # each form makes its own

        def document(self) -> dict[str, Any]:
            """The document the fields stand for."""

    @property
    def ends(self) -> bool:
        """Whether the version ends the text it belongs to."""
        return bool(self.cleaned_data.get("repeals"))

    def around(self) -> dict[str, Any]:
        """What is stored beside the document."""
        data = self.cleaned_data
        named = {name: data[name] for name in ("title", "title_zh", "note")}
        return {**named, "repeals": self.ends}


class JsonForm(TextForm):
    """The document as it is stored, for whoever prefers it to fields."""

    raw = forms.CharField(
        label=_("Document"),
        max_length=LONGEST_JSON,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code"}),
    )
    repeals = forms.BooleanField(label=_("This version ends the text it belongs to"), required=False)

    @staticmethod
    def first_values(document: dict[str, Any]) -> dict[str, Any]:
        return {"raw": json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)}

    def clean_raw(self) -> dict[str, Any]:
        try:
            found = json.loads(self.cleaned_data["raw"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is no JSON document.")) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(_("The document has to be an object."))
        return found

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cleaned_data["raw"]
        return found


class AccessRuleForm(TextForm):
    """From which level on an action needs a permit."""

    action = forms.ChoiceField(label=_("Action"), choices=AccessAction.choices)
    min_level = forms.TypedChoiceField(label=_("A permit is needed from"), choices=Level.choices, coerce=int)
    field_order = ("action", "min_level")

    def document(self) -> dict[str, Any]:
        return {"action": self.cleaned_data["action"], "min_level": self.cleaned_data["min_level"]}


class FoundingForm(JsonForm):
    """A further committee: code, names, secretary, calendar, charter and seats in one document."""

    repeals = None  # type: ignore[assignment] # a committee once founded is not ended by a text
    field_order = ("raw",)


EMPTY = ("", pgettext_lazy("policy", "says nothing of it"))


def words_list(text: str) -> list[str]:
    """Names with commas or blanks between them."""
    return [name for name in text.replace(",", " ").replace("，", " ").split() if name]
