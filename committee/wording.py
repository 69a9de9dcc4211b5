"""Rules of charter and policies in plain words, in the reader's language: for pages, API and evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from committee.choices import FUNCTION_WORDS, CaseAction, CaseOutcome
from committee.engine.texts import Text, reason_text

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
    ("on_inquorate", "close"): _("When too few seats may vote for a quorum, it is closed."),
    ("on_inquorate", "escalate"): _(
        "When too few seats may vote for a quorum, it goes to another committee."
    ),
    ("sealed", True): _("Ballots stay sealed until voting closes or one has voted."),
    ("sealed", False): _("Ballots are open to everybody."),
}


_SHORT_MAJORITIES = {
    ("cast", True): _("more than %(share)s of the votes cast"),
    ("cast", False): _("%(share)s of the votes cast"),
    ("eligible", True): _("more than %(share)s of the eligible seats"),
    ("eligible", False): _("%(share)s of the eligible seats"),
    ("all", True): _("more than %(share)s of all seats"),
    ("all", False): _("%(share)s of all seats"),
}
_BASES = {
    "cast": _("Approvals are counted against the votes cast."),
    "eligible": _("Approvals are counted against the eligible seats."),
    "all": _("Approvals are counted against all seats."),
}
_COUNTED = {
    ("abstentions", True): _("An abstention counts for the quorum."),
    ("abstentions", False): _("An abstention does not count for the quorum."),
    ("proxies", True): _("A ballot by proxy counts for the quorum."),
    ("proxies", False): _("A ballot by proxy does not count for the quorum."),
}
_NUMBERS = {
    1: _("one"),
    2: _("two"),
    3: _("three"),
    4: _("four"),
    5: _("five"),
    6: _("six"),
    7: _("seven"),
    8: _("eight"),
    9: _("nine"),
    10: _("ten"),
    11: _("eleven"),
    12: _("twelve"),
}
PARAMETERS = {
    "quorum": _("Quorum"),
    "abstentions_count": _("Abstentions"),
    "proxies_count": _("Ballots by proxy"),
    "composition": _("Required seats"),
    "majority": _("Majority"),
    "majority.basis": _("Counted against"),
    "majority.threshold": _("Majority"),
    "tie": _("Tie"),
    "early_close": _("Early closing"),
    "min_open_hours": _("Minimum open time"),
    "deadline_days": _("Voting time"),
    "on_deadline": _("At the deadline"),
    "on_inquorate": _("Without a quorum"),
    "escalate_to": _("Goes on to"),
    "sealed": _("Sealed ballots"),
    "validity_days": _("Validity of the permit"),
    "proxy_cap": _("Delegations held"),
    "break_glass_max_hours": _("Emergency access"),
}
"""What each parameter of the rules is called."""


def local(text: Text) -> str:
    return text.zh if (get_language() or "en").startswith("zh") else text.en


def share_words(fraction: str) -> str:
    """`2/3` as “two thirds”; fractions without a common word as they are."""
    return str(_SHARES.get(fraction, fraction))


def function_words(name: str) -> str:
    return str(FUNCTION_WORDS.get(name, name))


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
        yield quorum_words(rules["quorum"])
        for name in ("abstentions", "proxies"):
            yield str(_COUNTED[name, rules["quorum"][name]])
    if "majority" in rules:
        yield majority_words(rules["majority"])
    for need in rules.get("composition", []):
        yield requirement_words(need)
    for name in ("tie", "early_close", "sealed"):
        if name in rules:
            yield str(_FIXED[name, rules[name]])
    yield from _times(rules)
    for name in ("on_deadline", "on_inquorate"):
        if name in rules:
            yield str(_FIXED[name, rules[name]])
    if "escalate_to" in rules:
        yield _target(rules["escalate_to"])
    if "proxy_cap" in rules:
        yield _proxy_cap(rules["proxy_cap"])


def quorum_words(quorum: dict[str, Any]) -> str:
    """How many seats must be present."""
    if quorum["basis"] == "share":
        return gettext("Quorum: %(share)s of the eligible seats.") % {"share": share_words(quorum["value"])}
    count = quorum["value"]
    return ngettext("Quorum: %(count)s seat.", "Quorum: %(count)s seats.", count) % {"count": count}


def _target(committee: str | None) -> str:
    if committee is None:
        return gettext("No other committee is named to go on to.")
    return gettext("The other committee is %(committee)s.") % {"committee": committee}


def _proxy_cap(count: int) -> str:
    if not count:
        return gettext("Nobody votes by proxy.")
    words = ngettext(
        "One person may hold %(count)s delegation.", "One person may hold %(count)s delegations.", count
    )
    return words % {"count": count}


def _times(rules: dict[str, Any]) -> Iterator[str]:
    if "deadline_days" in rules:
        count = rules["deadline_days"]
        words = ngettext(
            "Voting is open for %(count)s working day.", "Voting is open for %(count)s working days.", count
        )
        yield words % {"count": count}
    if "min_open_hours" in rules:
        yield _min_open(rules["min_open_hours"])
    if "validity_days" in rules:
        count = rules["validity_days"]
        words = ngettext(
            "A permit is valid for %(count)s day.", "A permit is valid for %(count)s days.", count
        )
        yield words % {"count": count}
    if "break_glass_max_hours" in rules:
        count = rules["break_glass_max_hours"]
        words = ngettext(
            "Emergency access lasts at most %(count)s hour.",
            "Emergency access lasts at most %(count)s hours.",
            count,
        )
        yield words % {"count": count}


def _min_open(count: int) -> str:
    if not count:
        return gettext("No minimum open time.")
    words = ngettext("Open for at least %(count)s hour.", "Open for at least %(count)s hours.", count)
    return words % {"count": count}


def value_words(parameter: str, value: Any) -> str:
    """One effective rule in words; `parameter` as `engine.sources` names it."""
    if parameter == "quorum":
        return quorum_words(value)
    if parameter in {"abstentions_count", "proxies_count"}:
        return str(_COUNTED[parameter.removesuffix("_count"), value])
    if parameter == "majority.basis":
        return str(_BASES[value])
    if parameter == "majority.threshold":
        template = _("More than %(share)s.") if value["strict"] else _("At least %(share)s.")
        return str(template) % {"share": share_words(value["threshold"])}
    if parameter == "composition":
        return requirement_words(value)
    return " ".join(_sentences({parameter: value}))


def number_words(count: int) -> str:
    return str(_NUMBERS.get(count, count))


def summary_words(charter: dict[str, Any], seats: int) -> str:
    """The charter in one line: “five of nine seats, one of them security; two thirds of the votes cast”."""
    quorum, majority = charter["quorum"], charter["majority"]
    if quorum["basis"] == "count":
        words = {"needed": number_words(quorum["value"]), "seats": number_words(seats)}
        present = gettext("%(needed)s of %(seats)s seats") % words
    else:
        present = gettext("%(share)s of the eligible seats") % {"share": share_words(quorum["value"])}
    serving = [_serving(need) for need in charter["composition"] if need["kind"] == "function"]
    share = share_words(majority["threshold"])
    passing = str(_SHORT_MAJORITIES[majority["basis"], majority["strict"]]) % {"share": share}
    comma = gettext(", ")
    return gettext("%(present)s; %(passing)s") % {
        "present": comma.join([present, *serving]),
        "passing": passing,
    }


def _serving(need: dict[str, Any]) -> str:
    words = {"count": number_words(need["min"]), "function": function_words(need["function"])}
    if need["of"] == "approvals":
        return gettext("%(count)s of them %(function)s and approving") % words
    return gettext("%(count)s of them %(function)s") % words


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


def reason_words(code: str) -> str:
    """The sentence of a reason code with its function named in the reader's language."""
    head, _sep, function = code.partition(":")
    return local(reason_text(f"{head}:{function_words(function)}" if function else head))


def outcome_words(outcome: str) -> str:
    """An outcome in the reader's language; the word itself for a state that is none."""
    return str(CaseOutcome(outcome).label) if outcome in CaseOutcome.values else outcome
