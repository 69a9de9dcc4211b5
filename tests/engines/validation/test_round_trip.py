"""Nothing of a standard is lost: bytes stay bytes, an edit touches its own node only."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.validation.errors import EngineError
from governance.validation.scalars import source_text
from governance.validation.standard import load
from governance.validation.standard.editing import edit_tree, render_document
from tests.engines.validation.cases import golden_folder

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(["NO", "on", "12:30", "2026-01-01", "01", "~", "null", "1e3"]),
)
names = st.text(alphabet="abcdefgh 中文:#-", min_size=1, max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def contract(custom: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "x",
        "version": "1.10.0",
        "status": "active",
        "schema": [{"name": "data", "properties": [{"name": "a", "logicalType": "string"}]}],
        "customProperties": custom,
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(values, max_size=3), values)
def test_import_export_import_gives_the_same_tree(custom: list[Any], added: Any) -> None:
    tree = contract([{"property": f"p{i}", "value": value} for i, value in enumerate(custom)])
    data = render_document(tree).encode()
    first = load(data)
    assert first.to_bytes() == data
    assert load(first.to_bytes()).tree == first.tree == tree
    edited = first.set("/customProperties/-", {"property": "new", "value": added})
    assert edited.tree["customProperties"] == [*tree["customProperties"], {"property": "new", "value": added}]
    assert {k: v for k, v in edited.tree.items() if k != "customProperties"} == {
        k: v for k, v in tree.items() if k != "customProperties"
    }
    assert edited.remove(f"/customProperties/{len(custom)}").tree == tree


@pytest.mark.parametrize("case", sorted(golden_folder().iterdir()), ids=lambda path: path.name)
def test_a_golden_standard_keeps_its_other_lines_after_an_edit(case: Any) -> None:
    data = (case / "standard.odcs.yaml").read_bytes()
    try:
        before = load(data)
    except EngineError:
        return  # the cases of invalid standards have nothing to edit
    assert before.to_bytes() == data
    after = before.set("/version", "9.9.9")
    old, new = data.decode().splitlines(), after.to_bytes().decode().splitlines()
    assert [line for line in old if not line.startswith("version")] == [
        line for line in new if not line.startswith("version")
    ]
    assert edit_tree(copy.deepcopy(before.tree), ["version"], "9.9.9", remove=False) == after.tree


def test_scalars_are_read_by_the_core_schema_and_keep_their_text() -> None:
    text = (
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
        "customProperties:\n- property: p\n"
        "  value: [NO, on, 12:30, 2026-01-01, 1.10, 01, 0x1f, yes, ~, true]\n"
    )
    value = load(text.encode()).tree["customProperties"][0]["value"]
    assert value == ["NO", "on", "12:30", "2026-01-01", 1.1, 1, 31, "yes", None, True]
    assert [source_text(item) for item in value[4:7]] == ["1.10", "01", "0x1f"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1", "standard_invalid"),
        ("a: 1\na: 2", "standard_invalid"),
        ("- 1", "standard_invalid"),
        ("", "standard_invalid"),
        ("a: 1\n---\nb: 2\n", "standard_invalid"),
        ("&a [*a]", "standard_invalid"),
        ("apiVersion: v2.2.2\n", "standard_unsupported_version"),
        ("apiVersion: v3.1.0\n", "standard_invalid"),
        ("x: !!python/object/apply:os.system [true]\n", "standard_invalid"),
    ],
)
def test_what_is_no_standard_is_refused(text: str, code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        load(text.encode())
    assert refusal.value.code == code


def test_a_document_that_unfolds_beyond_the_limit_is_refused() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]" for i in range(6)]
    with pytest.raises(EngineError) as refusal:
        load("\n".join(lines).encode())
    assert refusal.value.code == "standard_invalid"
    assert "100,000" in refusal.value.message_en


def test_a_document_over_five_megabytes_is_refused() -> None:
    with pytest.raises(EngineError) as refusal:
        load(b"#" * (5 * 1024 * 1024 + 1))
    assert refusal.value.code == "standard_invalid"
