"""Versions of law while they are worked on: drafted, edited, proposed, dropped. Adoption is `adoption`."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from committee import drafting, linting
from committee.choices import LAW_TRANSITIONS, LawKind, LawStatus
from committee.engine.texts import Text
from committee.exceptions import (
    CharterNeverMet,
    LawInCase,
    LawInWork,
    LawNotDraft,
    LawUnchanged,
    NoChairLeft,
)
from committee.models import Case, Committee, LawText
from committee.selectors.law import law_state
from committee.services import founding
from committee.wording import local
from governance import ledger
from governance.database.locks import locked
from governance.exceptions import Conflict, WrongTransition
from governance.models import Team, User
from governance.record.canonical import canonical_bytes, digest_of
from governance.subject_ref import SubjectRef

SHOWN_FINDINGS = 3


def subject_of(text: LawText) -> SubjectRef:
    return SubjectRef(text.kind, text.uid, text.digest)


def heading(text: LawText) -> str:
    """Digest of what is said around the document; the ledger seals it with every text."""
    named = {"title": text.title, "title_zh": text.title_zh, "note": text.note, "repeals": text.repeals}
    place = {"committee": text.committee.uid, "kind": text.kind, "code": text.code, "number": text.number}
    return digest_of(named | place)


def record(type: str, actor: User | None, text: LawText, **more: Any) -> None:
    """The ledger row of a step of a text; its digest and heading go with every one."""
    data = {"digest": text.digest, "number": text.number, "heading": heading(text), **more}
    ledger.append(type=type, actor=actor, subject=subject_of(text), data=data)


def law_move(text: LawText, source: str, target: str, **values: Any) -> None:
    """Compare-and-set along LAW_TRANSITIONS. Raises WrongTransition."""
    allowed = target in LAW_TRANSITIONS[source]
    rows = LawText.objects.filter(pk=text.pk, status=source)
    if not allowed or not rows.update(status=target, **values):
        raise WrongTransition(source=text.get_status_display(), target=LawStatus(target).label)
    text.refresh_from_db()


@transaction.atomic
def law_draft(
    *,
    actor: User,
    committee: Committee,
    kind: str,
    document: dict[str, Any],
    title: str,
    title_zh: str,
    note: str,
    repeals: bool,
) -> LawText:
    """Store the next version of a piece as a draft. Raises CharterInvalid, LawInWork."""
    code, normal = drafting.piece_of(committee, kind, document, repeals=repeals)
    text = drafting.unsaved(committee, kind, code, normal, repeals=repeals)
    check(text)
    earlier = LawText.objects.filter(committee=committee, kind=kind, code=code)
    if earlier.filter(status__in=(LawStatus.DRAFT, LawStatus.PROPOSED)).exists():
        raise LawInWork(name=code)
    last = earlier.order_by("-number").values_list("number", flat=True).first()
    text.number = (last or 0) + 1
    text.title, text.title_zh, text.note = title, title_zh, note
    text.created_by, text.contributors = actor, [actor.uid]
    try:
        with transaction.atomic():
            text.save(force_insert=True)
    except IntegrityError as error:  # somebody else began the same piece at the same time
        raise LawInWork(name=code) from error
    record("law.drafted", actor, text)
    return text


def check(text: LawText) -> None:
    """What the engine, the seats and the names of other versions refuse. Raises CharterInvalid."""
    drafting.check_with_engine(text)
    drafting.check_people(text)
    drafting.check_version_name(text)
    if text.kind == LawKind.COMMITTEE:
        founding.founding_check(founding_of(text))


@transaction.atomic
def law_edit(
    *,
    actor: User,
    text: LawText,
    digest: str,
    document: dict[str, Any],
    title: str,
    title_zh: str,
    note: str,
    repeals: bool,
) -> LawText:
    """Give a draft another text; the one before goes into the ledger whole. `digest`: of the text edited.

    Raises LawNotDraft, Conflict (edited by somebody else meanwhile), CharterInvalid.
    """
    present = locked(LawText.objects.filter(pk=text.pk)).get()
    if present.status != LawStatus.DRAFT:
        raise LawNotDraft
    if digest and digest != present.digest:
        raise Conflict
    code, normal = drafting.piece_of(present.committee, present.kind, document, repeals=repeals)
    if code != present.code:
        raise drafting.invalid("/", "another_piece")
    previous, before = present.document, present.digest
    _rewrite(present, actor, normal, repeals=repeals, title=title, title_zh=title_zh, note=note)
    check(present)
    record("law.edited", actor, present, before=before, previous=previous)
    return present


def _rewrite(text: LawText, actor: User, document: dict[str, Any], **words: Any) -> None:
    """Compare-and-set of the draft's text, its writers added to."""
    writers = [*text.contributors, *([] if actor.uid in text.contributors else [actor.uid])]
    rows = LawText.objects.filter(pk=text.pk, status=LawStatus.DRAFT, digest=text.digest)
    stored = {
        "document": canonical_bytes(document).decode(),
        "digest": digest_of(document),
        "contributors": writers,
    }
    if not rows.update(**stored, **words):
        raise Conflict
    text.refresh_from_db()


