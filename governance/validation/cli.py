"""`manage.py validate` and `manage.py standard`: no settings, no database (standard-rules §9).

What a program reads (reports, errors, exports) goes to the file named or to standard output; what a person at
a terminal reads is a table there, in the language of `GAVEL_LANG` or the locale. Heavy libraries are loaded
where they are needed: `--help` and a wrong command line load none.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.language import Language, reader_language

if TYPE_CHECKING:
    from governance.validation.engine import Report
    from governance.validation.standard import StandardDocument

MOST_BYTES = 8_000_000
"""Bytes read of a standard or of waivers; a standard may have 5 MB."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


def words(en: str, zh: str) -> str:
    """One of two sentences, in the reader's language."""
    return zh if language() == "zh" else en


def language() -> Language:
    """The reader's language."""
    return reader_language(os.environ)


class Parser(argparse.ArgumentParser):
    """Usage errors leave as `usage`, like every other refusal."""

    def error(self, message: str) -> NoReturn:
        raise invalid(
            f"The command line is not understood: {message}.", "命令行用法有误。", message, code="usage"
        )


def main_validate(argv: Sequence[str]) -> int:
    """`validate DATA --standard S.odcs.yaml …`; returns the exit code."""
    return guarded(lambda: _main_validate(argv))


def _main_validate(argv: Sequence[str]) -> int:
    out: str | None = _wanted_out(argv)
    try:
        options = _validate_parser().parse_args(list(argv))
        out = options.json
        report = _validate(options)
        if options.profile:
            write_out(options.profile, json.dumps(report.profile, ensure_ascii=False, indent=1) + "\n")
        if out and out != "-":
            write_out(out, report.to_text())
    except EngineError as error:
        return refused(error, out)
    if out == "-" or (not out and not sys.stdout.isatty()):
        write_json(report.to_text())
    else:
        _print_table(report)
    return int(report.exit_code)


def main_standard(argv: Sequence[str]) -> int:
    """`standard export FILE --format …` and `standard lint FILE`; returns the exit code."""
    return guarded(lambda: _main_standard(argv))


def _main_standard(argv: Sequence[str]) -> int:
    options = argparse.Namespace(json=False)
    try:
        options = _standard_parser().parse_args(list(argv))
        document = load_standard(options.file)
        if options.action == "export":
            _export(document, options)
            return 0
        return _lint(document, options)
    except EngineError as error:
        return refused(error, "-" if getattr(options, "json", False) else None)


def guarded(run: Callable[[], int]) -> int:
    """Ctrl-C and a request to end leave by the ordinary way, so that scratch files go; a reader who has seen
    enough (`| head`) is no error."""
    before = signal.getsignal(signal.SIGTERM)
    with suppress(ValueError):  # only the main thread may set a handler
        signal.signal(signal.SIGTERM, _end)
    code = 0
    try:
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(words("Interrupted.", "已中断。"), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # what is still buffered has nowhere to go; without this Python complains again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, before)
    return code


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _validate_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="manage.py validate",
        epilog=words(
            "Exit codes: 0 passed, 1 failed or errored, 2 bad input or usage, 130 interrupted.",
            "退出码：0 通过，1 未通过或未能判定，2 输入或用法有误，130 被中断。",
        ),
        description=words("Validate data against a standard.", "按标准校验数据。"),
    )
    add = parser.add_argument
    add(
        "data",
        help=words("csv, csv.gz, parquet (file or folder) or Delta folder", "csv、csv.gz、parquet 或 Delta"),
    )
    add("--standard", required=True, help=words("ODCS document", "ODCS 标准文件"))
    add("--object", help=words("schema object", "标准中的对象名"))
    add(
        "--reference",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help=words("reference data, once per name", "参照数据，每个名称一次"),
    )
    versions = parser.add_mutually_exclusive_group()
    versions.add_argument("--previous", help=words("data of the previous version", "上一版本的数据"))
    versions.add_argument(
        "--first-version",
        action="store_true",
        help=words("there is no previous version", "没有上一版本"),
    )
    add("--engine", choices=("polars", "spark"), default="polars", help=words("engine", "执行引擎"))
    add(
        "--samples", type=int, default=20, help=words("failing rows shown per rule", "每条规则展示的样例行数")
    )
    add("--waivers", help=words("JSON file of waivers", "豁免文件（JSON）"))
    add("--now", help=words("instant for time rules, ISO 8601", "时间规则所用的时刻（ISO 8601）"))
    add(
        "--json",
        metavar="OUT",
        help=words("write the report here; - is standard output", "报告输出位置；- 为标准输出"),
    )
    add("--profile", metavar="OUT", help=words("write statistics per column here", "列画像输出位置"))
    return parser


def _standard_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="manage.py standard",
        description=words("Export or lint a standard.", "导出或检查标准。"),
        epilog=words("Exit codes: 0 done, 2 bad input or usage.", "退出码：0 完成，2 输入或用法有误。"),
    )
    actions = parser.add_subparsers(dest="action", required=True, parser_class=Parser)
    export = actions.add_parser(
        "export", help=words("write the standard in another form", "以其他形式导出标准")
    )
    export.add_argument("file", help=words("ODCS document", "ODCS 标准文件"))
    export.add_argument("--format", required=True, choices=("pandera-python", "pandera-yaml", "odcs"))
    export.add_argument("--object", help=words("schema object", "标准中的对象名"))
    lint = actions.add_parser(
        "lint",
        help=words("show warnings", "显示警告"),
        epilog=words(
            "Exit codes: 0 done, 1 warnings with --strict, 2 bad input or usage.",
            "退出码：0 完成，1 加 --strict 且有警告，2 输入或用法有误。",
        ),
    )
    lint.add_argument("file", help=words("ODCS document", "ODCS 标准文件"))
    lint.add_argument("--object", help=words("schema object", "标准中的对象名"))
    lint.add_argument("--strict", action="store_true", help=words("exit 1 on warnings", "有警告则以 1 退出"))
    lint.add_argument("--json", action="store_true", help=words("print JSON", "输出 JSON"))
    return parser


