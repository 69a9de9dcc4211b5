"""Icons as inline svg from the ``lucide`` wheel, in the stroke and size of the look."""

from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from xml.etree.ElementTree import Element, fromstring, tostring
from zipfile import ZipFile

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_SVG = "{http://www.w3.org/2000/svg}"
#: x of the five bars of a level mark on a 24 unit grid; their tops step up towards the right.
_LEVEL_BARS = ((2, 17), (6.4, 14), (10.8, 11), (15.2, 8), (19.6, 5))


class IconMissing(LookupError):
    """The name is not in the lucide set; names are listed at lucide.dev."""


@lru_cache(maxsize=1)
def _archive() -> ZipFile:
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    """All names that ``icon`` accepts."""
    return frozenset(name.removesuffix(".svg") for name in _archive().namelist())


@lru_cache(maxsize=512)
def _shapes(name: str) -> str:
    if name not in icon_names():
        raise IconMissing(name)
    # The archive is part of the pinned wheel, not input from outside.
    root = fromstring(_archive().read(f"{name}.svg"))  # noqa: S314
    return "".join(_shape(node) for node in root)


def _shape(node: Element) -> str:
    node.tag = node.tag.removeprefix(_SVG)
    node.tail = None
    return tostring(node, encoding="unicode")


def icon(name: str, size: str = "") -> SafeString:
    """A decorative icon, always beside a word. ``size`` is ``sm`` (14 px) or empty (16 px)."""
    classes = f"icon {size}".strip()
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>',
        classes,
        mark_safe(_shapes(name)),  # noqa: S308
    )


@lru_cache(maxsize=8)
def level_icon(level: int) -> SafeString:
    """Five rising bars of which the first ``level`` are full."""
    bars = (
        format_html(
            '<rect x="{}" y="{}" width="3" height="{}"{}/>',
            x, top, 21 - top, "" if place <= level else mark_safe(' class="off"'),
        )
        for place, (x, top) in enumerate(_LEVEL_BARS, 1)
    )  # fmt: skip
    return format_html(
        '<svg class="icon sm" viewBox="0 0 24 24" aria-hidden="true">{}</svg>',
        mark_safe("".join(bars)),  # noqa: S308
    )
