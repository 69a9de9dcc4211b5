"""What frozen lower layers make of each text, computed once and read again in every epoch.

The layers below the first that moves give a text the same hidden states for ever, but for their dropout. So
under this they work without it: what is kept would else hold one drawing for the whole run, and a
drawing that never changes is no dropout but a fault in the texts. The layers that move keep theirs.

Hidden states lie in a memory-mapped float32 file without a name (``tokens.scratch_file``), so nothing is left
behind, however the process ends; a resumed run fills it again. Texts are read in fixed blocks, not as a
batch happens to ask for them: which texts share a pass shows in the last bits, and a resumed run must find
the same. Where a corpus is too large for the file, its texts go through the lower layers each time, still
without dropout: the losses stay, but for the last bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from modeling.training.encoder import Encoder, tokens_of
from modeling.training.packing import in_order
from modeling.training.texts import TextStore
from modeling.training.tokens import scratch_file

#: Bytes the file may have: MiniLM's states of about 100,000 short texts.
MOST: Final = 4 * 2**30
_BLOCK: Final = 64
_SAME: Final = 1e-4


class Lower:
    """The lowest ``frozen`` of ``blocks``, which may be passed over. ``most``: bytes of the file."""

    def __init__(self, blocks: nn.ModuleList, frozen: int, most: int = MOST) -> None:
        self._most = most
        self._recording = False
        self._given: Tensor | None = None
        self._shaped: Callable[[Tensor], Any] = lambda hidden: hidden
        self._dtype = torch.float32
        self._rows = np.zeros((0, 0), dtype=np.float32)
        self._ends = np.zeros(0, dtype=np.int64)
        self._done: set[int] = set()
        for at in range(frozen):
            block = blocks[at]
            block.forward = partial(self._pass, block.forward, at == frozen - 1)

    def works(self, encoder: Encoder) -> bool:
        """Whether upper layers over kept states give the vectors of the whole model; asked of the model
        itself, as it may hand more from layer to layer than hidden states."""
        if not encoder.packs:
            return False
        last = encoder.source.vocabulary - 1  # special tokens, which some models count by, come first
        rows = [last - np.arange(length, dtype=np.int64) for length in (5, 3, 4)]
        was = encoder.training
        encoder.eval()
        try:
            with torch.no_grad():
                whole = encoder(rows)
                parts = self._upper(encoder, rows, self._record(encoder, rows))
                return torch.allclose(whole, parts, rtol=_SAME, atol=_SAME)
        except (TypeError, ValueError, IndexError, RuntimeError):
            return False
        finally:
            encoder.train(was)

    def bytes_for(self, encoder: Encoder, store: TextStore) -> int:
        """Bytes the states of all texts take."""
        return int(store.lengths().sum()) * encoder.source.hidden_size * 4

    def fits(self, encoder: Encoder, store: TextStore) -> bool:
        """Whether they are kept: the store has a folder for them, and they are not too many."""
        return store.scratch is not None and self.bytes_for(encoder, store) <= self._most

    def vectors(self, encoder: Encoder, store: TextStore, numbers: np.ndarray) -> Tensor:
        """Unit vectors of texts, (len, d). Raises ``TrainingStopped`` (run.no_scratch)."""
        rows = tokens_of(store, numbers)
        if store.scratch is None or not self.fits(encoder, store):
            return self._upper(encoder, rows, self._record(encoder, rows))
        self._fill(encoder, store, store.scratch, numbers)
        wanted = numbers[in_order(np.asarray([len(row) for row in rows]))]
        return self._upper(encoder, rows, torch.from_numpy(self._rows[self._places(wanted)]))

    def _fill(self, encoder: Encoder, store: TextStore, scratch: Path, numbers: np.ndarray) -> None:
        if len(self._ends) != len(store) + 1:
            self._ends = np.concatenate([[0], np.cumsum(store.lengths())])
            shape = (int(self._ends[-1]), encoder.source.hidden_size)
            stream = scratch_file(scratch, self.bytes_for(encoder, store))
            self._rows = np.memmap(stream, dtype=np.float32, shape=shape, mode="r+")  # keeps its own handle
            stream.close()
            self._done = set()
        for block in np.unique(numbers // _BLOCK).tolist():
            if block in self._done:
                continue
            texts = np.arange(block * _BLOCK, min((block + 1) * _BLOCK, len(store)))
            rows = tokens_of(store, texts)
            places = self._places(texts[in_order(np.asarray([len(row) for row in rows]))])
            self._rows[places] = self._record(encoder, rows).float().cpu().numpy()
            self._done.add(block)

    def _places(self, texts: np.ndarray) -> np.ndarray:
        """Where the tokens of some texts lie, one text after the other."""
        starts = self._ends[texts]
        sizes = self._ends[texts + 1] - starts
        before = np.cumsum(sizes) - sizes
        found: np.ndarray = np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))
        return found

    def _record(self, encoder: Encoder, rows: Sequence[np.ndarray]) -> Tensor:
        """Hidden states (t, d) behind the frozen layers, in the order of the packed batch."""
        was = encoder.trunk.training
        encoder.trunk.eval()
        self._recording = True
        try:
            with torch.no_grad():
                encoder(rows)
        except _Reached as reached:
            self._dtype = reached.hidden.dtype
            return reached.hidden[0]
        finally:
            self._recording = False
            encoder.trunk.train(was)
        raise ValueError("a pass went around the frozen layers")

    def _upper(self, encoder: Encoder, rows: Sequence[np.ndarray], hidden: Tensor) -> Tensor:
        with self._giving(hidden[None].to(encoder.device, self._dtype)):
            found: Tensor = encoder(rows)
            return found

    @contextmanager
    def _giving(self, hidden: Tensor) -> Iterator[None]:
        self._given = hidden
        try:
            yield
        finally:
            self._given = None

    def _pass(self, forward: Callable[..., Any], last: bool, *given: Any, **named: Any) -> Any:
        """In the place of a frozen layer: hand on what is kept, or compute it and stop behind the last."""
        if self._given is not None:
            return self._shaped(self._given)
        made = forward(*given, **named)
        if not (self._recording and last):
            return made
        if isinstance(made, tuple):
            if len(made) != 1:
                raise TypeError("a layer hands on more than hidden states")
            self._shaped = lambda hidden: (hidden,)
        raise _Reached(made[0] if isinstance(made, tuple) else made)


class _Reached(Exception):
    """A pass has come to the end of the frozen layers; nobody needs the rest of it."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__()
        self.hidden = hidden
