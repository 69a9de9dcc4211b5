"""`manage.py validate` and `manage.py standard`: no settings, no database (standard-rules §9)."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.standard import StandardDocument, compile_standard, load

EPILOG = (
    "Exit codes: 0 passed, 1 failed or errored, 2 bad input or usage. / "
    "退出码：0 通过，1 不通过或未能判定，2 输入或用法有误。"
)


class Parser(argparse.ArgumentParser):
    """Usage errors leave as `usage`, like every other refusal."""

    def error(self, message: str) -> NoReturn:
        raise invalid(
            f"The command line is not understood: {message}.", "命令行用法有误。", message, code="usage"
        )


def main_validate(argv: Sequence[str]) -> int:
    """`validate DATA --standard S.odcs.yaml …`; returns the exit code."""
    out: str | None = _wanted_out(argv)
    try:
        options = _validate_parser().parse_args(list(argv))
        out = options.json
        report = _validate(options)
        if options.profile:
            write_out(options.profile, json.dumps(report.profile, ensure_ascii=False, indent=1) + "\n")
    except EngineError as error:
        return refused(error, out)
    text = report.to_text()
    if out:
        write_out(out, text)
        _print_table(report)
    elif sys.stdout.isatty():
        _print_table(report)
    else:
        sys.stdout.write(text)
    return int(report.exit_code)


def main_standard(argv: Sequence[str]) -> int:
    """`standard export FILE --format …` and `standard lint FILE`; returns the exit code."""
    try:
        options = _standard_parser().parse_args(list(argv))
        document = load_standard(options.file)
        if options.action == "export":
            _export(document, options)
            return 0
        return _lint(document, options.object)
    except EngineError as error:
        return refused(error, None)


def _validate_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="manage.py validate",
        epilog=EPILOG,
        description="Validate data against a standard. / 按标准校验数据。",
    )
    parser.add_argument(
        "data", help="csv, csv.gz, parquet (file or folder) or Delta folder / 数据文件或文件夹"
    )
    parser.add_argument("--standard", required=True, help="ODCS document / ODCS 标准文件")
    parser.add_argument("--object", help="schema object / 标准中的对象名")
    parser.add_argument(
        "--reference", action="append", default=[], metavar="NAME=PATH", help="reference data / 参照数据"
    )
    versions = parser.add_mutually_exclusive_group()
    versions.add_argument("--previous", help="data of the previous version / 上一版本的数据")
    versions.add_argument(
        "--first-version", action="store_true", help="there is no previous version / 没有上一版本"
    )
    parser.add_argument("--engine", choices=("polars", "spark"), default="polars", help="engine / 执行引擎")
    parser.add_argument(
        "--samples", type=int, default=20, help="failing rows shown per rule / 每条规则展示的样例行数"
    )
    parser.add_argument("--waivers", help="JSON file of waivers / 豁免文件")
    parser.add_argument("--now", help="instant for time rules, ISO 8601 / 时间规则所用的时刻")
    parser.add_argument("--json", metavar="OUT", help="write the report here / 报告输出位置")
    parser.add_argument("--profile", metavar="OUT", help="write statistics per column here / 列画像输出位置")
    return parser


def _standard_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="manage.py standard", description="Export or lint a standard. / 导出或检查标准。")
    actions = parser.add_subparsers(dest="action", required=True, parser_class=Parser)
    export = actions.add_parser("export", help="write the standard in another form / 导出标准")
    export.add_argument("file")
    export.add_argument("--format", required=True, choices=("pandera-python", "pandera-yaml", "odcs"))
    export.add_argument("--object")
    lint = actions.add_parser("lint", help="show warnings / 显示警告")
    lint.add_argument("file")
    lint.add_argument("--object")
    return parser


def _validate(options: argparse.Namespace) -> Any:
    if options.samples < 0:
        raise invalid("--samples must not be negative.", "--samples 不能为负数。", code="usage")
    references = _references(options.reference)
    now = moment(options.now)
    waivers_file = _readable(options.waivers)
    document = load_standard(options.standard)
    from governance.validation.engine import (
        ValidationRequest,
        read_waivers,
        validate,
    )  # loads polars and pandera

    request = ValidationRequest(
        data=Path(options.data),
        data_path=options.data,
        standard=document,
        standard_path=options.standard,
        object_name=options.object,
        references=references,
        previous=Path(options.previous) if options.previous else None,
        first_version=options.first_version,
        samples=options.samples,
        waivers=read_waivers(waivers_file) if waivers_file is not None else (),
        now=now,
        started=datetime.now(tz=UTC),
        engine=options.engine,
        profile=bool(options.profile),
        platform_key=_platform_key(),
    )
    return validate(request)


def _platform_key() -> bytes:
    """`GAVEL_PLATFORM_KEY`, else one for this run: under an empty key masked key parts could be guessed."""
    return os.environ.get("GAVEL_PLATFORM_KEY", "").encode() or secrets.token_bytes(32)


def _references(pairs: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals or not name or not path or name in found:
            raise invalid(
                "--reference is NAME=PATH, each name once.",
                "--reference 应为 NAME=PATH，且名称不重复。",
                code="usage",
            )
        found[name] = Path(path)
    return found


def moment(text: str | None) -> datetime:
    """The instant of `--now`, else the clock; raises `usage`."""
    if text is None:
        return datetime.now(tz=UTC)
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(
            "--now must be an ISO 8601 instant.", "--now 应为 ISO 8601 时刻。", code="usage"
        ) from error


def _readable(path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise invalid("The waivers file cannot be read.", "无法读取豁免文件。", path, code="usage") from error


def load_standard(path: str) -> StandardDocument:
    """The standard of a file; raises `standard_not_found`, `standard_invalid`."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise refuse("standard_not_found", path) from error
    return load(data)


