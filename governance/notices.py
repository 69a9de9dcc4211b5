"""Notices: words for each code, and writing them. Stored as code + parameters, worded when shown (house)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance import registry
from governance.models import Notice, User
from governance.subject_ref import SubjectRef

WORDS: dict[str, Any] = {}
URGENCY: dict[str, int] = {}
TO_KNOW, TO_ACT = 0, 70


def register_words(code: str, words: Any, urgency: int = TO_KNOW) -> None:
    """A room registers the sentence of its notice codes (lazy, %-formatted with the params).

    `urgency`: the higher, the earlier a mail speaks of it; TO_ACT for what waits for one's act.
    """
    WORDS[code] = words
    URGENCY[code] = urgency


def words_of(notice: Notice) -> str:
    """The sentence in the reader's language; the code itself where no room knows it any more."""
    template = WORDS.get(notice.code)
    try:
        return str(template) % notice.params if template else notice.code
    except (KeyError, TypeError, ValueError):  # written with the parameters of an earlier wording
        return notice.code


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as its recipient may see it now; `hidden`: about something they may no longer know."""

    notice: Notice
    words: str
    url: str
    kind: str
    hidden: bool

    @property
    def urgency(self) -> int:
        return URGENCY.get(self.notice.code, TO_KNOW)


def rows_for(user: User, notices: Sequence[Notice]) -> list[NoticeRow]:
    """The notices with their words and links, the rights asked for once per kind of subject."""
    refs = [SubjectRef(notice.subject_kind, notice.subject_id) for notice in notices]
    known = registry.known_to(user, refs)
    pairs = zip(notices, refs, strict=True)
    return [_row(notice, ref, (ref.kind, ref.id) in known) for notice, ref in pairs]


def _row(notice: Notice, ref: SubjectRef, known: bool) -> NoticeRow:
    kind = registry.kind_of(ref.kind)
    label = str(kind.label) if kind else ""
    if not known:
        return NoticeRow(notice, str(_("About something you may no longer see.")), "", label, True)
    return NoticeRow(notice, words_of(notice), registry.page_of(ref), label, False)


def send(recipients: Iterable[User], code: str, subject: SubjectRef, **params: Any) -> int:
    """Write one notice per active recipient, inside the caller's transaction; return how many."""
    rows = [
        Notice(
            recipient=user,
            code=code,
            params=params,
            subject_kind=subject.kind,
            subject_id=subject.id,
            subject_digest=subject.digest,
        )
        for user in {u.pk: u for u in recipients if u.is_active}.values()
    ]
    Notice.objects.bulk_create(rows)
    return len(rows)


register_words("permit_issued", _("A permit for %(action)s on %(title)s was issued to you."))
register_words("permit_ended", _("The permit for %(action)s on %(title)s ended: %(reason)s."))
register_words("standard_in_force", _("Standard %(title)s %(version)s is in force."))
