"""Forms and filters of the catalogue's pages. They check shape; the actions check right and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    MOST_EXPORTED,
    Dimension,
    Domain,
    Engine,
    EnginePolicy,
    GateState,
    IncidentState,
    ReadPurpose,
    Severity,
    SourceKind,
    SplitPart,
    Verdict,
)
from catalog.models import Dataset, RecipeVersion, Source, ValidationRun
from governance.choices import JobState, Level
from governance.models import Standard, User
from ui.words import short_moment

LARGEST_RECIPE = 1 << 20
NOTE = forms.Textarea(attrs={"rows": 3})


class DatasetFilter(forms.Form):
    q = forms.CharField(label=_("Name or title"), required=False)
    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=[("", _("Any level")), *Level.choices],
        required=False,
        coerce=int,
        empty_value=None,
    )
    domain = forms.ChoiceField(
        label=_("Domain"), choices=[("", _("Any domain")), *Domain.choices], required=False
    )
    gate = forms.ChoiceField(
        label=_("Gate"), choices=[("", _("Any gate")), *GateState.choices], required=False
    )


class RunFilter(forms.Form):
    q = forms.CharField(label=_("Dataset"), required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *JobState.choices], required=False
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=[("", _("Any verdict")), *Verdict.choices], required=False
    )
    gate = forms.ChoiceField(
        label=_("Gate"), choices=[("", _("Any gate")), *GateState.choices[:3]], required=False
    )
    engine_name = forms.ChoiceField(
        label=_("Engine"), choices=[("", _("Any engine")), *Engine.choices], required=False
    )


class OutcomeFilter(forms.Form):
    """Which rules of a run are shown, and the run they are compared with."""

    q = forms.CharField(label=_("Rule, column or words"), required=False)
    verdict = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("Any outcome")), *Verdict.choices], required=False
    )
    severity = forms.ChoiceField(
        label=_("Severity"), choices=[("", _("Any severity")), *Severity.choices], required=False
    )
    dimension = forms.ChoiceField(
        label=_("Dimension"), choices=[("", _("Any dimension")), *Dimension.choices], required=False
    )
    against = forms.ChoiceField(label=_("Compared with"), required=False)

    def __init__(self, *args: Any, runs: Sequence[ValidationRun], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["against"]
        listed = [(run.uid, _run_words(run)) for run in runs]
        field.choices = [("", _("Compared with the run before")), *listed]
        given = self.data.get("against", "")
        if given and given not in {run.uid for run in runs}:  # an older one, reached by its address
            field.choices = [*field.choices, (given, given)]


def _run_words(run: ValidationRun) -> str:
    ended = short_moment(localtime(run.finished_at)) if run.finished_at else ""
    law = f"{run.standard_version.standard.name} {run.standard_version.version}"
    return f"v{run.version.number} · {ended} · {run.score or '–'} · {law}"


class EngineForm(forms.Form):
    validation_engine = forms.ChoiceField(label=_("Engine of checks"), choices=EnginePolicy.choices)


class NameFilter(forms.Form):
    q = forms.CharField(label=_("Name or title"), required=False)


class IncidentFilter(forms.Form):
    q = forms.CharField(label=_("Dataset"), required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *IncidentState.choices], required=False
    )


class SourceForm(forms.Form):
    name = forms.SlugField(label=_("Name"), max_length=80, help_text=_("Latin letters, digits, - and _."))
    title = forms.CharField(label=_("Title"), max_length=200)
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=SourceKind.choices)
    schedule = forms.CharField(
        label=_("Collected"), max_length=120, required=False, help_text=_("for example: daily at 02:00")
    )
    licence = forms.CharField(label=_("Licence or legal basis"), max_length=200, required=False)
    description = forms.CharField(label=_("Description"), required=False, widget=NOTE)
    description_zh = forms.CharField(label=_("Description (Chinese)"), required=False, widget=NOTE)


class DatasetForm(forms.Form):
    name = forms.SlugField(label=_("Name"), max_length=80, help_text=_("Latin letters, digits, - and _."))
    title = forms.CharField(label=_("Title"), max_length=200)
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200, required=False)
    description = forms.CharField(label=_("Description"), required=False, widget=NOTE)
    description_zh = forms.CharField(label=_("Description (Chinese)"), required=False, widget=NOTE)
    source = forms.ModelChoiceField(
        label=_("Source"), queryset=Source.objects.none(), required=False, empty_label=_("none yet")
    )
    level = forms.TypedChoiceField(
        label=_("Level"), choices=Level.choices, coerce=int, initial=Level.INTERNAL
    )
    domain = forms.ChoiceField(label=_("Domain"), choices=Domain.choices)
    standard = forms.ModelChoiceField(
        label=_("Standard"), queryset=Standard.objects.none(), required=False, empty_label=_("none yet")
    )
    object_name = forms.CharField(
        label=_("Object of the standard"),
        max_length=120,
        required=False,
        help_text=_("Only where the standard holds several objects."),
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    steward = forms.ModelChoiceField(label=_("Steward"), queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, kind="person")
        self._offer("source", Source.objects.visible_to(user))
        self._offer("standard", Standard.objects.visible_to(user))
        self._offer("owner", people)
        self._offer("steward", people)

    def _offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        standard = data.pop("standard", None)
        return {**data, "standard_name": standard.name if standard else ""}


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("CSV, CSV.gz or Parquet."))
    label = forms.CharField(
        label=_("Label"),
        max_length=40,
        required=False,
        help_text=_("For a part of a split: train, valid, test."),
    )


class RecipeForm(forms.Form):
    name = forms.SlugField(label=_("Name"), max_length=80, help_text=_("Latin letters, digits, - and _."))
    title = forms.CharField(label=_("Title"), max_length=200)
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200, required=False)
    document = forms.FileField(label=_("Recipe"), help_text=_("YAML, recipe v1, at most 1 MB."))
    note = forms.CharField(label=_("What changed"), max_length=500, required=False, widget=NOTE)

    def clean_document(self) -> bytes:
        upload = self.cleaned_data["document"]
        if upload.size > LARGEST_RECIPE:
            raise forms.ValidationError(_("The document is larger than 1 MB."))
        content: bytes = upload.read()
        return content


class CleanForm(forms.Form):
    recipe_version = forms.ModelChoiceField(
        label=_("Recipe"), queryset=RecipeVersion.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["recipe_version"]
        field.queryset = RecipeVersion.objects.visible_to(user).select_related("recipe").defer("document")


class SplitForm(forms.Form):
    """A record-disjoint split: what makes a record on each side, and where the parts go."""

    left = forms.MultipleChoiceField(
        label=_("Columns of the left record"), widget=forms.CheckboxSelectMultiple
    )
    right = forms.MultipleChoiceField(
        label=_("Columns of the right record"), widget=forms.CheckboxSelectMultiple
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=0)

    def __init__(self, *args: Any, user: User, columns: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in ("left", "right"):
            field: Any = self.fields[side]
            field.choices = [(name, name) for name in columns]
        for part in SplitPart:
            self.fields[part.value] = forms.ModelChoiceField(
                label=part.label, queryset=Dataset.objects.visible_to(user).current()
            )

    def targets(self) -> dict[str, Dataset]:
        return {part.value: self.cleaned_data[part.value] for part in SplitPart}


class PurposeForm(forms.Form):
    """Why somebody looks at cells: a general purpose, or that of a permit they hold."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=ReadPurpose.choices)

    def __init__(self, *args: Any, permitted: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [(name, _("Permitted: %(purpose)s") % {"purpose": name}) for name in permitted]
        self.fields["purpose"].choices = [*held, *ReadPurpose.choices]  # type: ignore[attr-defined]


class LookForm(PurposeForm):
    start = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    step = forms.CharField(required=False, widget=forms.HiddenInput)


class CellForm(PurposeForm):
    row = forms.IntegerField(label=_("Row"), min_value=1)
    column = forms.CharField(label=_("Column"), max_length=300)


class ExportForm(PurposeForm):
    """Rows to take away: which columns, how many."""

    columns = forms.CharField(
        label=_("Columns"),
        max_length=4000,
        help_text=_("Names with commas between them; * for all. A permit covers those it names."),
    )
    rows = forms.IntegerField(label=_("First rows"), min_value=1, max_value=MOST_EXPORTED, initial=1000)

    def clean_columns(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["columns"].split(",") if name.strip()]


class ResolveForm(forms.Form):
    note = forms.CharField(label=_("What was done"), max_length=2000, widget=NOTE)


class RejectForm(forms.Form):
    reason = forms.CharField(label=_("Why it is not wanted"), max_length=500, widget=NOTE)


class DryRunForm(forms.Form):
    """A standard tried out: on which data, on how many rows of it."""

    version = forms.ChoiceField(label=_("On"))
    object_name = forms.ChoiceField(label=_("Object"), required=False)
    rows = forms.IntegerField(label=_("First rows"), min_value=1, max_value=10_000_000, initial=10_000)
    whole = forms.BooleanField(label=_("All rows instead"), required=False)

    def __init__(self, *args: Any, versions: Sequence[Any], objects: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            (version.uid, f"{version.dataset.name} v{version.number}") for version in versions
        ]
        if len(objects) < 2:
            del self.fields["object_name"]
        else:
            names = [("", _("The dataset's own")), *((name, name) for name in objects)]
            self.fields["object_name"].choices = names  # type: ignore[attr-defined]
