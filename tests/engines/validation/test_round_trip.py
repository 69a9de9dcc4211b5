"""Nothing of a standard is lost: bytes stay bytes, an edit touches its own node only."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.validation.errors import EngineError
from governance.validation.scalars import SourceFloat, source_text
from governance.validation.standard import StandardDocument, compile_standard, load
from governance.validation.standard.document import same_tree
from governance.validation.standard.editing import edit_tree, fragment, pointer_parts
from governance.validation.standard.odcs_schema import SCHEMAS
from governance.validation.standard.yaml_nodes import compose
from tests.engines.validation.cases import REPO, golden_folder
from tests.engines.validation.written_documents import texts, trees, values, written

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
EXAMPLES = REPO.parent / "shared" / "data" / "contract_schemas" / "examples"


def custom_value(text: str) -> Any:
    """What stands under a custom property written so."""
    document = load(f"{HEAD}customProperties:\n- property: p\n  value: {text}\n".encode())
    return document.tree["customProperties"][0]["value"]


def pointers(tree: Any, at: str = "") -> Iterator[str]:
    """JSON pointers of every node below the root."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in pairs:
        pointer = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield pointer
        yield from pointers(item, pointer)


def others(document: StandardDocument, pointer: str) -> dict[str, str]:
    """Texts of the nodes beside the way to a pointer: what an edit there must leave alone."""
    way = [pointer[: at.start()] for at in re.finditer("/", pointer)][1:]
    text, root = compose(document.data)
    return {
        item: fragment(text, root, pointer_parts(item))
        for item in pointers(document.tree)
        if item not in (*way, pointer) and item.rpartition("/")[0] in ("", *way)
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_written_document_is_kept_and_an_edit_touches_its_own_node_only(data: st.DataObject) -> None:
    tree = data.draw(trees())
    text = data.draw(written(tree))
    document = load(text.encode())
    assert document.to_bytes() == text.encode()
    assert same_tree(load(document.to_bytes()).tree, document.tree)
    assert document.tree == tree if text.startswith("{") else same_tree(document.tree, tree)
    pointer = data.draw(
        st.sampled_from(
            [at for at in pointers(tree) if "/value" in at or at in ("/id", "/description/purpose")]
        )
    )
    value = data.draw(values if "/value" in pointer else texts)
    edited = document.set(pointer, value)
    wanted = edit_tree(document.tree, pointer_parts(pointer), value, remove=False)
    assert same_tree(edited.tree, wanted)
    assert others(edited, pointer) == others(document, pointer)
    added = edited.set("/customProperties/-", {"property": "new", "value": value})
    last = f"/customProperties/{len(added.tree['customProperties']) - 1}"
    assert added.tree["customProperties"][-1] == {"property": "new", "value": value}
    assert same_tree(added.remove(last).tree, edited.tree)
    assert others(added.remove(last), last) == others(edited, last)


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
    value = custom_value(
        "[NO, on, 12:30, 2026-01-01, 1_000, 0b1, -0x1F, 1.2.3, nUll, y, 1.10, 01, 0x1f, 0o17, +5, 1e3, .5,"
        " .inf, -.INF, ~, true, !!str 1, !!int '7', !!float 1]"
    )
    as_text = ["NO", "on", "12:30", "2026-01-01", "1_000", "0b1", "-0x1F", "1.2.3", "nUll", "y"]
    numbers = [1.1, 1, 31, 15, 5, 1000.0, 0.5, math.inf, -math.inf]
    assert value == [*as_text, *numbers, None, True, "1", 7, 1.0]
    assert [source_text(item) for item in value[10:19]] == (
        ["1.10", "01", "0x1f", "0o17", "+5", "1e3", ".5", ".inf", "-.INF"]
    )
    assert type(value[-1]) is SourceFloat


def test_an_alias_is_read_as_what_it_names_and_an_edit_of_it_leaves_the_anchor_alone() -> None:
    text = (
        f"{HEAD}customProperties:\n- {{property: p, value: &a {{n: 1.10}}}}\n- {{property: q, value: *a}}\n"
    )
    document = load(text.encode())
    assert document.tree["customProperties"][1]["value"] == {"n": 1.1}
    edited = document.set("/customProperties/1/value/n", 2)
    assert [item["value"] for item in edited.tree["customProperties"]] == [{"n": 1.1}, {"n": 2}]
    assert "&a {n: 1.10}" in edited.to_bytes().decode()


def test_json_is_read_as_json() -> None:
    """Tabs, a long key, a colon on the next line, an emoji in two escapes: YAML scanners stumble."""
    value = {"k" * 2000: "\U0001f600 \u2028 a/b"}
    tree = json.loads(json.dumps(contract_tree(value)))
    for text in (
        json.dumps(tree, indent="\t"),
        json.dumps(tree, ensure_ascii=False),
        json.dumps(tree, separators=(" , ", "\n: ")).replace("/", "\\/"),
    ):
        document = load(text.encode())
        assert document.tree == tree
        edited = document.set("/version", "2.0.0").to_bytes().decode()
        assert json.loads(edited) == {**tree, "version": "2.0.0"}
        assert edited.replace('"2.0.0"', '"1.0.0"') == text


def contract_tree(value: Any) -> dict[str, Any]:
    head = dict(line.split(": ") for line in HEAD.splitlines())
    return {**head, "customProperties": [{"property": "p", "value": value}]}


def test_the_byte_order_mark_of_a_document_stays_after_an_edit() -> None:
    data = b"\xef\xbb\xbf" + HEAD.encode()
    assert load(data).to_bytes() == data
    assert load(data).set("/version", "2.0.0").to_bytes() == data.replace(b"1.0.0", b"2.0.0")


def test_a_document_of_3_0_is_read_by_its_own_names() -> None:
    column = """
    name: a
    quality:
    - {rule: nullCheck, description: no operator as in the examples of 3.0}
    - {rule: duplicateCount, mustBe: 0}
    - {rule: somethingElse}
    - {rule: duplicateCount, id: open}
"""
    text = HEAD.replace("v3.1.0", "v3.0.2") + f"schema:\n- name: d\n  properties:\n  -{column[4:]}"
    text += "  quality:\n  - {rule: rowCount, mustBeGreaterThan: 5}\n"
    compiled = compile_standard(load(text.encode()))
    assert [(rule.id, rule.kind) for rule in compiled.rules] == [
        ("table.columns", "columns"),
        ("a.not_null", "not_null"),
        ("a.unique", "unique"),
        ("table.row_count", "row_count"),
    ]
    assert [item.id for item in compiled.not_executed] == ["a.text", "a.open"]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the published examples are not on this machine")
def test_the_published_examples_are_read_or_refused_by_name() -> None:
    data = (EXAMPLES / "odcs-full-example.odcs.yaml").read_bytes()
    document = load(data)
    assert document.to_bytes() == data
    assert [len(compile_standard(document, name).rules) for name in document.object_names] == [10, 12]
    edited = document.set("/version", "9.9.9").to_bytes().decode().splitlines()
    changed = [line for line in edited if line not in data.decode().splitlines()]
    assert [line.split(" #")[0].split(":")[0] for line in changed] == ["version"]
    with pytest.raises(EngineError) as refusal:
        load((EXAMPLES / "orders-latest.datacontract.yaml").read_bytes())
    assert refusal.value.code == "standard_invalid"


def test_the_schemas_of_odcs_are_the_published_ones() -> None:
    for line in (SCHEMAS / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[1].endswith(".json"):
            assert hashlib.sha256((SCHEMAS / cells[1]).read_bytes()).hexdigest() == cells[4], cells[1]


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
        ("apiVersion: 3\n", "standard_invalid"),
        ("apiVersion: v3.2.0\n", "standard_unsupported_version"),
        ("x: !!python/object/apply:os.system [true]\n", "standard_invalid"),
        (HEAD + "x: !!python/object:a.B {}\n", "standard_invalid"),
        (HEAD + "x: !own text\n", "standard_invalid"),
        (HEAD + "x: !!binary aGk=\n", "standard_invalid"),
        (HEAD + "x: !!int seven\n", "standard_invalid"),
        (HEAD + "tags: !!set {a, b}\n", "standard_invalid"),
        (HEAD + "<<: {a: 1}\n", "standard_invalid"),
        (HEAD + "? [a, b]\n: 1\n", "standard_invalid"),
        (HEAD + "x: *nothing\n", "standard_invalid"),
        (HEAD + "schema:\n\t- name: a\n", "standard_invalid"),
        (HEAD + "x: a\0b\n", "standard_invalid"),
        (HEAD + 'x: "\\0"\n', "standard_invalid"),
        (HEAD + 'x: "\\ud83d"\n', "standard_invalid"),
        (HEAD + f"id2: 0x{'f' * 6000}\n", "standard_invalid"),
        (HEAD + f"x: {'9' * 6000}\n", "standard_invalid"),
        (HEAD + f"x: {'{a: ' * 300}1{'}' * 300}\n", "standard_invalid"),
        ("{" + '"a":{' * 300 + "}" * 301, "standard_invalid"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(400)), "standard_invalid"),
        (HEAD + HEAD, "standard_invalid"),
        (HEAD + "colour: red\n", "standard_invalid"),
    ],
)
def test_what_is_no_standard_is_refused(text: str, code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        load(text.encode())
    assert refusal.value.code == code
    assert code != "standard_invalid" or refusal.value.detail or "exactly one" in refusal.value.message_en


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
