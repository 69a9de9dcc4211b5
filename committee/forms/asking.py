"""The forms by which access to data, a waiver, or a recertification is asked for; one per kind and action."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog import selectors as catalog
from committee.forms.cases import PlainCaseForm, TeamCaseForm, TrainCaseForm
from committee.kinds.recertify import renewable
from governance.permits import action_of


class AccessForm(PlainCaseForm):
    """Some columns, for some days, for the team or for oneself."""

    columns = forms.CharField(
        label=_("Columns"),
        max_length=4000,
        help_text=_(
            "Names with commas between them; * asks for all. Fewer columns are approved more easily."
        ),
    )
    days = forms.IntegerField(
        label=_("For how many days"),
        min_value=1,
        max_value=366,
        initial=30,
        help_text=_("Counted from the decision. The charter may end the permit earlier."),
    )
    holder_self = forms.BooleanField(
        label=_("For me alone"),
        required=False,
        help_text=_("Otherwise everybody in the team may use the permit."),
    )
    field_order = ("columns", "days", "purpose", "team", "holder_self", "reason")

    def terms(self) -> dict[str, Any]:
        data = self.cleaned_data
        columns = [name.strip() for name in data["columns"].split(",") if name.strip()]
        return {"columns": columns, "days": data["days"], "holder_self": data["holder_self"]}


class WaiverForm(PlainCaseForm):
    """A rule that fails now, how many failing rows are let through, until when."""

    rule = forms.ChoiceField(
        label=_("Rule"),
        help_text=_("Rules that failed in the newest check. One that could not be judged is never waived."),
    )
    max_failing_rows = forms.IntegerField(
        label=_("Failing rows at most"),
        required=False,
        min_value=1,
        max_value=10**12,
        help_text=_("For a rule about rows: at least as many as fail now. More of them shut the gate again."),
    )
    until = forms.DateField(
        label=_("Until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The gate shuts again by itself after this day."),
    )
    these_bytes = forms.BooleanField(
        label=_("For this version only"),
        required=False,
        help_text=_("Otherwise for every version checked with the same text of the standard."),
    )
    field_order = ("rule", "max_failing_rows", "until", "these_bytes", "purpose", "team", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        failing = [rule for rule in catalog.failing_rules(self.subject) if rule.verdict == "failed"]
        self.failing = {rule.rule_id: rule for rule in failing}
        self.fields["rule"].choices = [(name, name) for name in self.failing]  # type: ignore[attr-defined]
        asked = self.failing.get(str(self.initial.get("rule", "")))
        if asked is not None and asked.level == "row":
            self.fields["max_failing_rows"].initial = asked.failing_rows
        self.fields["until"].initial = timezone.localdate() + dt.timedelta(days=30)

    def preview(self) -> dict[str, Any] | None:
        chosen = str((self.data if self.is_bound else self.initial).get("rule", ""))
        return {"rule": chosen} if chosen in self.failing else None

    def terms(self) -> dict[str, Any]:
        data = self.cleaned_data
        found = {"rule": data["rule"], "until": data["until"].isoformat()}
        if data["max_failing_rows"] is not None:
            found["max_failing_rows"] = data["max_failing_rows"]
        if data["these_bytes"]:
            found["data_digest"] = self.failing[data["rule"]].data_digest
        return found


class RecertifyForm(PlainCaseForm):
    """Which permit is to be renewed; its purpose and terms stay as they are."""

    of = forms.ChoiceField(
        label=_("Permit to renew"),
        help_text=_(
            "The new permit has the same purpose, holder and terms. The old one runs to its own end."
        ),
    )
    field_order = ("of", "team", "reason")

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, kind=kind, **kwargs)
        del self.fields["purpose"]
        self.permits = {permit.uid: permit for permit in renewable(kind, self.subject)}
        self.fields["of"].choices = [  # type: ignore[attr-defined]
            (uid, f"{action_of(p)} · {p.purpose} · {timezone.localdate(p.valid_until).isoformat()}")
            for uid, p in self.permits.items()
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("of") in self.permits:
            data["purpose"] = self.permits[data["of"]].purpose
        return data

    def terms(self) -> dict[str, Any]:
        return {"of": self.cleaned_data["of"]}


FORMS: dict[tuple[str, str], type[TeamCaseForm]] = {
    ("dataset_version", "train"): TrainCaseForm,
    ("dataset", "read"): AccessForm,
    ("dataset", "export"): AccessForm,
    ("dataset", "waive"): WaiverForm,
    ("dataset_version", "recertify"): RecertifyForm,
    ("standard_version", "recertify"): RecertifyForm,
    ("model_version", "recertify"): RecertifyForm,
}
"""By kind of subject and action; every other case asks for its purpose, team and reason only."""


def form_for(kind: str, action: str) -> type[TeamCaseForm]:
    return FORMS.get((kind, action), PlainCaseForm)