def law_propose(*, actor: User, text: LawText) -> LawText:
    """draft → proposed: from here it is frozen and a case may be opened about its digest.

    Whether cases could still pass takes long to compute: that is done before the transaction, which compares
    what was checked with what is there.
    Raises WrongTransition, CharterInvalid, LawUnchanged, NoChairLeft, CharterNeverMet, Conflict.
    """
    under = law_state()
    _check_proposable(text)
    return _propose(actor, text, under)


@transaction.atomic
def _propose(actor: User, text: LawText, under: str) -> LawText:
    """`under`: the law the text was checked under."""
    present = locked(LawText.objects.filter(pk=text.pk)).get()
    if (present.digest, present.repeals, law_state()) != (text.digest, text.repeals, under):
        raise Conflict(subject_ref=subject_of(text))
    law_move(text, LawStatus.DRAFT, LawStatus.PROPOSED, proposed_at=timezone.now())
    record("law.proposed", actor, text)
    return text


def _check_proposable(text: LawText) -> None:
    check(text)
    present = drafting.in_force(text.committee, text.kind, text.code)
    if present is not None and (present.digest, present.repeals) == (text.digest, text.repeals):
        raise LawUnchanged
    if drafting.leaves_chair_empty(text):
        raise NoChairLeft
    _check_feasible(text)


def _check_feasible(text: LawText) -> None:
    """Seats may be left empty, rules may not ask for what nobody can give. Raises CharterNeverMet."""
    found = linting.lint_of(text)
    if not found.fatal or text.kind == LawKind.SEAT:
        return
    said = [line.text for line in found.lines if line.tone == "bad"][:SHOWN_FINDINGS]
    reason = local(Text(" ".join(t.en for t in said), "".join(t.zh for t in said)))
    raise CharterNeverMet(reason=reason, subject_ref=subject_of(text))


@transaction.atomic
def law_drop(*, actor: User, text: LawText) -> LawText:
    """Give up a version that is not in force; an undecided case about it has to be withdrawn first.

    Raises WrongTransition, LawInCase.
    """
    running = Case.objects.undecided().filter(subject_kind=text.kind, subject_id=text.uid).first()
    if running is not None:
        raise LawInCase(number=running.number)
    law_move(text, text.status, LawStatus.DROPPED)
    record("law.dropped", actor, text)
    return text


def founding_of(text: LawText) -> founding.Founding:
    """The founding a document of a further committee describes."""
    document = text.data
    uids = [document["secretary"], *(s[n] for s in document["seats"] for n in ("member", "alternate"))]
    people = {user.uid: user for user in User.objects.filter(uid__in=[uid for uid in uids if uid])}
    teams = {
        team.uid: team for team in Team.objects.filter(uid__in=[s["team"] or "" for s in document["seats"]])
    }
    return founding.Founding(
        code=document["code"],
        name=document["name"],
        name_zh=document["name_zh"],
        secretary=people.get(document["secretary"]),
        calendar=document["calendar"],
        charter=document["charter"],
        seats=[_seat_spec(seat, people, teams) for seat in document["seats"]],
    )


def _seat_spec(seat: dict[str, Any], people: dict[str, User], teams: dict[str, Team]) -> founding.SeatSpec:
    return founding.SeatSpec(
        code=seat["place"],
        member=people[seat["member"]],
        role=seat["role"],
        functions=tuple(seat["functions"]),
        team=teams.get(seat["team"]),
        term_from=seat["term"]["from"],
        term_to=seat["term"]["to"] or "",
        alternate=people.get(seat["alternate"]),
    )
