"""Defects planted on purpose, each counted and named by the rule that must find it.

One row carries one defect, and what another row leans on stays as it is: an exposure that is clicked keeps
its id, a user that is copied keeps the rest. So every count of the manifest is exact for its rule alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from demo.sample.tables import Row, Table


@dataclass(frozen=True)
class Change:
    """`count` rows (at scale 1) get `value` in `column`; `{}` in it stands for what was there before."""

    table: str
    kind: str
    rule: str
    column: str
    value: str
    count: int
    en: str
    zh: str


@dataclass(frozen=True)
class Copy:
    """`count` rows (at scale 1) are appended once more with `changes`. All rows involved are counted."""

    table: str
    kind: str
    rule: str
    changes: dict[str, str]
    count: int
    en: str
    zh: str


@dataclass(frozen=True)
class Leak:
    """`count` training rows get a text of the test, in capitals: only comparing without case finds them."""

    train: str
    test: str
    kind: str
    rule: str
    column: str
    count: int
    en: str
    zh: str


LABELS, MESSAGES = "relevance_labels_train", "service_messages_train"

CHANGES = (
    Change("users", "birth_year_impossible", "birth_year.range", "birth_year", "1799", 6,
           "Placeholder of an old form for an unknown year", "旧表单以 1799 代表未知年份"),
    Change("users", "city_missing", "city.not_null", "city", "", 9, "No city", "城市缺失"),
    Change("users", "email_malformed", "email.address", "email", "{} at home", 7,
           "No valid e-mail address", "邮箱格式不对"),
    Change("items", "price_not_positive", "price.positive", "price", "0.00", 8, "Price of zero", "价格为零"),
    Change("items", "price_with_currency_sign", "price.dtype", "price", "¥{}", 5,
           "Price written with a currency sign", "价格带货币符号"),
    Change("items", "product_type_missing", "product_type.not_null", "product_type", "", 10,
           "No product type", "商品类型缺失"),
    Change("items", "title_outer_space", "title_en.outer_space", "title_en", "  {} ", 14,
           "Space around the title", "标题首尾有空白"),
    Change("items", "title_garbled", "title_zh.readable", "title_zh", "{} \ufffd\ufffd", 6,
           "Characters lost in a wrong decoding", "解码错误造成的乱码"),
    Change("items", "category_unknown", "category.allowed", "category", "misc", 4,
           "Category not in the code list", "品类不在代码表中"),
    Change("queries", "query_outer_space", "text_en.outer_space", "text_en", " {}", 8,
           "Space before the query", "查询词前有空白"),
    Change("queries", "query_without_chinese", "text_zh.not_null", "text_zh", "", 7,
           "No Chinese wording", "缺少中文表述"),
    Change("clicks", "exposure_unknown", "exposure_id.foreign_key", "exposure_id", "X{}", 7,
           "Click on something never shown", "点击了从未曝光的内容"),
    Change("clicks", "dwell_negative", "dwell_seconds.range", "dwell_seconds", "-{}", 6,
           "Negative dwell time", "停留时间为负"),
    Change("clicks", "clicked_before_shown", "table.after_exposure", "clicked_at", "2026-02-27 10:00:00", 5,
           "Clicked before it was shown", "点击早于曝光"),
    Change("exposures", "item_unknown", "item_id.foreign_key", "item_id", "Z{}", 15,
           "Item not in the catalogue", "商品不在目录中"),
    Change("exposures", "user_unknown", "user_id.foreign_key", "user_id", "Z{}", 6,
           "User not registered", "用户未注册"),
    Change("exposures", "position_zero", "position.range", "position", "0", 5,
           "Positions start at one", "位置从 1 开始"),
    Change(LABELS, "item_text_missing", "item_text.not_null", "item_text", "", 5,
           "No item text", "缺少商品文本"),
    Change(MESSAGES, "mobile_in_message", "text_zh.personal", "text_zh", "{}，电话 13800001234", 6,
           "Mobile number in the text", "文本含手机号"),
    Change(MESSAGES, "email_in_message", "text_en.personal", "text_en", "{}, write to kim@example.com", 4,
           "E-mail address in the text", "文本含邮箱"),
    Change(MESSAGES, "intent_unknown", "intent.allowed", "intent", "other", 5,
           "Intent not in the code list", "意图不在代码表中"),
    Change(MESSAGES, "message_outer_space", "text_en.outer_space", "text_en", " {}  ", 9,
           "Space around the message", "留言首尾有空白"),
    Change(MESSAGES, "message_line_break", "text_en.line_break", "text_en", "Hello,\n{}", 4,
           "Line break in the message", "留言中有换行"),
)  # fmt: skip

COPIES = (
    Copy("users", "user_copied", "user_id.unique", {"city": "Suzhou"}, 2,
         "The same user id with two cities", "同一用户编号对应两个城市"),
    Copy("items", "item_copied", "item_id.unique", {}, 5, "The whole row twice", "整行重复"),
    Copy("clicks", "click_copied", "click_id.unique", {}, 4, "The whole row twice", "整行重复"),
    Copy(LABELS, "judged_twice", "table.judged_once", {"label_id": "{}d"}, 5,
         "One judgement sent twice", "同一判定提交两次"),
)  # fmt: skip

LEAKS = (
    Leak(LABELS, "relevance_labels_test", "query_in_both_parts", "query_text.leak", "query_text", 12,
         "A training row asks a query of the test", "训练行使用了测试的查询词"),
    Leak(MESSAGES, "service_messages_test", "message_in_both_parts", "text_en.leak", "text_en", 8,
         "A training message also stands in the test", "训练留言同时出现在测试中"),
)  # fmt: skip


def plant(rng: np.random.Generator, tables: dict[str, Table], scale: float) -> None:
    """Plant every defect; counts follow `scale`, never below one. Order: the narrow choices first."""
    planter = _Planter(rng, tables, scale)
    planter.labels()
    planter.other_time_format()
    for copied in COPIES:
        planter.copy(copied)
    for change in CHANGES:
        planter.change(change)
    for leak in LEAKS:
        planter.leak(leak)


@dataclass(frozen=True)
class _Planter:
    rng: np.random.Generator
    tables: dict[str, Table]
    scale: float

    def pick(self, table: Table, count: int, fits: Callable[[Row], bool] | None = None) -> list[int]:
        return table.pick(self.rng, max(1, round(count * self.scale)), fits)

    def change(self, change: Change) -> None:
        table = self.tables[change.table]
        chosen = self.pick(table, change.count)
        for index in chosen:
            table.rows[index][change.column] = change.value.format(table.rows[index][change.column])
        table.note(change.kind, change.rule, chosen, change.en, change.zh)

    def copy(self, copied: Copy) -> None:
        table = self.tables[copied.table]
        chosen = self.pick(table, copied.count)
        copies = []
        for index in chosen:
            row = table.rows[index]
            new = {key: text.format(row[key]) for key, text in copied.changes.items()}
            copies.append(table.append(row | new))
        table.note(copied.kind, copied.rule, [*chosen, *copies], copied.en, copied.zh, surplus=len(copies))

    def leak(self, leak: Leak) -> None:
        train, test = self.tables[leak.train], self.tables[leak.test]
        chosen = self.pick(train, leak.count)
        sources = self.rng.choice(len(test.rows), size=len(chosen), replace=False)
        for index, source in zip(chosen, sources, strict=True):
            train.rows[index][leak.column] = test.rows[int(source)][leak.column].upper()
        train.note(leak.kind, leak.rule, chosen, leak.en, leak.zh)

    def other_time_format(self) -> None:
        """Only exposures nobody clicked: a click is compared with the time of its exposure."""
        exposures = self.tables["exposures"]
        clicked = {row["exposure_id"] for row in self.tables["clicks"].rows}
        exposures.taken.update(
            index for index, row in enumerate(exposures.rows) if row["exposure_id"] in clicked
        )
        chosen = self.pick(exposures, 9)
        for index in chosen:
            date, time = exposures.rows[index]["shown_at"].split(" ")
            exposures.rows[index]["shown_at"] = f"{'/'.join(reversed(date.split('-')))} {time}"
        en, zh = "Time written day first by one old app", "旧版应用把日期写成日在前"
        exposures.note("time_in_other_format", "shown_at.dtype", chosen, en, zh)

    def labels(self) -> None:
        train = self.tables[LABELS]
        chosen = self.pick(train, 6, lambda row: row["label"] == "1")
        for index in chosen:
            train.rows[index]["grade"] = "5"
        en, zh = "Grade of an older scale", "沿用旧评分尺度的等级"
        train.note("grade_out_of_scale", "grade.range", chosen, en, zh)
        chosen = self.pick(train, 4, lambda row: row["label"] == "0")
        for index in chosen:
            train.rows[index]["label"] = "1"
        en, zh = "Label says more than the grade", "标签与等级不符"
        train.note("label_against_grade", "table.label_follows_grade", chosen, en, zh)
        chosen = self.pick(train, 4, lambda row: row["grade"] == "3")
        against = {"grade": "0", "label": "0", "annotator": "A09"}
        copies = [
            train.append(train.rows[index] | against | {"label_id": train.rows[index]["label_id"] + "c"})
            for index in chosen
        ]
        en, zh = "One pair judged exact and irrelevant", "同一对既判为精确又判为无关"
        train.note("grades_conflict", "table.grade_conflict", [*chosen, *copies], en, zh)
