"""Changes of a standard as people and programs name them → edits of the touched nodes (standard-rules §1.2).

A change is plain data: `{do, object, …}` with `do` one of

- `rule_add`: `kind`, `columns`, and what `RULE_KEYS` names;
- `rule_change`: `rule` (its id) and what differs; a key that is left out stays, null takes it away;
- `rule_remove`: `rule`;
- `column_set`, `column_add`, `column_remove`: `column`, and in `values` keys of `COLUMN_KEYS`, `OPTION_KEYS`;
- `number`: `version`, the semver of the document.

Values come as JSON in `parameters`, or as YAML text in `texts` and, for lists, one text an item in `lines`:
then `1.10` stays `1.10`. Everything refused is `parameter_invalid` or `unknown_column`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.model import Rule
from governance.validation.standard.compiling import compile_standard
from governance.validation.standard.document import Edit, StandardDocument
from governance.validation.standard.editing import render
from governance.validation.standard.entries import entry_of, merged_entry
from governance.validation.standard.values import given_value

COLUMN_KEYS = (
    "description",
    "logicalType",
    "required",
    "unique",
    "primaryKey",
    "criticalDataElement",
    "classification",
)
OPTION_KEYS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
)
FLAGS = ("required", "unique", "primaryKey", "criticalDataElement")
_IMPLIED_OPTIONS = {
    "range": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "length": ("minLength", "maxLength"),
}

Change = Mapping[str, Any]


def changed(document: StandardDocument, changes: Sequence[Change]) -> tuple[StandardDocument, str | None]:
    """The document after all changes, and the pointer of the node the last one touched (None: removed)."""
    touched: str | None = None
    for change in changes:
        edits, touched = edits_of(document, change)
        document = document.edited(edits)
    return document, touched


def edits_of(document: StandardDocument, change: Change) -> tuple[list[Edit], str | None]:
    """What one change means in a document: its edits, and the pointer of the node it writes."""
    act = _ACTS.get(str(change.get("do")))
    if act is None:
        raise _refused("do", "is no change of a standard", "不是对标准的修改")
    return act(document, change)


def _refused(what: str, en: str, zh: str, **detail: Any) -> EngineError:
    return invalid(f"{what} {en}.", f"{what} {zh}。", {"parameter": what, **detail})


def _object(document: StandardDocument, change: Change) -> tuple[str, Mapping[str, Any]]:
    """Pointer and node of the object a change names; the only one where it names none."""
    node = document.pick_object(str(change["object"]) if change.get("object") else None, None)
    index = next(i for i, item in enumerate(document.objects) if item is node)
    return f"/schema/{index}", node


def _property(pointer: str, node: Mapping[str, Any], name: Any) -> tuple[str, Mapping[str, Any]]:
    for index, item in enumerate(node.get("properties") or ()):
        if str(item["name"]) == name:
            return f"{pointer}/properties/{index}", item
    raise refuse("unknown_column", {"column": str(name)[:120]})


def rule_named(document: StandardDocument, object_name: str, rule_id: str) -> Rule:
    """Raises `parameter_invalid` for an id that is no rule of the object."""
    return compile_standard(document, object_name).rule(rule_id)


def _add_rule(document: StandardDocument, change: Change) -> tuple[list[Edit], str]:
    pointer, node = _object(document, change)
    entry, column = entry_of(change)
    place, holder = (pointer, node) if column is None else _property(pointer, node, column)
    return _appended(f"{place}/quality", holder.get("quality"), entry)


def _appended(pointer: str, held: Any, entry: Any) -> tuple[list[Edit], str]:
    """An entry at the end of a list that may not be there yet."""
    if held:
        return [Edit(f"{pointer}/-", entry)], f"{pointer}/{len(held)}"
    return [Edit(pointer, [entry])], f"{pointer}/0"


def quality_pointer(rule: Rule) -> str | None:
    """Where the quality entry of a rule stands; None for a rule that follows from something else."""
    at = rule.sources[0].removesuffix("/implementation")
    return at if "/quality/" in at else None


def node_at(document: StandardDocument, pointer: str) -> Any:
    """The part of the tree at a pointer of a rule."""
    node: Any = document.tree
    for part in pointer.split("/")[1:]:
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def _change_rule(document: StandardDocument, change: Change) -> tuple[list[Edit], str]:
    pointer, node = _object(document, change)
    rule = rule_named(document, str(node["name"]), str(change.get("rule")))
    at = quality_pointer(rule)
    if at is None:
        raise _refused(rule.id, "follows from the column; change the column", "由列的设置得出，请修改该列")
    old = node_at(document, at)
    new, column = merged_entry(old, change, rule)
    holder = at.rsplit("/quality/", 1)[0]
    target, target_node = (pointer, node) if column is None else _property(pointer, node, column)
    if target == holder or rule.unsupported:
        return _differences(at, old, new), at
    added, touched = _appended(f"{target}/quality", target_node.get("quality"), new)
    return [*added, *_taken(document, at)], touched


def _differences(pointer: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Edit]:
    """Only the nodes that differ, so that all other text stays as it was."""
    edits: list[Edit] = []
    for key, value in new.items():
        held = old.get(key)
        if key in old and isinstance(held, dict) and isinstance(value, dict) and key == "implementation":
            edits += _differences(f"{pointer}/{key}", held, value)
        elif key not in old or render(held) != render(value):
            edits.append(Edit(f"{pointer}/{key}", value))
    return [*edits, *(Edit(f"{pointer}/{key}", remove=True) for key in old if key not in new)]


def removable(rule: Rule) -> bool:
    """Whether a rule can be taken out by itself; the others follow from a type, a key or the object."""
    return bool(rule.sources) and all(_may_go(source) for source in rule.sources)


def _may_go(source: str) -> bool:
    last = source.rsplit("/", 1)[-1]
    single = last in ("required", "unique") or "/logicalTypeOptions" in source
    return single or quality_like(source) or "/relationships/" in source


def quality_like(source: str) -> bool:
    """A pointer to a quality entry or its implementation."""
    return "/quality/" in source


def _remove_rule(document: StandardDocument, change: Change) -> tuple[list[Edit], None]:
    _pointer, node = _object(document, change)
    rule = rule_named(document, str(node["name"]), str(change.get("rule")))
    if not removable(rule):
        raise _refused(
            rule.id,
            "follows from a type, a key or the table itself",
            "由类型、主键或表本身得出，不能单独删除",
        )
    pointers = [source.removesuffix("/implementation") for source in rule.sources]
    edits: list[Edit] = []
    for source in sorted(pointers, key=_place, reverse=True):  # later entries first: places stay right
        if source.endswith("/logicalTypeOptions"):
            edits += _options_taken(document, source, rule.kind)
        else:
            edits += _taken(document, source)
    return edits, None


def _place(pointer: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in pointer.split("/")]


def _options_taken(document: StandardDocument, source: str, kind: str) -> list[Edit]:
    options = node_at(document, source)
    gone = [key for key in _IMPLIED_OPTIONS.get(kind, ()) if key in options]
    if len(gone) == len(options):
        return [Edit(source, remove=True)]
    return [Edit(f"{source}/{key}", remove=True) for key in gone]


def _taken(document: StandardDocument, pointer: str) -> list[Edit]:
    """Take a node out; the list or mapping that held only it goes with it."""
    holder = pointer.rsplit("/", 1)[0]
    alone = holder.rsplit("/", 1)[-1] in ("quality", "relationships", "logicalTypeOptions")
    if alone and len(node_at(document, holder)) == 1:
        return [Edit(holder, remove=True)]
    return [Edit(pointer, remove=True)]


def _set_column(document: StandardDocument, change: Change) -> tuple[list[Edit], str]:
    pointer, node = _object(document, change)
    at, held = _property(pointer, node, change.get("column"))
    wanted, options = _column_values(change)
    edits = _set_keys(at, held, wanted)
    old = held.get("logicalTypeOptions")
    if old is None:
        new = {key: value for key, value in options.items() if value is not None}
        edits += [Edit(f"{at}/logicalTypeOptions", new)] if new else []
    elif set(old) <= {key for key, value in options.items() if value is None}:
        edits.append(Edit(f"{at}/logicalTypeOptions", remove=True))
    else:
        edits += _set_keys(f"{at}/logicalTypeOptions", old, options)
    return edits, at


def _set_keys(pointer: str, held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Edit]:
    edits = []
    for key, value in wanted.items():
        if value is None:
            if key in FLAGS and held.get(key) is False:
                continue  # says the same as its absence
            edits += [Edit(f"{pointer}/{key}", remove=True)] if key in held else []
        elif key not in held or render(held[key]) != render(value):
            edits.append(Edit(f"{pointer}/{key}", value))
    return edits


def _column_values(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is wanted of the property, and of its options; null or empty takes a key away."""
    wanted: dict[str, Any] = {}
    options: dict[str, Any] = {}
    given = {**dict(change.get("values") or {})}
    given |= {key: given_value(key, text=text) for key, text in dict(change.get("texts") or {}).items()}
    for key, value in given.items():
        if key not in COLUMN_KEYS and key not in OPTION_KEYS:
            raise _refused(key, "is no setting of a column here", "不是此处可改的列设置")
        empty = value is None or value == "" or (key in FLAGS and value is False)
        (options if key in OPTION_KEYS else wanted)[key] = None if empty else value
    return wanted, options


