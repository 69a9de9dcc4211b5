"""How a tokenizer reads the texts of a data set: unknown tokens and lengths, on a sample. Loads no torch.

Figures only: no text and no token leaves this module.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from modeling.training.data import joined
from modeling.training.failures import Refused, TrainingStopped

MOST_ROWS: Final = 5000
MOST_COLUMNS: Final = 50
#: Characters of a cell that are read: a cell of a million must not hold the desk up.
LONGEST_CELL: Final = 20_000
_WORDY: Final = 0.3
_CJK: Final = r"[\u3400-\u9fff\uf900-\ufaff]"
_LETTER: Final = r"\p{L}"


@dataclass(frozen=True)
class Sample:
    """Rows drawn from a version: its text columns, and the share of CJK among its letters."""

    frame: pl.DataFrame
    columns: tuple[str, ...]
    cjk: float


@dataclass(frozen=True)
class Fit:
    """How one tokenizer reads a sample. Lengths are tokens per row of all columns joined, special tokens
    counted; ``columns`` holds (tokens, unknown) of each, special tokens aside."""

    texts: int
    tokens: int
    unknown: int
    p50: int
    p90: int
    p99: int
    longest: int
    cut: int
    columns: dict[str, list[int]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def draw(path: Path, columns: Sequence[str], *, chosen: bool, rows: int, seed: int = 0) -> Sample:
    """At most ``rows`` rows drawn by ``seed``. Of ``columns`` those that hold text are read; where nobody
    ``chosen`` them, those that hold sentences rather than codes, if any does.

    Raises ``TrainingStopped``: data.unreadable, data.no_text.
    """
    try:
        scan = _scan(path)
        schema = scan.collect_schema()
        texts = [name for name in columns if schema.get(name) in {pl.String, pl.Categorical}][:MOST_COLUMNS]
        if not texts:
            raise TrainingStopped("data.no_text")
        count = int(scan.select(pl.len()).collect().item())
        frame = _rows(scan.select(texts), count, rows, seed)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise TrainingStopped("data.unreadable", role="sample") from error
    kept = texts if chosen else ([name for name in texts if _wordy(frame[name])] or texts)
    frame = frame.select(kept)
    return Sample(frame, tuple(kept), _cjk_share(frame))


def measure(sample: Sample, tokenizer_file: Path, max_length: int) -> Fit:
    """Raises ``Refused`` (backbone.bad_tokenizer) where the tokenizer cannot be read."""
    try:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    except Exception as error:  # the library raises plain Exception
        raise Refused("backbone.bad_tokenizer", name=tokenizer_file.parent.name, tokens=0, rows=0) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    specials = len(tokenizer.encode("").ids)
    columns = {name: _counted(tokenizer, _cells(sample.frame, (name,))) for name in sample.columns}
    whole = _cells(sample.frame, sample.columns)
    lengths = np.asarray([len(e.ids) for e in tokenizer.encode_batch(whole)] or [specials], dtype=np.int64)
    p50, p90, p99 = (int(value) for value in np.percentile(lengths, (50, 90, 99), method="higher"))
    return Fit(
        texts=len(whole),
        tokens=int(lengths.sum()),
        unknown=sum(unknown for _tokens, unknown in columns.values()),
        p50=p50,
        p90=p90,
        p99=p99,
        longest=int(lengths.max()),
        cut=int((lengths > max_length).sum()),
        columns={name: list(found) for name, found in columns.items()},
    )


def _counted(tokenizer: Tokenizer, texts: list[str]) -> tuple[int, int]:
    """Tokens and unknown tokens, special tokens aside. A tokenizer made of bytes knows every text."""
    unknown = next(
        (found for word in ("[UNK]", "<unk>") if (found := tokenizer.token_to_id(word)) is not None), None
    )
    tokens = misses = 0
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        tokens += len(encoding.ids)
        misses += 0 if unknown is None else encoding.ids.count(unknown)
    return tokens, misses


def _cells(frame: pl.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """One text per row as training joins them, without empty ones."""
    return [text[:LONGEST_CELL] for text in joined(frame, columns) if text]


def _scan(path: Path) -> pl.LazyFrame:
    if (path / "_delta_log").is_dir():
        return pl.scan_delta(str(path))
    return pl.scan_parquet(sorted(path.rglob("*.parquet")) if path.is_dir() else path)


def _rows(scan: pl.LazyFrame, count: int, rows: int, seed: int) -> pl.DataFrame:
    """The drawn rows as text; streamed, so that a large version does not have to fit into memory."""
    texts = scan.select(pl.all().cast(pl.String).str.slice(0, LONGEST_CELL))
    if count <= rows:
        return texts.collect(engine="streaming")
    drawn = sorted(random.Random(seed).sample(range(count), rows))  # noqa: S311 - a sample, no secret
    numbered = texts.with_row_index("_gavel_drawn")
    wanted = pl.LazyFrame({"_gavel_drawn": drawn}, schema={"_gavel_drawn": pl.UInt32})
    return (
        numbered.join(wanted, on="_gavel_drawn", how="semi").drop("_gavel_drawn").collect(engine="streaming")
    )


def _wordy(values: pl.Series) -> bool:
    """Whether a column reads as sentences: two words, or four characters of CJK."""
    present = values.drop_nulls().str.strip_chars()
    if not len(present):
        return False
    sentence = (present.str.count_matches(r"\S\s+\S") >= 1) | (present.str.count_matches(_CJK) >= 4)
    return float(sentence.mean() or 0.0) >= _WORDY  # type: ignore[arg-type]


def _cjk_share(frame: pl.DataFrame) -> float:
    def total(pattern: str) -> int:
        return sum(int(frame[name].str.count_matches(pattern).sum() or 0) for name in frame.columns)

    letters = total(_LETTER)
    return round(total(_CJK) / letters, 4) if letters else 0.0


def measured(order: dict[str, Any], told: Callable[[int, int], None]) -> dict[str, Any]:
    """One order of the guide: ``{path, columns, chosen, rows, max_length, backbones: [{uid, name, folder,
    digest}]}`` to ``{rows, columns, cjk, fits, failed}`` by the uids of the backbones."""
    from modeling.training import backbones

    sample = draw(Path(order["path"]), order["columns"], chosen=order["chosen"], rows=order["rows"])
    fits: dict[str, Any] = {}
    failed: dict[str, Any] = {}
    for done, one in enumerate(order["backbones"]):
        told(done, len(order["backbones"]))
        try:
            folder = backbones.located(one["name"], Path(one["folder"]) if one["folder"] else None)
            if backbones.folder_digest(folder) != one["digest"]:
                raise Refused("backbone.changed", name=one["name"])
            fits[one["uid"]] = measure(sample, folder / "tokenizer.json", order["max_length"]).as_json()
        except TrainingStopped as error:
            failed[one["uid"]] = error.as_json()
    return {
        "rows": len(sample.frame),
        "columns": list(sample.columns),
        "cjk": sample.cjk,
        "fits": fits,
        "failed": failed,
    }
