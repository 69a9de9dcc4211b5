"""Notices: words for each code, and writing them. Stored as code + parameters, worded when shown (house)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

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
