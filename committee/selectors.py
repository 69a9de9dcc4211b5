"""Reads of the committee room, computed by the same engine that decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from committee.choices import CaseState
from committee.engine import Result
from committee.engine.texts import reason_text
from committee.models import Case, CaseEvent, Charter, Committee, Policy, Seat
from committee.services import tallying
from governance import registry
from governance.models import Permit, User
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat as the case page shows it to one reader; `choice` empty while sealed or not cast."""

    code: str
    person: str
    role: str
    functions: tuple[str, ...]
    choice: str
    voted: bool
    recused: bool
    you: bool
    bars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one reader may see it: the engine's output for that viewer, seats, dossier, events."""

    case: Case
    output: dict[str, Any]
    reasons: tuple[str, ...]
    seats: tuple[SeatRow, ...]
    dossier: dict[str, Any]
    dossier_digest: str
    unchanged: bool
    subject_title: str
    subject_url: str
    my_seat: str
    may_vote: bool
    presiding: bool
    permit: Permit | None
    events: Sequence[CaseEvent]

    @property
    def counts(self) -> dict[str, Any]:
        counts: dict[str, Any] = self.output["counts"]
        return counts


def local(en: str, zh: str) -> str:
    return zh if (get_language() or "en").startswith("zh") else en


def committee() -> Committee | None:
    return Committee.objects.select_related("secretary").order_by("pk").first()


def charter_of(body: Committee) -> tuple[Charter, dict[str, Any]]:
    charter = tallying.charter_in_force(body)
    return charter, json.loads(charter.document)


def policies() -> list[tuple[Policy, dict[str, Any]]]:
    return [(p, json.loads(p.document)) for p in Policy.objects.filter(status="in_force")]


def case_by_uid(user: User, uid: str) -> Case | None:
    rows = Case.objects.visible_to(user).select_related("committee", "requester", "requesting_team")
    return rows.filter(uid=uid).first()


def case_view(user: User, case: Case) -> CaseView:
    """Compute a case for one reader: sealed ballots stay hidden from who has not voted (committee-rules §9)."""
    result = tallying.run(case, viewer=user)
    seats = _seats(case, result, user)
    mine = next((seat for seat in seats if seat.you), None)
    dossier = case.dossier
    ref = SubjectRef(case.subject_kind, case.subject_id, case.subject_digest)
    kind = registry.kind_of(case.subject_kind)
    presiding = result.output["presiding"]
    return CaseView(
        case=case,
        output=result.output,
        reasons=tuple(local(*reason_text(code)) for code in result.output["reasons"]),
        seats=seats,
        dossier=json.loads(bytes(dossier.content)),
        dossier_digest=dossier.digest,
        unchanged=bool(kind and kind.digest(case.subject_id) == case.subject_digest),
        subject_title=registry.title_of(ref),
        subject_url=registry.page_of(ref),
        my_seat=mine.code if mine else "",
        may_vote=bool(mine and not mine.bars and case.state == CaseState.OPEN),
        presiding=bool(presiding and mine and presiding["seat"] == mine.code),
        permit=Permit.objects.filter(case_id=case.number).order_by("-id").first(),
        events=_events(case, result),
    )


def _seats(case: Case, result: Result, user: User) -> tuple[SeatRow, ...]:
    frame = json.loads(case.frame)
    uids = {seat["member"] for seat in frame["seats"]}
    uids |= {seat["alternate"]["member"] for seat in frame["seats"] if seat.get("alternate")}
    people = {u.uid: u for u in User.objects.filter(uid__in=uids)}
    cast = {b["seat"]: b["choice"] for b in result.output["ballots"] or []}
    voted = set(_voted_seats(case, result))
    bars = {row["seat"]: tuple(row["codes"]) for row in result.output["ineligible"]}
    rows = []
    for seat in frame["seats"]:
        barred = bars.get(seat["id"], ())
        alternate = (seat.get("alternate") or {}).get("member", "")
        sits_in = user.uid == seat["member"] or (bool(barred) and user.uid == alternate)
        rows.append(
            SeatRow(
                code=seat["id"],
                person=str(people.get(seat["member"], seat["member"])),
                role=seat["role"],
                functions=tuple(seat["functions"]),
                choice=cast.get(seat["id"], ""),
                voted=seat["id"] in voted,
                recused="recused" in barred,
                you=sits_in,
                bars=barred,
            )
        )
    return tuple(rows)


def _voted_seats(case: Case, result: Result) -> list[str]:
    """That somebody voted is not secret, what they chose is (committee-rules §9)."""
    return [
        entry["data"]["seat"]
        for entry in result.ledger
        if entry["type"] == "ballot" and entry["accepted"] and entry["data"]["choice"] != "recuse"
    ]


def _events(case: Case, result: Result) -> list[CaseEvent]:
    """The case's events, newest first, with what a reader may see of a sealed ballot taken out."""
    sealed = result.output["ballots"] is None
    rows = list(case.events.select_related("by").order_by("-seq"))
    for row in rows:
        data = json.loads(row.data)
        row.shown = {} if sealed and row.type == "ballot" else data  # type: ignore[attr-defined]
        row.sealed = sealed and row.type == "ballot"  # type: ignore[attr-defined]
    return rows


def cases_about(ref: SubjectRef) -> list[Case]:
    rows = Case.objects.filter(subject_kind=ref.kind, subject_id=ref.id)
    return list(rows.select_related("requester"))


def seats_in_office(body: Committee) -> list[Seat]:
    return list(body.seats.in_office().select_related("member", "team", "alternate"))


def charter_sentences(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The charter in plain words, (en, zh) a sentence; says what holds, not how it is stored."""
    quorum, majority = document["quorum"], document["majority"]
    seats = str(quorum["value"])
    base = {"cast": ("votes cast", "已投票数"), "eligible": ("eligible seats", "有权席位"), "all": ("all seats", "全部席位")}
    en_base, zh_base = base[majority["basis"]]
    more = ("more than", "超过") if majority["strict"] else ("at least", "至少")
    lines = [
        (f"Quorum: {seats} seats present." if quorum["basis"] == "count" else f"Quorum: {seats} of eligible seats.",
         f"法定人数：{seats} 个席位到场。" if quorum["basis"] == "count" else f"法定人数：有权席位的 {seats}。"),
        (f"It passes with {more[0]} {majority['threshold']} of {en_base}.",
         f"赞成票{more[1]}{zh_base}的 {majority['threshold']} 时通过。"),
        (f"Voting is open for {document['deadline_days']} working days, at least {document['min_open_hours']} hours.",
         f"投票开放 {document['deadline_days']} 个工作日，至少 {document['min_open_hours']} 小时。"),
        (f"A permit is valid for {document['validity_days']} days.", f"许可有效期 {document['validity_days']} 天。"),
    ]  # fmt: skip
    for need in document["composition"]:
        if need["kind"] == "function":
            count, function = need["min"], need["function"]
            lines.append((f"At least {count} seat of {function} must take part.", f"至少 {count} 个 {function} 席位须参与。"))
        else:
            lines.append((f"At most {need['max']} approvals of the requesting team count.", f"申请团队的赞成票最多计 {need['max']} 张。"))
    if document["sealed"]:
        lines.append(("Ballots are sealed until voting closes.", "选票在投票结束前保密。"))
    return lines
