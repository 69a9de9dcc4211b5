"""Canonical JSON: one spelling for each value (committee-rules §12)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.record.canonical import CanonicalError, canonical_bytes, digest_of, sha256_hex

scalars = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_keys_by_code_point_no_blanks_nothing_escaped_in_vain() -> None:
    value = {"é": 1, "z": [True, None, "/"], "Z": '数据\n\x01\x7f"', "𝄞": -0}
    wanted = '{"Z":"数据\\n\\u0001\x7f\\"","z":[true,null,"/"],"é":1,"𝄞":0}'
    assert canonical_bytes(value) == wanted.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, {"a": [0.5]}, float("nan"), {1: "a"}, {None: 1}, "\ud800", {"\udfff": 1}, b"x", {1, 2}, object()],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(CanonicalError):
        canonical_bytes(value)


def test_endless_nesting_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(CanonicalError):
        canonical_bytes(value)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(values)
def test_reading_back_gives_the_same_value_and_bytes(value: Any) -> None:
    data = canonical_bytes(value)
    assert json.loads(data) == value
    assert canonical_bytes(json.loads(data)) == data


def test_digest_is_sha256_of_the_bytes() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of({"b": 1, "a": (2,)}) == "sha256:" + sha256_hex(b'{"a":[2],"b":1}')
