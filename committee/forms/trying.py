"""The question “which rules would hold for such a case” as a form read from the address."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from committee.choices import CaseAction
from committee.selectors import RuleQuestion
from governance.choices import Level


class RulesForm(forms.Form):
    """What of a case decides which policies match."""

    action = forms.ChoiceField(label=_("What is asked"), choices=CaseAction.choices)
    level = forms.TypedChoiceField(label=_("Level"), choices=Level.choices, coerce=int)
    purpose = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}\Z", label=_("Purpose"), required=False, max_length=80
    )
    rows_changed = forms.IntegerField(label=_("Rows changed"), min_value=0, max_value=10**15, required=False)
    rows_total = forms.IntegerField(label=_("Rows in all"), min_value=0, max_value=10**15, required=False)
    models = forms.IntegerField(
        label=_("Models made from it"), min_value=0, max_value=1_000_000, required=False
    )

    def question(self) -> RuleQuestion:
        data = self.cleaned_data
        numbers = {name: data[name] or 0 for name in ("rows_changed", "rows_total", "models")}
        return RuleQuestion(action=data["action"], level=data["level"], purpose=data["purpose"], **numbers)
