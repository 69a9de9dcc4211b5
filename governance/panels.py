"""Rendering what other rooms registered for a page: panels and acts of a slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from governance import registry
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class ActLink:
    """A registered act as a button."""

    label: Any
    icon: str
    url: str
    primary: bool


def acts(request: HttpRequest, slot: str, ref: SubjectRef) -> list[ActLink]:
    """The buttons registered for a slot that apply to this reader and subject."""
    found = []
    for act in registry.acts(slot):
        url = act.url(request.user, ref)
        if url:
            found.append(ActLink(act.label, act.icon, url, act.primary))
    return found


def row_columns(
    request: HttpRequest, slot: str, ref: SubjectRef, rows: Sequence[Any]
) -> list[registry.AddedColumns]:
    """What the rooms above add to a table of this page; nothing where they have nothing to say."""
    found = []
    for column in registry.row_columns(slot):
        cells = column.cells(request, ref, rows) if rows else None
        if cells is not None:
            found.append(registry.AddedColumns(column.labels, cells))
    return found


def panels(request: HttpRequest, slot: str, ref: SubjectRef) -> list[SafeString]:
    """The partials registered for a slot, rendered in order; one that returns no context is left out."""
    rendered = []
    for panel in registry.panels(slot):
        context = panel.context(request, ref)
        if context is not None:
            rendered.append(render_to_string(panel.template, context, request=request))
    return rendered
