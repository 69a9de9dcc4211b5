"""`manage.py standard suggest DATA`: rules the data speaks for; no settings, no database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from governance.validation.cli import Parser, load_standard, moment, refused, write_out
from governance.validation.errors import EngineError

if TYPE_CHECKING:
    from governance.validation.suggesting.model import Evidence, Suggestion
    from governance.validation.suggesting.survey import Survey

EPILOG = (
    "Suggestions are for a person to accept or reject; nothing is changed unless --out names a file. "
    "Exit codes: 0 done, 2 bad input or usage. / "
    "建议由人取舍；除非以 --out 指明文件，否则不作任何修改。退出码：0 完成，2 输入或用法有误。"
)


def main_suggest(argv: Sequence[str]) -> int:
    """`standard suggest DATA [--standard FILE] …`; returns the exit code."""
    try:
        options = _parser().parse_args(list(argv)[1:])
        found = _survey(options)
        if options.out:
            write_out(options.out, found.accepted().to_bytes().decode())
    except EngineError as error:
        return refused(error, None)
    if options.json:
        content = {
            "data": options.data,
            "rows": found.profile["rows"],
            "standard": found.document.digest,
            "suggestions": [one.as_dict() for one in found.suggestions],
        }
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found)) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="manage.py standard suggest",
        epilog=EPILOG,
        description="Suggest rules from the data, each with its evidence. / 由数据给出规则建议及其依据。",
    )
    parser.add_argument(
        "data", help="csv, csv.gz, parquet (file or folder) or Delta folder / 数据文件或文件夹"
    )
    parser.add_argument("--standard", help="ODCS document; without it a new one is drafted / ODCS 标准文件")
    parser.add_argument("--object", help="schema object / 标准中的对象名")
    parser.add_argument("--previous", help="data of the previous version / 上一版本的数据")
    parser.add_argument("--now", help="instant for time rules, ISO 8601 / 时间规则所用的时刻")
    parser.add_argument("--json", action="store_true", help="print JSON / 输出 JSON")
    parser.add_argument(
        "--out", metavar="FILE", help="write the standard with all suggestions / 输出含全部建议的标准"
    )
    return parser


def _survey(options: argparse.Namespace) -> Survey:
    document = load_standard(options.standard) if options.standard else None
    from governance.validation.suggesting.survey import survey  # loads polars

    return survey(
        Path(options.data),
        document,
        now=moment(options.now),
        object_name=options.object,
        previous=Path(options.previous) if options.previous else None,
    )


def _lines(found: Survey) -> Iterator[str]:
    count, rows = len(found.suggestions), f"{found.profile['rows']:,}"
    yield f"{count} suggestions from {rows} rows / 由 {rows} 行得出 {count} 条建议"
    for one in found.suggestions:
        yield from ("", *_told(one))


def _told(one: Suggestion) -> Iterator[str]:
    yield f"{one.id}  {one.kind}, {one.severity}"
    yield f"  {one.sentence_en} / {one.sentence_zh}"
    yield f"  {one.why_en} / {one.why_zh}"
    yield f"  {_fails(one.evidence)}"
    for edit in one.edits:
        yield f"  {edit.pointer} = {json.dumps(edit.value, ensure_ascii=False)}"


def _fails(evidence: Evidence) -> str:
    if evidence.interval is None:
        return f"observed today: {evidence.observed:.4g} / 当前观测值：{evidence.observed:.4g}"
    low, high = (f"{100 * end:.3g}%" for end in evidence.interval)
    of = f"{evidence.failing:,} / {evidence.checked:,}"
    sample = "" if evidence.exact else " (sample / 抽样)"
    return (
        f"fails today: {of}{sample}, 95% interval {low} to {high} / 当前不符：{of}，95% 区间 {low} 至 {high}"
    )
