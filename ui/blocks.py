"""Blocks of a page: tile, fact, panel, alert, empty, job, quorum, diff. Safe HTML made by ``format_html``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext, pgettext

from ui import words
from ui.icons import icon
from ui.marks import TONE_ICONS, hash_short, none, when

_MARKS = {"add": "+", "change": "~", "del": words.MINUS}


def tile(label: Any, value: Any, *, unit: Any = "", note: Any = "", drawing: Any = "") -> SafeString:
    """One figure inside ``<dl class="tiles">``. Give a unit, an n or a period in ``unit`` or ``note``."""
    small = format_html(" <small>{}</small>", unit) if unit else ""
    side = format_html("<dd>{}</dd>", drawing) if drawing else ""
    foot = format_html('<dd class="note">{}</dd>', note) if note else ""
    return format_html(
        '<div class="tile"><dt>{}</dt><dd class="value">{}{}</dd>{}{}</div>',
        label,
        shown(value),
        small,
        side,
        foot,
    )


def fact(label: Any, value: Any) -> SafeString:
    """One pair inside ``<dl class="facts">``; in ``.facts.row`` the wrapper makes it a column."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, shown(value))


def facts(pairs: Iterable[tuple[Any, Any]], *, row: bool = False) -> SafeString:
    """Label and value pairs as a description list."""
    body = format_html_join("", "{}", ((fact(label, value),) for label, value in pairs))
    return format_html('<dl class="facts{}">{}</dl>', " row" if row else "", body)


def shown(value: Any) -> Any:
    """Value as a page shows it: numbers grouped, nothing as a muted "none", marks untouched."""
    if value is None or value == "":
        return none()
    if isinstance(value, bool):
        return pgettext("answer", "yes") if value else pgettext("answer", "no")
    if isinstance(value, (int, float)):
        return words.number(value)
    return value


def panel(
    body: Any,
    *,
    title: Any = "",
    scope: Any = "",
    aside: Any = "",
    link: Any = "",
    url: str = "",
    anchor: str = "",
    emphasis: bool = False,
    padded: bool = True,
) -> SafeString:
    """The one container. ``scope`` is the muted line beside the title, ``aside`` or link sits at the end.

    A table fills the panel to its edges: pass ``padded=False``.
    """
    classes = "panel emphasis" if emphasis else "panel"
    inner = format_html('<div class="panel-body stack">{}</div>', body) if padded else body
    if not title:
        mark = format_html(' id="{}"', anchor) if anchor else ""
        return format_html('<div class="{}"{}>{}</div>', classes, mark, inner)
    name = anchor or slugify(str(title), allow_unicode=True) or "panel"
    end = format_html('<a href="{}">{}</a>', url, link) if url else aside
    end_look = "push" if url else "push muted"
    return format_html(
        '<section class="{0}" id="{1}" aria-labelledby="{1}-h">'
        '<div class="panel-head"><h2 id="{1}-h">{2}</h2>{3}{4}</div>{5}</section>',
        classes,
        name,
        title,
        format_html('<span class="muted">{}</span>', scope) if scope else "",
        format_html('<span class="{}">{}</span>', end_look, end) if end else "",
        inner,
    )


def alert(
    tone: str, title: Any, text: Any = "", *, action: Any = "", url: str = "", role: str = ""
) -> SafeString:
    """Stays until solved; says what, why and what next."""
    button = format_html('<a class="btn" href="{}">{}</a>', url, action) if url else ""
    spoken = format_html(' role="{}"', role) if role else ""
    return format_html(
        '<div class="alert" data-tone="{}"{}>{}<div><strong>{}</strong> {}</div>{}</div>',
        tone,
        spoken,
        icon(TONE_ICONS[tone]),
        title,
        text,
        button,
    )


def empty(
    title: Any, text: Any = "", *, icon_name: str = "inbox", action: Any = "", url: str = ""
) -> SafeString:
    """Why there is nothing, and one way on."""
    return format_html(
        '<div class="empty">{}<strong>{}</strong>{}{}</div>',
        icon(icon_name),
        title,
        format_html("<p>{}</p>", text) if text else "",
        format_html('<a class="btn" href="{}">{}</a>', url, action) if url else "",
    )


