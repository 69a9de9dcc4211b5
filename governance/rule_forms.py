"""Forms of the editor of standards: a rule of any kind, a column, the whole text.

A rule's form is made from what its kind declares (`governance.standard_text.KindWords`); its answer is a
change as `governance.validation.standard.changing` names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.choices import Dimension, Severity
from governance.models import local_name
from governance.standard_text import KindWords, ParameterWords

OPERATORS = (
    ("mustBe", _("is")),
    ("mustNotBe", _("is not")),
    ("mustBeGreaterThan", _("is greater than")),
    ("mustBeGreaterOrEqualTo", _("is at least")),
    ("mustBeLessThan", _("is less than")),
    ("mustBeLessOrEqualTo", _("is at most")),
    ("mustBeBetween", _("lies between [a, b]")),
    ("mustNotBeBetween", _("does not lie between [a, b]")),
)
TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array")
CLASSIFICATIONS = ("public", "internal", "sensitive", "restricted", "core")
LINES = {"rows": 4, "class": "code"}


def _choices(words: Iterable[str], held: str, none: Any) -> list[tuple[str, Any]]:
    """The words, the one held where it is another, and none of them first."""
    listed = [(word, word) for word in words]
    if held and held not in dict(listed):
        listed.append((held, held))
    return [("", none), *listed]


class DraftForm(forms.Form):
    """Every edit names the text it was made on."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=80)


