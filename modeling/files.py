"""Files of a run as a client sees them: what it sent of a run outside, the model folder of a run inside.

Nothing that could run code when it is loaded is kept: safetensors instead of pickles.
"""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from django.utils.translation import gettext as _

from modeling.exceptions import FileRefused, RunFull
from modeling.models import ModelVersion, TrainingRun
from modeling.selectors import withdrawn
from modeling.services.handover import run_folder

SENT = "files"
MODEL = "model"
MOST_FILES = 1000
MOST_LISTED = 5000
LONGEST_PATH, DEEPEST = 500, 10
SEGMENT = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|.][^\x00-\x1f\x7f/\\:*?\"<>|]{0,119}")
PICKLES = frozenset(
    {".pkl", ".pickle", ".bin", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".cloudpickle", ".npy", ".npz"}
)
PICKLE_STARTS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
BLOCK = 1 << 20


class Readable(Protocol):
    """The body of a request, or an open file."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`path` below the root of the run; `size` in bytes, None for a folder."""

    path: str
    size: int | None


def _clean(path: str) -> PurePosixPath:
    """The path as one below a folder. Raises FileRefused."""
    parts = path.split("/") if path else []
    fits = len(path) <= LONGEST_PATH and len(parts) <= DEEPEST
    if not fits or not all(SEGMENT.fullmatch(part) and part == part.strip() for part in parts):
        raise FileRefused(reason=_("its path is too long or has a part that is no plain name"))
    return PurePosixPath(*parts)


def _root(run: TrainingRun) -> Path | None:
    """The folder whose files may be read; None where there is none, or the model is out of use."""
    if run.external:
        return run_folder(run) / SENT
    model = ModelVersion.objects.filter(run=run).first()
    return run_folder(run) if model is not None and not withdrawn(model.uid) else None


def _place(run: TrainingRun, path: str) -> Path | None:
    """Where a path of the run lies; None for nothing, a link, or what is not shown of a run inside."""
    root, wanted = _root(run), _clean(path)
    if root is None or (not run.external and wanted.parts[:1] not in ((), (MODEL,))):
        return None
    place = root / wanted
    try:
        inside = place.resolve().is_relative_to(root.resolve())
    except OSError:
        return None
    return place if inside and place.exists() else None


def listed(run: TrainingRun, path: str) -> list[FileFacts]:
    """Files and folders directly below `path`, by name. Raises FileRefused."""
    place, base = _place(run, path), _clean(path)
    if place is None or not place.is_dir():
        return []
    found = []
    for entry in sorted(place.iterdir())[:MOST_LISTED]:
        shown = run.external or base.parts or entry.name == MODEL
        if not shown or entry.name.startswith(".") or entry.is_symlink():
            continue
        size = None if entry.is_dir() else entry.stat().st_size
        found.append(FileFacts(str(base / entry.name), size))
    return found


def every(run: TrainingRun, most: int) -> list[FileFacts]:
    """The files of a run at any depth, by path."""
    found, left = list[FileFacts](), [""]
    while left and len(found) < most:
        for fact in listed(run, left.pop()):
            if fact.size is None:
                left.append(fact.path)
            else:
                found.append(fact)
    return sorted(found, key=lambda fact: fact.path)[:most]


def opened(run: TrainingRun, path: str) -> BinaryIO | None:
    """A file to read, or None where there is none. Raises FileRefused."""
    place = _place(run, path)
    return place.open("rb") if place is not None and place.is_file() else None


def keep(run: TrainingRun, path: str, stream: Readable, *, size: int, most_bytes: int) -> None:
    """Stream `size` bytes into the run's folder; whole or not at all. Raises FileRefused, RunFull."""
    wanted = _clean(path)
    if not wanted.parts:
        raise FileRefused(reason=_("it has no name"))
    if wanted.suffix.lower() in PICKLES:
        raise FileRefused(reason=_refusal(wanted.suffix))
    root = run_folder(run) / SENT
    _check_room(root, wanted, size, most_bytes)
    target, arriving = root / wanted, root / f".{uuid.uuid4().hex}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _stream(stream, arriving, size, pickles=wanted.suffix.lower() != ".safetensors")
        arriving.replace(target)
    except OSError as error:
        raise FileRefused(reason=_("it cannot be written there")) from error
    finally:
        arriving.unlink(missing_ok=True)


def _refusal(suffix: str) -> str:
    words = _("files ending in %(suffix)s can run code when they are loaded; send safetensors instead")
    return words % {"suffix": suffix}


def _check_room(root: Path, wanted: PurePosixPath, size: int, most_bytes: int) -> None:
    """Files and bytes of the whole run are bounded."""
    count = held = 0
    for folder, _folders, names in os.walk(root):
        for name in names:
            if Path(folder, name) != root / wanted:
                count, held = count + 1, held + Path(folder, name).stat().st_size
    if count >= MOST_FILES:
        raise RunFull(limit=MOST_FILES, what=_("files"))
    if held + size > most_bytes:
        raise RunFull(limit=most_bytes, what=_("bytes of files"))


def _stream(stream: Readable, target: Path, size: int, *, pickles: bool) -> None:
    """Copy exactly `size` bytes. Raises FileRefused for fewer, and for a pickle under another name."""
    left = size
    with target.open("xb") as out:
        while left:
            block = stream.read(min(BLOCK, left))
            if not block:
                raise FileRefused(reason=_("fewer bytes came than were announced"))
            if pickles and left == size and block.startswith(PICKLE_STARTS):
                raise FileRefused(reason=_refusal("pickle"))
            out.write(block)
            left -= len(block)
