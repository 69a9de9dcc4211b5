"""The inbox: messages grouped by what they are about, newest first, as their reader may see them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from governance import registry
from governance.models import Notice, User
from governance.notices import NoticeRow, rows_for
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class InboxGroup:
    """Everything sent about one thing: the newest message, how many there are and how many are unread."""

    newest: NoticeRow
    total: int
    unread: int

    @property
    def subject(self) -> str:
        """How an address of the inbox names it."""
        return f"{self.newest.notice.subject_kind}:{self.newest.notice.subject_id}"


def inbox_groups(user: User, *, unread: bool = False, kind: str = "") -> QuerySet[Any, Any]:
    """One row of figures for each subject; `groups_shown` words those of a page."""
    rows = Notice.objects.visible_to(user)
    if kind:
        rows = rows.filter(subject_kind=kind)
    groups = rows.order_by().values("subject_kind", "subject_id")
    counted = groups.annotate(newest=Max("pk"), total=Count("pk"), unread=Count("pk", filter=Q(read_at=None)))
    return (counted.filter(unread__gt=0) if unread else counted).order_by("-newest")


def groups_shown(user: User, groups: Sequence[dict[str, Any]]) -> list[InboxGroup]:
    """The groups of one page in words: one query for the messages, one for each kind of subject."""
    wanted = [group["newest"] for group in groups]
    found = Notice.objects.filter(pk__in=wanted)
    rows = {row.notice.pk: row for row in rows_for(user, list(found))}
    return [InboxGroup(rows[g["newest"]], g["total"], g["unread"]) for g in groups if g["newest"] in rows]


def notices_about(user: User, subject: SubjectRef) -> QuerySet[Notice]:
    rows = Notice.objects.visible_to(user)
    return rows.filter(subject_kind=subject.kind, subject_id=subject.id)


def subject_named(text: str) -> SubjectRef | None:
    """The subject an address of the inbox names, as `case:uid`; None for anything else."""
    kind, colon, uid = text.partition(":")
    fits = colon and 0 < len(kind) <= 40 and 0 < len(uid) <= 64 and "\x00" not in text
    return SubjectRef(kind, uid) if fits else None


def kinds_in(user: User) -> list[tuple[str, str]]:
    """(kind, label) of what somebody has messages about."""
    words = Notice.objects.visible_to(user).order_by("subject_kind").values_list("subject_kind", flat=True)
    known = ((word, registry.kind_of(word)) for word in words.distinct())
    return [(word, str(kind.label) if kind else word) for word, kind in known]
