"""Key files of an installation: `secret_key` (sessions, CSRF), `permit_keys.json` (permit signing, masking).

Both are readable by their owner only (0600). They are made once, at the first start on an embedded database;
where a database server is used, several machines share the keys, so there they are given and never invented.
"""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Final

from config.env import BadEnvironment, text

KEY_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
KEY_BYTES: Final = 32
OWNER_ONLY: Final = 0o600


def secret_key(var: Path, *, may_create: bool) -> str:
    """GAVEL_SECRET_KEY, or the content of `var/secret_key`; made first where `may_create`."""
    return text("GAVEL_SECRET_KEY", "") or _stored(
        var / "secret_key", "GAVEL_SECRET_KEY", secrets.token_urlsafe(50), may_create=may_create
    )


def permit_keys(var: Path, *, may_create: bool) -> dict[str, bytes]:
    """Key id -> 32 bytes or more, the last one current: GAVEL_PERMIT_KEYS (JSON) or `var/permit_keys.json`.

    To rotate, append a new id: old ids stay and verify what they signed. Raises `BadEnvironment`.
    """
    first = json.dumps({"k1": secrets.token_hex(KEY_BYTES)})
    stored = text("GAVEL_PERMIT_KEYS", "") or _stored(
        var / "permit_keys.json", "GAVEL_PERMIT_KEYS", first, may_create=may_create
    )
    return parse_permit_keys(stored)


def parse_permit_keys(document: str) -> dict[str, bytes]:
    """Read a JSON object {key id: hex}; raises `BadEnvironment` without repeating any of it."""
    try:
        raw = json.loads(document)
        keys = {str(name): bytes.fromhex(value) for name, value in raw.items()}
    except (ValueError, AttributeError, TypeError):
        raise BadEnvironment("permit keys: expected a JSON object of key id and hexadecimal key") from None
    if not keys:
        raise BadEnvironment("permit keys: expected at least one key")
    for name, key in keys.items():
        if not KEY_ID.fullmatch(name) or len(key) < KEY_BYTES:
            raise BadEnvironment(
                f"permit keys: expected ids of a-z, 0-9, - and keys of {KEY_BYTES} bytes or more"
            )
    return keys


def _stored(file: Path, variable: str, fresh: str, *, may_create: bool) -> str:
    if may_create and not file.exists():
        _write_once(file, fresh)
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise BadEnvironment(
            f"{variable} is not set and {file.name} does not exist in the data folder"
        ) from None


def _write_once(file: Path, content: str) -> None:
    """Write a draft and link it: of two starts at the same time one wins, and both read a whole file."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(content + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
