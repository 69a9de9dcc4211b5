"""The reader's language on a command line, where there are no settings and no gettext."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]


def reader_language(environ: Mapping[str, str]) -> Language:
    """`GAVEL_LANG`, else the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set; Chinese for `zh…`."""
    for name in ("GAVEL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].lower().startswith("zh") else "en"
    return "en"
