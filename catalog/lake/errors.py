"""What the lake refuses, with a sentence in each language."""

from __future__ import annotations

MESSAGES = {
    "lake_url_unsupported": (
        "This kind of lake address is not supported; use a folder or a file:// address.",
        "不支持该类型的数据湖地址，请使用文件夹或 file:// 地址。",
    ),
    "lake_path_refused": ("The path leads out of the lake.", "路径超出数据湖范围。"),
    "lake_not_found": ("There is nothing at this path of the lake.", "数据湖的该路径下没有内容。"),
    "lake_immutable": (
        "Something else is stored at this path already; the lake never overwrites.",
        "该路径已存有其他内容；数据湖从不覆盖。",
    ),
    "lake_type_unsupported": (
        "A column has a type the lake cannot store.",
        "有列的类型无法存入数据湖。",
    ),
}


class LakeError(Exception):
    """A refusal of the lake; `code` is one of MESSAGES."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        self.code = code
        self.message_en, self.message_zh = MESSAGES[code]
        self.detail = detail
        super().__init__(f"{code}: {self.message_en}")
