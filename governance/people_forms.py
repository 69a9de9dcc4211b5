"""The forms by which the governance team keeps people: one form an act, with the action it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance import actions
from governance.choices import TeamFunction, UserKind
from governance.models import Department, Membership, Team, User

if TYPE_CHECKING:  # Django's own class takes no type argument when it runs
    MembershipField = forms.ModelChoiceField[Membership]
else:
    MembershipField = forms.ModelChoiceField


class FirstPasswordForm(forms.Form):
    """The password somebody signs in with the first time."""

    password = forms.CharField(
        label=_("First password"),
        required=False,
        min_length=12,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Without one nobody can sign in as this person."),
    )

    def clean_password(self) -> str | None:
        """No password is None, not an empty one."""
        return self.cleaned_data["password"] or None


class PersonForm(FirstPasswordForm):
    """A new person or service account; a password lets a person sign in."""

    username = forms.CharField(label=_("User name"), max_length=150)
    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=UserKind.choices, initial=UserKind.PERSON)
    department = forms.ModelChoiceField(Department.objects.all(), label=_("Department"), required=False)


class TeamForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=120, required=False)
    function = forms.ChoiceField(label=_("Function"), choices=TeamFunction.choices)


class DepartmentForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=120, required=False)
    parent = forms.ModelChoiceField(Department.objects.all(), label=_("Part of"), required=False)


class JoinForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Person"))
    team = forms.ModelChoiceField(Team.objects.all(), label=_("Team"))


class LeaveForm(forms.Form):
    membership = MembershipField(
        Membership.objects.filter(until=None).select_related("user", "team"), label=_("Membership")
    )


class LeaverForm(forms.Form):
    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        label=_("Person"),
        help_text=_("The next page lists what they answer for; nobody is let go before that."),
    )


@dataclass(frozen=True, slots=True)
class PeopleAct:
    """One act of the people page: its words, its form, and the action that carries it out.

    Without an action the form only chooses the person whose consequences are shown next.
    """

    title: Any
    verb: Any
    form: type[forms.Form]
    act: Callable[..., Any] | None


PEOPLE_ACTS: dict[str, PeopleAct] = {
    "person": PeopleAct(_("Add a person"), _("Add person"), PersonForm, actions.person_create),
    "team": PeopleAct(_("Add a team"), _("Add team"), TeamForm, actions.team_create),
    "department": PeopleAct(
        _("Add a department"), _("Add department"), DepartmentForm, actions.department_create
    ),
    "join": PeopleAct(_("Add somebody to a team"), _("Add to team"), JoinForm, actions.membership_start),
    "leave": PeopleAct(_("End a membership"), _("End membership"), LeaveForm, actions.membership_end),
    "leaver": PeopleAct(_("Let a person go"), _("Show what follows"), LeaverForm, None),
}
