"""Source text of engine functions with everything they need, for a file that runs without the engine.

`Collector.want(module, name)` gives the name a definition has in the output and pulls in what its body names:
own definitions as text, other libraries as imports. Text is taken as it stands, comments included; only names
that two modules share are changed. Annotations ask for nothing, so what is named in them alone becomes `Any`.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from governance.validation.kinds import registry

OWN = "governance."
ROOT = Path(__file__).resolve().parents[3]
LIBRARIES = frozenset({"polars", "pandera", "numpy"})
"""What a file of its own may import beside the standard library: pandera brings numpy."""
_KIND = re.compile(r"governance\.validation\.kinds\.(\w+)(?:\.\w+)?\Z")

Key = tuple[str, str]


class NotPortable(Exception):
    """A function needs what a file of its own cannot hold; the message says what."""


@dataclass(frozen=True)
class _Module:
    """One parsed module: its definitions and what its other names stand for."""

    lines: tuple[str, ...]
    definitions: Mapping[str, ast.stmt]
    imported: Mapping[str, Key]
    """Local name → (module, name there), name empty where the module itself is imported."""


@dataclass
class Collector:
    """Definitions in the order a file must hold them in. `instead` replaces one definition by another."""

    instead: Mapping[Key, Key] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    texts: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    annotations: set[str] = field(default_factory=set)
    _names: dict[Key, str] = field(default_factory=dict)

    def want(self, module: str, name: str) -> str:
        """The definition's name in the output; raises NotPortable."""
        key = _found((module, name))
        key = self.instead.get(key, key)
        if key in self._names:
            return self._names[key]
        known = _module(key[0])
        if key[1] not in known.definitions:
            raise NotPortable(f"{key[0]}.{key[1]}")
        self._names[key] = shown = self._free(*key)
        self.texts.append(self._text(key, known.definitions[key[1]], shown))
        return shown

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All that is wanted inside, or nothing of it where a part is not portable."""
        before = (list(self.texts), set(self.imports), set(self.annotations), dict(self._names))
        try:
            yield
        except NotPortable:
            self.texts, self.imports, self.annotations, self._names = before
            raise

    def lambda_text(self, module: str, name: str, node: ast.expr) -> str:
        """A lambda that stands in a call, as a definition of that name."""
        renamed = _renaming(self._changes(module, _Uses.of(node).names))
        text = f"{name} = {ast.unparse(renamed.visit(deepcopy(node)))}"  # the parsed module is kept
        if text not in self.texts:
            self.texts.append(text)
        return name

    def undefined(self) -> list[str]:
        """Names that stand in annotations alone."""
        return sorted(self.annotations - set(self._names.values()))

    def _free(self, module: str, name: str) -> str:
        kind = _KIND.match(module)
        if (
            kind
            and kind.group(1) in registry()
            and isinstance(_module(module).definitions[name], ast.FunctionDef)
        ):
            name = f"_{kind.group(1)}{name}" if name.startswith("_") else f"{kind.group(1)}_{name}"
        while name in self._names.values() or name in self.reserved:
            name = f"{name}_of_{module.rpartition('.')[2]}"
        return name

    def _text(self, key: Key, node: ast.stmt, shown: str) -> str:
        uses = _uses(*key)
        changes = self._changes(key[0], uses.names - {key[1]}) | ({key[1]: shown} if shown != key[1] else {})
        for name in uses.annotations:
            self._annotate(key[0], name)
        if not changes:
            return _segment(_module(key[0]).lines, node)
        if any(isinstance(item, ast.JoinedStr) for item in ast.walk(node)):
            # places inside f-strings are not to be relied on in Python 3.11
            return ast.unparse(_renaming(changes).visit(_copy(node)))
        return _replaced(_module(key[0]).lines, node, changes)

    def _annotate(self, module: str, name: str) -> None:
        origin = _module(module).imported.get(name)
        if origin is not None and not origin[0].startswith(OWN):
            self._imported(name, *origin)
        elif not hasattr(builtins, name):
            self.annotations.add(name)

    def _changes(self, module: str, names: set[str]) -> dict[str, str]:
        """What a definition names, pulled in; the names that differ in the output."""
        known = _module(module)
        changes: dict[str, str] = {}
        for name in sorted(names):
            first, _, attribute = name.partition(".")
            own = known.imported.get(first, ("", ""))
            if own[0].startswith(OWN) and not own[1]:
                if not attribute:
                    continue  # the module before its attribute
                shown = self.want(own[0], attribute)
            elif name in known.definitions:
                shown = self.want(module, name)
            elif name in known.imported:
                shown = self._imported(name, *known.imported[name])
            else:
                continue  # a builtin, or an attribute
            if shown != name:
                changes[name] = shown
        return changes

    def _imported(self, name: str, module: str, original: str) -> str:
        if module.startswith(OWN):
            if not original:
                raise NotPortable(module)
            return self.want(module, original)
        top = module.partition(".")[0]
        if not _is_allowed(top):
            raise NotPortable(top)
        if original:
            self.imports.add(f"from {module} import {original}" + (f" as {name}" if name != original else ""))
        else:
            self.imports.add(f"import {module}" + (f" as {name}" if name != module else ""))
        return name


@cache
def body_parts(kind: str) -> dict[str, ast.expr]:
    """Arguments of the `BODY` of a kind on Polars, and of its `Kind` those that judge."""
    parts: dict[str, ast.expr] = {}
    for module, call in ((f"{KINDS}.{kind}.on_polars", "PolarsBody"), (f"{KINDS}.{kind}", "Kind")):
        for node in ast.walk(ast.parse("\n".join(_module(module).lines))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call:
                wanted = call == "PolarsBody"
                parts |= {
                    item.arg: item.value
                    for item in node.keywords
                    if item.arg and (wanted or item.arg in ("judge", "holds"))
                }
    return parts


KINDS = "governance.validation.kinds"


@cache
def _module(name: str) -> _Module:
    path = _path(name)
    if path is None:
        raise NotPortable(name)
    text = path.read_text(encoding="utf-8")
    definitions: dict[str, ast.stmt] = {}
    imported: dict[str, Key] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                definitions |= {item.id: node for item in ast.walk(target) if isinstance(item, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            definitions[node.target.id] = node
        elif isinstance(node, ast.Import):
            imported |= {item.asname or item.name: (item.name, "") for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {item.asname or item.name: _target(node.module, item.name) for item in node.names}
    return _Module(tuple(text.split("\n")), definitions, imported)


def _target(module: str, name: str) -> Key:
    """`from package import module` names a module."""
    if module.startswith(OWN) and _path(f"{module}.{name}") is not None:
        return f"{module}.{name}", ""
    return module, name


def _library_of(module: str) -> str:
    tops = {origin.partition(".")[0] for origin, _ in _module(module).imported.values()}
    foreign = sorted(top for top in tops if not _is_allowed(top) and f"{top}." != OWN)
    return ", ".join(foreign) or module


def _is_allowed(top: str) -> bool:
    return top in sys.stdlib_module_names or top in LIBRARIES


def _path(module: str) -> Path | None:
    """Where one of our modules lies, found without importing it."""
    place = ROOT.joinpath(*module.split("."))
    found = (place.with_name(place.name + ".py"), place / "__init__.py")
    return next((path for path in found if path.is_file()), None)


def _found(key: Key) -> Key:
    """Where a name is defined, however often it was imported on the way."""
    known = _module(key[0])
    while key[1] not in known.definitions and key[1] in known.imported:
        key = known.imported[key[1]]
        if not key[0].startswith(OWN) or not key[1]:
            break
        known = _module(key[0])
    return key


@cache
def _uses(module: str, name: str) -> _Uses:
    return _Uses.of(_module(module).definitions[name])


class _Uses(ast.NodeVisitor):
    """Names a definition reads from around it, `module.name` for attributes; those of annotations apart."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.annotations: set[str] = set()
        self._local: list[set[str]] = []

    @classmethod
    def of(cls, node: ast.AST) -> _Uses:
        uses = cls()
        uses.visit(node)
        return uses

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for item in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(item)
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for annotation in (node.returns, *(item.annotation for item in arguments)):
            self._annotated(annotation)
        self._within(node.args, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for item in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(item)
        self._within(node.args, [node.body])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotated(node.annotation)
        if node.value is not None:
            self.visit(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and not self._is_local(node.value.id):
            self.names.add(f"{node.value.id}.{node.attr}")
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not self._is_local(node.id):
            self.names.add(node.id)

    def visit_Import(self, node: ast.Import) -> None:
        """Only what is heavy and optional is imported inside a function."""
        raise NotPortable(", ".join(item.name for item in node.names))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """As above; of a module of ours, the library it is there for."""
        module = str(node.module)
        raise NotPortable(_library_of(module) if module.startswith(OWN) else module)

    def _within(self, arguments: ast.arguments, body: list[ast.stmt] | list[ast.expr]) -> None:
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        bound = {item.arg for item in (*given, *filter(None, (arguments.vararg, arguments.kwarg)))}
        self._local.append(bound | set().union(*(_assigned(item) for item in body)))
        for item in body:
            self.visit(item)
        self._local.pop()

    def _is_local(self, name: str) -> bool:
        return any(name in names for names in self._local)

    def _annotated(self, node: ast.expr | None) -> None:
        if node is not None:
            self.annotations |= {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}


def _assigned(node: ast.AST) -> set[str]:
    """Names bound somewhere in a function's body, comprehensions included."""
    found = {
        item.id for item in ast.walk(node) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
    }
    inner = {
        item.name
        for item in ast.walk(node)
        if isinstance(item, ast.FunctionDef | ast.ExceptHandler) and item.name
    }
    return found | inner


def _renaming(changes: Mapping[str, str]) -> ast.NodeTransformer:
    class Renaming(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Name(changes.get(node.id, node.id), node.ctx)

        def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
            if isinstance(node.value, ast.Name) and f"{node.value.id}.{node.attr}" in changes:
                return ast.Name(changes[f"{node.value.id}.{node.attr}"], node.ctx)
            return self.generic_visit(node)  # type: ignore[return-value]

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
            node.name = changes.get(node.name, node.name)
            return self.generic_visit(node)  # type: ignore[return-value]

    return Renaming()


def _copy(node: ast.stmt) -> ast.stmt:
    return ast.parse(ast.unparse(node)).body[0]


def _first_line(node: ast.stmt) -> int:
    decorated = getattr(node, "decorator_list", [])
    return min(node.lineno, *(item.lineno for item in decorated)) if decorated else node.lineno


def _segment(lines: tuple[str, ...], node: ast.stmt) -> str:
    return "\n".join(lines[_first_line(node) - 1 : node.end_lineno])


def _replaced(lines: tuple[str, ...], node: ast.stmt, changes: Mapping[str, str]) -> str:
    """The text with every changed name replaced; ends first, so that places stay right."""
    first = _first_line(node)
    text = [line.encode() for line in lines[first - 1 : node.end_lineno]]
    for line, start, end, new in sorted(_places(node, changes), reverse=True):
        row = text[line - first]
        text[line - first] = row[:start] + new.encode() + row[end:]
    shown = b"\n".join(text).decode()
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in changes:
        shown = re.sub(rf"\b(def|class) {node.name}\b", rf"\1 {changes[node.name]}", shown, count=1)
    return shown


def _places(node: ast.stmt, changes: Mapping[str, str]) -> Iterator[tuple[int, int, int, str]]:
    covered: set[tuple[int, int]] = set()
    for item in ast.walk(node):
        name = ""
        if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name):
            name = f"{item.value.id}.{item.attr}"
        elif isinstance(item, ast.Name):
            name = item.id
        if name in changes and isinstance(item, ast.expr) and item.lineno == item.end_lineno:
            place = (item.lineno, item.col_offset)
            if place not in covered:  # an attribute is met before the name it starts with
                covered.add(place)
                yield *place, item.end_col_offset or 0, changes[name]
