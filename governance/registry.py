"""The one way up: rooms register what governance and lower pages may show about their subjects.

Called from each app's `subjects.py` while Django starts. Holds callables and names only; importing it
imports no room.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from governance.subject_ref import SubjectRef

Lazy = Any  # a str or gettext_lazy promise


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """What is known about one kind of subject.

    label: words for the kind. title(uid): the thing's name, or None if it is gone. page(uid): its URL.
    visible(user, uid): whether the reader may know it. digest(uid): its current digest ("" if none).
    ledger_visible(user, uid): whether its entries may be shown (default: as visible).
    shown(user, uids): titles of those of the uids whose entries the reader may see, in one query for a whole
    list; kinds with one `shown` are asked for together. Without it lists ask for each.
    seen(user, uids): those of the uids the reader may know, in one query, where `shown` says something else.
    """

    kind: str
    label: Lazy
    title: Callable[[str], str | None]
    page: Callable[[str], str]
    visible: Callable[[Any, str], bool]
    digest: Callable[[str], str]
    ledger_visible: Callable[[Any, str], bool] | None = None
    shown: Callable[[Any, Collection[str]], Mapping[str, str]] | None = None
    seen: Callable[[Any, Collection[str]], Collection[str]] | None = None

    def known(self, user: Any, uids: Collection[str]) -> Collection[str]:
        """Those of the uids the reader may know."""
        if self.seen is not None:
            return self.seen(user, uids)
        if self.shown is not None and self.ledger_visible is None:
            return self.shown(user, uids).keys()
        return {uid for uid in uids if self.visible(user, uid)}

    def titles(self, user: Any, uids: Collection[str]) -> Mapping[str, str]:
        """Title of each uid whose ledger entries the reader may see; "" for a thing that is gone."""
        if self.shown is not None:
            return self.shown(user, uids)
        judge = self.ledger_visible or self.visible
        return {uid: self.title(uid) or "" for uid in uids if judge(user, uid)}


def shown_rows(model: Any, *related: str) -> Callable[[Any, Collection[str]], Mapping[str, str]]:
    """`SubjectKind.shown` of a model whose rows word themselves and whose manager has `visible_to`."""

    def shown(user: Any, uids: Collection[str]) -> dict[str, str]:
        rows = model.objects.visible_to(user).filter(uid__in=uids).select_related(*related)
        return {row.uid: str(row) for row in rows}

    return shown


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of somebody else's page: `context(request, ref)` returns its context or None to hide."""

    slot: str
    template: str
    context: Callable[[Any, SubjectRef], dict[str, Any] | None]
    order: int = 100


@dataclass(frozen=True, slots=True)
class RowColumns:
    """Columns of somebody else's table: `cells(request, ref, rows)` gives, for the rows of one page at once,
    what each column shows by the text of the row's key, or None to leave the columns out.
    """

    slot: str
    labels: tuple[Lazy, ...]
    cells: Callable[[Any, SubjectRef, Sequence[Any]], Mapping[str, Sequence[Any]] | None]
    order: int = 100


