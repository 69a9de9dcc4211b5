"""Lists: columns declared once, sorted and paged by GET, rendered as the look's ``.table-wrap``.

A table works on a QuerySet (sorted and cut by the database) or on frozen dataclasses (sorted here)::

    DATASETS = Table(
        label=_("Datasets"),
        columns=(
            Column(_("Dataset"), "name", link=lambda row: row.url, sub="description", sort="name"),
            Column(_("Rows"), "row_count", kind="number", sort="row_count", wide=True),
            Column(_("Gate"), lambda row: gate_badge(row.gate), fit=True, end=True),
        ),
        empty=Empty(_("No dataset fits this filter"), _("Clear the filter to see all."), icon="database"),
        default_sort="-row_count",
    )
    page = DATASETS.page(request, rows)      # in the view
    {% table page %}                         # in the template
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ui import marks, words

Text = str | Promise
Accessor = str | Callable[[Any], Any]
#: Cell kinds. ``text`` also takes safe HTML from ``ui.marks``.
KINDS = frozenset(
    {"text", "number", "share", "day", "moment", "short", "ago", "code", "hash", "person", "size"}
)
_RIGHT = frozenset({"number", "share", "size"})
_NARROW = frozenset({"day", "moment", "short", "ago", "hash", "person"})
_PAGE_WINDOW = 1


@dataclass(frozen=True)
class Column:
    """One column. ``get`` is a dotted attribute path or a function of the row.

    ``sort`` is the name in ``?sort=``; for a QuerySet it is the field, or give fields in ``order``.
    ``link`` makes the cell the row's link; the first column is the row's header in any case.
    ``wide`` cells drop out on a phone, ``end`` moves to the right there, ``name_on_phone`` prints the header.
    """

    header: Text
    get: Accessor
    kind: str = "text"
    sort: str = ""
    order: tuple[str, ...] = ()
    link: Callable[[Any], str] | None = None
    sub: Accessor | None = None
    fit: bool = False
    wide: bool = False
    end: bool = False
    lead: bool = False
    name_on_phone: bool = False
    muted: bool = False
    decimals: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown cell kind {self.kind!r}")

    @property
    def right(self) -> bool:
        """True when figures are right-aligned."""
        return self.kind in _RIGHT

    @property
    def css(self) -> str:
        """Classes of the cell."""
        flags = {
            "num": self.right,
            "fit": self.fit or self.kind in _NARROW,
            "wide": self.wide,
            "end": self.end,
            "lead": self.lead,
            "muted": self.muted,
        }
        return " ".join(name for name, on in flags.items() if on)

    def value(self, row: Any) -> Any:
        """Bare value of the row, as sorted."""
        return read(row, self.get)

    def cell(self, row: Any) -> Any:
        """Value as shown, with link and sub-line."""
        shown = render(self.value(row), self.kind, self.decimals)
        url = self.link(row) if self.link else ""
        if url:
            shown = format_html('<a href="{}">{}</a>', url, shown)
        under = read(row, self.sub) if self.sub else None
        return format_html('{}<span class="sub">{}</span>', shown, under) if under else shown


def read(row: Any, accessor: Accessor) -> Any:
    """Call the accessor, or follow it as a dotted path of attributes and mapping keys."""
    if callable(accessor):
        return accessor(row)
    value = row
    for part in accessor.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
        if value is None:
            return None
    return value() if callable(value) else value


def render(value: Any, kind: str, decimals: int | None = None) -> Any:
    """One value as its kind is shown; nothing reads a muted "none"."""
    if value is None or value == "":
        return marks.none()
    if hasattr(value, "__html__"):
        return value
    match kind:
        case "number":
            return words.number(value, decimals)
        case "share":
            return words.share(value, 1, 1 if decimals is None else decimals)
        case "size":
            return words.filesize(value)
        case "day" | "moment" | "short" | "ago":
            return marks.when(value, kind)
        case "code":
            return marks.code(value)
        case "hash":
            return marks.hash_short(value)
        case "person":
            return marks.person(value)
    return value


@dataclass(frozen=True)
class Empty:
    """What a table says when it has no rows: why, and one way on."""

    title: Text
    text: Text = ""
    icon: str = "inbox"
    action: Text = ""
    url: str = ""


@dataclass(frozen=True)
class Table:
    """Declaration of a list, made once per module. ``prefix`` keeps two tables of one page apart."""

    label: Text
    columns: tuple[Column, ...]
    empty: Empty
    default_sort: str = ""
    per_page: int = 25
    as_list: bool = True
    prefix: str = ""
    row_class: Callable[[Any], str] | None = None
    #: Turns the cut page of model rows into what the columns read, in one go, so that lookups stay constant.
    present: Callable[[list[Any]], Sequence[Any]] | None = None

    def page(self, request: HttpRequest, rows: QuerySet[Any] | Iterable[Any]) -> "BoundTable":
        """Sort and cut for this request. Unknown sorts and pages fall back; they never raise."""
        sort = self.current_sort(request.GET)
        ordered: Any = self._ordered(rows, sort)
        page = Paginator(ordered, self.per_page).get_page(request.GET.get(f"{self.prefix}page"))
        listed = list(page.object_list)
        return BoundTable(self, request.GET, sort, page, self.present(listed) if self.present else listed)

    def of(self, rows: Iterable[Any]) -> "BoundTable":
        """All rows as they come, without sorting and pages: a short list inside a panel."""
        listed = list(rows)
        page = Paginator(listed, max(1, len(listed))).get_page(1)
        return BoundTable(self, None, "", page, listed)

    def current_sort(self, query: QueryDict) -> str:
        """The asked sort when a column offers it, else the default."""
        asked = query.get(f"{self.prefix}sort", "")
        offered = {column.sort for column in self.columns if column.sort}
        return asked if asked.removeprefix("-") in offered else self.default_sort

    def _ordered(self, rows: QuerySet[Any] | Iterable[Any], sort: str) -> QuerySet[Any] | list[Any]:
        key, down = sort.removeprefix("-"), sort.startswith("-")
        column = next((c for c in self.columns if c.sort and c.sort == key), None)
        if isinstance(rows, QuerySet):
            return _order_queryset(rows, column, key, down)
        listed = list(rows)
        if column is None:
            return listed
        known = [row for row in listed if _sortable(column.value(row))]
        unknown = [row for row in listed if not _sortable(column.value(row))]
        known.sort(key=column.value, reverse=down)
        return known + unknown


def _sortable(value: Any) -> bool:
    return value is not None and value != ""


def _order_queryset(rows: QuerySet[Any], column: Column | None, key: str, down: bool) -> QuerySet[Any]:
    """The primary key ends the order, so that pages neither repeat nor drop a row."""
    if column is None:
        return rows if rows.ordered else rows.order_by("-pk")
    fields = column.order or (key.replace(".", "__"),)
    flipped = [(name[1:] if name.startswith("-") else f"-{name}") if down else name for name in fields]
    return rows.order_by(*flipped, "pk")


@dataclass(frozen=True)
class Header:
    """Head cell as the template needs it."""

    column: Column
    aria_sort: str
    url: str


@dataclass(frozen=True)
class Cell:
    """Body cell as the template needs it."""

    column: Column
    value: Any
    is_header: bool
    name: str


@dataclass(frozen=True)
class Row:
    """Body row as the template needs it."""

    cells: Sequence[Cell]
    css: str


@dataclass(frozen=True)
class BoundTable:
    """A table with the rows of one request. ``{% table bound %}`` renders it with its pager."""

    table: Table
    query: QueryDict | None
    sort: str
    page: "Page[Any]"
    items: Sequence[Any] = field(default_factory=tuple)

    @property
    def total(self) -> int:
        """Rows on all pages."""
        return self.page.paginator.count

    def headers(self) -> Iterator[Header]:
        """Head cells with sort state and the address that sorts by them."""
        for column in self.table.columns:
            if self.query is None or not column.sort:
                yield Header(column, "", "")
                continue
            going_up = self.sort == column.sort
            going_down = self.sort == f"-{column.sort}"
            # Figures and dates are first read from the largest; words from A.
            first = f"-{column.sort}" if column.right or column.kind in _NARROW - {"person"} else column.sort
            target = f"-{column.sort}" if going_up else column.sort if going_down else first
            state = "ascending" if going_up else "descending" if going_down else ""
            yield Header(column, state, self.address(sort=target))

    def rows(self) -> Iterator[Row]:
        """Body rows."""
        for item in self.items:
            cells = [
                Cell(
                    column, column.cell(item), place == 0, str(column.header) if column.name_on_phone else ""
                )
                for place, column in enumerate(self.table.columns)
            ]
            yield Row(cells, self.table.row_class(item) if self.table.row_class else "")

    def address(self, **changes: Any) -> str:
        """This page's query string with the table's own parameters changed; sorting starts at page one."""
        query = self.query.copy() if self.query is not None else QueryDict(mutable=True)
        query.pop(f"{self.table.prefix}page", None)
        for name, value in changes.items():
            query[f"{self.table.prefix}{name}"] = str(value)
        return f"?{query.urlencode()}"

    def pages(self) -> list[tuple[str, str, bool]]:
        """Page numbers as (word, address, current); a gap has the word ``…`` and no address."""
        found: list[tuple[str, str, bool]] = []
        paginator = self.page.paginator
        for entry in paginator.get_elided_page_range(self.page.number, on_each_side=_PAGE_WINDOW, on_ends=1):
            whole = isinstance(entry, int)
            found.append((str(entry), self.address(page=entry) if whole else "", entry == self.page.number))
        return found

    def previous_url(self) -> str:
        """Address of the page before, empty on the first."""
        return self.address(page=self.page.previous_page_number()) if self.page.has_previous() else ""

    def next_url(self) -> str:
        """Address of the page after, empty on the last."""
        return self.address(page=self.page.next_page_number()) if self.page.has_next() else ""

    def __html__(self) -> SafeString:
        return render_to_string("components/table.html", {"bound": self, "table": self.table})
