"""The Markdown our cards are written in, as safe HTML: everything is escaped first, links and HTML mean
nothing.

Headings, lists, tables, paragraphs, code spans, and the metadata head as it stands. No more than cards use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"(#{1,4}) (.+)")
_RULE = re.compile(r"\|[-:| ]+\|")


def card_html(text: str) -> SafeString:
    """A card as HTML; headings start at h3, below the panel's own."""
    head, body = _split(text)
    parts = [format_html('<div class="table-wrap"><pre class="log">{}</pre></div>', head)] if head else []
    for kind, lines in groupby(body.split("\n"), key=_kind):
        parts.extend(_block(kind, list(lines)))
    return format_html_join("\n", "{}", ((part,) for part in parts))


def _split(text: str) -> tuple[str, str]:
    """The metadata between two lines of dashes, and the rest."""
    if not text.startswith("---\n"):
        return "", text
    head, dashes, body = text[4:].partition("\n---\n")
    return (head, body) if dashes else ("", text)


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if _HEADING.fullmatch(line):
        return "heading"
    if line.startswith("|"):
        return "table"
    return "list" if line.startswith("- ") else "text"


def _block(kind: str, lines: list[str]) -> Iterator[SafeString]:
    if kind == "heading":
        for line in lines:
            marks, words = line.split(" ", 1)
            level = min(6, len(marks) + 2)
            yield format_html("<h{}>{}</h{}>", level, _spans(words), level)
    elif kind == "list":
        yield format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_spans(li[2:]),) for li in lines))
        )
    elif kind == "table":
        yield _table(lines)
    elif kind == "text":
        yield format_html("<p>{}</p>", _spans(" ".join(lines)))


def _table(lines: list[str]) -> SafeString:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE.fullmatch(line)
    ]
    head, *body = rows
    return format_html(
        '<div class="table-wrap"><table class="table"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        format_html_join("", '<th scope="col">{}</th>', ((_spans(cell),) for cell in head)),
        format_html_join(
            "",
            "<tr>{}</tr>",
            ((format_html_join("", "<td>{}</td>", ((_spans(c),) for c in row)),) for row in body),
        ),
    )


def _spans(text: str) -> SafeString:
    """Escaped text in which only our own code spans are marked up."""
    return mark_safe(_CODE.sub(r'<code class="hash full">\1</code>', escape(text)))  # noqa: S308 escaped first
