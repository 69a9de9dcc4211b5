"""A piece of law of any kind in plain words, and what a version changes, by sentence and by parameter."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from committee.choices import LawKind, SeatRole
from committee.models import LawText, Seat
from committee.wording import (
    PARAMETERS,
    function_words,
    match_words,
    rule_sentences,
    summary_words,
    value_words,
)
from governance.choices import AccessAction, Level
from governance.models import Team, User
from ui import words

LANGUAGES = (("en", "en"), ("zh", "zh-hans"))
FIELDS = {
    "match": gettext_lazy("Applies"),
    "min_level": gettext_lazy("From level"),
    "member": gettext_lazy("Holder"),
    "role": gettext_lazy("Role"),
    "functions": gettext_lazy("Functions"),
    "team": gettext_lazy("Team"),
    "alternate": gettext_lazy("Alternate"),
    "term": gettext_lazy("Term"),
    "version": gettext_lazy("Name of the version"),
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name"),
    "secretary": gettext_lazy("Secretary"),
    "charter": gettext_lazy("Charter"),
    "seats": gettext_lazy("Seats"),
}


@dataclass(frozen=True, slots=True)
class Both:
    """The sentences of a text in both languages."""

    en: tuple[str, ...]
    zh: tuple[str, ...]

    def as_dict(self) -> dict[str, list[str]]:
        return {"en": list(self.en), "zh": list(self.zh)}


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter that differs: `op` add, change or del; the values in words, empty where there is none."""

    op: str
    parameter: str
    what: str
    before: str
    after: str

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("op", "parameter", "before", "after")}


def sentences(text: LawText) -> list[str]:
    """What the text says, in the reader's language."""
    return _WORDS[LawKind(text.kind)](text)


def both(text: LawText) -> Both:
    said = {}
    for key, language in LANGUAGES:
        with override(language):
            said[key] = tuple(sentences(text))
    return Both(said["en"], said["zh"])


def sentence_changes(text: LawText, against: LawText | None) -> tuple[list[str], list[str]]:
    """Sentences that go, and sentences that come, in the reader's language."""
    before, after = sentences(against) if against else [], sentences(text)
    return [s for s in before if s not in after], [s for s in after if s not in before]


def changes(text: LawText, against: LawText | None) -> list[Change]:
    """Parameters that differ from the version in force, in the order they are read."""
    before = _parameters(against) if against else {}
    after = _parameters(text)
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            op = "change" if old and new else "add" if new else "del"
            found.append(Change(op, name, str(FIELDS.get(name) or PARAMETERS[name]), old, new))
    return found


def people_named(uids: Iterable[str | None]) -> dict[str, str]:
    """Names of people and teams by uid."""
    wanted = {uid for uid in uids if uid}
    found = {user.uid: str(user) for user in User.objects.filter(uid__in=wanted)}
    return found | {team.uid: str(team) for team in Team.objects.filter(uid__in=wanted)}


def _charter(text: LawText) -> list[str]:
    document = text.data
    seats = Seat.objects.in_office().filter(committee_id=text.committee_id).count()
    return [
        _("In short: %(summary)s.") % {"summary": summary_words(document, seats)},
        *rule_sentences(document),
    ]


def _policy(text: LawText) -> list[str]:
    document = text.data
    if text.repeals:
        return [
            _("The policy “%(code)s” is repealed; the charter and the other policies remain.")
            % {"code": text.code}
        ]
    return [
        _("Applies: %(match)s.") % {"match": match_words(document["match"])},
        *rule_sentences(document["set"]),
    ]


def _access(text: LawText) -> list[str]:
    document = text.data
    rule = {
        "action": AccessAction(document["action"]).label,
        "level": document["min_level"],
        "name": Level(document["min_level"]).label,
    }
    return [_("%(action)s: from level L%(level)s (%(name)s) on a permit is needed.") % rule]


def _seat(text: LawText) -> list[str]:
    document = text.data
    if text.repeals:
        return [_("The place “%(place)s” is given up; nobody sits there any more.") % {"place": text.code}]
    named = people_named([document["member"], document["alternate"], document["team"]])
    return [_seat_line(document, named)]


def _seat_line(document: dict[str, Any], named: dict[str, str]) -> str:
    parts = [f"{document['place']}: {named.get(document['member'], document['member'])}"]
    parts.append(str(SeatRole(document["role"]).label))
    parts += [function_words(name) for name in document["functions"]]
    if document["team"]:
        parts.append(_("of team %(team)s") % {"team": named.get(document["team"], document["team"])})
    if document["alternate"]:
        other = named.get(document["alternate"], document["alternate"])
        parts.append(_("alternate %(person)s") % {"person": other})
    parts.append(_term(document["term"]))
    return _(", ").join(parts)


def _term(term: dict[str, Any]) -> str:
    first = _day(term["from"])
    if term["to"] is None:
        return _("from %(first)s, without end") % {"first": first}
    return _("from %(first)s to %(last)s") % {"first": first, "last": _day(term["to"])}


def _day(text: str) -> str:
    return words.day(dt.date.fromisoformat(text))


def _founding(text: LawText) -> list[str]:
    document = text.data
    uids = [seat[name] for seat in document["seats"] for name in ("member", "alternate", "team")]
    named = people_named([*uids, document["secretary"]])
    said = [
        _("A further committee “%(name)s” (%(code)s). It takes cases that are escalated to it.")
        % {"name": document["name"], "code": document["code"]}
    ]
    if document["secretary"]:
        secretary = named.get(document["secretary"], document["secretary"])
        said.append(_("Secretary: %(person)s.") % {"person": secretary})
    said += rule_sentences(document["charter"])
    return said + [_seat_line(seat, named) for seat in document["seats"]]


_WORDS: dict[LawKind, Callable[[LawText], list[str]]] = {
    LawKind.CHARTER: _charter,
    LawKind.POLICY: _policy,
    LawKind.ACCESS_RULE: _access,
    LawKind.SEAT: _seat,
    LawKind.COMMITTEE: _founding,
}


def _parameters(text: LawText) -> dict[str, str]:
    """Each parameter of a text in words, for comparing."""
    document = text.data
    if text.kind == LawKind.CHARTER:
        return {"version": document["version"]} | _rules(document)
    if text.kind == LawKind.POLICY:
        return {} if text.repeals else {"match": match_words(document["match"])} | _rules(document["set"])
    if text.kind == LawKind.SEAT:
        return {} if text.repeals else _seat_parameters(document)
    if text.kind == LawKind.ACCESS_RULE:
        return {"min_level": str(Level(document["min_level"]).label)}
    return {
        name: json.dumps(document[name], ensure_ascii=False) for name in ("code", "name", "charter", "seats")
    }


def _rules(rules: dict[str, Any]) -> dict[str, str]:
    return {name: " ".join(rule_sentences({name: rules[name]})) for name in PARAMETERS if name in rules}


def _seat_parameters(document: dict[str, Any]) -> dict[str, str]:
    named = people_named([document["member"], document["alternate"], document["team"]])
    return {
        "member": named.get(document["member"], document["member"]),
        "role": str(SeatRole(document["role"]).label),
        "functions": _(", ").join(function_words(name) for name in document["functions"]),
        "team": named.get(document["team"], "") if document["team"] else "",
        "alternate": named.get(document["alternate"], "") if document["alternate"] else "",
        "term": _term(document["term"]),
    }


def rule_line(parameter: str, value: Any) -> tuple[str, str]:
    """(what the parameter is called, its value in words), as `engine.sources` tells them."""
    return str(PARAMETERS[parameter]), value_words(parameter, value)