@dataclass(frozen=True, slots=True)
class AddedColumns:
    """Such columns for one page of rows: their labels, and the cells by row key."""

    labels: tuple[Lazy, ...]
    cells: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """A button on somebody else's page: `url(user, ref)` returns where it leads, or None to hide it."""

    slot: str
    label: Lazy
    icon: str
    url: Callable[[Any, SubjectRef], str | None]
    primary: bool = False
    order: int = 100


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the side bar. `count(user)` is the number shown beside it, 0 for none."""

    group: str
    label: Lazy
    url_name: str
    icon: str
    order: int = 100
    count: Callable[[Any], int] | None = None
    prefix: str = ""


@dataclass(slots=True)
class _Registry:
    kinds: dict[str, SubjectKind] = field(default_factory=dict)
    panels: list[Panel] = field(default_factory=list)
    columns: list[RowColumns] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    reactors: dict[str, list[str]] = field(default_factory=dict)
    verifiers: list[Callable[[], Iterable[tuple[str, str]]]] = field(default_factory=list)
    menu: list[MenuEntry] = field(default_factory=list)
    working_days: list[Callable[[Any, dt.date], bool | None]] = field(default_factory=list)


_REGISTRY = _Registry()


def register_kind(kind: SubjectKind) -> None:
    """Register a subject kind; a second registration of the same word is a programming error."""
    if kind.kind in _REGISTRY.kinds:
        raise ValueError(f"subject kind {kind.kind!r} is registered twice")
    _REGISTRY.kinds[kind.kind] = kind


def register_panel(panel: Panel) -> None:
    _REGISTRY.panels.append(panel)


def register_columns(columns: RowColumns) -> None:
    _REGISTRY.columns.append(columns)


def register_act(act: Act) -> None:
    _REGISTRY.acts.append(act)


def register_reactor(event: str, task_name: str) -> None:
    """Let the Celery task `task_name` be woken for `event` with (subject_kind, subject_id, delivery)."""
    _REGISTRY.reactors.setdefault(event, []).append(task_name)


def register_verifier(verifier: Callable[[], Iterable[tuple[str, str]]]) -> None:
    """A verifier yields (place, code) for each row that disagrees with the ledger."""
    _REGISTRY.verifiers.append(verifier)


def register_menu(entry: MenuEntry) -> None:
    _REGISTRY.menu.append(entry)


def register_working_days(judge: Callable[[Any, dt.date], bool | None]) -> None:
    """A room that keeps a calendar says whether a person works on a day; None where it does not know."""
    _REGISTRY.working_days.append(judge)


def is_working_day(user: Any, day: dt.date) -> bool:
    """Whether the person works on a day: as the first room that knows says, else Monday to Friday."""
    told = (judge(user, day) for judge in _REGISTRY.working_days)
    return next((answer for answer in told if answer is not None), day.isoweekday() <= 5)


def kind_of(word: str) -> SubjectKind | None:
    return _REGISTRY.kinds.get(word)


def kinds() -> list[SubjectKind]:
    return list(_REGISTRY.kinds.values())


def panels(slot: str) -> list[Panel]:
    return sorted((p for p in _REGISTRY.panels if p.slot == slot), key=lambda p: p.order)


def row_columns(slot: str) -> list[RowColumns]:
    return sorted((c for c in _REGISTRY.columns if c.slot == slot), key=lambda c: c.order)


def acts(slot: str) -> list[Act]:
    return sorted((a for a in _REGISTRY.acts if a.slot == slot), key=lambda a: a.order)


def reactors(event: str) -> list[str]:
    return list(_REGISTRY.reactors.get(event, ()))


def verifiers() -> list[Callable[[], Iterable[tuple[str, str]]]]:
    return list(_REGISTRY.verifiers)


def menu() -> list[MenuEntry]:
    return sorted(_REGISTRY.menu, key=lambda e: e.order)


def title_of(ref: SubjectRef) -> str:
    """The subject's name for a reader who may see it; its short id where nothing is registered."""
    kind = kind_of(ref.kind)
    return (kind.title(ref.id) if kind else None) or ref.id[:12]


def titles_for(user: Any, refs: Iterable[SubjectRef]) -> dict[tuple[str, str], str]:
    """Titles by (kind, id) of the subjects a reader may see; one question per `shown`."""
    known = [(ref, kind) for ref in set(refs) if (kind := kind_of(ref.kind)) is not None]
    groups: dict[Any, list[tuple[SubjectRef, SubjectKind]]] = {}
    for ref, kind in known:
        groups.setdefault(kind.shown or kind.kind, []).append((ref, kind))
    found = {}
    for group in groups.values():
        titles = group[0][1].titles(user, {ref.id for ref, _kind in group})
        found.update({(ref.kind, ref.id): titles[ref.id] for ref, _kind in group if ref.id in titles})
    return found


def known_to(user: Any, refs: Iterable[SubjectRef]) -> set[tuple[str, str]]:
    """(kind, id) of those subjects the reader may know; what no room registered has no rule and is known."""
    wanted: dict[str, set[str]] = {}
    for ref in refs:
        wanted.setdefault(ref.kind, set()).add(ref.id)
    found: set[tuple[str, str]] = set()
    for word, uids in wanted.items():
        kind = kind_of(word)
        known = kind.known(user, uids) if kind else uids
        found |= {(word, uid) for uid in known}
    return found


def page_of(ref: SubjectRef) -> str:
    kind = kind_of(ref.kind)
    return kind.page(ref.id) if kind else ""
