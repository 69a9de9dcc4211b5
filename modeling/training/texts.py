"""Each different text once: its number, its tokens. All later work names texts by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from modeling.training.backbones import UNKNOWN_LIMIT, UNKNOWN_WARNING
from modeling.training.failures import TrainingStopped


class TextStore:
    """Texts in the order they were first seen, tokenised once, cut at ``max_length`` tokens."""

    def __init__(self, backbone_folder: Path, max_length: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(backbone_folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=max_length)
        self._numbers: dict[str, int] = {}
        self._tokens: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def texts(self) -> list[str]:
        """All texts by number."""
        return list(self._numbers)

    def add(self, texts: Iterable[str]) -> np.ndarray:
        """The numbers of ``texts``, int64, shape (len,); new texts are tokenised."""
        wanted = list(texts)
        fresh = [text for text in dict.fromkeys(wanted) if text not in self._numbers]
        for text, encoding in zip(fresh, self._tokenizer.encode_batch(fresh), strict=True):
            self._numbers[text] = len(self._tokens)
            self._tokens.append(np.asarray(encoding.ids, dtype=np.int64))
        return np.asarray([self._numbers[text] for text in wanted], dtype=np.int64)

    def tokens(self, number: int) -> np.ndarray:
        """Token ids of one text, int64."""
        return self._tokens[number]

    def lengths(self) -> np.ndarray:
        """Tokens per text, int64, shape (texts,)."""
        return np.asarray([len(tokens) for tokens in self._tokens], dtype=np.int64)

    def lengths_of(self, numbers: np.ndarray) -> np.ndarray:
        """Tokens of some texts, int64, the shape of ``numbers``."""
        return np.asarray([len(self._tokens[number]) for number in numbers.tolist()], dtype=np.int64)

    def unknown_share(self) -> float:
        """Share of the tokens (special ones aside) that the vocabulary does not know, 0 to 1."""
        unknown = self._tokenizer.token_to_id("[UNK]")
        if unknown is None:
            unknown = self._tokenizer.token_to_id("<unk>")
        specials = {int(number) for number in self._tokenizer.encode("").ids}
        flat = np.concatenate(self._tokens) if self._tokens else np.zeros(0, dtype=np.int64)
        words = flat[~np.isin(flat, sorted(specials))]
        if unknown is None or not len(words):
            return 0.0
        return float(np.mean(words == unknown))


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
