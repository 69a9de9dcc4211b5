"""Drafts of law as documents: how each kind is read, and the committee's rules with a draft in place.

Nothing here writes. What the engine cannot read is refused with its place, as a path into the document.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from committee import tallying
from committee.choices import LawKind, LawStatus, SeatRole
from committee.engine import InputFault
from committee.engine.texts import FAULTS, Text
from committee.exceptions import CharterInvalid
from committee.models import Committee, LawText, Seat
from committee.seating import seat_code
from committee.wording import local
from governance.choices import AccessAction, Level
from governance.models import Team, User
from governance.record.canonical import CanonicalError, canonical_bytes, digest_of

CHARTER = "charter"
LONGEST_DOCUMENT = 200_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}", re.ASCII)
PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
REASONS = {
    "not_text": Text(
        "a document is an object of texts, whole numbers and lists", "文档须由文本、整数与列表构成"
    ),
    "too_long": Text("it is too long", "内容过长"),
    "missing": Text("it is missing", "缺失"),
    "unknown_field": Text("this field is unknown", "字段未知"),
    "unknown_person": Text("no such active person", "没有这位在职人员"),
    "unknown_team": Text("no such team", "没有该团队"),
    "unknown_value": Text("this value is not among those allowed", "取值不在允许范围内"),
    "bad_name": Text(
        "letters, digits, - and _ only, beginning with a letter or digit", "只能用字母、数字、- 与 _"
    ),
    "bad_date": Text("this is no date", "不是有效日期"),
    "nothing_to_repeal": Text("nothing of this name is in force", "没有同名的现行条文"),
    "not_repealable": Text("this cannot be repealed, only replaced", "不能废止，只能以新版本取代"),
    "another_piece": Text("a draft keeps the name of its piece", "草案不得改换所属条文的名称"),
    "version_used": Text("another version has this name already", "该版本名称已被使用"),
    "service_account": Text("a service account cannot sit in a committee", "服务账户不能担任委员"),
}

Document = dict[str, Any]


def invalid(path: str, code: str) -> CharterInvalid:
    """A refusal with its place and its reason in the reader's language."""
    words = REASONS.get(code) or FAULTS[code]
    return CharterInvalid(path=path or "/", reason=local(words).rstrip(".。"), fault=code)


def piece_of(
    committee: Committee, kind: str, given: Mapping[str, Any], *, repeals: bool
) -> tuple[str, Document]:
    """Code and normal document of a draft; people by uid, teams by uid. Raises CharterInvalid."""
    try:
        size = len(canonical_bytes(given))
    except CanonicalError as error:
        raise invalid("/", "not_text") from error
    if size > LONGEST_DOCUMENT:
        raise invalid("/", "too_long")
    if repeals and kind not in (LawKind.POLICY, LawKind.SEAT):
        raise invalid("/", "not_repealable")
    return _READERS[kind](committee, dict(given), repeals)


def in_force(committee: Committee, kind: str, code: str) -> LawText | None:
    """The version of a piece that holds now; a repeal holds too."""
    return LawText.objects.in_force().filter(committee=committee, kind=kind, code=code).first()


def _only(given: Document, path: str, *names: str, optional: tuple[str, ...] = ()) -> None:
    for name in given:
        if name not in (*names, *optional):
            raise invalid(f"{path}/{name}", "unknown_field")
    for name in names:
        if name not in given:
            raise invalid(f"{path}/{name}", "missing")


def _named(value: Any, path: str, pattern: re.Pattern[str] = NAME) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise invalid(path, "bad_name")
    return value


def _charter(committee: Committee, given: Document, _repeals: bool) -> tuple[str, Document]:
    _named(given.get("version"), "/version")
    return CHARTER, given


def _policy(committee: Committee, given: Document, repeals: bool) -> tuple[str, Document]:
    code = _named(given.get("id"), "/id")
    if not repeals:
        return code, given
    present = in_force(committee, LawKind.POLICY, code)
    if present is None or present.repeals:
        raise invalid("/id", "nothing_to_repeal")
    # Still a policy the engine can read, which says nothing: every reader of policies may take it for one.
    return code, {"id": code, "match": present.data["match"], "set": {}}


def _access(committee: Committee, given: Document, _repeals: bool) -> tuple[str, Document]:
    _only(given, "", "action", "min_level")
    if given["action"] not in AccessAction.values:
        raise invalid("/action", "unknown_value")
    level = given["min_level"]
    if isinstance(level, bool) or level not in Level.values:
        raise invalid("/min_level", "unknown_value")
    return given["action"], given


