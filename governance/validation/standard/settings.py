"""Our own settings in `customProperties`, and the columns of an object (standard-rules §1.4, §1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from governance.validation.casts import LogicalType
from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.model import Column, CsvForm, ObjectForm

ENCODINGS = ("utf-8", "gb18030", "latin-1")


def custom(node: Mapping[str, Any], name: str) -> Any:
    """Value of one custom property; None where it is not there. The last one counts."""
    found = None
    for item in node.get("customProperties") or ():
        if item.get("property") == name:
            found = item.get("value")
    return found


def object_form(node: Mapping[str, Any], pointer: str) -> ObjectForm:
    """Columns and settings of a schema object; raises `parameter_invalid`, `unknown_column`."""
    zone = timezone(custom(node, "gavelTimezone") or "Etc/UTC", "gavelTimezone")
    columns: dict[str, Column] = {}
    for index, item in enumerate(node.get("properties") or ()):
        column = read_column(item, f"{pointer}/properties/{index}", zone)
        if column.name in columns:
            raise setting_error("name", "is there twice", "重复", column.name)
        columns[column.name] = column
    key = names(custom(node, "gavelKey"), "gavelKey")
    for name in key:
        if name not in columns:
            raise refuse("unknown_column", {"column": name})
    return ObjectForm(
        name=str(node["name"]),
        columns=columns,
        csv=csv_form(custom(node, "gavelCsv")),
        timezone=zone,
        strict=flag(custom(node, "gavelStrictColumns"), "gavelStrictColumns"),
        key=key,
    )


def read_column(node: Mapping[str, Any], pointer: str, zone: str) -> Column:
    """One property; raises `parameter_invalid` for a bad format, zone or setting."""
    options = node.get("logicalTypeOptions") or {}
    name = str(node["name"])
    return Column(
        name=name,
        physical_name=str(node.get("physicalName") or name),
        logical=logical_type(node.get("logicalType"), options, zone),
        optional=flag(custom(node, "gavelOptional"), "gavelOptional"),
        classification=None if node.get("classification") is None else str(node["classification"]),
        pii=names(custom(node, "gavelPii"), "gavelPii"),
        critical=node.get("criticalDataElement") is True,
        options=options,
        examples=tuple(node.get("examples") or ()),
        pointer=pointer,
    )


def logical_type(name: str | None, options: Mapping[str, Any], zone: str) -> LogicalType:
    """The type cells are cast to."""
    own = options.get("defaultTimezone")
    logical = LogicalType(
        name=name,
        format=options.get("format") if name not in (None, "string", "object", "array") else None,
        timezone=options.get("timezone") is True,
        default_timezone=timezone(own, "defaultTimezone") if isinstance(own, str) else zone,
    )
    logical.check()
    return logical


def csv_form(value: Any) -> CsvForm:
    """`gavelCsv`; raises `parameter_invalid`."""
    if value is None:
        return CsvForm()
    if not isinstance(value, dict) or set(value) - {"delimiter", "encoding"}:
        raise setting_error("gavelCsv", "takes delimiter and encoding", "只接受 delimiter 与 encoding")
    delimiter = value.get("delimiter", ",")
    encoding = value.get("encoding", "utf-8")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise setting_error("gavelCsv", "needs a delimiter of one character", "的 delimiter 必须是单个字符")
    if encoding not in ENCODINGS:
        raise setting_error(
            "gavelCsv", "knows utf-8, gb18030 and latin-1", "只支持 utf-8、gb18030 与 latin-1"
        )
    return CsvForm(delimiter, encoding)


def timezone(value: Any, setting: str) -> str:
    """An IANA zone name; raises `parameter_invalid`."""
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise setting_error(setting, "is no IANA time zone", "不是 IANA 时区名") from error
    return str(value)


def flag(value: Any, setting: str) -> bool:
    """A Boolean setting, false where absent."""
    if value is not None and not isinstance(value, bool):
        raise setting_error(setting, "must be true or false", "必须是 true 或 false")
    return value is True


def names(value: Any, setting: str) -> tuple[str, ...]:
    """A list of names; one name may stand without the list."""
    items = value if isinstance(value, list) else ([] if value is None else [value])
    if not all(isinstance(item, str) for item in items):
        raise setting_error(setting, "must be a list of names", "必须是名称列表")
    return tuple(items)


def setting_error(setting: str, en: str, zh: str, detail: str | None = None) -> EngineError:
    """`parameter_invalid` for one of our settings."""
    return invalid(f"{setting} {en}.", f"{setting} {zh}。", {"setting": setting, "name": detail})
