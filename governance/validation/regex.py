"""Patterns of standards (standard-rules §2.6): the RE2 subset, rewritten for polars' linear-time engine.

RE2 and Rust's engine agree on most of the syntax. The rewriting makes `\\d \\w \\s \\b` ASCII and escapes
what only Rust's classes give a meaning (`[a[b]`, `&&`). What RE2 refuses is refused here: engines agree.
"""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl
from polars.exceptions import PolarsError

LONGEST_PATTERN = 1000
MOST_STEPS = 4000
"""Single characters a pattern may stand for once its repeats are written out. Linear time means text times
pattern: without this bound, 900 code points made a search of a megabyte take minutes."""
_MOST_REPEATS = 1000
"""RE2's own bound, for repeats within repeats too."""

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\x0C\r "}
_SIMPLE = set("afnrtvAz")
_REPEAT = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_GROUP = re.compile(
    r"\?(?:P?<[A-Za-z_][A-Za-z0-9_]*>|[imsU]*(?:-[imsU]+)?:|[imsU]+(?:-[imsU]+)?\)|-[imsU]+\))"
)
_PROPERTY = re.compile(r"[pP](?:[A-Z]|\{\^?[A-Za-z_]+\})")
_HEX = re.compile(r"x(?:[0-9A-Fa-f]{2}|\{[0-9A-Fa-f]{1,6}\})")
_OCTAL = re.compile(r"[0-7]{1,3}")
_POSIX = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_CLASS_META = set("[]&~-^\\")


class _Unsupported(Exception):
    """The pattern is outside the subset."""


@lru_cache(maxsize=1024)
def polars_pattern(pattern: str) -> str | None:
    """The pattern for polars' engine, or None where a rule must be errored `regex_unsupported`."""
    if len(pattern) > LONGEST_PATTERN:
        return None
    try:
        rewritten = _Rewriter(pattern).run()
        pl.Series([""]).str.contains(rewritten, strict=True)
    except (_Unsupported, PolarsError):
        return None
    return rewritten


class _Size:
    """How large a pattern is once its repeats are written out; raises where repeats multiply beyond RE2's
    bound."""

    def __init__(self) -> None:
        self._open: list[tuple[int, int]] = [(0, 1)]
        self._last = (0, 1)

    @property
    def steps(self) -> int:
        return sum(steps for steps, _ in self._open)

    def add(self) -> None:
        """One character, class or escape."""
        self._take((1, 1))

    def open(self) -> None:
        """A group begins."""
        self._open.append((0, 1))

    def close(self) -> None:
        """A group ends; it is what a repeat behind it repeats."""
        if len(self._open) > 1:
            self._take(self._open.pop())

    def repeat(self, count: int) -> None:
        """The last piece, `count` times."""
        steps, repeats = self._last
        if repeats * count > _MOST_REPEATS:
            raise _Unsupported
        self._take((steps * max(count - 1, 0), repeats * max(count, 1)))

    def _take(self, piece: tuple[int, int]) -> None:
        steps, repeats = self._open[-1]
        self._open[-1] = (steps + piece[0], max(repeats, piece[1]))
        self._last = piece


