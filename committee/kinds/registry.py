"""The kinds a committee can decide about: one line each."""

from __future__ import annotations

from committee.exceptions import SubjectUnknown
from committee.kinds import (
    access,
    dataset_version,
    law,
    model_version,
    recertify,
    review,
    standard_version,
    waiver,
)
from committee.kinds.base import CaseKind

KINDS: dict[tuple[str, str], CaseKind] = {
    (kind.kind, kind.action): kind
    for kind in (
        dataset_version.KIND,
        standard_version.KIND,
        model_version.KIND,
        access.READ,
        access.EXPORT,
        waiver.KIND,
        *recertify.KINDS,
        review.KIND,
        *law.KINDS,
    )
}
"""By kind of subject and action asked for."""


def kinds_about(word: str) -> list[CaseKind]:
    """What can be asked about one kind of subject, in the order of the table."""
    return [kind for kind in KINDS.values() if kind.kind == word]


def kind_for(word: str, action: str) -> CaseKind:
    """Raises SubjectUnknown for a kind nobody decides about, or another action than the kind's."""
    kind = KINDS.get((word, action))
    if kind is None:
        raise SubjectUnknown
    return kind
