"""Forms and filters of modeling's pages. They check shape; the actions check right and meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import DatasetVersion
from governance.choices import JobState
from governance.models import User
from modeling import permissions
from modeling.choices import AlertKind, BackboneKind, BackboneState, DataRole, ModelState, Priority
from modeling.inputs import InputSpec
from modeling.models import Backbone, TrainingPlan
from modeling.selectors import method_choices, task_choices
from modeling.selectors.comparison import Comparison
from modeling.selectors.pages import versions_for_runs
from modeling.training.config import RecipePlan
from modeling.training.methods import METHODS
from ui import words

MOST_SECONDS = 100_000_000
RECIPE = RecipePlan()
WHOLE = (
    "batch_size",
    "pass_texts",
    "epochs",
    "max_length",
    "max_pairs",
    "hard_negatives",
    "history",
    "save_every",
    "seed",
    "patience",
    "adapt_steps",
    "student_layers",
    "distill_epochs",
)
FRACTIONS = ("learning_rate", "weight_decay", "warmup_share", "prune_neurons")
#: Fields of what comes before and after training, in the order it happens.
STAGES = ("adapt_steps", "student_layers", "distill_epochs", "prune_neurons")


#: Every option of every method, in the order of the cards.
OPTIONS = tuple(dict.fromkeys(name for card in METHODS.values() for name in card.options))


def _named(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(name, zh if words.reads_chinese() else en) for name, en, zh in found]


def task_names() -> list[tuple[str, str]]:
    return _named(task_choices())


def method_names() -> list[tuple[str, str]]:
    return _named(method_choices())


class RunFilter(forms.Form):
    q = forms.CharField(label=_("Run or plan"), required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *JobState.choices], required=False
    )
    task = forms.ChoiceField(
        label=_("Task"), choices=lambda: [("", _("Any task")), *task_names()], required=False
    )
    tag = forms.CharField(label=_("Tag, or tag=value"), required=False, max_length=300)
    mine = forms.BooleanField(label=_("Mine only"), required=False)


class DeviceFilter(forms.Form):
    q = forms.CharField(label=_("Machine or device"), required=False, max_length=120)


class CompareForm(forms.Form):
    """What the comparison of some runs shows. A baseline that is not among them is no choice."""

    runs = forms.CharField(label=_("Runs, by uid"), required=False, max_length=7000)
    baseline = forms.ChoiceField(label=_("Baseline"), required=False)
    metric = forms.ChoiceField(label=_("Metric"), required=False)
    only = forms.BooleanField(label=_("Differences only"), required=False)

    def __init__(self, found: Comparison, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(run.uid, f"{run.name} {run.uid[:8]}") for run in found.runs]
        for field, choices in (("baseline", names), ("metric", [(name, name) for name in found.metrics])):
            chosen = self.fields[field]
            if isinstance(chosen, forms.ChoiceField):
                chosen.choices = [("", _("The first")), *choices]


class ModelFilter(forms.Form):
    q = forms.CharField(label=_("Model"), required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *ModelState.choices], required=False
    )


class PlanFilter(forms.Form):
    q = forms.CharField(label=_("Plan or purpose"), required=False)
    task = forms.ChoiceField(
        label=_("Task"), choices=lambda: [("", _("Any task")), *task_names()], required=False
    )
    method = forms.ChoiceField(
        label=_("Method"), choices=lambda: [("", _("Any method")), *method_names()], required=False
    )


class BackboneFilter(forms.Form):
    q = forms.CharField(label=_("Name or licence"), required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *BackboneState.choices], required=False
    )


class MetricFilter(forms.Form):
    q = forms.CharField(label=_("Words in the name"), required=False, max_length=80)


class TagForm(forms.Form):
    """One tag of a run."""

    key = forms.CharField(label=_("Tag"), max_length=250)
    value = forms.CharField(label=_("Value"), max_length=8000, required=False)


class AlertForm(forms.Form):
    """When a person wants to be told of a run. Which fields a kind needs, the action says."""

    kind = forms.ChoiceField(label=_("Tell me when"), choices=AlertKind.choices)
    metric = forms.CharField(
        label=_("Metric"),
        max_length=80,
        required=False,
        help_text=_("For example valid/auc. Left empty, any metric that is no finite number counts."),
    )
    threshold = forms.FloatField(label=_("Value"), required=False)
    minutes = forms.IntegerField(label=_("Minutes without a sign of life"), required=False, min_value=1)
    every = forms.BooleanField(label=_("Every run of this plan"), required=False)


class LogFilter(forms.Form):
    log = forms.CharField(label=_("Words in the log"), required=False, max_length=80)


class BackboneForm(forms.Form):
    """A pretrained model that lies on this machine already."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Where it is"), choices=BackboneKind.choices)
    place = forms.CharField(
        label=_("Package, folder or hub id"),
        max_length=300,
        help_text=_(
            "A folder is named relative to the folder of backbones. Nothing is downloaded unless the "
            "installation allows it."
        ),
    )
    licence = forms.CharField(
        label=_("Licence (SPDX)"),
        max_length=60,
        help_text=_("For example Apache-2.0; LicenseRef-NAME where there is no identifier."),
    )
    languages = forms.CharField(
        label=_("Languages"),
        max_length=200,
        required=False,
        help_text=_("Codes with commas between, as en, zh."),
    )

    def clean_languages(self) -> list[str]:
        return split_names(self.cleaned_data["languages"])