class _Rewriter:
    """One pass over the pattern, token by token."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._out: list[str] = []
        self._repeatable = False
        self._repeated = False
        self._size = _Size()

    def run(self) -> str:
        while self._at < len(self._text):
            self._token(self._text[self._at])
        if self._size.steps > MOST_STEPS:
            raise _Unsupported
        return "".join(self._out)

    def _token(self, char: str) -> None:
        if char == "\\":
            self._escape()
        elif char == "[":
            self._class()
        elif char in "*+?" or (char == "{" and _REPEAT.match(self._text, self._at)):
            self._repeat(char)
        elif char == "(":
            self._group()
        else:
            self._at += 1
            if char == ")":
                self._size.close()
            self._emit("\\" + char if char in "{}" else char, repeatable=char not in "|^$")

    def _emit(self, piece: str, *, repeatable: bool = True) -> None:
        if repeatable and piece != ")":
            self._size.add()
        self._out.append(piece)
        self._repeatable = repeatable
        self._repeated = False

    def _repeat(self, char: str) -> None:
        # RE2 refuses `a**`, `a++`; Rust would read the second as a repeat of the repeat.
        if not self._repeatable or self._repeated:
            raise _Unsupported
        found = _REPEAT.match(self._text, self._at) if char == "{" else None
        piece = found.group(0) if found else char
        if found and max(int(found.group(1)), int(found.group(3) or 0)) > _MOST_REPEATS:
            raise _Unsupported
        if found:
            self._size.repeat(max(int(found.group(1)), int(found.group(3) or 0)))
        self._at += len(piece)
        if self._text[self._at : self._at + 1] == "?":
            piece += "?"
            self._at += 1
        self._out.append(piece)
        self._repeated = True

    def _group(self) -> None:
        piece = "("
        if self._text[self._at + 1 : self._at + 2] == "?":
            found = _GROUP.match(self._text, self._at + 1)
            if found is None:  # look-around, atomic groups, comments, other flags
                raise _Unsupported
            piece += found.group(0)
        self._at += len(piece)
        if not piece.endswith(")"):
            self._size.open()
        self._emit(piece, repeatable=False)

    def _escape(self) -> None:
        rest = self._text[self._at + 1 :]
        if rest.startswith("Q"):
            literal = rest[1:].split("\\E", 1)[0]
            self._at = min(self._at + 4 + len(literal), len(self._text))
            for char in literal:
                self._emit(_literal(char))
            return
        piece, length = self._escaped(rest)
        self._at += 1 + length
        self._emit(piece, repeatable=rest[0] not in "bBAz")

    def _escaped(self, rest: str) -> tuple[str, int]:
        """Replacement and length of an escape outside a class."""
        first = rest[:1]
        if first.lower() in _CLASSES:
            inverse = "^" if first.isupper() else ""
            return f"[{inverse}{_CLASSES[first.lower()]}]", 1
        if first in ("b", "B"):
            return f"(?-u:\\{first})", 1
        return self._shared_escape(rest)

    def _shared_escape(self, rest: str) -> tuple[str, int]:
        """Escapes that mean the same inside and outside a class."""
        first = rest[:1]
        if first in _SIMPLE:
            return "\\" + first, 1
        found = _HEX.match(rest) or _PROPERTY.match(rest)
        if found:
            return "\\" + found.group(0), len(found.group(0))
        octal = _OCTAL.match(rest)
        if octal and (first == "0" or len(octal.group(0)) == 3):
            return f"\\x{{{int(octal.group(0), 8):X}}}", len(octal.group(0))
        if first and first.isascii() and not first.isalnum():
            return _literal(first), 1
        raise _Unsupported  # back-references, \C, \Z, unknown letters, a lone backslash

    def _class(self) -> None:
        text = self._text
        out = ["["]
        self._at += 1
        if text[self._at : self._at + 1] == "^":
            out.append("^")
            self._at += 1
        first = True
        while True:
            if self._at >= len(text):
                raise _Unsupported
            char = text[self._at]
            if char == "]" and not first:
                break
            first = False
            out.append(self._class_item(char))
        self._at += 1
        self._emit("".join([*out, "]"]))

    def _class_item(self, char: str) -> str:
        posix = _POSIX.match(self._text, self._at)
        if posix:
            self._at += len(posix.group(0))
            return posix.group(0)
        low = self._class_atom(char)
        after = self._text[self._at : self._at + 2]
        if after[:1] != "-" or after in ("-", "-]"):
            return low
        self._at += 1
        high = self._class_atom(self._text[self._at])
        if low.startswith("[") or high.startswith("["):
            raise _Unsupported
        return f"{low}-{high}"

    def _class_atom(self, char: str) -> str:
        if char != "\\":
            self._at += 1
            return "\\" + char if char in _CLASS_META else char
        rest = self._text[self._at + 1 :]
        if rest[:1].lower() in _CLASSES:
            self._at += 2
            inverse = "^" if rest[0].isupper() else ""
            return f"[{inverse}{_CLASSES[rest[0].lower()]}]"
        if rest[:1] in ("b", "B", "A", "z", "Q", "E"):
            raise _Unsupported
        piece, length = self._shared_escape(rest)
        self._at += 1 + length
        return piece


def _literal(char: str) -> str:
    """A character that stands for itself; only signs are escaped, as `\\<` means something else in Rust."""
    return "\\" + char if char in "\\.+*?()|[]{}^$#&-~/" else char
