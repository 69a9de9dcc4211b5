"""The ballot, and the forms of acts on a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import BallotChoice
from committee.models import Case
from governance.models import User

CONDITION_ROWS = 3
LONGEST_TEXT = 20_000
CONDITIONAL = "conditional"
BALLOT_CHOICES = (
    ("approve", _("Approve"), ""),
    (CONDITIONAL, _("Approve with conditions"), _("The permit stays shut until they are met")),
    ("reject", _("Reject"), ""),
    ("abstain", _("Abstain"), _("Counts for the quorum only")),
    ("recuse", _("Recuse myself"), _("For the whole case, for good")),
)

_SEAT_WORDS = {
    "own": _("My own ballot"),
    "alternate": _("As alternate, in the seat of %(person)s"),
    "proxy": _("By proxy, the ballot of %(person)s"),
}


@dataclass(frozen=True, slots=True)
class ConditionFields:
    """The bound fields of one condition, for the template."""

    number: int
    id: Any
    owner: Any
    due: Any
    when: Any
    evidence: Any
    open: bool


class BallotForm(forms.Form):
    """A ballot with up to three conditions and the statement of no interest."""

    choice = forms.ChoiceField(
        label=_("Choice"),
        choices=[(value, label) for value, label, _note in BALLOT_CHOICES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how you vote.")},
    )
    rationale = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the record, shown when voting closes. Needed to reject and to recuse."),
    )
    no_interest = forms.BooleanField(label=_("I have no interest in this case."), required=False)
    bound_to = forms.CharField(widget=forms.HiddenInput, max_length=80)

    seat = forms.CharField(label=_("Whose ballot it is"), required=False, max_length=80)

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, votes: Sequence[selectors.Vote] = ()
    ) -> None:
        seat = votes[0].seat if votes else "condition"
        super().__init__(
            data, initial={"bound_to": case.subject_digest, "seat": votes[0].seat if votes else ""}
        )
        self.votes = tuple(votes)
        self.owners = [(user.username, str(user)) for user in selectors.concerned(case)]
        whens = [("before_use", _("Before first use")), ("by_due", _("By the due day"))]
        for n in range(1, CONDITION_ROWS + 1):
            self.fields[f"c{n}_evidence"] = forms.CharField(
                label=_("What has to be shown"), required=False, max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip
            self.fields[f"c{n}_id"] = forms.CharField(
                label=_("Short name"), required=False, max_length=80, initial=f"{seat}-{n}"
            )
            self.fields[f"c{n}_owner"] = forms.CharField(
                label=_("Owner"),
                required=False,
                max_length=150,
                help_text=_("A user name; those concerned are suggested."),
                widget=forms.TextInput(attrs={"list": "condition-owners", "autocomplete": "off"}),
            )
            self.fields[f"c{n}_due"] = forms.DateField(
                label=_("Due"), required=False, widget=forms.DateInput(attrs={"type": "date"})
            )
            self.fields[f"c{n}_when"] = forms.ChoiceField(label=_("Holds"), required=False, choices=whens)

    def choice_rows(self) -> list[dict[str, Any]]:
        """Radio buttons with their notes, as the look lays them out."""
        chosen = self["choice"].value()
        return [
            {"value": value, "label": label, "note": note, "checked": value == chosen}
            for value, label, note in BALLOT_CHOICES
        ]

    def seat_rows(self) -> list[dict[str, Any]]:
        """The seats one may vote for now, one chosen; whose ballot each is, in clear words."""
        chosen = self["seat"].value()
        return [
            {
                "value": vote.seat,
                "label": str(_SEAT_WORDS[vote.via]) % {"person": vote.person},
                "note": " · ".join([vote.seat, *([gettext("voted; a new ballot replaces it")] * vote.voted)]),
                "checked": vote.seat == chosen,
            }
            for vote in self.votes
        ]

    def condition_rows(self) -> list[ConditionFields]:
        return [self._row(n) for n in range(1, CONDITION_ROWS + 1)]

    def _row(self, n: int) -> ConditionFields:
        names = ("id", "owner", "due", "when", "evidence")
        fields = {name: self[f"c{n}_{name}"] for name in names}
        used = any(fields[name].errors for name in names) or bool(fields["evidence"].value())
        return ConditionFields(number=n, open=n == 1 or used, **fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        choice = data.get("choice")
        if choice not in {None, "recuse"} and not data.get("no_interest"):
            self.add_error(
                "no_interest", gettext("Without this statement the ballot is not taken; else recuse.")
            )
        if choice in {"reject", "recuse"} and not data.get("rationale"):
            self.add_error("rationale", gettext("A reason in words is needed."))
        if choice == CONDITIONAL:
            self._name_owners(data)
            self._check_conditions(data)
        return data

    def _name_owners(self, data: dict[str, Any]) -> None:
        """User names become uids; the action takes nobody who has left."""
        for n in range(1, CONDITION_ROWS + 1):
            typed = data.get(f"c{n}_owner")
            if not typed:
                continue
            found = selectors.active_people().filter(Q(username=typed) | Q(uid=typed)).first()
            if found is None:
                self.add_error(f"c{n}_owner", gettext("Nobody active has this user name."))
            else:
                data[f"c{n}_owner"] = found.uid

    def _check_conditions(self, data: dict[str, Any]) -> None:
        if not any(data.get(f"c{n}_evidence") for n in range(1, CONDITION_ROWS + 1)):
            self.add_error("c1_evidence", gettext("Say at least one condition, or approve without."))
        for n in range(1, CONDITION_ROWS + 1):
            for name in ("owner", "due"):
                missing = data.get(f"c{n}_evidence") and not data.get(f"c{n}_{name}")
                if missing and f"c{n}_{name}" not in self.errors:
                    self.add_error(f"c{n}_{name}", gettext("A condition needs an owner and a due day."))

    def ballot(self) -> dict[str, Any]:
        """The ballot as the action takes it."""
        data = self.cleaned_data
        conditional = data["choice"] == CONDITIONAL
        return {
            "seat": data["seat"],
            "choice": BallotChoice.APPROVE.value if conditional else data["choice"],
            "rationale": data["rationale"],
            "conditions": self._conditions() if conditional else [],
            "bound_to": data["bound_to"],
            "no_interest": data["no_interest"],
        }

    def _conditions(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        return [
            {
                "id": data[f"c{n}_id"],
                "owner": data[f"c{n}_owner"],
                "due": data[f"c{n}_due"].isoformat(),
                "when": data[f"c{n}_when"] or "before_use",
                "evidence": data[f"c{n}_evidence"],
            }
            for n in range(1, CONDITION_ROWS + 1)
            if data.get(f"c{n}_evidence")
        ]


class ReasonForm(forms.Form):
    """An act that needs a reason in words."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )


class EmptyForm(forms.Form):
    """An act that needs nothing but to be confirmed."""


class EvidenceForm(forms.Form):
    evidence = forms.CharField(
        label=_("What proves it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ConflictForm(ReasonForm):
    """Whose conflict it is: one's own, or for presiding member and secretary that of another seat."""

    member = forms.ModelChoiceField(
        label=_("Person concerned"), queryset=User.objects.none(), to_field_name="uid", empty_label=None
    )
    field_order = ("member", "reason")

    def __init__(self, *args: Any, uids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["member"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = User.objects.filter(uid__in=uids)