def split_names(text: str) -> list[str]:
    """Names with commas between, full-width ones too."""
    return [name.strip() for name in text.replace("，", ",").replace("、", ",").split(",") if name.strip()]


def _option_fields() -> dict[str, forms.Field]:
    """A field for each option, saying which methods have it and what they take where it is left empty."""
    chinese = words.reads_chinese()
    found: dict[str, forms.Field] = {}
    for name in OPTIONS:
        cards = [card for card in METHODS.values() if name in card.options]
        option = cards[0].options[name]
        kind = forms.IntegerField if option.whole else forms.FloatField
        users = [f"{card.zh if chinese else card.en} ({card.options[name].default:g})" for card in cards]
        found[name] = kind(
            label=option.zh if chinese else option.en,
            required=False,
            help_text=_("Only for (default): %(methods)s.") % {"methods": ", ".join(users)},
        )
    return found


if TYPE_CHECKING:  # Django's own class takes no type argument when it runs
    _VersionField = forms.ModelChoiceField[DatasetVersion]
else:
    _VersionField = forms.ModelChoiceField


class VersionChoice(_VersionField):
    """Versions by name and number."""

    def label_from_instance(self, version: Any) -> str:
        label = f" · {version.label}" if version.label else ""
        return f"{version.dataset.name} v{version.number}{label}"


