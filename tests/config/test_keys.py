"""Key files are made once, readable by nobody else, and bad keys stop the start."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import keys
from config.env import BadEnvironment


@pytest.fixture(autouse=True)
def _no_given_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAVEL_SECRET_KEY", raising=False)
    monkeypatch.delenv("GAVEL_PERMIT_KEYS", raising=False)


def test_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first = keys.secret_key(tmp_path / "var", may_create=True)
    assert keys.secret_key(tmp_path / "var", may_create=True) == first
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
    assert len(first) >= 50


def test_two_starts_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: keys.secret_key(tmp_path, may_create=True), range(32)))
    assert len(found) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_never_invented_beside_a_database_server(tmp_path: Path) -> None:
    with pytest.raises(BadEnvironment, match="GAVEL_SECRET_KEY"):
        keys.secret_key(tmp_path, may_create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_new_permit_key_is_appended_and_becomes_current(tmp_path: Path) -> None:
    first = keys.permit_keys(tmp_path, may_create=True)
    file = tmp_path / "permit_keys.json"
    file.write_text(json.dumps({name: key.hex() for name, key in first.items()} | {"k2": "ab" * 32}))
    both = keys.permit_keys(tmp_path, may_create=True)
    assert list(both) == ["k1", "k2"]
    assert both["k1"] == first["k1"]


@pytest.mark.parametrize(
    "document",
    ["", "[]", "{}", "{", '{"k1": "zz"}', '{"k1": 5}', '{"k1": "abcd"}', '{"K 1": "' + "ab" * 32 + '"}'],
)
def test_bad_permit_keys_are_refused_without_showing_them(document: str) -> None:
    with pytest.raises(BadEnvironment) as refusal:
        keys.parse_permit_keys(document)
    assert "abcd" not in str(refusal.value)
