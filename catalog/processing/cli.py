"""`manage.py clean`: apply a recipe from the command line; no settings, no database (standard-rules §9)."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from governance.validation.errors import EngineError, invalid, refuse

if TYPE_CHECKING:
    from catalog.processing.cleaning_report import CleaningReport, ValidationSummary
    from catalog.processing.recipe import Recipe
    from governance.validation.reading import CsvSettings
    from governance.validation.standard import CompiledStandard

EPILOG = (
    "Exit codes: 0 done, 1 done but the output does not pass the standard, 2 error. "
    "/ 退出码：0 完成，1 完成但输出不满足标准，2 错误。"
)


class _Parser(argparse.ArgumentParser):
    """Usage errors leave as `usage`, like every other refusal."""

    def error(self, message: str) -> NoReturn:
        raise invalid(
            f"The command line is not understood: {message}.", "命令行用法有误。", message, code="usage"
        )


def main_clean(argv: Sequence[str]) -> int:
    """`clean DATA --recipe R.yaml --out DIR …`; returns the exit code."""
    out = _wanted_out(argv)
    try:
        options = _parser().parse_args(list(argv))
        report = _clean(options)
        text = json.dumps(report.document, ensure_ascii=False, indent=1) + "\n"
        if options.json:
            _write(options.json, text)
            _print_table(report)
        else:
            sys.stdout.write(text)
    except EngineError as error:
        return _refused(error, out)
    return 1 if report.validation is not None and report.validation.verdict != "passed" else 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="manage.py clean",
        epilog=EPILOG,
        description="Clean data with a recipe. / 按清洗方案清洗数据。",
    )
    parser.add_argument(
        "data", help="csv, csv.gz, parquet (file or folder) or Delta folder / 数据文件或文件夹"
    )
    parser.add_argument("--recipe", required=True, help="recipe / 清洗方案")
    parser.add_argument(
        "--out", required=True, help="output folder, must not exist / 输出文件夹（不得已存在）"
    )
    parser.add_argument("--standard", help="ODCS document (default: the recipe's own) / ODCS 标准文件")
    parser.add_argument("--object", help="schema object / 标准中的对象名")
    parser.add_argument(
        "--reference", action="append", default=[], metavar="NAME=PATH", help="reference data / 参照数据"
    )
    parser.add_argument(
        "--key", action="append", default=[], metavar="NAME=FILE", help="file of a masking key / 脱敏密钥文件"
    )
    parser.add_argument("--engine", choices=("polars", "spark"), default="polars", help="engine / 执行引擎")
    parser.add_argument("--json", metavar="OUT", help="write the report here / 报告输出位置")
    return parser


def _clean(options: argparse.Namespace) -> CleaningReport:
    """Errors of the recipe come first, then those of the standard, then those of the data."""
    if options.engine != "polars":
        raise invalid(
            "engine_unsupported: this installation runs recipes with polars only.",
            "engine_unsupported：当前安装仅支持以 polars 执行清洗方案。",
            {"engine": options.engine},
            code="usage",
        )
    references = _pairs("--reference", options.reference)
    keys = {name: _key(path) for name, path in _pairs("--key", options.key).items()}
    # These load polars, which a usage error need not wait for.
    from catalog.processing.cleaning import CleaningRequest, clean
    from catalog.processing.recipe import load_recipe

    recipe = load_recipe(Path(options.recipe))
    data = Path(options.data)
    standard = _standard(options, recipe, data)
    started = datetime.now(tz=UTC)
    return clean(
        CleaningRequest(
            data=data,
            recipe=recipe,
            out=Path(options.out),
            started=started,
            csv=_csv(standard, None),
            standard=standard,
            references=references,
            reference_csv={name: _csv(standard, name) for name in references},
            keys=keys,
            check=_judge(standard, references, started),
            timer=time.perf_counter,
        )
    )


def _standard(options: argparse.Namespace, recipe: Recipe, data: Path) -> CompiledStandard | None:
    from governance.validation.engine.validating import data_stem
    from governance.validation.standard import compile_standard, load

    if options.standard:
        path = Path(options.standard)
    elif recipe.standard is not None:
        folder = Path(options.recipe).resolve().parent
        path = folder / recipe.standard
        if not path.resolve().is_relative_to(folder):
            raise invalid(
                "standard must be a path below the recipe's folder.",
                "standard 须为清洗方案所在文件夹之下的路径。",
                {"parameter": "standard"},
                code="recipe_invalid",
            )
    else:
        return None
    try:
        document = load(path.read_bytes())
    except OSError as error:
        raise refuse("standard_not_found", path.name) from error
    return compile_standard(document, options.object, data_stem(data))


def _csv(standard: CompiledStandard | None, reference: str | None) -> CsvSettings:
    """`gavelCsv` of the object, or of the object a reference is named after, else the defaults."""
    from governance.validation.engine.preparing import csv_settings
    from governance.validation.standard import reference_form

    if standard is None:
        return csv_settings(None)
    form = standard.form if reference is None else reference_form(standard.document, reference)
    return csv_settings(form.csv if form else None)


def _judge(
    standard: CompiledStandard | None, references: dict[str, Path], now: datetime
) -> Callable[[Path], ValidationSummary] | None:
    if standard is None:
        return None
    from catalog.processing.rules import judge_output  # loads pandera

    key = os.environ.get("GAVEL_PLATFORM_KEY", "").encode()
    return lambda file: judge_output(file, standard, references=references, now=now, platform_key=key)


def _pairs(option: str, pairs: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals or not name or not path or name in found:
            raise invalid(
                f"{option} is NAME=PATH, each name once.",
                f"{option} 应为 NAME=PATH，且名称不重复。",
                code="usage",
            )
        found[name] = Path(path)
    return found


def _key(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise invalid("A key file cannot be read.", "无法读取密钥文件。", path.name, code="usage") from error
    if not key:
        raise invalid("A key file is empty.", "密钥文件为空。", path.name, code="usage")
    return key


def _wanted_out(argv: Sequence[str]) -> str | None:
    """Where an error report goes when the command line itself cannot be parsed."""
    for place, word in enumerate(argv):
        if word == "--json" and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith("--json="):
            return word[7:]
    return None


def _refused(error: EngineError, out: str | None) -> int:
    text = json.dumps(error.as_dict(), ensure_ascii=False, indent=1) + "\n"
    if out:
        try:
            _write(out, text)
        except EngineError:
            sys.stdout.write(text)
        print(f"{error.code}: {error.message_en} / {error.message_zh}", file=sys.stderr)
    else:
        sys.stdout.write(text)
    return 2


def _write(out: str, text: str) -> None:
    try:
        Path(out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise invalid("The report cannot be written.", "无法写入报告。", out, code="usage") from error


def _print_table(report: CleaningReport) -> None:
    for step in report.steps:
        print(
            f"{step.id:30} {step.kind:24} rows {step.rows_in} → {step.rows_out}   "
            f"cells changed {step.cells_touched}   removed {step.rows_removed}"
        )
    print(f"rows in {report.rows_in} = out {report.rows_out} + quarantined {report.rows_quarantined}")
