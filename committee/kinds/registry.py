"""The kinds a committee can decide about: one line each."""

from __future__ import annotations

from committee.exceptions import SubjectUnknown
from committee.kinds import dataset_version, model_version, standard_version
from committee.kinds.base import CaseKind

KINDS: dict[str, CaseKind] = {
    kind.kind: kind for kind in (dataset_version.KIND, standard_version.KIND, model_version.KIND)
}


def kind_for(word: str, action: str) -> CaseKind:
    """Raises SubjectUnknown for a kind nobody decides about, or another action than the kind's."""
    kind = KINDS.get(word)
    if kind is None or kind.action != action:
        raise SubjectUnknown
    return kind
