"""What a subject is a state of: a version's dataset, a text's standard; for hints and next cases."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import selectors as catalog
from committee.models import LawText
from governance import selectors as law
from modeling import selectors as modeling


@dataclass(frozen=True, slots=True)
class Whole:
    """`uid` names it where it is a subject itself, `number` orders its states."""

    kind: str
    uid: str
    number: int


def whole_of(kind: str, uid: str) -> Whole | None:
    """None where nothing is known of the subject."""
    if kind == "dataset_version":
        version = catalog.version_by_uid(uid)
        return Whole("dataset", version.dataset.uid, version.number) if version else None
    if kind == "standard_version":
        text = law.version_by_uid(uid)
        return Whole("standard", text.standard.uid, text.pk) if text else None
    if kind == "model_version":
        model = modeling.model_facts(uid)
        return Whole("model", model.name, model.number) if model else None
    if kind == "dataset":
        return Whole("dataset", uid, 0)
    piece = LawText.objects.filter(kind=kind, uid=uid).first()
    return Whole(kind, piece.code, piece.number) if piece else None


def follows(earlier: tuple[str, str], later: tuple[str, str]) -> bool:
    """Whether (kind, uid) `later` is the same subject as `earlier`, or a newer state of the same thing."""
    if earlier == later:
        return True
    before, after = whole_of(*earlier), whole_of(*later)
    if before is None or after is None or earlier[0] != later[0]:
        return False
    return (before.kind, before.uid) == (after.kind, after.uid) and after.number > before.number
