"""Tiny svg drawings for table cells and tiles: sparkline, histogram, pass bar, difference with interval.

Sizes are svg user units, equal to CSS pixels at 100%. No colour is set here; classes carry the tokens.
"""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ui import words


def sparkline(
    values: Sequence[float], *, ref: float | None = None, label: str = "", width: int = 72, height: int = 20
) -> SafeString:
    """Line of the last values with a dot on the newest; ``ref`` is a dashed limit, such as the gate."""
    if not values:
        return format_html('<span class="muted">{}</span>', gettext("no history"))
    bounds = [*values, ref] if ref is not None else list(values)
    low, high = min(bounds), max(bounds)
    span = (high - low) or 1.0
    step = (width - 5) / max(1, len(values) - 1)

    def y(value: float) -> str:
        return f"{height - 2 - (value - low) / span * (height - 5):.1f}"

    points = [(f"{1 + i * step:.1f}", y(value)) for i, value in enumerate(values)]
    if len(values) == 1:
        points = [(f"{width / 2:.1f}", y(values[0]))]
    text = label or gettext("trend: %(first)s to %(last)s, %(count)s values") % {
        "first": words.number(values[0]),
        "last": words.number(values[-1]),
        "count": len(values),
    }
    limit = format_html('<path class="ref" d="M0 {}H{}"/>', y(ref), width) if ref is not None else ""
    return format_html(
        '<svg class="spark" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}'
        '<path d="M{4}"/><circle cx="{5}" cy="{6}" r="2"/></svg>',
        width,
        height,
        text,
        limit,
        " L".join(f"{x} {py}" for x, py in points),
        *points[-1],
    )


def histogram(counts: Sequence[float], *, label: str = "", width: int = 96, height: int = 20) -> SafeString:
    """Bars from zero; an empty bin keeps a hairline of one unit only when it holds something."""
    if not counts:
        return format_html('<span class="muted">{}</span>', gettext("no values"))
    top = max(counts) or 1
    slot = width / len(counts)
    bars = []
    for place, value in enumerate(counts):
        tall = max(1.0, value / top * height) if value else 0.0
        bars.append(
            (f"{place * slot:.1f}", f"{height - tall:.1f}", f"{max(1.0, slot - 1):.1f}", f"{tall:.1f}")
        )
    text = label or gettext("distribution over %(count)s bins") % {"count": len(counts)}
    return format_html(
        '<svg class="spark" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">'
        "{3}</svg>",
        width,
        height,
        text,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"/>', bars),
    )


def pass_bar(passed: int, total: int, *, tone: str = "") -> SafeString:
    """Passing share in grey, failing share in the tone, with the counts as its label."""
    if not total:
        return format_html('<span class="muted">{}</span>', gettext("no rows"))
    text = gettext("%(share)s passing, %(passed)s of %(total)s rows") % {
        "share": words.share(passed, total, 2),
        "passed": words.number(passed),
        "total": words.number(total),
    }
    failed = 100 * (total - passed) / total
    # A single failing row among millions must stay visible: one unit of a hundred at least.
    shown = max(1.0, failed) if failed else 0.0
    gap = 0.8 if shown and shown < 99 else 0.0
    return format_html(
        '<svg class="bar" data-tone="{}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" '
        'aria-label="{}">'
        '<rect class="pass" width="{}" height="8"/><rect class="fill" x="{}" width="{}" height="8"/></svg>',
        tone or ("bad" if failed else "ok"),
        text,
        f"{max(0.0, 100 - shown - gap):.2f}",
        f"{100 - shown:.2f}",
        f"{shown:.2f}",
    )


def share_bar(part: int, total: int) -> SafeString:
    """A share of a whole without judgement, with the counts as its label."""
    text = gettext("%(done)s of %(total)s") % {"done": words.number(part), "total": words.number(total)}
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="100" height="8"/><rect class="fill" width="{}" height="8"/></svg>',
        text,
        f"{100 * part / total if total else 0:.2f}",
    )


def difference(
    value: float, low: float, high: float, *, scale: float, decimals: int = 3, width: int = 130
) -> SafeString:
    """A difference and its interval against zero; ``scale`` is the largest absolute bound of the rows.

    All rows of a table get the same ``scale``, or the eye compares lengths of different meaning.
    """
    reach = max(abs(scale), abs(low), abs(high)) or 1.0

    def x(figure: float) -> str:
        return f"{width / 2 + figure / reach * (width / 2 - 5):.1f}"

    text = gettext("%(value)s, interval %(interval)s") % {
        "value": words.number(value, decimals, signed=True),
        "interval": words.interval(low, high, decimals, signed=True),
    }
    return format_html(
        '<span class="chart"><svg width="{0}" height="18" viewBox="0 0 {0} 18" role="img" aria-label="{1}">'
        '<path class="zero" d="M{2} 1V17" stroke-dasharray="2 2"/><path class="ci" d="M{3} 9H{4}"/>'
        '<circle class="dot" cx="{5}" cy="9" r="3.5"/></svg></span>',
        width,
        text,
        x(0),
        x(low),
        x(high),
        x(value),
    )
