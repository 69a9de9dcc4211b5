"""Whether a folder is a backbone that may be trained: read as bytes and headers, nothing of it is run. Loads
no torch."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from modeling.training import backbones
from modeling.training.failures import Refused

#: File name endings of formats that run code when they are opened.
PICKLES: Final = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
#: Architectures whose packing, methods and vectors our tests try; others are tried at run start only.
PROVEN: Final = frozenset(
    {"albert", "bert", "distilbert", "electra", "gpt2", "modernbert", "mpnet", "qwen3", "roberta", "xlnet"}
)
#: A tokenizer with fewer tokens than this share of the embedding belongs to another model; padding of an
#: embedding to a round number stays well above it.
LEAST_TOKENS: Final = 0.9
MOST_FILES: Final = 2000
MOST_JSON_BYTES: Final = 200_000_000
_EMBEDDINGS: Final = (
    "word_embeddings.weight",
    "tok_embeddings.weight",
    "embed_tokens.weight",
    "wte.weight",
    "word_embedding.weight",
)
_LAYERS: Final = ("num_hidden_layers", "n_layer", "n_layers")
_INNER: Final = ("intermediate_size", "d_inner", "n_inner", "hidden_dim")


@dataclass(frozen=True)
class Inspection:
    """What a folder holds. ``weight_bytes`` are its safetensors files; ``embedding`` counts the parameters of
    its word embedding, which are looked up rather than multiplied."""

    digest: str
    architecture: str
    hidden_size: int
    max_length: int
    vocabulary: int
    layers: int
    inner_size: int
    parameters: int
    embedding: int
    weight_bytes: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def inspect(name: str, folder: Path | None, root: Path | None, *, fetch: bool = False) -> Inspection:
    """Look at a backbone: the ``folder`` given, whose files must stay below ``root``; else the shipped
    package or a hub id in the local cache. ``fetch`` lets a hub id that is not there be downloaded.

    Raises ``Refused``: backbone.*.
    """
    if folder is None and fetch and name != backbones.SHIPPED:
        backbones.fetch(name)
    place = backbones.located(name, folder)
    _check_links(name, place, root if folder is not None else _cache_root(name, place))
    _check_code(name, place)
    found = backbones.resolve(name, place)
    config = _json(name, place / "config.json")
    if config.get("is_encoder_decoder") or not found.architecture:
        raise Refused("backbone.unsupported", name=name, architecture=found.architecture or "?")
    shapes = _shapes(name, place)
    rows, embedding = _embedding(name, shapes, found.vocabulary)
    _check_tokenizer(name, place / "tokenizer.json", rows)
    return Inspection(
        digest=found.digest,
        architecture=found.architecture,
        hidden_size=found.hidden_size,
        max_length=found.max_length,
        vocabulary=found.vocabulary,
        layers=_number(config, _LAYERS, 1),
        inner_size=_number(config, _INNER, 4 * found.hidden_size),
        parameters=sum(math.prod(shape) for shape in shapes.values()),
        embedding=embedding,
        weight_bytes=sum(path.stat().st_size for path in place.glob("*.safetensors")),
    )


def _cache_root(name: str, place: Path) -> Path | None:
    """The cache links a snapshot to its blobs two folders up; an installed package is the installation's."""
    return None if name == backbones.SHIPPED else place.parent.parent


def _check_links(name: str, place: Path, root: Path | None) -> None:
    files = _files(name, place)
    if root is None:
        return
    inside = root.resolve()
    for path in (place, *files):
        if not path.resolve().is_relative_to(inside):
            raise Refused("backbone.link_outside", name=name, file=path.relative_to(place).as_posix())


def _files(name: str, place: Path) -> list[Path]:
    """Everything below the folder, links as links; a folder is no place to walk for ever."""
    found = []
    for path in place.rglob("*"):
        found.append(path)
        if len(found) > MOST_FILES:
            raise Refused("backbone.unreadable", name=name)
    return sorted(found)


def _check_code(name: str, place: Path) -> None:
    """No file that runs code when it is opened, and no configuration that asks for code."""
    files = [path for path in _files(name, place) if path.is_file()]
    pickles = [path.relative_to(place).as_posix() for path in files if path.suffix.lower() in PICKLES]
    if pickles:
        raise Refused("backbone.pickle", name=name, files=", ".join(pickles[:5]))
    asking = [path.name for path in files if path.suffix == ".py"]
    for path in files:
        if path.name in {"config.json", "tokenizer_config.json"} and "auto_map" in _json(name, path):
            asking.append(path.name)
    if asking:
        raise Refused("backbone.remote_code", name=name, files=", ".join(sorted(set(asking))[:5]))


def _json(name: str, path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise ValueError
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Refused("backbone.unreadable", name=name) from error
    if not isinstance(found, dict):
        raise Refused("backbone.unreadable", name=name)
    return found


def _number(config: dict[str, Any], names: tuple[str, ...], other: int) -> int:
    found = next((config[name] for name in names if isinstance(config.get(name), int)), other)
    return int(found)


def _shapes(name: str, place: Path) -> dict[str, tuple[int, ...]]:
    """Shape of every tensor, from the headers only. Raises ``Refused`` (backbone.bad_weights)."""
    from safetensors import SafetensorError, safe_open

    shapes: dict[str, tuple[int, ...]] = {}
    for path in sorted(place.glob("*.safetensors")):
        try:
            with safe_open(str(path), framework="numpy") as tensors:
                for key in tensors.keys():  # noqa: SIM118 - it is no mapping
                    shapes[key] = tuple(tensors.get_slice(key).get_shape())
        except (SafetensorError, OSError, ValueError) as error:
            raise Refused("backbone.bad_weights", name=name, file=path.name) from error
    index = place / "model.safetensors.index.json"
    if index.is_file():
        wanted = _json(name, index).get("weight_map")
        if not isinstance(wanted, dict) or not set(wanted) <= set(shapes):
            raise Refused("backbone.bad_weights", name=name, file=index.name)
    return shapes


def _embedding(name: str, shapes: dict[str, tuple[int, ...]], vocabulary: int) -> tuple[int, int]:
    """Rows and parameters of the word embedding; where it is called something else, what the configuration
    says of it."""
    found = [shape for key, shape in shapes.items() if key.endswith(_EMBEDDINGS) and len(shape) == 2]
    if not found:
        return vocabulary, 0
    rows = found[0][0]
    if rows != vocabulary:
        raise Refused("backbone.bad_weights", name=name, file="config.json")
    return rows, math.prod(found[0])


def _check_tokenizer(name: str, path: Path, rows: int) -> None:
    """Every token has a row of the embedding, and the rows are not those of a much larger vocabulary."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
        vocabulary = tokenizer.get_vocab()
    except Exception as error:  # the library raises plain Exception
        raise Refused("backbone.bad_tokenizer", name=name, tokens=0, rows=rows) from error
    tokens = max(vocabulary.values(), default=-1) + 1
    if tokens > rows or tokens < rows * LEAST_TOKENS:
        raise Refused("backbone.bad_tokenizer", name=name, tokens=tokens, rows=rows)
