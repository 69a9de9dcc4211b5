"""Charter and policies by fields. A policy may leave each rule out; a charter says something of every one."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import CaseAction
from committee.forms.law import EMPTY, TextForm, words_list
from governance.choices import Level

REQUIREMENTS = 6
FRACTION = re.compile(r"[1-9]\d{0,5}/[1-9]\d{0,5}", re.ASCII)
YES_NO = [("yes", _("yes")), ("no", _("no"))]
NUMBERS = ("min_open_hours", "deadline_days", "validity_days", "proxy_cap", "break_glass_max_hours")
WORDS = ("tie", "early_close", "on_deadline", "on_inquorate")
FRACTION_HELP = _("As a fraction, 1/2 or 2/3; no decimals.")


def _fraction(label: Any) -> forms.RegexField:
    return forms.RegexField(rf"^{FRACTION.pattern}\Z", label=label, required=False, help_text=FRACTION_HELP)


def _number(label: Any, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=False)


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[EMPTY, *choices], required=False)


GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _("When it applies"),
        ("id", "repeals", "actions", "min_level", "purposes", "min_rows_share", "min_downstream_models"),
    ),
    (_("Name"), ("version",)),
    (_("Quorum"), ("quorum_basis", "quorum_count", "quorum_share", "abstentions", "proxies")),
    (_("Majority"), ("majority_basis", "threshold", "strict", "tie", "team_cap")),
    (_("Time"), ("deadline_days", "min_open_hours", "early_close", "validity_days")),
    (_("Without a decision"), ("on_deadline", "on_inquorate", "escalate_to")),
    (_("Ballots"), ("sealed", "proxy_cap", "break_glass_max_hours")),
)


class RulesForm(TextForm):
    """The parameters of committee-rules §3 as fields, none of them needed."""

    quorum_basis = _choice(
        _("Quorum by"), [("count", _("number of seats")), ("share", _("share of the eligible seats"))]
    )
    quorum_count = _number(_("Seats that must be present"), 1, 1000)
    quorum_share = _fraction(_("Share that must be present"))
    abstentions = _choice(_("Abstentions count for the quorum"), YES_NO)
    proxies = _choice(_("Ballots by proxy count for the quorum"), YES_NO)
    majority_basis = _choice(
        _("Approvals are counted against"),
        [("cast", _("votes cast")), ("eligible", _("eligible seats")), ("all", _("all seats"))],
    )
    threshold = _fraction(_("Share of approvals needed"))
    strict = _choice(_("That share"), [("yes", _("must be exceeded")), ("no", _("is enough"))])
    team_cap = _number(_("Approvals of the requesting team that count at most"), 0, 1000)
    tie = _choice(
        _("At a tie"), [("chair", _("the presiding member decides")), ("fails", _("it does not pass"))]
    )
    early_close = _choice(
        _("Close before the deadline"), [("certain", _("once the result is certain")), ("never", _("never"))]
    )
    min_open_hours = _number(_("Open for at least, in hours"), 0, 10_000)
    deadline_days = _number(_("Voting time in working days"), 1, 250)
    on_deadline = _choice(
        _("Without a decision by the deadline"),
        [("deny", _("it is denied")), ("escalate", _("it goes to another committee"))],
    )
    on_inquorate = _choice(
        _("Where no quorum is possible"),
        [("close", _("it is closed")), ("escalate", _("it goes to another committee"))],
    )
    escalate_to = forms.ChoiceField(
        label=_("The other committee"),
        required=False,
        choices=lambda: [("", "–"), *selectors.committee_codes()],
    )
    sealed = _choice(_("Ballots are sealed"), YES_NO)
    validity_days = _number(_("A permit is valid for, in days"), 1, 1830)
    proxy_cap = _number(_("Delegations one person may hold"), 0, 1000)
    break_glass_max_hours = _number(_("Emergency access at most, in hours"), 1, 24)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, REQUIREMENTS + 1):
            for name, field in _requirement(number).items():
                self.fields[name] = field
        last = ["title", "title_zh", "note", "digest"]
        self.order_fields([name for name in self.fields if name not in last] + last)

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields by what they are about, groups without any left out."""
        found = [(title, [self[name] for name in names if name in self.fields]) for title, names in GROUPS]
        return [(title, fields) for title, fields in found if fields]

    @property
    def about(self) -> list[Any]:
        """What is said around the document."""
        return [self[name] for name in ("title", "title_zh", "note")]

    @property
    def requirement_rows(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each required function, row by row."""
        return [
            (self[f"f{n}_function"], self[f"f{n}_of"], self[f"f{n}_min"]) for n in range(1, REQUIREMENTS + 1)
        ]

    def rules(self) -> dict[str, Any]:
        """The rules the fields name; a rule named by halves keeps the half, for the engine to refuse."""
        data = self.cleaned_data
        rules: dict[str, Any] = {}
        if data["quorum_basis"]:
            rules["quorum"] = _quorum(data)
        if data["majority_basis"] or data["threshold"]:
            rules["majority"] = _majority(data)
        composition = self._composition()
        if composition:
            rules["composition"] = composition
        rules |= {name: data[name] for name in WORDS if data[name]}
        rules |= {name: data[name] for name in NUMBERS if data[name] is not None}
        if data["sealed"]:
            rules["sealed"] = data["sealed"] == "yes"
        if data["escalate_to"]:
            rules["escalate_to"] = data["escalate_to"]
        return rules

    def _composition(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        found: list[dict[str, Any]] = []
        for n in range(1, REQUIREMENTS + 1):
            name = data[f"f{n}_function"]
            if name:
                least = data[f"f{n}_min"] or 1
                found.append(
                    {"kind": "function", "function": name, "of": data[f"f{n}_of"] or "present", "min": least}
                )
        if data["team_cap"] is not None:
            found.append({"kind": "team_cap", "max": data["team_cap"]})
        return found


def _requirement(number: int) -> dict[str, forms.Field]:
    of = [("present", _("must vote")), ("approvals", _("must approve"))]
    return {
        f"f{number}_function": forms.RegexField(
            r"^[a-z][a-z0-9-]{0,39}\Z",
            label=_("Function"),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"aria-label": _("Function")}),
        ),
        f"f{number}_of": forms.ChoiceField(
            label=_("What it must do"),
            choices=of,
            required=False,
            widget=forms.Select(attrs={"aria-label": _("What it must do")}),
        ),
        f"f{number}_min": forms.IntegerField(
            label=_("Seats"),
            min_value=1,
            max_value=1000,
            required=False,
            widget=forms.NumberInput(attrs={"aria-label": _("Seats")}),
        ),
    }


def _quorum(data: dict[str, Any]) -> dict[str, Any]:
    value = data["quorum_count"] if data["quorum_basis"] == "count" else data["quorum_share"]
    counted = {name: data[name] == "yes" for name in ("abstentions", "proxies")}
    return {"basis": data["quorum_basis"], "value": value, **counted}


def _majority(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "basis": data["majority_basis"],
        "threshold": data["threshold"],
        "strict": data["strict"] == "yes",
    }


def rules_shown(rules: dict[str, Any]) -> dict[str, Any]:
    """What the fields show for rules as data."""
    shown: dict[str, Any] = {name: rules[name] for name in (*WORDS, *NUMBERS) if name in rules}
    if "quorum" in rules:
        quorum = rules["quorum"]
        shown |= {"quorum_basis": quorum["basis"], f"quorum_{quorum['basis']}": quorum["value"]}
        shown |= {name: _yes(quorum[name]) for name in ("abstentions", "proxies")}
    if "majority" in rules:
        majority = rules["majority"]
        shown |= {"majority_basis": majority["basis"], "threshold": majority["threshold"]}
        shown["strict"] = _yes(majority["strict"])
    needs = [need for need in rules.get("composition", []) if need["kind"] == "function"]
    for number, need in enumerate(needs[:REQUIREMENTS], start=1):
        shown |= {f"f{number}_{name}": need[name] for name in ("function", "of", "min")}
    caps = [need["max"] for need in rules.get("composition", []) if need["kind"] == "team_cap"]
    if caps:
        shown["team_cap"] = min(caps)
    if "sealed" in rules:
        shown["sealed"] = _yes(rules["sealed"])
    shown["escalate_to"] = rules.get("escalate_to") or ""
    return shown


def fits_fields(rules: dict[str, Any]) -> bool:
    """Whether the fields can show all of it; else the document is edited as it is."""
    needs = rules.get("composition", [])
    caps = sum(need["kind"] == "team_cap" for need in needs)
    return bool(len(needs) - caps <= REQUIREMENTS and caps <= 1)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


class CharterForm(RulesForm):
    """The committee's rules; every one is said."""

    version = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}\Z",
        label=_("Name of the version"),
        help_text=_("As charter-2027-1; each name is used once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        optional = {"team_cap", "escalate_to", "quorum_count", "quorum_share", "title", "title_zh", "note"}
        for name, field in self.fields.items():
            named = name in optional or name == "digest" or re.fullmatch(r"f\d+_.*", name)
            field.required = not named
            if isinstance(field, forms.ChoiceField) and field.required:
                offered: Any = field.choices
                field.choices = [choice for choice in offered if choice[0]]
        self.order_fields(["version", *(name for name in self.fields if name != "version")])

    @staticmethod
    def first_values(document: dict[str, Any]) -> dict[str, Any]:
        return {"version": document.get("version", "")} | rules_shown(document)

    def document(self) -> dict[str, Any]:
        rules = self.rules()
        always: dict[str, Any] = {"composition": [], "escalate_to": None}
        return {"version": self.cleaned_data["version"], **always, **rules}


class PolicyForm(RulesForm):
    """What is added to the charter for certain cases: when it applies, and the rules it sets."""

    id = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}\Z",
        label=_("Name"),
        help_text=_("One word, as sensitive-data. The name of a policy stays."),
    )
    repeals = forms.BooleanField(
        label=_("Repeal the policy"),
        help_text=_("The rules below no longer hold; nothing takes their place."),
        required=False,
    )
    actions = forms.MultipleChoiceField(
        label=_("Applies to"),
        choices=CaseAction.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: to every action."),
    )
    min_level = forms.TypedChoiceField(
        label=_("From level"),
        choices=[("", _("any level")), *Level.choices],
        coerce=int,
        required=False,
        empty_value=None,
    )
    purposes = forms.CharField(
        label=_("For the purposes"),
        required=False,
        max_length=2000,
        help_text=_("Names with commas between them; empty for every purpose."),
    )
    min_rows_share = _fraction(_("From this share of rows changed on"))
    min_downstream_models = _number(_("From this number of models made from it on"), 1, 1_000_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [
            "id",
            "repeals",
            "actions",
            "min_level",
            "purposes",
            "min_rows_share",
            "min_downstream_models",
        ]
        self.order_fields([*first, *(name for name in self.fields if name not in first)])

    @staticmethod
    def first_values(document: dict[str, Any]) -> dict[str, Any]:
        match = document.get("match", {})
        shown = {"id": document.get("id", ""), "purposes": ", ".join(match.get("purposes", []))}
        names = ("actions", "min_level", "min_rows_share", "min_downstream_models")
        return (
            shown
            | {name: match[name] for name in names if name in match}
            | rules_shown(document.get("set", {}))
        )

    def document(self) -> dict[str, Any]:
        data = self.cleaned_data
        match: dict[str, Any] = {}
        for name in ("actions", "min_level", "min_rows_share", "min_downstream_models"):
            if data[name]:
                match[name] = data[name]
        purposes = words_list(data["purposes"])
        if purposes:
            match["purposes"] = purposes
        return {"id": data["id"], "match": match, "set": self.rules()}
