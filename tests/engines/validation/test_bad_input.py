"""What is wrong with data or standard ends in a refusal or an errored rule with a sentence: never passed,
never a crash. The reader's own part is in tests/engines/reading."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.cli import main_validate
from governance.validation.engine import Report, validating
from governance.validation.errors import EngineError
from governance.validation.kinds.sql import on_polars as sql
from tests.engines.parquet_lies import parquet
from tests.engines.validation.cases import REPO, document, gavel, reason, run

INTEGER = {"name": "i", "logicalType": "integer"}
NUMBER = {"name": "n", "logicalType": "number"}
TEXT = {"name": "s", "logicalType": "string"}
DAY = {"name": "d", "logicalType": "date"}
ROWS = "i,n,s,d\n1,1.5,a,2026-01-01\n2,2.5,b,2026-01-02\n"


def refused(work: Callable[[], Any]) -> EngineError:
    with pytest.raises(EngineError) as caught:
        work()
    assert caught.value.message_en != caught.value.message_zh
    return caught.value


def judged(tmp_path: Path, *quality: dict[str, Any], data: str = ROWS, **request: Any) -> Report:
    return run(document([INTEGER, NUMBER, TEXT, DAY], list(quality)), data, tmp_path, **request)


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "upside down": gavel("range", columns=["i"], min=5, max=3),
    "nothing at its exclusive end": gavel("range", columns=["i"], min=3, exclusive_max=3),
    "nothing between exclusive ends": gavel("range", columns=["n"], exclusive_min=3, exclusive_max=3),
    "no whole number between": gavel("range", columns=["i"], min=1.2, max=1.8),
    "no whole number between exclusive ends": gavel("range", columns=["i"], exclusive_min=1, exclusive_max=2),
    "days upside down": gavel("range", columns=["d"], min="2026-02-01", max="2026-01-01"),
    "lengths upside down": gavel("length", columns=["s"], min=3, max=2),
    "row counts upside down": gavel("row_count", min=3, max=2),
    "an aggregate upside down": gavel("aggregate_band", columns=["n"], stat="mean", min=3, max=2),
    "shares upside down": gavel("category_share", columns=["s"], bands={"a": [0.5, 0.2]}),
    "an operator upside down": {"type": "library", "metric": "rowCount", "mustBeBetween": [5, 3]},
    "one that would always hold": {"type": "library", "metric": "rowCount", "mustNotBeBetween": [5, 3]},
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_bounds_nothing_can_meet_are_refused(name: str, tmp_path: Path) -> None:
    error = refused(lambda: judged(tmp_path, IMPOSSIBLE[name]))
    assert error.code == "parameter_invalid"
    assert isinstance(error.detail, dict)
    assert {"kind", "parameter"} <= error.detail.keys()


def test_bounds_of_a_property_are_refused_the_same(tmp_path: Path) -> None:
    for options in ({"minimum": 3, "maximum": 2}, {"minimum": 3, "exclusiveMaximum": 3}):
        column = {**INTEGER, "logicalTypeOptions": options}
        assert refused(lambda: run(document([column]), "i\n1\n", tmp_path)).code == "parameter_invalid"  # noqa: B023
    column = {**TEXT, "logicalTypeOptions": {"minLength": 3, "maxLength": 2}}
    assert refused(lambda: run(document([column]), "s\nx\n", tmp_path)).code == "parameter_invalid"


def test_bounds_one_value_can_meet_are_not_refused(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        gavel("range", "one", columns=["i"], min=2, max=2),
        gavel("range", "between", columns=["i"], exclusive_min=1, exclusive_max=3),
        gavel("range", "fraction", columns=["i"], min=1.2, max=2.8),
    )
    for rule in ("one", "between", "fraction"):
        found = report.outcome(f"table.{rule}")
        assert found is not None
        assert found.failing_rows == 1


def test_a_rule_about_a_column_that_is_not_there_never_passes(tmp_path: Path) -> None:
    assert refused(lambda: judged(tmp_path, gavel("unique", columns=["z"]))).code == "unknown_column"
    report = judged(tmp_path, gavel("range", "r", columns=["i"], min=0), data="n,s,d\n1,a,2026-01-01\n")
    assert reason(report, "table.r") == "column_missing"
    assert (report.verdict, report.gate) == ("failed", "closed")


PATTERNS = {
    "repeats within repeats": "((a{1000}){1000}){1000}",
    "just beyond RE2's bound": "(a{10}){101}",
    "classes of thousands": r"(\pL{100}){11}",
    "long when written out": "[^a]{1000}" * 5,
    "long as written": "a" * 1001,
    "deep": "(" * 400 + "a" + ")" * 400,
    "look-ahead": "(?=a)",
    "back-reference": r"(a)\1",
    "broken": "a[",
    "repeat of a repeat": "a**",
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_that_would_not_end_is_errored(name: str, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    report = judged(tmp_path, gavel("regex", "p", columns=["s"], pattern=PATTERNS[name]))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 20
    assert reason(report, "table.p") == "regex_unsupported" or name == "deep"


def test_patterns_that_backtrack_elsewhere_run_in_linear_time(tmp_path: Path) -> None:
    data = "s\n" + "a" * 20_000 + "b\n"
    for pattern in ("(x+x+)+y", "(.*a){12}$", "(a*)*c", "((((a*)*)*)*)*c", "(a|a)*c"):
        report = run(document([TEXT], [gavel("regex", "p", columns=["s"], pattern=pattern)]), data, tmp_path)
        found = report.outcome("table.p")
        assert found is not None
        assert found.failing_rows == 1, pattern


QUERIES = {
    "two statements": "SELECT 1; SELECT 2",
    "a write": "INSERT INTO data VALUES (1)",
    "a write behind a comment": "SELECT 1 /* */; -- x\nDROP TABLE data",
    "a select into": "SELECT i INTO other FROM data",
    "copy": "COPY data TO '/tmp/x'",
    "attach": "ATTACH '/tmp/x.db'",
    "pragma": "PRAGMA version",
    "install": "INSTALL httpfs",
    "set": "SET memory_limit='1TB'",
    "call": "CALL pragma_version()",
    "a file as a table": "SELECT COUNT(*) FROM '/etc/passwd'",
    "a quoted file as a table": 'SELECT COUNT(*) FROM "/etc/passwd"',
    "a url as a table": "SELECT COUNT(*) FROM 'https://example.org/x.csv'",
    "a table function": "SELECT COUNT(*) FROM read_csv('/etc/passwd')",
    "a table function in a sub-select": "SELECT (SELECT COUNT(*) FROM read_text('/etc/passwd')) FROM data",
    "a table function in a union": "SELECT COUNT(*) FROM (SELECT i FROM data UNION ALL"
    " SELECT * FROM glob('/')) AS x",
    "a table function in a common table": "WITH x AS (SELECT * FROM read_blob('/etc/passwd'))"
    " SELECT COUNT(*) FROM x",
    "a table function behind a comment": "SELECT COUNT(*) FROM /**/read_csv/**/('/etc/passwd')",
    "a table function in capitals": "SELECT COUNT(*) FROM READ_CSV('/etc/passwd')",
    "a function of the machine": "SELECT getenv('HOME')",
    "a function in a where": "SELECT COUNT(*) FROM data WHERE s = current_setting('x')",
    "a series without end": "SELECT COUNT(*) FROM range(1000000000000)",
    "a series in a lateral join": "SELECT COUNT(*) FROM data, LATERAL generate_series(1, 1000000000) AS g",
    "another schema": "SELECT COUNT(*) FROM information_schema.tables",
    "another table": "SELECT COUNT(*) FROM sqlite_master",
    "a path of spark": "SELECT COUNT(*) FROM csv.`/etc/passwd`",
    "java by reflection": "SELECT reflect('java.lang.System', 'getenv', 'HOME')",
    "full-width letters": "SELECT COUNT(*) FROM ｒｅａｄ＿ｃｓｖ('/etc/passwd')",
    "a table called by its function": "SELECT COUNT(*) FROM \"read_csv\"('/etc/passwd')",
    "texts that double": "SELECT MAX(LENGTH(v)) FROM "
    + "(SELECT v || v AS v FROM " * 20
    + "(SELECT s AS v FROM data) AS q"
    + ") AS q" * 20,
    "texts that grow in place": "SELECT MAX(LENGTH(REPLACE(REPLACE(s, 'a', '"
    + "a" * 99
    + "'), 'a', 'aa'))) FROM data",
    "texts that grow without end": "WITH RECURSIVE r AS (SELECT s AS v FROM data UNION ALL"
    " SELECT v || v FROM r) SELECT COUNT(*) FROM r",
    "parentheses without end": "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "text without end": "SELECT 1 -- " + "x" * 20_000,
}


def test_sql_that_is_more_than_one_select_is_errored(tmp_path: Path) -> None:
    entries = [
        {"type": "sql", "id": f"q{place}", "query": query, "mustBe": 0, "severity": "error"}
        for place, query in enumerate(QUERIES.values())
    ]
    report = judged(tmp_path, *entries)
    found = {name: reason(report, f"table.q{place}") for place, name in enumerate(QUERIES)}
    assert found == dict.fromkeys(QUERIES, "sql_unsupported")
    assert report.verdict == "errored"


def test_sql_that_takes_all_time_or_memory_is_errored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "SECONDS", 0.5)
    monkeypatch.setattr(sql, "MEMORY", "64MB")
    monkeypatch.setattr(sql, "DISK", "1MB")
    many = "i,s\n" + "".join(f"{number},x{number}\n" for number in range(20_000))
    queries = {
        "forever": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT MAX(n) FROM r",
        "cross": "SELECT COUNT(*) FROM data AS a CROSS JOIN data AS b CROSS JOIN data AS c"
        " WHERE a.i + b.i = c.i",
        "wide": "SELECT COUNT(*) FROM (SELECT DISTINCT a.i * 20000 + b.i AS z FROM data AS a CROSS JOIN"
        " data AS b) AS q",
        "none": "SELECT i FROM data WHERE 1 = 0",
        "several": "SELECT i FROM data",
        "two columns": "SELECT 1, 2",
        "text": "SELECT 'x'",
        "broken": "SELECT SUM(s) FROM data",
    }
    entries = [
        {"type": "sql", "id": name.replace(" ", "_"), "query": query, "mustBe": 0}
        for name, query in queries.items()
    ]
    report = run(document([INTEGER, TEXT], entries), many, tmp_path)
    assert {name: reason(report, f"table.{name.replace(' ', '_')}") for name in queries} == dict.fromkeys(
        queries, "sql_error"
    )
    assert not (Path.cwd() / ".tmp").exists()


BAD_PAGES = pl.DataFrame({"s": [f"text {number}" for number in range(1000)], "i": range(1000)})


def corrupt(tmp_path: Path, old: bytes, new: bytes) -> Path:
    """A Parquet file with other bytes inside a page: only decoding can tell."""
    data = parquet(BAD_PAGES, compression="uncompressed", statistics=False, row_group_size=500)
    assert len(old) == len(new)
    assert old in data
    path = tmp_path / "data.parquet"
    path.write_bytes(data.replace(old, new, 1))
    return path


def test_a_page_that_cannot_be_decoded_is_no_passed_rule(tmp_path: Path) -> None:
    standard = document([TEXT, INTEGER], [gavel("regex", "p", "info", columns=["s"], pattern="^text")])
    path = corrupt(tmp_path, b"text 7", b"te\xff\xfe 7")
    error = refused(lambda: run(standard, path, tmp_path))
    assert error.code == "data_unreadable"
    assert "text" not in json.dumps(error.as_dict()["error"]["detail"])  # type: ignore[index]
    length = corrupt(tmp_path, b"\x06\x00\x00\x00text 7", b"\xff\xff\xff\x7ftext 7")
    assert refused(lambda: run(standard, length, tmp_path)).code == "data_unreadable"


@pytest.mark.parametrize("which", ["data", "reference", "previous"])
def test_what_changes_while_it_is_judged_is_refused_not_judged(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {name: tmp_path / f"{name}.parquet" for name in ("data", "reference", "previous")}
    for path in paths.values():
        BAD_PAGES.write_parquet(path)
    standard = document(
        [TEXT, INTEGER], [gavel("foreign_key", columns=["s"], reference="other", reference_columns=["s"])]
    )
    real = validating._run

    def run_and_change(*given: Any) -> Any:
        made = real(*given)
        with paths[which].open("ab") as file:
            file.write(b"more")
        return made

    monkeypatch.setattr(validating, "_run", run_and_change)
    error = refused(
        lambda: run(
            standard,
            paths["data"],
            tmp_path,
            references={"other": paths["reference"]},
            previous=paths["previous"],
        )
    )
    assert error.code == "data_unreadable"
    assert error.detail == {"entry": paths[which].name, "reason": "changed_while_read"}


@pytest.mark.parametrize("change", [lambda path: os.truncate(path, 1000), Path.unlink], ids=["cut", "gone"])
def test_data_cut_before_its_passes_is_said_to_have_changed(
    change: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.parquet"
    BAD_PAGES.write_parquet(path)
    real = validating._run

    def change_and_run(*given: Any) -> Any:
        change(path)
        return real(*given)

    monkeypatch.setattr(validating, "_run", change_and_run)
    standard = document([TEXT, INTEGER], [gavel("unique", columns=["i"])])
    assert refused(lambda: run(standard, path, tmp_path)).detail == {
        "entry": "data.parquet",
        "reason": "changed_while_read",
    }


def test_a_reference_that_is_gone_or_no_table_is_refused(tmp_path: Path) -> None:
    rule = gavel("foreign_key", "fk", columns=["s"], reference="other", reference_columns=["s"])
    assert refused(lambda: judged(tmp_path, rule, references={"other": tmp_path / "x.csv"})).code == (
        "reference_not_found"
    )
    assert reason(judged(tmp_path, rule), "table.fk") == "reference_missing"
    (tmp_path / "empty.csv").write_text("")
    assert (
        refused(lambda: judged(tmp_path, rule, references={"other": tmp_path / "empty.csv"})).code
        == "empty_file"
    )
    os.mkfifo(tmp_path / "pipe.csv")
    error = refused(lambda: judged(tmp_path, rule, references={"other": tmp_path / "pipe.csv"}))
    assert error.detail == {"reason": "not_a_plain_file"}
    (tmp_path / "other.csv").write_text("z\n1\n")
    report = judged(tmp_path, rule, references={"other": tmp_path / "other.csv"})
    assert reason(report, "table.fk") == "column_missing"


def test_numbers_beyond_all_sense_are_refused_or_judged(tmp_path: Path) -> None:
    timestamp = {"name": "t", "logicalType": "timestamp"}
    data = "t,i\n2026-01-01 00:00:00,1\n9999-12-31 23:59:59,2\n"
    for number in (10**30, 10**400, 1e308):
        rules = [
            gavel("not_in_future", columns=["t"], grace_seconds=number),
            gavel("freshness", columns=["t"], max_age={"value": number, "unit": "d"}),
            gavel("row_count", max=number),
            gavel("range", columns=["i"], max=number),
            gavel("multiple_of", columns=["i"], of=number),
            gavel("min_per_value", columns=["i"], min_rows=number),
            gavel("drift_psi", columns=["i"], bins=number),
        ]
        for rule in rules:
            with suppress(EngineError):  # a refusal is right too; nothing else may be raised
                report = run(document([timestamp, INTEGER], [rule]), data, tmp_path)
                assert not [item for item in report.outcomes if item.reason == "internal"]


def test_the_command_tells_a_refusal_with_its_place_in_both_languages(capsys: Any, tmp_path: Path) -> None:
    standard = tmp_path / "s.odcs.yaml"
    standard.write_bytes(document([INTEGER, TEXT]).to_bytes())
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "cut.parquet").write_bytes(parquet(BAD_PAGES)[:-10])
    (tmp_path / "quote.csv").write_text('i,s\n1,"a\n')
    wanted = {
        "pipe.csv": {"reason": "not_a_plain_file"},
        "cut.parquet": {"entry": "cut.parquet", "reason": "not_parquet"},
        "quote.csv": {"line": 2, "reason": "quote"},
        "": "no Parquet file in the folder",
    }
    (tmp_path / "empty").mkdir()
    for name, detail in wanted.items():
        data = tmp_path / name if name else tmp_path / "empty"
        assert main_validate([str(data), "--standard", str(standard), "--object", "data", "--json", "-"]) == 2
        shown = json.loads(capsys.readouterr().out)["error"]
        assert (shown["code"], shown["detail"]) == ("data_unreadable", detail)
        assert shown["message_en"] != shown["message_zh"]
    endless = ["x.csv", "--standard", "/dev/zero", "--json", "-"]
    assert main_validate(endless) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "standard_invalid"


def test_a_giant_cell_and_a_million_columns_end_within_little_memory(tmp_path: Path) -> None:
    """The command, held to 1.5 GB of memory of its own: cells of 200 MB, a header of a million names."""
    standard = tmp_path / "s.odcs.yaml"
    standard.write_bytes(document([INTEGER, TEXT]).to_bytes())
    for name, head in {"quoted": b'i,s\n1,"', "plain": b"i,s\n1,"}.items():
        with (tmp_path / f"{name}.csv").open("wb") as file:
            file.write(head)
            file.truncate(200 << 20)  # a hole: zeros without end, none of them on the disk
    (tmp_path / "wide.csv").write_bytes(b",".join(b"c%d" % number for number in range(1_000_000)) + b"\n")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, (3 << 29, 3 << 29))\n"
        "from governance.validation.cli import main_validate\n"
        "for name in sys.argv[2:]:\n"
        "    words = [name, '--standard', sys.argv[1], '--object', 'data', '--json', name + '.json']\n"
        "    assert main_validate(words) == 2\n"
    )
    wanted = {"quoted": "record_too_long", "plain": "record_too_long", "wide": "too_many_columns"}
    words = [str(standard), *(str(tmp_path / f"{name}.csv") for name in wanted)]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    for name, expected in wanted.items():
        shown = json.loads((tmp_path / f"{name}.csv.json").read_text())["error"]
        assert (shown["code"], shown["detail"]["reason"]) == ("data_unreadable", expected)
        (tmp_path / f"{name}.csv").unlink()
