"""One measurement of ours, or of the floor: `python -m benchmarks.validation.ours WHAT FOLDER`.

floor    every value decoded by polars' streaming engine and looked at once, and nothing else
counts   the standard, counts only
samples  the standard, counts and the first twenty failing rows of each rule
digest   the SHA-256 of the file alone, which `counts` and `samples` take too
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE / "rivals"))

from telling import NOW, tell  # noqa: E402

SAMPLES = 20


def floor(folder: Path) -> dict[str, Any]:
    import polars as pl

    frame = pl.scan_parquet(folder / "events.parquet", use_statistics=False)
    look = [
        (pl.col(name).str.len_bytes() if kind == pl.String else pl.col(name)).max()
        for name, kind in frame.collect_schema().items()
    ]
    return {"values": frame.select(look).collect(engine="streaming").width}


def digest(folder: Path) -> dict[str, Any]:
    with (folder / "events.parquet").open("rb") as stream:
        return {"digest": hashlib.file_digest(stream, "sha256").hexdigest()}


def validated(folder: Path, samples: int) -> dict[str, Any]:
    from governance.validation.engine import ValidationRequest, validate
    from governance.validation.standard import load

    report = validate(
        ValidationRequest(
            data=folder / "events.parquet",
            standard=load((HERE / "events.odcs.yaml").read_bytes()),
            now=NOW,
            references={"products": folder / "products.parquet"},
            samples=samples,
        )
    )
    return {
        "rules": len(report.outcomes),
        "samples": sum(len(item.samples) for item in report.outcomes),
        "failing": {item.rule.id: item.failing_rows for item in report.outcomes if item.failing_rows},
        "cannot": [item.rule.id for item in report.outcomes if item.verdict == "errored"],
    }


def warm_imports() -> None:
    """What is loaded once per process is no part of a job: `cpu_seconds_with_start` counts it."""
    import polars as pl

    import governance.validation.engine  # noqa: F401
    from governance.validation.kinds import registry
    from governance.validation.kinds.base import polars_body

    for kind in registry():
        polars_body(kind)

    pl.LazyFrame({"one": [1]}).select(pl.len()).collect(engine="streaming")


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    if what == "floor":
        import polars as pl

        pl.LazyFrame({"one": [1]}).select(pl.len()).collect(engine="streaming")
        tell(lambda: floor(where))
    elif what == "digest":
        tell(lambda: digest(where))
    else:
        warm_imports()
        tell(lambda: validated(where, SAMPLES if what == "samples" else 0))