def _add_column(document: StandardDocument, change: Change) -> tuple[list[Edit], str]:
    pointer, node = _object(document, change)
    name = change.get("column")
    if not isinstance(name, str) or not name.strip():
        raise _refused("column", "needs a name", "缺少名称")
    if any(str(item["name"]) == name for item in node.get("properties") or ()):
        raise _refused("column", "is there already", "已存在")
    wanted, options = _column_values(change)
    entry = {"name": name, **{key: value for key, value in wanted.items() if value is not None}}
    kept = {key: value for key, value in options.items() if value is not None}
    if kept:
        entry["logicalTypeOptions"] = kept
    return _appended(f"{pointer}/properties", node.get("properties"), entry)


def _remove_column(document: StandardDocument, change: Change) -> tuple[list[Edit], None]:
    pointer, node = _object(document, change)
    at, _held = _property(pointer, node, change.get("column"))
    return [Edit(at, remove=True)], None


def _set_number(document: StandardDocument, change: Change) -> tuple[list[Edit], str]:
    version = change.get("version")
    if not isinstance(version, str) or not version.strip():
        raise _refused("version", "must be text such as 1.2.0", "必须是形如 1.2.0 的文本")
    return [Edit("/version", version.strip())], "/version"


_ACTS = {
    "rule_add": _add_rule,
    "rule_change": _change_rule,
    "rule_remove": _remove_rule,
    "column_set": _set_column,
    "column_add": _add_column,
    "column_remove": _remove_column,
    "number": _set_number,
}
