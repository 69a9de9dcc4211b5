"""Cases whose subject is another now than the one they are about; found in bulk, for the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from committee.choices import UNDECIDED
from committee.kinds.registry import KINDS
from committee.models import Case
from committee.selectors.cases import cases_watched

CHUNK = 500


def cases_changed() -> list[Case]:
    """Undecided cases, and approved ones with a running permit, whose subject has another digest now.

    A few queries for each kind and 500 of its subjects; frames are not read. Also a change that is known
    already is among them.
    """
    rows = Case.objects.filter(Q(state__in=UNDECIDED) | Q(pk__in=cases_watched().values("pk")))
    asked: dict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
    for pk, kind, action, uid, digest in rows.values_list(
        "pk", "subject_kind", "action", "subject_id", "subject_digest"
    ):
        asked[kind, action].append((pk, uid, digest))
    found = [pk for key, about in asked.items() for pk in _other_now(key, about)]
    return list(Case.objects.filter(pk__in=found).defer("frame").order_by("pk"))


def _other_now(key: tuple[str, str], about: list[tuple[int, str, str]]) -> Iterable[int]:
    """Keys of the cases whose subject has another digest; one that cannot be found has not changed."""
    kind = KINDS.get(key)
    if kind is None:
        return
    for start in range(0, len(about), CHUNK):
        some = about[start : start + CHUNK]
        present = kind.digests_of({uid for _pk, uid, _digest in some})
        yield from (pk for pk, uid, digest in some if present.get(uid) and present[uid] != digest)