class RuleForm(DraftForm):
    """One rule: which columns, the parameters of its kind, which rows, how many may fail, how grave."""

    def __init__(
        self,
        kind: KindWords,
        columns: Sequence[str],
        *args: Any,
        entry: Mapping[str, Any] | None = None,
        judged: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.kind, self.columns, self.entry = kind, columns, dict(entry or {})
        self.judged = list(judged)
        super().__init__(*args, **kwargs)
        self._add_columns()
        for parameter in kind.parameters:
            self.fields[f"p_{parameter.name}"] = self._field(parameter)
        self._add_bounds()
        self._add_words()

    @property
    def own(self) -> bool:
        """Written for our engine; library metrics and SQL entries keep their ODCS form."""
        return bool(self.entry.get("style", "custom") == "custom")

    def _add_columns(self) -> None:
        names = [(name, name) for name in self.columns]
        if self.kind.columns == "none" or not self.own:
            return
        if self.kind.columns == "one":
            first = self.judged[0] if self.judged else None
            self.fields["columns"] = forms.ChoiceField(label=_("Column"), choices=names, initial=first)
            return
        self.fields["columns"] = forms.MultipleChoiceField(
            label=_("Columns"),
            choices=names,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=self.judged,
        )

    def _field(self, one: ParameterWords) -> forms.Field:
        label, help_text = one.name, local_name(one.help, one.help_zh)
        held = self.entry.get("parameters", {}).get(one.name, "")
        lines = self.entry.get("lines", {}).get(one.name, [])
        common: dict[str, Any] = {"label": label, "help_text": help_text, "required": one.required}
        if one.form == "boolean":
            return forms.BooleanField(**{**common, "required": False}, initial=held == "true")
        if one.form == "choice":
            none = _("Default: %(word)s") % {"word": one.default} if one.default else "—"
            return forms.ChoiceField(**common, choices=_choices(one.choices, held, none), initial=held)
        if one.form == "column":
            return forms.ChoiceField(**common, choices=_choices(self.columns, held, "—"), initial=held)
        if one.form in ("choices", "columns"):
            names = one.choices if one.form == "choices" else self.columns
            chosen = lines or ([held] if held else list(one.default or ()))
            return forms.MultipleChoiceField(
                **common,
                choices=[(name, name) for name in names],
                widget=forms.CheckboxSelectMultiple,
                initial=chosen,
            )
        if one.form in ("values", "texts", "condition") or one.name == "query":
            shown = "\n".join(lines) if lines else held
            return forms.CharField(**common, widget=forms.Textarea(attrs=LINES), initial=shown)
        if one.default not in (None, "", []) and one.form in ("number", "yaml"):
            default = _("Default: %(word)s") % {"word": one.default}
            common["help_text"] = f"{help_text} {default}"
        return forms.CharField(**common, initial=held, widget=forms.TextInput(attrs={"class": "code"}))

    def _add_bounds(self) -> None:
        entry = self.entry
        if self.kind.operator or not self.own:
            self.fields["operator"] = forms.ChoiceField(
                label=_("The answer"), choices=OPERATORS, initial=entry.get("operator") or "mustBe"
            )
            self.fields["operand"] = forms.CharField(
                label=_("Number"), initial=entry.get("operand", ""), help_text=_("Two as [a, b].")
            )
            self.fields["unit"] = forms.ChoiceField(
                label=_("Unit"),
                choices=[("", _("rows")), ("percent", _("percent"))],
                required=False,
                initial="percent" if entry.get("unit") == "percent" else "",
            )
        if not self.own:
            return
        self.fields["where"] = forms.CharField(
            label=_("Only rows where"),
            required=False,
            initial=entry.get("where", ""),
            help_text=_("A condition such as {column: status, op: eq, value: paid}; empty: all rows."),
            widget=forms.Textarea(attrs={**LINES, "rows": 2}),
        )
        if self.kind.level == "row":
            held = entry.get("tolerance", {})
            self.fields["tolerated"] = forms.CharField(
                label=_("Failing rows tolerated"),
                required=False,
                initial=held.get("percent") or held.get("rows") or "",
            )
            self.fields["tolerated_unit"] = forms.ChoiceField(
                label=_("Tolerated in"),
                choices=[("rows", _("rows")), ("percent", _("percent of the checked rows"))],
                initial="percent" if "percent" in held else "rows",
            )

    def _add_words(self) -> None:
        grave = Severity(self.kind.severity).label
        held = self.entry.get("severity", "")
        severities = [("", _("Default: %(word)s") % {"word": grave}), *Severity.choices]
        if held and held not in Severity.values:
            severities.append((held, held))
        self.fields["severity"] = forms.ChoiceField(
            label=_("Severity"), choices=severities, required=False, initial=held
        )
        usual = Dimension(self.kind.dimension).label
        held = self.entry.get("dimension", "")
        dimensions = [("", _("Default: %(word)s") % {"word": usual}), *Dimension.choices]
        self.fields["dimension"] = forms.ChoiceField(
            label=_("Dimension"), choices=dimensions, required=False, initial=held
        )
        self.fields["id"] = forms.CharField(
            label=_("Name of the rule"),
            max_length=80,
            required=False,
            initial=self.entry.get("id", ""),
            help_text=_("Part of its id after the column; empty: the kind."),
        )
        self.fields["description"] = forms.CharField(
            label=_("Why it is there"),
            max_length=1000,
            required=False,
            initial=self.entry.get("description", ""),
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def change(self) -> dict[str, Any]:
        """The answer as a change; parameters in the way that keeps the text of numbers."""
        given = self.cleaned_data
        found: dict[str, Any] = {"kind": self.kind.name, "parameters": {}, "texts": {}, "lines": {}}
        for one in self.kind.parameters:
            self._put(found, one, given.get(f"p_{one.name}"))
        if "columns" in self.fields:
            chosen = given["columns"]
            found["columns"] = [chosen] if isinstance(chosen, str) else _in_order(chosen, self.judged)
        for key in ("id", "description", "severity", "dimension"):
            found[key] = given[key] or None
        if "operator" in self.fields:
            found["threshold"] = {given["operator"]: given["operand"], "unit": given["unit"] or None}
        if "where" in self.fields:
            found["where"] = given["where"] or None
        if "tolerated" in self.fields:
            amount, unit = given["tolerated"].strip(), given["tolerated_unit"]
            found["tolerance"] = f"{{{unit}: {amount}}}" if amount else None
        return found

    def _put(self, found: dict[str, Any], one: ParameterWords, value: Any) -> None:
        written = self.entry.get("parameters", {})
        if one.form == "boolean":
            explicit = one.name in written
            found["parameters"][one.name] = True if value else (False if explicit else None)
        elif one.form in ("choices", "columns"):
            listed = _in_order(value or [], self.entry.get("lines", {}).get(one.name, []))
            usual = one.name not in written and listed == list(one.default or ())
            found["parameters"][one.name] = None if usual or not listed else listed
        elif one.form in ("values", "texts"):
            found["lines"][one.name] = (value or "").splitlines()
        elif one.form in ("text", "choice", "column"):
            found["parameters"][one.name] = value or None
        else:
            found["texts"][one.name] = value or ""


def _in_order(chosen: Iterable[str], before: Sequence[str]) -> list[str]:
    """What was there keeps its order; what is new follows."""
    listed = list(chosen)
    return [*(name for name in before if name in listed), *(name for name in listed if name not in before)]


OPTIONS = (
    ("minimum", _("At least")),
    ("maximum", _("At most")),
    ("exclusiveMinimum", _("More than")),
    ("exclusiveMaximum", _("Less than")),
    ("multipleOf", _("Multiple of")),
    ("minLength", _("Shortest text")),
    ("maxLength", _("Longest text")),
    ("pattern", _("Pattern")),
    ("format", _("Format")),
)
FLAGS = (
    ("required", _("Never missing")),
    ("unique", _("No value twice")),
    ("primaryKey", _("Part of the primary key")),
    ("criticalDataElement", _("Critical data element: counts twice in the score")),
)
AS_TEXT = ("pattern", "format")


class ColumnForm(DraftForm):
    """One declared column: its type, whether it may be missing, its limits, how sensitive it is."""

    def __init__(self, *args: Any, held: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = dict(held or {})
        if held is None:
            self.fields["column"] = forms.CharField(label=_("Name of the column"), max_length=120)
        self.fields["description"] = forms.CharField(
            label=_("What it holds"),
            max_length=2000,
            required=False,
            initial=self.held.get("description", ""),
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self.fields["logicalType"] = forms.ChoiceField(
            label=_("Type"),
            required=False,
            choices=_choices(TYPES, self.held.get("logicalType", ""), _("not declared: text as it is")),
            initial=self.held.get("logicalType", ""),
        )
        self.fields["classification"] = forms.ChoiceField(
            label=_("Classification"),
            required=False,
            choices=_choices(CLASSIFICATIONS, self.held.get("classification", ""), _("not classified")),
            initial=self.held.get("classification", ""),
            help_text=_("From sensitive on, reports show no cell of it."),
        )
        for key, label in FLAGS:
            held_flag = bool(self.held.get(key))
            self.fields[key] = forms.BooleanField(label=label, required=False, initial=held_flag)
        for key, label in OPTIONS:
            self.fields[key] = forms.CharField(
                label=label,
                required=False,
                initial=self.held.get(key, ""),
                widget=forms.TextInput(attrs={"class": "code"}),
            )

    def change(self) -> dict[str, Any]:
        """The answer as a change; an empty field takes its key away."""
        given = self.cleaned_data
        names = ("description", "logicalType", "classification", *dict(FLAGS), *AS_TEXT)
        return {
            "values": {key: given[key] or None for key in names},
            "texts": {key: given[key] for key in dict(OPTIONS) if key not in AS_TEXT},
        }


class TextForm(DraftForm):
    """The whole document as text."""

    text = forms.CharField(
        label=_("ODCS document"),
        strip=False,
        max_length=5 * 1024 * 1024,
        widget=forms.Textarea(attrs={"rows": 36, "class": "code", "spellcheck": "false", "wrap": "off"}),
    )
