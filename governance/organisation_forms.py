"""Forms of the organisation pages: a department, a team, a person changed; a file of people checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.choices import TeamFunction
from governance.models import Department, Team, User
from governance.people_file import MOST_BYTES
from governance.people_forms import FirstPasswordForm


class OrganisationFilter(forms.Form):
    q = forms.CharField(label=_("Department, team or person"), required=False, max_length=100)


class MembershipFilter(forms.Form):
    q = forms.CharField(label=_("Person or team"), required=False, max_length=100)
    former = forms.BooleanField(label=_("Former ones too"), required=False)


class NamesForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=120, required=False)


class DepartmentChange(NamesForm):
    parent = forms.ModelChoiceField(
        Department.objects.all(),
        label=_("Part of"),
        required=False,
        empty_label=_("nothing; it is at the top"),
    )
    head = forms.CharField(
        label=pgettext_lazy("department", "Head"),
        max_length=150,
        required=False,
        help_text=_("User name of a person; empty for none."),
    )

    @classmethod
    def of(cls, row: Department, data: Any = None) -> DepartmentChange:
        held = {"name": row.name, "name_zh": row.name_zh, "parent": row.parent}
        return cls(data, initial=held | {"head": row.head.username if row.head else ""})

    def clean_head(self) -> User | None:
        """The person of that user name."""
        name = self.cleaned_data["head"].strip()
        if not name:
            return None
        found = User.objects.filter(username=name).first()
        if found is None:
            raise forms.ValidationError(_now("Nobody is called “%(name)s”.") % {"name": name})
        return found


class TeamChange(NamesForm):
    function = forms.ChoiceField(
        label=_("Function"),
        choices=TeamFunction.choices,
        help_text=_("What members may do follows from it, at once."),
    )

    @classmethod
    def of(cls, row: Team, data: Any = None) -> TeamChange:
        return cls(data, initial={"name": row.name, "name_zh": row.name_zh, "function": row.function})


class PersonChange(NamesForm):
    email = forms.EmailField(label=_("E-mail"), required=False)
    department = forms.ModelChoiceField(Department.objects.all(), label=_("Department"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    @classmethod
    def of(cls, row: User, data: Any = None) -> PersonChange:
        fields = ("name", "name_zh", "email", "department", "language")
        return cls(data, initial={name: getattr(row, name) for name in fields})


class ReactivateForm(FirstPasswordForm):
    """Somebody comes back: sign-in only, with a new password."""


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File of people"),
        help_text=_("CSV as the export gives it: UTF-8 or GB18030, at most 1 MB and 5,000 rows."),
    )

    def clean_file(self) -> bytes:
        """The bytes, bounded before they are read."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_now("The file is larger than 1 MB."))
        content: bytes = upload.read(MOST_BYTES + 1)
        return content