class PlanForm(forms.Form):
    """Everything that decides what a run computes. What is left empty has the default of the method."""

    option_names = OPTIONS
    stage_names = STAGES

    name = forms.CharField(label=_("Name"), max_length=120)
    task = forms.ChoiceField(label=_("Task"), choices=task_names)
    method = forms.ChoiceField(label=_("Method"), choices=method_names)
    backbone = forms.ModelChoiceField(
        label=_("Backbone"),
        queryset=Backbone.objects.filter(state=BackboneState.CHECKED),
        to_field_name="uid",
        empty_label=None,
    )
    version = VersionChoice(
        label=_("Data it is meant for"),
        queryset=DatasetVersion.objects.none(),
        to_field_name="uid",
        required=False,
        help_text=_(
            "A backbone that was measured not to read these texts is refused. The plan itself names no data."
        ),
    )
    purpose = forms.CharField(
        label=_("Purpose"), max_length=80, help_text=_("Exactly the purpose the permit names.")
    )
    left = forms.CharField(
        label=_("Columns of the left text"), max_length=500, help_text=_("Joined by a blank, in this order.")
    )
    right = forms.CharField(
        label=_("Columns of the right text"),
        max_length=500,
        required=False,
        help_text=_("Empty where the task reads one text."),
    )
    label = forms.CharField(
        label=_("Label column"),
        max_length=120,
        required=False,
        help_text=_("Empty where the task needs none."),
    )
    group = forms.CharField(
        label=_("Group column"),
        max_length=120,
        required=False,
        help_text=_("Rows of one group stay together when intervals are drawn."),
    )
    time = forms.CharField(
        label=_("Time column"),
        max_length=120,
        required=False,
        help_text=_(
            "For a log of events: when something was done; the parts must follow one another. For sentiment "
            "and topic: when the text was written."
        ),
    )
    item = forms.CharField(
        label=_("Item column"),
        max_length=120,
        required=False,
        help_text=_("Only for a log of events: which thing it was. Empty: its text says."),
    )
    kind = forms.CharField(
        label=_("Kind column"),
        max_length=120,
        required=False,
        help_text=_("Only for a log of events: what kind of thing it was, where that is known."),
    )
    learning_rate = forms.FloatField(
        label=_("Learning rate"), required=False, help_text=_("Empty: the default of the method.")
    )
    batch_size = forms.IntegerField(label=_("Pairs per step"), initial=RECIPE.batch_size)
    pass_texts = forms.IntegerField(
        label=_("Texts per pass"),
        initial=RECIPE.pass_texts,
        required=False,
        help_text=_("0: the whole batch at once. Fewer need less memory and more time; the loss stays."),
    )
    epochs = forms.IntegerField(label=_("Epochs"), initial=RECIPE.epochs)
    max_length = forms.IntegerField(label=_("Longest text, in tokens"), initial=RECIPE.max_length)
    max_pairs = forms.IntegerField(label=_("At most this many training pairs"), initial=RECIPE.max_pairs)
    hard_negatives = forms.IntegerField(
        label=_("Hard negatives per query"),
        initial=RECIPE.hard_negatives,
        required=False,
        help_text=_(
            "Only where the whole catalogue is ranked: items that look alike by words but are no answer."
        ),
    )
    history = forms.IntegerField(
        label=_("Items of a history"),
        required=False,
        help_text=_("Only for a log of events: the most recent ones that count. Empty: 50."),
    )
    save_every = forms.IntegerField(label=_("Checkpoint every so many steps"), initial=RECIPE.save_every)
    weight_decay = forms.FloatField(label=_("Weight decay"), initial=RECIPE.weight_decay)
    warmup_share = forms.FloatField(label=_("Warm-up, share of the steps"), initial=RECIPE.warmup_share)
    class_weights = forms.ChoiceField(
        label=_("Class weights"),
        choices=[("none", _("Every row counts the same")), ("balanced", _("Every class counts the same"))],
        required=False,
    )
    checkpointing = forms.ChoiceField(
        label=_("Activations"),
        choices=[("none", _("Kept until the way back")), ("layers", _("Computed again, layer by layer"))],
        required=False,
        help_text=_("Computed again, they need much less memory and a third more time; the loss stays."),
    )
    seed = forms.IntegerField(label=_("Seed"), initial=RECIPE.seed)
    patience = forms.IntegerField(
        label=_("Stop early after so many looks"),
        required=False,
        help_text=_(
            "Looks at the validation rows without a better headline; the best is kept. Empty: never."
        ),
    )
    adapt_steps = forms.IntegerField(
        label=_("Steps of pre-adaptation"),
        required=False,
        help_text=_(
            "Before training, the encoder reads the training texts without their labels and learns to tell "
            "them apart. Empty: none."
        ),
    )
    student_layers = forms.IntegerField(
        label=_("Layers of the student"),
        required=False,
        help_text=_(
            "After training, a smaller model of so many layers learns the result and is published in its "
            "place. Empty: none."
        ),
    )
    distill_epochs = forms.IntegerField(
        label=_("Epochs of the student"), required=False, help_text=_("Only with a student. Empty: 1.")
    )
    prune_neurons = forms.FloatField(
        label=_("Share of neurons to prune"),
        required=False,
        help_text=_(
            "0 to 0.5: the least important neurons of the feed-forward networks go after training. "
            "Empty: none."
        ),
    )

    slices = forms.CharField(
        label=_("Columns looked at apart"),
        max_length=500,
        required=False,
        help_text=_(
            "Up to four columns of the test rows, with commas between: the first metric is shown for each "
            "of their values. The permit has to cover them."
        ),
    )
    watched = forms.CharField(
        label=_("Classes to watch over time"),
        max_length=500,
        required=False,
        help_text=_(
            "Only for sentiment and topic with a time column, with commas between: a rising share is told. "
            "Empty: those whose name says negative."
        ),
    )
    leak_limit = forms.FloatField(
        label=_("Judged rows that training may have seen, share"),
        required=False,
        help_text=_("Above it the run stops: such scores say nothing. Empty: 0.01."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_option_fields())
        field = self.fields["version"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = versions_for_runs(user)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = [name for name in OPTIONS if data.get(name) is not None]
        known = METHODS[data["method"]].options if data.get("method") in METHODS else {}
        for name in given:
            if name not in known:
                self.add_error(name, _("The chosen method has no such option."))
        return data

    def document(self) -> dict[str, Any]:
        """The plan as the engine reads it, without the backbone."""
        data = self.cleaned_data
        recipe = {name: data[name] for name in (*WHOLE, *FRACTIONS) if data[name] is not None}
        judged: dict[str, Any] = {name: split_names(data[name]) for name in ("slices", "watched")}
        if data["leak_limit"] is not None:
            judged["leak_limit"] = data["leak_limit"]
        for name in ("class_weights", "checkpointing"):
            recipe[name] = data[name] or getattr(RECIPE, name)
        return {
            "task": data["task"],
            "method": data["method"],
            "purpose": data["purpose"],
            "text": {
                "left": split_names(data["left"]),
                "right": split_names(data["right"]),
                "label": data["label"],
                "group": data["group"],
                **{name: data[name] for name in ("time", "item", "kind")},
            },
            "recipe": recipe,
            "evaluation": judged,
            "options": {name: data[name] for name in OPTIONS if data[name] is not None},
        }


class GuideFilter(forms.Form):
    """Which version the guide is about, and under which method costs are counted."""

    version = VersionChoice(
        label=_("Dataset version"),
        queryset=DatasetVersion.objects.none(),
        to_field_name="uid",
        empty_label=_("Choose a version"),
    )
    method = forms.ChoiceField(label=_("Method"), choices=method_names, required=False, initial="full")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = versions_for_runs(user)


class GuideForm(forms.Form):
    """What a measurement reads of a version."""

    columns = forms.CharField(
        label=_("Text columns"),
        max_length=500,
        required=False,
        help_text=_("Names with commas between. Empty: every column that holds sentences."),
    )
    max_length = forms.IntegerField(
        label=_("Longest text, in tokens"), initial=RECIPE.max_length, min_value=4, max_value=8192
    )

    def clean_columns(self) -> list[str]:
        return split_names(self.cleaned_data["columns"])


class RunForm(forms.Form):
    """A run of a plan on named versions. Only what the person may see can be chosen."""

    plan = forms.ModelChoiceField(
        label=_("Plan"), queryset=TrainingPlan.objects.none(), to_field_name="uid", empty_label=None
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: the name of the plan.")
    )
    train = VersionChoice(
        label=_("Training rows"), queryset=DatasetVersion.objects.none(), to_field_name="uid"
    )
    valid = VersionChoice(
        label=_("Validation rows"),
        queryset=DatasetVersion.objects.none(),
        to_field_name="uid",
        required=False,
        help_text=_("Without them there is no curve while training, and no threshold."),
    )
    test = VersionChoice(label=_("Test rows"), queryset=DatasetVersion.objects.none(), to_field_name="uid")
    split_column = forms.CharField(
        label=_("Split column"),
        max_length=120,
        required=False,
        help_text=_("Where one version serves several roles: the column that says train, valid or test."),
    )
    cpu_seconds = forms.IntegerField(
        label=_("CPU seconds"),
        min_value=1,
        max_value=MOST_SECONDS,
        initial=3600,
        help_text=_("Taken from the budget of the permit; the run ends when they are spent."),
    )
    device_seconds = forms.IntegerField(
        label=_("Device seconds"),
        min_value=1,
        max_value=MOST_SECONDS,
        required=False,
        help_text=_(
            "How long it may hold its device. Empty: as long as its CPU seconds, where a permit limits it."
        ),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        coerce=int,
        required=False,
        empty_value=str(Priority.NORMAL.value),
        help_text=_("Before fair shares between teams and first come."),
    )
    wait = forms.BooleanField(
        label=_("Wait for permit and gate"),
        required=False,
        help_text=_("Without it the run is refused at once where something is missing."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {"plan": TrainingPlan.objects.visible_to(user)}
        choices |= {role: versions_for_runs(user) for role in DataRole.values}
        for name, rows in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows
        _offer_priorities(self.fields["priority"], user)

    def inputs(self) -> list[InputSpec]:
        """What was chosen, per role."""
        column = self.cleaned_data["split_column"]
        return [
            InputSpec(role, version, (column, role) if column else None)
            for role in DataRole.values
            if (version := self.cleaned_data.get(role)) is not None
        ]


def _offer_priorities(field: forms.Field, user: User) -> None:
    """High only for who may let a run go before all others."""
    if isinstance(field, forms.ChoiceField):
        hurry = permissions.may_hurry(user)
        field.choices = [(value, word) for value, word in Priority.choices if hurry or value != Priority.HIGH]
        field.initial = Priority.NORMAL


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_priorities(self.fields["priority"], user)


class NotesForm(forms.Form):
    notes = forms.CharField(
        label=_("Notes"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class QuarantineForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=80)