def job(
    label: Any,
    done: float,
    total: float,
    *,
    tone: str = "",
    url: str = "",
    state: Any = "",
    meta: Any = "",
    aside: Any = "",
) -> SafeString:
    """Progress of anything over 2 s: name and state above, counts below. ``total`` 0 means not known yet."""
    name = format_html('<a href="{}">{}</a>', url, label) if url else format_html("<span>{}</span>", label)
    percent = min(100, int(100 * done / total)) if total else 0
    spoken = gettext("%(done)s of %(total)s") % {"done": words.number(done), "total": words.number(total)}
    foot = (
        format_html('<div class="meta"><span>{}</span><span>{}</span></div>', meta, aside)
        if meta or aside
        else ""
    )
    bar = (
        format_html(
            '<progress max="{}" value="{}" aria-label="{}">{}%</progress>', total, done, spoken, percent
        )
        if total
        else format_html('<progress aria-label="{}"></progress>', gettext("working"))
    )
    return format_html(
        '<div class="job"{}><div>{}<span>{}</span></div>{}{}</div>',
        format_html(' data-tone="{}"', tone) if tone else "",
        name,
        state,
        bar,
        foot,
    )


def quorum(cast: int, needed: int, eligible: int, recused: int = 0) -> SafeString:
    """Meter: one cell per seat, a bar at the number needed, recused seats hatched at the end."""
    label = gettext("%(cast)s cast, %(needed)s needed, %(eligible)s eligible, %(recused)s recused") % {
        "cast": cast,
        "needed": needed,
        "eligible": eligible,
        "recused": recused,
    }
    cells = [
        format_html(
            "<li{}{}></li>",
            format_html(' class="{}"', "need") if place == needed else "",
            format_html(' data-seat="{}"', "cast") if place <= cast else "",
        )
        for place in range(1, eligible + 1)
    ]
    cells += [format_html('<li data-seat="{}"></li>', "out") for _ in range(recused)]
    return format_html(
        '<ol class="quorum" role="img" aria-label="{}">{}</ol>',
        label,
        format_html_join("", "{}", ((cell,) for cell in cells)),
    )


@dataclass(frozen=True)
class Event:
    """One line of a ledger: when, what (safe HTML or text), the short end of its hash."""

    at: datetime
    text: Any
    icon: str = "check"
    tone: str = ""
    digest: str = ""


def ledger(events: Iterable[Event]) -> SafeString:
    """Append-only history, newest first as given."""
    lines = format_html_join(
        "",
        "<li{}>{}{}<p>{}</p>{}</li>",
        (
            (
                format_html(' data-tone="{}"', event.tone) if event.tone else "",
                when(event.at, "short"),
                icon(event.icon),
                event.text,
                hash_short(event.digest) if event.digest else "",
            )
            for event in events
        ),
    )
    return format_html('<ol class="ledger">{}</ol>', lines)


@dataclass(frozen=True)
class Change:
    """One row of a diff. ``op`` is add, change or del; absent sides are None."""

    op: str
    what: Any
    before: Any = None
    after: Any = None


def diff(changes: Sequence[Change], *, label: Any = "") -> SafeString:
    """Before and after by row, marked + ~ − and read out as words."""
    spoken = {"add": gettext("added"), "change": gettext("changed"), "del": gettext("removed")}
    rows = format_html_join(
        "",
        '<tr data-op="{}"><td class="mark"><span aria-hidden="true">{}</span><span class="sr">{}</span></td>'
        '<th scope="row">{}</th><td>{}</td><td>{}</td></tr>',
        (
            (change.op, _MARKS[change.op], spoken[change.op], change.what, *_sides(change))
            for change in changes
        ),
    )  # fmt: skip
    name = label or ngettext("%(count)s change", "%(count)s changes", len(changes)) % {"count": len(changes)}
    return format_html(
        '<div class="table-wrap" tabindex="0" role="region" aria-label="{}">'
        '<table class="table diff"><thead><tr>'
        '<th scope="col"><span class="sr">{}</span></th><th scope="col">{}</th><th scope="col">{}</th>'
        '<th scope="col">{}</th></tr></thead><tbody>{}</tbody></table></div>',
        name,
        gettext("Change"),
        gettext("What"),
        gettext("Before"),
        gettext("After"),
        rows,
    )


def _sides(change: Change) -> tuple[Any, Any]:
    before = none() if change.before is None else conditional_escape(change.before)
    after = none() if change.after is None else conditional_escape(change.after)
    if change.op == "change":
        return format_html("<del>{}</del>", before), format_html("<ins>{}</ins>", after)
    return before, after