def _validate(options: argparse.Namespace) -> Report:
    if options.samples < 0:
        raise invalid("--samples must not be negative.", "--samples 不能为负数。", code="usage")
    references = _references(options.reference)
    now = moment(options.now)
    waivers_file = _readable(options.waivers)
    document = load_standard(options.standard)
    from governance.validation.engine import ValidationRequest, read_waivers, validate  # loads polars
    from governance.validation.progress import progress_bar

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
        spark_master=os.environ.get("GAVEL_SPARK_MASTER", ""),
        profile=bool(options.profile),
        platform_key=_platform_key(),
    )
    with progress_bar(sys.stderr, language()) as progress:
        return validate(request, progress=progress)


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
        return _bounded(path)
    except OSError as error:
        raise invalid("The waivers file cannot be read.", "无法读取豁免文件。", path, code="usage") from error


def load_standard(path: str) -> StandardDocument:
    """The standard of a file; raises `standard_not_found`, `standard_invalid`."""
    from governance.validation.standard import load  # the YAML and schema libraries

    try:
        data = _bounded(path)
    except OSError as error:
        raise refuse("standard_not_found", path) from error
    return load(data)


def _bounded(path: str) -> bytes:
    """A small file, or enough of an endless one (`/dev/zero`) to be refused for its size."""
    with Path(path).open("rb") as file:
        return file.read(MOST_BYTES)


def _export(document: StandardDocument, options: argparse.Namespace) -> None:
    if options.format == "odcs":
        sys.stdout.buffer.write(document.to_bytes())
        return
    from governance.validation.export import pandera_python, pandera_yaml  # loads pandera
    from governance.validation.standard import compile_standard

    compiled = compile_standard(document, options.object)
    write: Callable[[Any], str] = pandera_python if options.format == "pandera-python" else pandera_yaml
    sys.stdout.buffer.write(write(compiled).encode())


def _lint(document: StandardDocument, options: argparse.Namespace) -> int:
    from governance.validation.linting import lint  # loads polars
    from governance.validation.standard import compile_standard

    names = [options.object] if options.object else list(document.object_names)
    compiled = [compile_standard(document, name) for name in names]
    found = {item.form.name: lint(item, datetime.now(tz=UTC)) for item in compiled}
    count = sum(map(len, found.values()))
    if options.json:
        shown = [
            {
                "object": item.form.name,
                "rules": len(item.rules),
                "not_executed": [kept.as_dict() for kept in item.not_executed],
                "warnings": [warning.as_dict() for warning in found[item.form.name]],
            }
            for item in compiled
        ]
        write_json(json.dumps({"objects": shown, "warnings": count}, ensure_ascii=False, indent=1) + "\n")
        return 1 if count and options.strict else 0
    for item in compiled:
        for warning in found[item.form.name]:
            print(f"{item.form.name}: {warning.code} {warning.where or ''}")
            print(f"  {words(warning.message_en, warning.message_zh)}")
        rules, kept = len(item.rules), len(item.not_executed)
        print(
            f"{item.form.name}: "
            + words(f"{rules} rules, {kept} kept but not run", f"{rules} 条规则，保留而不执行 {kept} 条")
        )
    print(words(f"{count} warnings", f"{count} 条警告"))
    return 1 if count and options.strict else 0


def _wanted_out(argv: Sequence[str]) -> str | None:
    """Where an error report goes when the command line itself cannot be parsed."""
    for place, word in enumerate(argv):
        if word == "--json" and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith("--json="):
            return word[7:]
    return None


def refused(error: EngineError, out: str | None) -> int:
    """Tell a refusal where the report was to go, a person at a terminal in words; exit code 2."""
    text = json.dumps(error.as_dict(), ensure_ascii=False, indent=1) + "\n"
    if out and out != "-":
        try:
            write_out(out, text)
        except EngineError:
            write_json(text)
    elif out == "-" or not sys.stdout.isatty():
        write_json(text)
        return 2
    detail = error.as_dict()["error"]["detail"]  # type: ignore[index]
    shown = (
        ""
        if detail is None
        else f" ({detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)})"
    )
    _lenient(sys.stderr)
    print(f"{error.code}: {words(error.message_en, error.message_zh)}{shown}", file=sys.stderr)
    return 2


def write_out(out: str, text: str) -> None:
    """Write a file that was asked for, whole or not at all; raises `usage`."""
    path = Path(os.path.realpath(out))
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")  # a pipe or a device has no place for a second file
            return
        handle, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(scratch).chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
            Path(scratch).replace(path)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise invalid("The report cannot be written.", "无法写入报告。", out, code="usage") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_json(text: str) -> None:
    """JSON to standard output; a stream that cannot take every character gets it escaped."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(json.dumps(json.loads(text), indent=1) + "\n")


def _lenient(stream: Any) -> None:
    """What a terminal has no character for is shown as a question mark, not as an error."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def _print_table(report: Report) -> None:
    from governance.validation.terminal import table  # only where a person reads

    _lenient(sys.stdout)
    terminal = sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns if terminal else 0
    print(table(report, colour=colour, width=width, language=language()))