def _seat(committee: Committee, given: Document, repeals: bool) -> tuple[str, Document]:
    place = _named(given.get("place"), "/place", PLACE)
    if repeals:
        present = in_force(committee, LawKind.SEAT, place)
        if present is None or present.repeals:
            raise invalid("/place", "nothing_to_repeal")
        return place, {"place": place, "member": None}
    return place, seat_read(given, "")


def seat_read(given: Document, path: str) -> Document:
    """A seat document in its normal form: uids, sorted functions, dates as text. Raises CharterInvalid."""
    optional = ("functions", "team", "alternate")
    _only(given, path, "place", "member", "role", "term", optional=optional)
    if given["role"] not in SeatRole.values:
        raise invalid(f"{path}/role", "unknown_value")
    functions = given.get("functions") or []
    if not isinstance(functions, list) or not all(isinstance(name, str) for name in functions):
        raise invalid(f"{path}/functions", "not_text")
    other = given.get("alternate")
    return {
        "place": _named(given["place"], f"{path}/place", PLACE),
        "member": _person(given["member"], f"{path}/member").uid,
        "role": given["role"],
        "functions": sorted(set(functions)),
        "team": _team(given["team"], f"{path}/team").uid if given.get("team") else None,
        "alternate": _person(other, f"{path}/alternate").uid if other else None,
        "term": _term(given["term"], f"{path}/term"),
    }


def _person(name: Any, path: str) -> User:
    """An active person by uid or username."""
    text = name if isinstance(name, str) else ""
    rows = User.objects.filter(is_active=True)
    found = rows.filter(uid=text).first() or rows.filter(username=text).first()
    if found is None:
        raise invalid(path, "unknown_person")
    if found.kind != "person":
        raise invalid(path, "service_account")
    return found


def _team(name: Any, path: str) -> Team:
    text = name if isinstance(name, str) else ""
    found = Team.objects.filter(uid=text).first() or Team.objects.filter(code=text).first()
    if found is None:
        raise invalid(path, "unknown_team")
    return found


def _term(given: Any, path: str) -> Document:
    if not isinstance(given, dict):
        raise invalid(path, "missing")
    _only(given, path, "from", optional=("to",))
    first, last = given["from"], given.get("to") or None
    for name, text in (("from", first), ("to", last)):
        if text is not None:
            _day(text, f"{path}/{name}")
    if last is not None and last < first:
        raise invalid(f"{path}/to", "bad_period")
    return {"from": first, "to": last}