def _export(document: StandardDocument, options: argparse.Namespace) -> None:
    if options.format == "odcs":
        sys.stdout.buffer.write(document.to_bytes())
        return
    from governance.validation.export import pandera_python, pandera_yaml  # loads pandera

    compiled = compile_standard(document, options.object)
    write: Callable[[Any], str] = pandera_python if options.format == "pandera-python" else pandera_yaml
    sys.stdout.write(write(compiled))


def _lint(document: StandardDocument, object_name: str | None) -> int:
    from governance.validation.linting import lint  # loads polars

    names = [object_name] if object_name else list(document.object_names)
    count = 0
    for name in names:
        compiled = compile_standard(document, name)
        for warning in lint(compiled, datetime.now(tz=UTC)):
            count += 1
            print(f"{name}: {warning.code} {warning.where or ''}")
            print(f"  {warning.message_en}\n  {warning.message_zh}")
        print(f"{name}: {len(compiled.rules)} rules, {len(compiled.not_executed)} kept but not run")
    print(f"{count} warnings / {count} 条警告")
    return 0


def _wanted_out(argv: Sequence[str]) -> str | None:
    """Where an error report goes when the command line itself cannot be parsed."""
    for place, word in enumerate(argv):
        if word == "--json" and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith("--json="):
            return word[7:]
    return None


def refused(error: EngineError, out: str | None) -> int:
    """Tell a refusal where the report was to go; exit code 2."""
    text = json.dumps(error.as_dict(), ensure_ascii=False, indent=1) + "\n"
    if out:
        try:
            write_out(out, text)
        except EngineError:
            sys.stdout.write(text)
        print(f"{error.code}: {error.message_en} / {error.message_zh}", file=sys.stderr)
    else:
        sys.stdout.write(text)
    return 2


def write_out(out: str, text: str) -> None:
    """Write a file that was asked for; raises `usage`."""
    try:
        Path(out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise invalid("The report cannot be written.", "无法写入报告。", out, code="usage") from error


def _print_table(report: Any) -> None:
    from governance.validation.terminal import table  # only where a person reads

    print(table(report, colour=sys.stdout.isatty()))
