"""The hash chain: any change is found, and named in the order the rules give (committee-rules §12)."""

import json
from typing import Any

import pytest

from governance.record.canonical import canonical_bytes
from governance.record.chain import GENESIS, ChainResult, entry_hash, verify_lines


def ledger(length: int = 3) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for number in range(1, length + 1):
        entry = {"seq": number, "note": f"第 {number}", "prev": entries[-1]["hash"] if entries else GENESIS}
        entries.append(entry | {"hash": entry_hash(entry)})
    return entries


def lines(entries: list[dict[str, Any]]) -> list[bytes]:
    return [canonical_bytes(entry) + b"\n" for entry in entries]


def test_an_untouched_ledger_is_good() -> None:
    entries = ledger()
    assert verify_lines(lines(entries)) == ChainResult(True, 3, entries[-1]["hash"])
    assert verify_lines(lines(entries)).as_dict() == {"ok": True, "entries": 3, "head": entries[-1]["hash"]}


def test_the_last_newline_may_be_missing() -> None:
    written = lines(ledger())
    assert verify_lines([*written[:-1], written[-1].rstrip(b"\n")]).ok


def test_an_empty_ledger_has_sixty_four_zeros_as_head() -> None:
    assert verify_lines([]).as_dict() == {"ok": True, "entries": 0, "head": "0" * 64}


def test_a_cut_tail_is_seen_by_its_head_only() -> None:
    entries = ledger()
    found = verify_lines(lines(entries[:2]))
    assert (found.ok, found.head) == (True, entries[1]["hash"])


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}  \n",
        b"not json\n",
        b"[]\n",
        b"\xff\n",
        b'{"seq":1.0}\n',
        b'{"seq":NaN}\n',
        b'{"seq":1,"seq":1}\n',
        b'{"b":1,"a":1}\n',
        b'{"a":"\\u00e9"}\n',
        b'{"a":1}\r\n',
        b"[" * 100_000,
    ],
)
def test_not_canonical(line: bytes) -> None:
    found = verify_lines([*lines(ledger(1)), line])
    assert found.as_dict() == {"ok": False, "entry": 2, "code": "not_canonical"}


@pytest.mark.parametrize("seq", [None, 1, 3, "2", True])
def test_bad_sequence(seq: Any) -> None:
    entries = ledger()
    entries[1] |= {"seq": seq, "prev": "x", "hash": "x"}
    assert verify_lines(lines(entries)).as_dict() == {"ok": False, "entry": 2, "code": "bad_sequence"}


def test_true_is_not_the_first_entry() -> None:
    entries = ledger()
    entries[0]["seq"] = True
    assert verify_lines(lines(entries)).code == "bad_sequence"


def test_bad_prev_comes_before_bad_hash() -> None:
    entries = ledger()
    entries[1] |= {"prev": GENESIS, "hash": "x"}
    assert verify_lines(lines(entries)).as_dict() == {"ok": False, "entry": 2, "code": "bad_prev"}


def test_every_changed_byte_is_found() -> None:
    whole = b"".join(lines(ledger(2)))
    for place in range(len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        assert not verify_lines(bytes(changed).splitlines(keepends=True)).ok, place


def test_a_missing_hash_is_bad() -> None:
    entries = ledger()
    del entries[2]["hash"]
    assert verify_lines(lines(entries)).as_dict() == {"ok": False, "entry": 3, "code": "bad_hash"}


def test_only_one_line_is_held_at_a_time() -> None:
    def endless() -> Any:
        yield from lines(ledger(2))
        yield b"broken\n"
        raise AssertionError("read past the first fault")

    assert verify_lines(endless()).entry == 3


def test_the_hash_is_over_the_entry_without_it() -> None:
    entry = ledger(1)[0]
    assert entry_hash(entry) == entry_hash({k: v for k, v in entry.items() if k != "hash"}) == entry["hash"]
    assert json.loads(canonical_bytes(entry)) == entry
