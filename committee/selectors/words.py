"""Rules of charter and policies in plain words, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from committee.choices import FUNCTION_WORDS, CaseAction
from committee.engine.texts import BARS, Text, reason_text

_SHARES = {
    "1/2": _("half"),
    "2/3": _("two thirds"),
    "3/4": _("three quarters"),
    "4/5": _("four fifths"),
    "1/1": _("all"),
}
_MAJORITIES = {
    ("cast", True): _("Passes with more than %(share)s of the votes cast."),
    ("cast", False): _("Passes with at least %(share)s of the votes cast."),
    ("eligible", True): _("Passes with more than %(share)s of the eligible seats."),
    ("eligible", False): _("Passes with at least %(share)s of the eligible seats."),
    ("all", True): _("Passes with more than %(share)s of all seats."),
    ("all", False): _("Passes with at least %(share)s of all seats."),
}
_FIXED = {
    ("tie", "chair"): _("At a tie the presiding member's own ballot decides."),
    ("tie", "fails"): _("A tie does not pass."),
    ("early_close", "certain"): _("Closes early once no further ballot could change the result."),
    ("early_close", "never"): _("Never closes before the deadline."),
    ("on_deadline", "deny"): _("Without a decision by the deadline it is denied."),
    ("on_deadline", "escalate"): _("Without a decision by the deadline it goes to another committee."),
    ("sealed", True): _("Ballots stay sealed until voting closes or one has voted."),
    ("sealed", False): _("Ballots are open to everybody."),
}


def local(text: Text) -> str:
    return text.zh if (get_language() or "en").startswith("zh") else text.en


def share_words(fraction: str) -> str:
    """`2/3` as “two thirds”; fractions without a common word as they are."""
    return str(_SHARES.get(fraction, fraction))


def function_words(name: str) -> str:
    return str(FUNCTION_WORDS.get(name, name))


def reason_words(code: str) -> str:
    """The sentence of a reason code with its function named in the reader's language."""
    head, _sep, function = code.partition(":")
    return local(reason_text(f"{head}:{function_words(function)}" if function else head))


def bar_words(code: str) -> str:
    return local(BARS[code])


def majority_words(majority: dict[str, Any]) -> str:
    template = _MAJORITIES[majority["basis"], majority["strict"]]
    return str(template) % {"share": share_words(majority["threshold"])}


def requirement_words(need: dict[str, Any]) -> str:
    """One line of `composition`."""
    if need["kind"] == "team_cap":
        count = need["max"]
        words = ngettext(
            "At most %(count)s approval of the requesting team counts.",
            "At most %(count)s approvals of the requesting team count.",
            count,
        )
        return words % {"count": count}
    params = {"count": need["min"], "function": function_words(need["function"])}
    if need["of"] == "approvals":
        words = ngettext(
            "%(count)s %(function)s seat must approve.",
            "%(count)s %(function)s seats must approve.",
            need["min"],
        )
    else:
        words = ngettext(
            "%(count)s %(function)s seat must vote.",
            "%(count)s %(function)s seats must vote.",
            need["min"],
        )
    return words % params


def effective_words(effective: dict[str, Any]) -> list[str]:
    """What passes a case: majority, requirements; a presence that an approval implies is not said twice."""
    needs = effective["composition"]
    approving = {need["function"]: need["min"] for need in needs if need.get("of") == "approvals"}
    said = [n for n in needs if n.get("of") != "present" or approving.get(n["function"], 0) < n["min"]]
    return [majority_words(effective["majority"]), *map(requirement_words, said)]


def rule_sentences(rules: dict[str, Any]) -> list[str]:
    """The parameters of a charter, or those a policy sets, as sentences (committee-rules §3)."""
    return list(_sentences(rules))


def _sentences(rules: dict[str, Any]) -> Iterator[str]:
    if "quorum" in rules:
        yield _quorum(rules["quorum"])
    if "majority" in rules:
        yield majority_words(rules["majority"])
    for need in rules.get("composition", []):
        yield requirement_words(need)
    for name in ("tie", "early_close", "on_deadline", "sealed"):
        if name in rules:
            yield str(_FIXED[name, rules[name]])
    yield from _times(rules)


def _quorum(quorum: dict[str, Any]) -> str:
    if quorum["basis"] == "share":
        return gettext("Quorum: %(share)s of the eligible seats.") % {"share": share_words(quorum["value"])}
    count = quorum["value"]
    return ngettext("Quorum: %(count)s seat.", "Quorum: %(count)s seats.", count) % {"count": count}


def _times(rules: dict[str, Any]) -> Iterator[str]:
    if "deadline_days" in rules:
        count = rules["deadline_days"]
        words = ngettext(
            "Voting is open for %(count)s working day.", "Voting is open for %(count)s working days.", count
        )
        yield words % {"count": count}
    if rules.get("min_open_hours"):
        count = rules["min_open_hours"]
        yield ngettext("Open for at least %(count)s hour.", "Open for at least %(count)s hours.", count) % {
            "count": count
        }
    if "validity_days" in rules:
        count = rules["validity_days"]
        words = ngettext(
            "A permit is valid for %(count)s day.", "A permit is valid for %(count)s days.", count
        )
        yield words % {"count": count}


def match_words(match: dict[str, Any]) -> str:
    """When a policy applies: all of its keys together (committee-rules §4)."""
    parts = []
    if "actions" in match:
        names = dict(CaseAction.choices)
        parts.append(", ".join(str(names.get(action, action)) for action in match["actions"]))
    if "min_level" in match:
        parts.append(gettext("from level L%(level)s on") % {"level": match["min_level"]})
    if "purposes" in match:
        parts.append(gettext("for %(purposes)s") % {"purposes": ", ".join(match["purposes"])})
    if "min_downstream_models" in match:
        parts.append(
            gettext("%(count)s models or more made from it") % {"count": match["min_downstream_models"]}
        )
    if "min_rows_share" in match:
        parts.append(
            gettext("%(share)s of the rows changed or more") % {"share": share_words(match["min_rows_share"])}
        )
    return " · ".join(parts) or gettext("Always")
