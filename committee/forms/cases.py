"""The filter of the list of cases, and the forms by which one is opened."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import CaseAction, CaseState
from governance.models import Team, User
from modeling.training.methods import METHODS

LONGEST_TEXT = 20_000


class CaseFilter(forms.Form):
    q = forms.CharField(label=_("Number, title or purpose"), required=False, max_length=200)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *CaseState.choices], required=False
    )
    action = forms.ChoiceField(
        label=_("What is asked"), choices=[("", _("Anything asked")), *CaseAction.choices], required=False
    )
    waiting = forms.BooleanField(label=_("Waiting for my ballot"), required=False)
    asleep = forms.BooleanField(label=_("Asleep"), required=False)


class TeamCaseForm(forms.Form):
    """What every case asks: for what purpose, for which of one's teams, and why."""

    purpose = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}\Z",
        label=_("Purpose"),
        help_text=_(
            "One word for what it is for, as search-relevance. The permit holds for this purpose only."
        ),
        widget=forms.TextInput(attrs={"list": "purposes", "autocomplete": "off"}),
    )
    team = forms.ModelChoiceField(
        label=_("For the team"), queryset=Team.objects.none(), to_field_name="uid", empty_label=None
    )

    def __init__(self, *args: Any, user: User, kind: str = "", subject: str = "", **kwargs: Any) -> None:
        """`kind`, `subject`: what the case will be about; some forms offer choices from it."""
        self.kind, self.subject = kind, subject
        super().__init__(*args, **kwargs)
        self._team_field().queryset = selectors.teams_of(user)

    def _team_field(self) -> forms.ModelChoiceField[Team]:
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        return field

    @property
    def has_team(self) -> bool:
        return self._team_field().queryset.exists()  # type: ignore[union-attr]

    def terms(self) -> dict[str, Any]:
        """The permit terms asked for; none by default."""
        return {}

    def preview(self) -> dict[str, Any] | None:
        """Terms that tell enough to show the evidence before the form is sent; None: none needed."""
        return None


class PlainCaseForm(TeamCaseForm):
    """A case without budget: adopting a standard, promoting a model."""

    reason = forms.CharField(
        label=_("Why it is asked"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class TrainCaseForm(TeamCaseForm):
    """A permit to train: budget, kinds of job, columns and the gate it needs."""

    runs = forms.IntegerField(label=_("Number of runs"), min_value=1, max_value=1000, initial=10)
    cpu_seconds = forms.IntegerField(
        label=_("CPU seconds in all"), min_value=1, max_value=10_000_000, initial=36_000
    )
    device_hours = forms.FloatField(
        label=_("Device hours in all"),
        required=False,
        min_value=0.01,
        max_value=2500,
        help_text=_("Hours that runs may hold a device, a GPU or the cores of a machine. Empty: no limit."),
    )
    job_kinds = forms.MultipleChoiceField(
        label=_("Kinds of job"), widget=forms.CheckboxSelectMultiple, choices=lambda: job_kinds()
    )
    columns = forms.CharField(
        label=_("Columns"),
        initial="*",
        max_length=4000,
        help_text=_(
            "Names with commas between them; * asks for all. Fewer columns are approved more easily."
        ),
    )
    gate = forms.ChoiceField(
        label=_("Gate it needs"),
        choices=[("open", _("Open only")), ("conditional", _("Conditional is enough"))],
    )
    reason = forms.CharField(
        label=_("Why it is asked"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def terms(self) -> dict[str, Any]:
        data = self.cleaned_data
        columns = [name.strip() for name in data["columns"].split(",") if name.strip()]
        hours = data.get("device_hours")
        return {
            **({"device_seconds": round(hours * 3600)} if hours else {}),
            "runs": data["runs"],
            "cpu_seconds": data["cpu_seconds"],
            "job_kinds": data["job_kinds"],
            "columns": columns,
            "gate": data["gate"],
        }


def job_kinds() -> list[tuple[str, str]]:
    """Every kind of job a method card names, with the methods that make it."""
    found: dict[str, list[str]] = {}
    for card in METHODS.values():
        found.setdefault(card.job_kind, []).append(card.name)
    return [(kind, f"{kind} ({', '.join(names)})") for kind, names in found.items()]
