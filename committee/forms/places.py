"""A place in the committee as a form: who sits there, for what, from when to when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import SeatRole
from committee.forms.law import TextForm, words_list
from governance.models import Team


def _date(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


class SeatForm(TextForm):
    """The next holder of a place, or that it is given up."""

    place = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z",
        label=_("Place"),
        help_text=_("As seat-9. A place nobody held before is a further seat."),
    )
    repeals = forms.BooleanField(
        label=_("Give the place up"),
        help_text=_("Who sits there leaves the committee; the fields below then say nothing."),
        required=False,
    )
    member = forms.ModelChoiceField(
        label=_("Holder"), queryset=selectors.active_people(), to_field_name="uid", required=False
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=SeatRole.choices, initial=SeatRole.MEMBER, required=False
    )
    functions = forms.CharField(
        label=_("Functions"),
        required=False,
        max_length=400,
        help_text=_("With commas between them, as security, legal. Charter and policies ask for them."),
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.all(), to_field_name="uid", required=False
    )
    alternate = forms.ModelChoiceField(
        label=_("Alternate"),
        queryset=selectors.active_people(),
        to_field_name="uid",
        required=False,
        help_text=_("Sits in while the holder is barred."),
    )
    term_from = _date(_("From"), required=False)
    term_to = _date(_("To"), required=False)
    field_order = (
        "place",
        "repeals",
        "member",
        "role",
        "functions",
        "team",
        "alternate",
        "term_from",
        "term_to",
    )

    @staticmethod
    def first_values(document: dict[str, Any]) -> dict[str, Any]:
        term = document.get("term") or {}
        shown = {name: document.get(name) for name in ("place", "member", "role", "team", "alternate")}
        dates = {"term_from": term.get("from"), "term_to": term.get("to")}
        return shown | dates | {"functions": ", ".join(document.get("functions", []))}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("repeals"):
            for name in ("member", "role", "term_from"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Name it, or give the place up."))
        return data

    def document(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data["repeals"]:
            return {"place": data["place"]}
        return {
            "place": data["place"],
            "member": data["member"].uid,
            "role": data["role"],
            "functions": words_list(data["functions"]),
            "team": data["team"].uid if data["team"] else None,
            "alternate": data["alternate"].uid if data["alternate"] else None,
            "term": {
                "from": data["term_from"].isoformat(),
                "to": data["term_to"].isoformat() if data["term_to"] else None,
            },
        }
