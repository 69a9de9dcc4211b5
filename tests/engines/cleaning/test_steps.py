"""Each step kind on a table worked by hand: cells, counts and what leaves."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import polars as pl
import pytest

from catalog.processing.cleaning import CleaningReport, CleaningRequest, clean
from catalog.processing.recipe import parse_recipe

NOW = datetime(2026, 1, 15, tzinfo=UTC)
KEY = b"platform key"


def run(tmp_path: Path, data: str, steps: str, references: dict[str, str] | None = None) -> CleaningReport:
    """Clean a small CSV with the steps of a recipe."""
    (tmp_path / "data.csv").write_text(data, encoding="utf-8")
    paths = {}
    for name, text in (references or {}).items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(text, encoding="utf-8")
    head = "recipe: v1\nid: r\nversion: 1.0.0\nsteps:\n"
    recipe = parse_recipe((head + indent(dedent(steps), "  ")).encode())
    return clean(
        CleaningRequest(
            data=tmp_path / "data.csv",
            recipe=recipe,
            out=tmp_path / "out",
            started=NOW,
            references=paths,
            keys={"k1": KEY},
        )
    )


@dataclass(frozen=True)
class Case:
    """Input, one step, and the result: columns with cells, (rows touched, cells touched), removed rows."""

    data: str
    step: str
    cells: dict[str, list[object]]
    touched: tuple[int, int]
    removed: list[tuple[int, str]] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)


HASHED = hmac.new(KEY, b"13800138000", hashlib.sha256).hexdigest()

CASES = {
    "trim": Case(
        'a,b\n" x ",\u3000y\n"  ",z\n,w\n',
        "kind: trim\ncolumns: [a, b]",
        {"a": ["x", None, None], "b": ["y", "z", "w"]},
        (2, 3),
    ),
    "normalise_unicode": Case(
        "a\nＡ１\nA1\n",
        "kind: normalise_unicode\ncolumns: [a]",
        {"a": ["A1", "A1"]},
        (1, 1),
    ),
    "normalise_unicode NFC keeps width": Case(
        "a\nＡ\ne\u0301\n",
        "kind: normalise_unicode\ncolumns: [a]\nform: NFC",
        {"a": ["Ａ", "é"]},
        (1, 1),
    ),
    "case upper": Case("a\nab\nAB\n", "kind: case\ncolumns: [a]\nto: upper", {"a": ["AB", "AB"]}, (1, 1)),
    "case casefold": Case(
        "a\nStraße\nΣΑΣ\n中\n",
        "kind: case\ncolumns: [a]\nto: casefold",
        {"a": ["strasse", "σασ", "中"]},
        (2, 2),
    ),
    "collapse_space": Case(
        'a\n" a \u3000\t b "\na b\n"\u00a0"\n',
        "kind: collapse_space\ncolumns: [a]",
        {"a": ["a b", "a b", None]},
        (2, 2),
    ),
    "parse_dates": Case(
        "d\n2026-01-05\n05/01/2026\n2026/1/5\n\nx\n",
        'kind: parse_dates\ncolumns: [d]\nformats: [yyyy-MM-dd, dd/MM/yyyy, "yyyy/M/d"]',
        {"d": ["2026-01-05", "2026-01-05", "2026-01-05"]},
        (2, 2),
        [(4, "date_unreadable:d")],
    ),
    "parse_dates keeps or nulls": Case(
        "d\n2026-02-30\n2026-01-05\n",
        "kind: parse_dates\ncolumns: [d]\nformats: [yyyy-MM-dd]\non_error: 'null'",
        {"d": [None, "2026-01-05"]},
        (1, 1),
    ),
    "parse_dates with keep": Case(
        "d\n2026-02-30\n05.01.2026\n",
        "kind: parse_dates\ncolumns: [d]\nformats: [dd.MM.yyyy]\non_error: keep",
        {"d": ["2026-02-30", "2026-01-05"]},
        (1, 1),
    ),
    "parse_dates moves zones": Case(
        "d\n2026-07-01T00:30:00Z\n2026-03-08 02:30\n",
        "kind: parse_dates\ncolumns: [d]\nformats: [\"yyyy-MM-dd'T'HH:mm:ssXXX\", 'yyyy-MM-dd HH:mm']\n"
        "to: \"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"\ntimezone: America/New_York",
        {"d": ["2026-06-30T20:30:00.000-04:00"]},
        (1, 1),
        [(2, "date_unreadable:d")],
    ),
    "cast": Case(
        "w\n12 oz\n+5\n1.5 oz\n\n7\n",
        'kind: cast\ncolumns: [w]\ntype: integer\nstrip: [" oz"]',
        {"w": [12, 5, 7]},
        (1, 1),
        [(3, "uncastable:w")],
    ),
    "cast to null": Case(
        'w\n"1,000"\nx\nNaN\n',
        'kind: cast\ncolumns: [w]\ntype: number\nstrip: [","]\non_error: "null"',
        {"w": [1000.0, None, None]},
        (3, 3),
    ),
    "cast that keeps stays text": Case(
        "w\n5%\nx%\n",
        'kind: cast\ncolumns: [w]\ntype: number\nstrip: ["%"]\non_error: keep',
        {"w": ["5", "x%"]},
        (1, 1),
    ),
    "cast of some rows stays text": Case(
        "u,w\na,5%\nb,6%\n",
        'kind: cast\ncolumns: [w]\ntype: number\nstrip: ["%"]\nwhere: {column: u, op: eq, value: a}',
        {"u": ["a", "b"], "w": ["5", "6%"]},
        (1, 1),
    ),
    "null_tokens": Case(
        "a,b\nN/A,1\n-,N/A\nn/a,3\n",
        "kind: null_tokens\ncolumns: [a]\ntokens: [N/A, '-']",
        {"a": [None, None, "n/a"], "b": ["1", "N/A", "3"]},
        (2, 2),
    ),
    "drop_exact_duplicates": Case(
        "a,b\n1,\n1,\n2,x\n1,\n1,y\n",
        "kind: drop_exact_duplicates",
        {"a": ["1", "2", "1"], "b": [None, "x", "y"]},
        (0, 0),
        [(2, "exact_duplicate"), (4, "exact_duplicate")],
    ),
    "drop_exact_duplicates keeps the last": Case(
        "a,b\n1,p\n1,q\n2,r\n",
        "kind: drop_exact_duplicates\ncolumns: [a]\nkeep: last",
        {"a": ["1", "2"], "b": ["q", "r"]},
        (0, 0),
        [(1, "exact_duplicate")],
    ),
    "dedupe_by_key first": Case(
        "k,v\na,1\n,2\na,3\n,4\n",
        "kind: dedupe_by_key\nkey: [k]",
        {"k": ["a", None, None], "v": ["1", "2", "4"]},
        (0, 0),
        [(3, "duplicate_key")],
    ),
    "dedupe_by_key last": Case(
        "k,v\na,1\na,2\nb,3\n",
        "kind: dedupe_by_key\nkey: [k]\nkeep: last",
        {"k": ["a", "b"], "v": ["2", "3"]},
        (0, 0),
        [(1, "duplicate_key")],
    ),
    "dedupe_by_key max": Case(
        "k,v\na,10\na,9\na,\na,9\n",
        "kind: dedupe_by_key\nkey: [k]\nkeep: max\nby: v",
        {"k": ["a"], "v": ["9"]},
        (0, 0),
        [(1, "duplicate_key"), (3, "duplicate_key"), (4, "duplicate_key")],
    ),
    "dedupe_by_key min": Case(
        "k,v\na,\na,2\na,1\na,1\n",
        "kind: dedupe_by_key\nkey: [k]\nkeep: min\nby: v",
        {"k": ["a"], "v": ["1"]},
        (0, 0),
        [(1, "duplicate_key"), (2, "duplicate_key"), (4, "duplicate_key")],
    ),
    "dedupe_by_key most_complete": Case(
        "k,v,w\na,,1\na,2,2\na,3,3\n",
        "kind: dedupe_by_key\nkey: [k]\nkeep: most_complete",
        {"k": ["a"], "v": ["2"], "w": ["2"]},
        (0, 0),
        [(1, "duplicate_key"), (3, "duplicate_key")],
    ),
    "fill value": Case(
        "a,b\n,1\nx,2\n", "kind: fill\ncolumns: [a]\nvalue: 0", {"a": ["0", "x"], "b": ["1", "2"]}, (1, 1)
    ),
    "fill from": Case(
        "a,b\n,1\nx,2\n,\n",
        "kind: fill\ncolumns: [a]\nfrom: b",
        {"a": ["1", "x", None], "b": ["1", "2", None]},
        (1, 1),
    ),
    "fill forward": Case(
        "g,a\np,1\nq,\np,\n,9\n,\np,3\np,\n",
        "kind: fill\ncolumns: [a]\nforward: true\ngroup_by: [g]",
        {"g": ["p", "q", "p", None, None, "p", "p"], "a": ["1", None, "1", "9", None, "3", "3"]},
        (2, 2),
    ),
    "map_values": Case(
        "a\nUSA\nU.S.\nFR\n\nnull-me\n",
        "kind: map_values\ncolumns: [a]\nmap: {USA: US, U.S.: US, null-me: null}",
        {"a": ["US", "US", "FR", None]},
        (3, 3),
    ),
    "map_values unmatched": Case(
        "a,b\n1,x\n2,y\n,z\n",
        "kind: map_values\ncolumns: [a]\nmap: {1: one}\nunmatched: quarantine",
        {"a": ["one", None], "b": ["x", "z"]},
        (1, 1),
        [(2, "unmatched:a")],
    ),
    "map_values reference": Case(
        "a\nx\ny\nz\n",
        "kind: map_values\ncolumns: [a]\nreference: codes\nfrom: k\nto: v\nunmatched: 'null'",
        {"a": ["1", "2", None]},
        (3, 3),
        references={"codes": "k,v\nx,1\ny,2\nx,9\n"},
    ),
    "drop_rows where": Case(
        "a,b\n5,x\n50,y\n,z\n",
        "kind: drop_rows\nwhere: {column: a, op: eq, value: 50}\nreason: too much",
        {"a": ["5", None], "b": ["x", "z"]},
        (0, 0),
        [(2, "too much")],
    ),
    "mask redact": Case(
        'a\nsecret\n""\n', "kind: mask\ncolumns: [a]\nmethod: redact", {"a": ["***", None]}, (1, 1)
    ),
    "mask hash": Case(
        'a\n13800138000\n""\n',
        "kind: mask\ncolumns: [a]\nmethod: hash\nkey_ref: k1",
        {"a": [HASHED, None]},
        (1, 1),
    ),
    "mask tokenise": Case(
        "a\n13800138000\n",
        "kind: mask\ncolumns: [a]\nmethod: tokenise\nkey_ref: k1",
        {"a": ["t_" + HASHED[:16]]},
        (1, 1),
    ),
    "mask partial": Case(
        "a\n13800138000\n中文字\nab\n",
        "kind: mask\ncolumns: [a]\nmethod: partial\nkeep_last: 2",
        {"a": ["*********00", "*文字", "ab"]},
        (2, 2),
    ),
    "clip numbers": Case(
        "a\n-1\n5\n1e9\nx\n",
        "kind: clip\ncolumns: [a]\nmin: 0\nmax: 100.5",
        {"a": ["0", "5", "100.5", "x"]},
        (2, 2),
    ),
    "clip dates": Case(
        "a\n1899-12-31\n2026-01-01\n",
        'kind: clip\ncolumns: [a]\nmin: "1900-01-01"',
        {"a": ["1900-01-01", "2026-01-01"]},
        (1, 1),
    ),
    "split": Case(
        "a\nx-y-z-w\nx\nx--\n",
        "kind: split\ncolumn: a\nseparator: '-'\ninto: [p, q, r]\ndrop_source: true",
        {"p": ["x", "x", "x"], "q": ["y", None, None], "r": ["z-w", None, None]},
        (3, 5),
    ),
    "split pattern": Case(
        "a\n12oz\nnone\n",
        "kind: split\ncolumn: a\npattern: '^(?P<n>\\d+)(?P<u>[a-z]+)$'",
        {"a": ["12oz", "none"], "n": ["12", None], "u": ["oz", None]},
        (1, 2),
    ),
    "merge": Case(
        "a,b\nx,y\n,y\n,\n",
        "kind: merge\ncolumns: [a, b]\nseparator: ' '\ninto: c",
        {"a": ["x", None, None], "b": ["y", "y", None], "c": ["x y", "y", None]},
        (2, 2),
    ),
    "convert_unit": Case(
        "a\n1\n2.5\n0.125\nx\n\n",
        "kind: convert_unit\ncolumns: [a]\nfactor: 2\noffset: 0.005\ndecimals: 2",
        # 2.005 → 2.00 (half-even), 5.005 → 5.00, 0.255 → 0.26
        {"a": ["2.00", "5.00", "0.26", "x"]},
        (3, 3),
    ),
    "rename": Case("a,b\n1,2\n", "kind: rename\nmap: {a: b, b: a}", {"b": ["1"], "a": ["2"]}, (0, 0)),
    "drop_columns": Case("a,b\n1,2\n", "kind: drop_columns\ncolumns: [a]", {"b": ["2"]}, (0, 0)),
    "select_columns": Case(
        "a,b,c\n1,2,3\n", "kind: select_columns\ncolumns: [c, a]", {"c": ["3"], "a": ["1"]}, (0, 0)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_step_does_what_the_specification_says(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    step = "- id: s\n" + indent(dedent(case.step), "  ")
    report = run(tmp_path, case.data, step, case.references)
    data = pl.read_parquet(report.data_path)
    assert data.to_dict(as_series=False) == case.cells
    assert list(data.columns) == list(case.cells)
    quarantine = pl.read_parquet(report.quarantine_path)
    removed = list(quarantine.select("_gavel_row", "_gavel_reason").iter_rows())
    assert removed == case.removed
    (seen,) = report.steps
    assert (seen.rows_touched, seen.cells_touched) == case.touched
    assert seen.rows_in == seen.rows_out + len(case.removed)


def test_steps_run_in_order_on_what_the_step_before_left(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        "id,price,brand\n1, $5 ,ACME\n1,$5,acme\n2,free,x\n",
        """
        - {id: tidy, kind: trim, columns: [price]}
        - {id: fold, kind: case, columns: [brand], to: lower}
        - {id: twice, kind: drop_exact_duplicates}
        - {id: price, kind: cast, columns: [price], type: number, strip: [$]}
        - id: cheap
          kind: drop_rows
          where: {column: price, op: lt, value: 4.5}
        """,
    )
    assert pl.read_parquet(report.data_path).rows() == [("1", 5.0, "acme")]
    quarantine = pl.read_parquet(report.quarantine_path)
    assert quarantine.rows() == [
        ("1", "$5", "acme", 2, "twice", "exact_duplicate"),
        ("2", "free", "x", 3, "price", "uncastable:price"),
    ]


def test_where_on_a_typed_column_that_is_masked_still_sees_the_number(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        "a\n5\n50\n",
        """
        - {id: n, kind: cast, columns: [a], type: integer}
        - id: m
          kind: mask
          columns: [a]
          method: redact
          where: {column: a, op: gt, value: 9}
        """,
    )
    assert pl.read_parquet(report.data_path)["a"].to_list() == ["5", "***"]
