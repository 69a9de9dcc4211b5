"""The fixed parts of an exported Python file."""

from __future__ import annotations

HEAD = """{name} {version}: the standard {identifier} as plain pandera.polars checks.

Made by `manage.py standard export`. Needs pandera and polars only. Use:

    raw = read("{name}.csv")                            # or any LazyFrame of text columns, or Parquet
    checks = schema(raw, now=datetime.now(UTC))         # references={{"name": frame}}, previous=frame
    checks.validate(prepare(raw).collect(), lazy=True)  # pandera's SchemaErrors name rule and rows
    failures(raw, now=datetime.now(UTC))                # or {{rule: rows that fail}}

`python THIS.py DATA [--reference NAME=PATH] [--previous PATH]` prints them; exit 1 where a rule fails.
A rule that cannot be judged (a column or reference is not there) fails; it is never taken for passed.
CSV is read as polars reads it; the platform's own reader also refuses short records and equal headers.

{left_out}
"""

SCHEMA = '''

def schema(
    raw: pl.LazyFrame | pl.DataFrame,
    *,
    now: datetime,
    references: Mapping[str, pl.LazyFrame | pl.DataFrame] | None = None,
    previous: pl.LazyFrame | pl.DataFrame | None = None,
) -> pa.DataFrameSchema:
    """The checks for this raw table, whose header and stored types they go by."""
    known = columns()
    logical = {{name: column.logical for name, column in known.items()}}
    context = resources_of(
        table_of(raw),
        known,
        forms(),
        now=now,
        timezone=TIMEZONE,
        name=NAME,
        references=references or {{}},
        previous=previous,
    )

    def check(rule: Rule, **how: Any) -> pa.Check:
        return check_of(Bound(rule, known, context), **how)

    return schema_of(
        {{
{columns}        }},
        [
{whole}        ],
        context,
        NOT_NULL,
    )
'''

COLUMN = """            {name!r}: pa.Column(
                {dtype},
                nullable={nullable},
                required={required},
                checks=[
{checks}                ],
            ),
"""

FOOT = '''

def prepare(raw: pl.LazyFrame | pl.DataFrame) -> pl.LazyFrame:
    """The frame the checks judge: typed columns by name, null where a cell is missing or cannot be read as
    the type, and beside each column what the raw cell was."""
    return prepared(raw, columns())


def read(path: str) -> pl.LazyFrame:
    """A CSV (as text columns) or Parquet file of this object."""
    return read_file(path, {delimiter!r}, {encoding!r})


def failures(
    raw: pl.LazyFrame | pl.DataFrame,
    *,
    now: datetime,
    references: Mapping[str, pl.LazyFrame | pl.DataFrame] | None = None,
    previous: pl.LazyFrame | pl.DataFrame | None = None,
) -> dict[str, int | None]:
    """Rule → rows that fail it, None for a rule about the table; rules that hold are left out."""
    checks = schema(raw, now=now, references=references, previous=previous)
    return failures_of(checks, prepare(raw).collect(), NOT_NULL)


def main(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=NAME)
    parser.add_argument("data")
    parser.add_argument("--reference", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--previous")
    given = parser.parse_args(words)
    pairs = [pair.partition("=") for pair in given.reference]
    found = failures(
        read(given.data),
        now=datetime.now(UTC),
        references={{name: read(path) for name, _, path in pairs}},
        previous=read(given.previous) if given.previous else None,
    )
    for rule, rows in found.items():
        print(rule, "" if rows is None else f"{{rows}} rows")
    return 1 if found else 0
'''

MAIN = """


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""
