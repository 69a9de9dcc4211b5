"""The agenda as lists show it: what waits to be heard, in words, with what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from committee.choices import AGENDA_WORDS
from committee.models import AgendaItem
from committee.models.work import AgendaItemQuerySet
from governance import registry
from governance.models import User
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """A point of the agenda in the reader's language; `url` empty where they may not see what it is about."""

    item: AgendaItem
    words: str
    title: str
    url: str


def agenda_words(item: AgendaItem) -> str:
    """The sentence of an item; its code where its words are not known any more."""
    template = AGENDA_WORDS.get(item.code)
    try:
        return str(template) % item.params if template else item.code
    except (KeyError, TypeError, ValueError):  # written with the parameters of an earlier wording
        return item.code


def agenda_items(user: Any) -> AgendaItemQuerySet:
    """Points of every committee's agenda the reader may see; those dealt with as well."""
    rows: AgendaItemQuerySet = AgendaItem.objects.visible_to(user)
    return rows.select_related("committee", "dealt_by")


def agenda_item(user: User, uid: str) -> AgendaItem | None:
    return agenda_items(user).select_related("committee__secretary").filter(uid=uid).first()


def agenda_lines(items: list[AgendaItem], user: User) -> list[AgendaLine]:
    """A page of items; titles of everything they are about in one question per kind."""
    refs = {item.pk: SubjectRef(item.subject_kind, item.subject_id) for item in items}
    titles = registry.titles_for(user, refs.values())
    lines = []
    for item in items:
        ref = refs[item.pk]
        title = titles.get((ref.kind, ref.id), "")
        lines.append(AgendaLine(item, agenda_words(item), title, registry.page_of(ref) if title else ""))
    return lines
