"""Refusals of the data engines (standard-rules §9): a stable code with one sentence in each language.

Sentences name columns, lines and counts, never a cell value.
"""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, tuple[str, str]] = {
    "usage": ("The command line is not understood.", "命令行用法有误。"),
    "data_not_found": ("The data file or folder does not exist.", "找不到数据文件或文件夹。"),
    "data_unreadable": ("The data cannot be read.", "数据无法读取。"),
    "empty_file": ("The file is empty: there is no header.", "文件为空：没有表头。"),
    "bad_encoding": ("The file is not in the stated encoding.", "文件编码与声明不符。"),
    "duplicate_columns": ("Two columns of the header have the same name.", "表头中有同名的列。"),
    "ragged_rows": (
        "A record has more or fewer fields than the header.",
        "有记录的字段数与表头不一致。",
    ),
    "wrong_delimiter": (
        "The file seems to use another delimiter than stated.",
        "文件使用的分隔符似乎与声明不同。",
    ),
    "standard_not_found": ("The standard does not exist.", "找不到标准文件。"),
    "standard_invalid": ("The standard is not a valid ODCS document.", "标准不是有效的 ODCS 文档。"),
    "standard_unsupported_version": (
        "This version of ODCS is not supported.",
        "不支持该 ODCS 版本。",
    ),
    "object_ambiguous": (
        "The standard holds several objects; name one.",
        "标准中有多个对象，请指定其中一个。",
    ),
    "object_unknown": ("The standard holds no object of that name.", "标准中没有该名称的对象。"),
    "reference_not_found": ("A reference file does not exist.", "找不到参照数据。"),
    "previous_not_found": ("The previous version does not exist.", "找不到上一版本的数据。"),
    "parameter_invalid": ("A parameter of a rule is invalid.", "规则的参数无效。"),
    "unknown_column": ("A rule names a column the standard does not have.", "规则引用了标准中不存在的列。"),
    "row_balance": (
        "Rows in do not equal rows out plus quarantined rows; nothing was published.",
        "输入行数不等于输出行数与隔离行数之和；未发布任何结果。",
    ),
    "recipe_not_found": ("The recipe does not exist.", "找不到清洗方案。"),
    "recipe_invalid": ("The recipe is not valid.", "清洗方案无效。"),
}


class EngineError(Exception):
    """Bad input or usage (exit 2). `detail` holds line numbers, names and paths, never a cell value."""

    def __init__(
        self,
        code: str,
        message_en: str,
        message_zh: str,
        detail: Mapping[str, object] | str | None = None,
    ) -> None:
        if code not in MESSAGES:
            raise ValueError(f"unknown error code {code}")
        super().__init__(f"{code}: {message_en}")
        self.code = code
        self.message_en = message_en
        self.message_zh = message_zh
        self.detail = detail

    def __reduce__(self) -> tuple[type[EngineError], tuple[object, ...]]:
        """Rebuild with all parts when the error crosses a process border."""
        return (type(self), (self.code, self.message_en, self.message_zh, self.detail))

    def as_dict(self) -> dict[str, object]:
        """The `error` object of the report schemas."""
        shown: object = dict(self.detail) if isinstance(self.detail, Mapping) else self.detail
        return {
            "error": {
                "code": self.code,
                "message_en": self.message_en,
                "message_zh": self.message_zh,
                "detail": shown,
            }
        }


class Unjudgeable(Exception):
    """A rule that cannot be judged (verdict `errored`, standard-rules §5.1); `reason` is one of its words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def refuse(code: str, detail: Mapping[str, object] | str | None = None) -> EngineError:
    """The error of this code with its catalogue sentence."""
    message_en, message_zh = MESSAGES[code]
    return EngineError(code, message_en, message_zh, detail)


def invalid(
    message_en: str,
    message_zh: str,
    detail: Mapping[str, object] | str | None = None,
    *,
    code: str = "parameter_invalid",
) -> EngineError:
    """An error with a sentence of its own, by default about a parameter of a rule."""
    return EngineError(code, message_en, message_zh, detail)
