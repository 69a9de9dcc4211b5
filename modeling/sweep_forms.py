"""The form of a search: ranges and choices beside what a run asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.models import User
from modeling.choices import SweepState
from modeling.forms import RunForm, split_names

RANGES = (
    ("learning_rate", _("Learning rate"), True),
    ("weight_decay", _("Weight decay"), False),
    ("warmup_share", _("Warm-up, share of the steps"), False),
)
CHOICES = (
    ("batch_size", _("Pairs per step")),
    ("epochs", _("Epochs")),
    ("max_length", _("Longest text, in tokens")),
)
NOT_ASKED = ("priority", "wait", "device_seconds")


class SweepForm(RunForm):
    """A search over one plan. A range is from–to, choices stand with commas between; what is empty stays."""

    trials = forms.IntegerField(
        label=_("Trials"),
        min_value=2,
        max_value=200,
        initial=12,
        help_text=_(
            "Each takes one run and its CPU seconds from the permit. The first is the plan as it is."
        ),
    )
    parallel = forms.IntegerField(
        label=_("Trials at a time"), min_value=1, max_value=16, initial=1,
        help_text=_("More need more devices; each knows less of the others."),
    )  # fmt: skip
    search_seed = forms.IntegerField(label=_("Seed of the search"), min_value=0, initial=0)
    options = forms.CharField(
        label=_("Options of the method"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line with its choices, as: rank = 4, 8, 16"),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        for name in NOT_ASKED:
            del self.fields[name]
        self.fields["valid"].required = True
        self.fields["valid"].help_text = _("What the trials are judged by. The test rows choose nothing.")
        for name, label, _log in RANGES:
            for end, word in (
                ("low", pgettext_lazy("range", "from")),
                ("high", pgettext_lazy("range", "to")),
            ):
                self.fields[f"{name}_{end}"] = forms.FloatField(label=_joined(label, word), required=False)
        for name, label in CHOICES:
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=200, help_text=_("Choices with commas between them.")
            )
        self.order_fields([name for name in self.fields if name not in {"options", "search_seed"}])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, _label, _log in RANGES:
            if (data.get(f"{name}_low") is None) != (data.get(f"{name}_high") is None):
                self.add_error(f"{name}_high", _("A range has both ends."))
        for name, _label in CHOICES:
            if not all(word.isdigit() for word in split_names(data.get(name) or "")):
                self.add_error(name, _("Whole numbers with commas between them."))
        if not self.errors and not self.space():
            self.add_error(None, _("Nothing varies. Give a range or some choices."))
        return data

    def space(self) -> dict[str, Any]:
        """The search as the engine reads it."""
        data = self.cleaned_data
        found: dict[str, Any] = {
            f"recipe.{name}": {"low": data[f"{name}_low"], "high": data[f"{name}_high"], "log": log}
            for name, _label, log in RANGES
            if data.get(f"{name}_low") is not None
        }
        found |= {
            f"recipe.{name}": {"choices": [int(word) for word in split_names(data[name])]}
            for name, _label in CHOICES
            if data.get(name)
        }
        for line in (data.get("options") or "").splitlines():
            name, _equals, choices = line.partition("=")
            if name.strip():
                found[f"options.{name.strip()}"] = {
                    "choices": [_number(word) for word in split_names(choices)]
                }
        return found


def _joined(label: Any, word: Any) -> str:
    return f"{label}, {word}"


def _number(word: str) -> float | int | str:
    """As a number where it is one; what it may be is the engine's business."""
    try:
        return int(word) if word.lstrip("-").isdigit() else float(word)
    except ValueError:
        return word


class SweepFilter(forms.Form):
    q = forms.CharField(label=pgettext_lazy("hyper-parameters", "Search or plan"), required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *SweepState.choices], required=False
    )