def _day(text: Any, path: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise invalid(path, "bad_date") from error
    if day.isoformat() != text:  # 20270105 is a date too, but has another spelling
        raise invalid(path, "bad_date")
    return day


def _founding(committee: Committee, given: Document, _repeals: bool) -> tuple[str, Document]:
    optional = ("name_zh", "secretary")
    _only(given, "", "code", "name", "calendar", "charter", "seats", optional=optional)
    code = _named(given["code"], "/code", CODE)
    for name in ("name", "name_zh"):
        if not isinstance(given.get(name, ""), str) or len(given.get(name, "")) > 120:
            raise invalid(f"/{name}", "too_long")
    for name in ("calendar", "charter"):
        if not isinstance(given[name], dict):
            raise invalid(f"/{name}", "not_text")
    seats = given["seats"]
    if not isinstance(seats, list) or not all(isinstance(seat, dict) for seat in seats):
        raise invalid("/seats", "not_text")
    if not given["name"].strip():
        raise invalid("/name", "missing")
    secretary = given.get("secretary")
    return code, given | {
        "name_zh": given.get("name_zh", ""),
        "secretary": _person(secretary, "/secretary").uid if secretary else None,
        "seats": [seat_read(seat, f"/seats/{number}") for number, seat in enumerate(seats)],
    }


_READERS: dict[str, Callable[[Committee, Document, bool], tuple[str, Document]]] = {
    LawKind.CHARTER: _charter,
    LawKind.POLICY: _policy,
    LawKind.ACCESS_RULE: _access,
    LawKind.SEAT: _seat,
    LawKind.COMMITTEE: _founding,
}


def unsaved(committee: Committee, kind: str, code: str, document: Document, *, repeals: bool) -> LawText:
    """A version not stored yet, for trying it out."""
    text = canonical_bytes(document).decode()
    return LawText(
        committee=committee, kind=kind, code=code, document=text, digest=digest_of(document), repeals=repeals
    )


def body_with(text: LawText) -> Document:
    """The committee's rules and seats as they would be with this version in force."""
    body = tallying.body_frame(text.committee)
    document = text.data
    if text.kind == LawKind.CHARTER:
        body["charter"] = document
    elif text.kind == LawKind.POLICY:
        body["policies"] = [policy for policy in body["policies"] if policy["id"] != text.code]
        body["policies"] += [] if text.repeals else [document]
    elif text.kind == LawKind.SEAT:
        gone = set(text.committee.seats.filter(place=text.code).values_list("code", flat=True))
        body["seats"] = [seat for seat in body["seats"] if seat["id"] not in gone]
        body["seats"] += [] if text.repeals else [_entry(document, seat_code(text.committee, text.code))]
    elif text.kind == LawKind.COMMITTEE:
        body["charter"], body["policies"], body["delegations"] = document["charter"], [], []
        body["seats"] = [_entry(seat, seat["place"]) for seat in document["seats"]]
    return body


def _entry(document: Document, code: str) -> Document:
    """A seat document as the engine reads a seat."""
    seat = {"id": code} | {name: document[name] for name in ("member", "role", "functions", "term")}
    seat["team"] = document["team"] or tallying.NO_TEAM
    if document["alternate"]:
        seat["alternate"] = {"member": document["alternate"], "team": tallying.NO_TEAM}
    return seat


def seat_of(text: LawText) -> Seat:
    """The seat a text of law gives, not stored yet."""
    document = text.data
    team = Team.objects.filter(uid=document["team"]).first() if document["team"] else None
    people = {
        user.uid: user for user in User.objects.filter(uid__in=[document["member"], document["alternate"]])
    }
    term = document["term"]
    return Seat(
        committee=text.committee,
        code=seat_code(text.committee, text.code),
        place=text.code,
        member=people[document["member"]],
        role=document["role"],
        functions=document["functions"],
        team=team,
        alternate=people.get(document["alternate"]),
        term_from=dt.date.fromisoformat(term["from"]),
        term_to=dt.date.fromisoformat(term["to"]) if term["to"] else None,
    )


def check_with_engine(text: LawText) -> None:
    """Let the engine read the rules with the draft in place. Raises CharterInvalid with the draft's path."""
    if text.kind not in (LawKind.CHARTER, LawKind.POLICY, LawKind.SEAT):
        return
    body = body_with(text)
    try:
        tallying.dry_run_of(body)
    except InputFault as fault:
        if fault.code == "no_chair" and text.kind == LawKind.SEAT:
            return  # another place may take the chair before it is proposed; then `leaves_chair_empty` says
        raise invalid(_own_path(text, body, fault.path), fault.code) from fault


def _own_path(text: LawText, body: Document, path: str) -> str:
    """Where in the draft itself; as the engine says it where the fault lies in what stands around it."""
    prefix = {
        LawKind.CHARTER: "/charter",
        LawKind.POLICY: f"/policies/{len(body['policies']) - 1}",
        LawKind.SEAT: f"/seats/{len(body['seats']) - 1}",
    }[LawKind(text.kind)]
    return path.removeprefix(prefix)


def check_founding(text: LawText) -> None:
    """Let the engine read charter and seats of a further committee. Raises CharterInvalid."""
    try:
        tallying.dry_run_of(body_with(text))
    except InputFault as fault:
        raise invalid(fault.path, fault.code) from fault


def check_people(text: LawText) -> None:
    """A person holds one seat and is alternate of one, never both, over all seats not over yet.

    Raises CharterInvalid.
    """
    if text.kind != LawKind.SEAT or text.repeals:
        return
    document = text.data
    if document["member"] == document["alternate"]:
        raise invalid("/alternate", "alternate_not_unique")
    others = Seat.objects.standing().filter(committee=text.committee).exclude(place=text.code)
    for seat in others.select_related("member", "alternate"):
        named = {seat.member.uid, seat.alternate.uid if seat.alternate else None}
        if document["member"] in named:
            same = document["member"] == seat.member.uid
            raise invalid("/member", "duplicate_member" if same else "alternate_not_unique")
        if document["alternate"] in named - {None}:
            raise invalid("/alternate", "alternate_not_unique")


def leaves_chair_empty(text: LawText) -> bool:
    """Whether the committee has a chair now and would have none with this version in force."""
    if text.kind != LawKind.SEAT:
        return False
    chairs = Seat.objects.standing().filter(committee=text.committee, role=SeatRole.CHAIR)
    if not chairs.filter(place=text.code).exists() or chairs.exclude(place=text.code).exists():
        return False
    document = text.data
    if text.repeals or document["role"] != SeatRole.CHAIR:
        return True
    last = document["term"]["to"]
    return last is not None and bool(last < timezone.localdate().isoformat())


def check_version_name(text: LawText) -> None:
    """A charter's version is its name in events and cases: each is used once. Raises CharterInvalid."""
    if text.kind != LawKind.CHARTER:
        return
    others = LawText.objects.of_kind(LawKind.CHARTER).filter(committee=text.committee).exclude(pk=text.pk)
    others = others.exclude(status=LawStatus.DROPPED)
    if text.data["version"] in {other.data["version"] for other in others}:
        raise invalid("/version", "version_used")
