"""Forms of standing facts: absences, delegations, standing conflicts; and the filter of their register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import CaseAction
from committee.models import Seat
from governance import registry
from governance.choices import Level
from governance.models import Team, User

LONGEST_TEXT = 20_000


def _day(label: Any, help_text: Any = "", required: bool = True) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=required, widget=picker)


class AbsenceForm(forms.Form):
    first = _day(_("First day away"))
    last = _day(_("Last day away"))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, help_text=_("Shown in the committee's register.")
    )


class SeatChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A seat by its holder's name."""

    def label_from_instance(self, seat: Seat) -> str:
        return f"{seat.member} ({seat.code})"


class DelegationForm(forms.Form):
    """Who casts my ballot, from when to when, in which cases; nothing ticked means every case."""

    delegate = SeatChoice(
        label=_("Who may vote for me"), queryset=Seat.objects.none(), to_field_name="uid", empty_label=None
    )
    first = _day(_("First day"))
    last = _day(_("Last day"), _("At most 366 days."))
    actions = forms.MultipleChoiceField(
        label=_("Only for"),
        required=False,
        choices=CaseAction.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: whatever is asked."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Only about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: kind_choices(),
        help_text=_("Nothing ticked: about anything."),
    )
    max_level = forms.TypedChoiceField(
        label=_("Up to level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Every level")), *Level.choices],
    )

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["delegate"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = selectors.other_seats(seat)


def kind_choices() -> list[tuple[str, str]]:
    """Kinds a case may be about, in words."""
    known = ((word, registry.kind_of(word)) for word in selectors.decidable_kinds())
    return [(word, str(kind.label) if kind else word) for word, kind in known]


class StandingConflictForm(forms.Form):
    """Whose interest it is, in what: the thing the page was opened from, people, teams."""

    member = forms.ModelChoiceField(
        label=_("Person concerned"), queryset=User.objects.none(), to_field_name="uid", empty_label=None
    )
    people = forms.ModelMultipleChoiceField(
        label=_("Interest in what these people ask for or make"),
        queryset=User.objects.none(),
        to_field_name="uid",
        required=False,
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("Interest in what these teams ask for"),
        queryset=Team.objects.none(),
        to_field_name="uid",
        required=False,
    )
    last = _day(_("Until"), _("Empty: until it is ended."), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, user: User, others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = selectors.active_people()
        for name, rows in (
            ("member", people if others else people.filter(pk=user.pk)),
            ("people", people),
            ("teams", Team.objects.order_by("name")),
        ):
            field: Any = self.fields[name]
            field.queryset = rows
        self.fields["member"].initial = user.uid

    def parties(self) -> list[str]:
        return [row.uid for name in ("people", "teams") for row in self.cleaned_data[name]]


class RegisterFilter(forms.Form):
    """Which standing facts, and whether those that are over too."""

    q = forms.CharField(label=_("Name or seat"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[
            ("delegation", _("Delegations")),
            ("absence", _("Absences")),
            ("conflict", _("Conflicts of interest")),
        ],
    )
    over = forms.BooleanField(label=_("Those that are over too"), required=False)


class AgendaFilter(forms.Form):
    show = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[("", _("To be heard")), ("dealt", _("Dealt with")), ("all", _("All points"))],
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("What was said"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 4})
    )


class DeferForm(forms.Form):
    """Until when, and why."""

    until = _day(_("Until"), _("Voting opens again by itself at the beginning of this day."))
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )


class QuestionForm(forms.Form):
    text = forms.CharField(label=_("Question"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 4}))


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("Answer"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 4}))


class GlassForm(forms.Form):
    """For how long, within what the charter allows, and why it cannot wait."""

    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=24)
    reason = forms.CharField(
        label=_("Why it cannot wait"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = gettext("At most %(most)s by the rules of this case.") % {"most": most}
        self.fields["hours"].help_text = words
