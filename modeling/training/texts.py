"""Each different text once: its number, its tokens. All later work names texts by number."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer

from modeling.training.backbones import UNKNOWN_LIMIT, UNKNOWN_WARNING
from modeling.training.failures import TrainingStopped
from modeling.training.tokens import Tokens

#: Texts the tokenizer gets at once.
CHUNK: Final = 4096


class TextStore:
    """Texts in the order they were first seen, tokenised once, cut at ``max_length`` tokens.

    ``scratch``: the folder of the run, for what memory should not hold (``tokens``). Of each text the words
    themselves stay in memory, because the baselines count them.
    """

    def __init__(self, backbone_folder: Path, max_length: int, scratch: Path | None = None) -> None:
        self._tokenizer = Tokenizer.from_file(str(backbone_folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=max_length)
        self._numbers: dict[str, int] = {}
        self._tokens = Tokens(scratch)
        self.scratch = scratch

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def texts(self) -> list[str]:
        """All texts by number."""
        return list(self._numbers)

    def add(self, texts: Iterable[str]) -> np.ndarray:
        """The numbers of ``texts``, int64, shape (len,); new texts are tokenised, some at a time: what the
        tokenizer says of a text takes a hundred times its tokens. Raises ``TrainingStopped``
        (run.no_scratch)."""
        source, numbers = iter(texts), array("q")
        while wanted := list(islice(source, CHUNK)):
            fresh = [text for text in dict.fromkeys(wanted) if text not in self._numbers]
            for text, encoding in zip(fresh, self._tokenizer.encode_batch(fresh), strict=True):
                self._numbers[text] = len(self._tokens)
                self._tokens.append(encoding.ids)
            numbers.extend(self._numbers[text] for text in wanted)
        return np.array(numbers, dtype=np.int64)

    def tokens(self, number: int) -> np.ndarray:
        """Token ids of one text, int64."""
        return self._tokens[number]

    def lengths(self) -> np.ndarray:
        """Tokens per text, int64, shape (texts,)."""
        return self._tokens.lengths()

    def lengths_of(self, numbers: np.ndarray) -> np.ndarray:
        """Tokens of some texts, int64, the shape of ``numbers``."""
        return np.asarray([len(self._tokens[number]) for number in numbers.tolist()], dtype=np.int64)

    def unknown_share(self) -> float:
        """Share of the tokens (special ones aside) that the vocabulary does not know, 0 to 1."""
        unknown = self._tokenizer.token_to_id("[UNK]")
        if unknown is None:
            unknown = self._tokenizer.token_to_id("<unk>")
        specials = sorted({int(number) for number in self._tokenizer.encode("").ids})
        words = missed = 0
        for block in self._tokens.blocks():
            kept = block[~np.isin(block, specials)]
            words += len(kept)
            missed += 0 if unknown is None else int(np.count_nonzero(kept == unknown))
        return missed / words if words else 0.0


def unknown_share(backbone_folder: Path, texts: Sequence[str], max_length: int = 128) -> float:
    """The same for a sample of texts, before a plan exists (demo-tasks §4: block above 20 %, warn above 2
    %)."""
    store = TextStore(backbone_folder, max_length)
    store.add(texts)
    return store.unknown_share()


def check_coverage(store: TextStore, backbone: str) -> str | None:
    """A warning text code or None. Raises ``TrainingStopped`` (backbone.blind) above the limit."""
    share = store.unknown_share()
    if share > UNKNOWN_LIMIT:
        raise TrainingStopped("backbone.blind", name=backbone, share=f"{share:.1%}")
    return f"{share:.1%}" if share > UNKNOWN_WARNING else None
