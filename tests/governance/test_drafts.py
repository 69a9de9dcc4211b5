"""Drafts: edited rule by rule on the text they were opened with; nothing untouched changes or is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from governance import actions, ledger, selectors
from governance import exceptions as errors
from governance.models import DraftEdit, LedgerEntry, StandardVersion, User
from governance.numbering import next_number
from governance.rule_forms import ColumnForm, RuleForm
from governance.standard_text import KindWords, ParameterWords
from governance.validation.describe import describe, kinds
from governance.validation.errors import EngineError
from tests.at_hand import answered_here
from tests.engines.validation.cases import golden_folder
from tests.governance.conftest import DOCUMENT, adopt, signed_in
from tests.people import People

BAND = {"do": "rule_add", "object": "orders", "kind": "range", "columns": ["amount"], "id": "band"}


@pytest.fixture(autouse=True)
def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    answered_here(monkeypatch)


def edit(actor: User, version: StandardVersion, *changes: dict[str, Any]) -> StandardVersion:
    return actions.standard_edit(actor=actor, version=version, digest=version.digest, changes=changes)


def test_an_edit_touches_its_node_only_and_everything_of_it_is_kept(
    people: People, draft: StandardVersion
) -> None:
    first = draft.digest
    edited = edit(people.carol, draft, {**BAND, "texts": {"max": "1.10"}, "severity": "minor"})
    added = (
        b"        quality:\n          - id: band\n            type: custom\n            engine: gavel\n"
        b"            severity: minor\n            implementation: {kind: range, max: 1.10}\n"
    )
    assert bytes(edited.document) == DOCUMENT.rstrip(b"\n") + b"\n" + added
    rule = edited.rules.get(rule_id="amount.band")
    assert rule.severity == "minor"
    assert rule.form.startswith("Check.")
    kept = DraftEdit.objects.get()
    assert (kept.digest, bytes(kept.document), kept.digest_after) == (first, DOCUMENT, edited.digest)
    assert selectors.document_of(edited, first) == DOCUMENT
    assert selectors.document_of(edited, "sha256:0") is None
    assert ledger.data_of(LedgerEntry.objects.get(type="standard_version.edited"))["before"] == first
    assert ledger.verify().ok
    back = actions.standard_restore(actor=people.carol, version=edited, digest=edited.digest, edit=kept)
    assert bytes(back.document) == DOCUMENT
    assert back.edits.count() == 2
    assert ledger.verify().ok


def test_the_child_itself_makes_the_same_edit(
    people: People, draft: StandardVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [{**BAND, "texts": {"max": "1.10"}}]
    here = actions.standard_lint(actor=people.carol, document=DOCUMENT, changes=changes)
    monkeypatch.undo()
    assert actions.standard_lint(actor=people.carol, document=DOCUMENT, changes=changes) == here


def test_a_stale_edit_stores_nothing(people: People, draft: StandardVersion) -> None:
    opened = draft.digest
    edited = edit(people.carol, draft, {**BAND, "texts": {"max": "7"}})
    with pytest.raises(errors.StandardStale) as refused:
        actions.standard_edit(actor=people.bob, version=draft, digest=opened, changes=[{**BAND, "id": "x"}])
    assert refused.value.status == 409
    edited.refresh_from_db()
    assert edited.rules.filter(rule_id="amount.x").count() == 0
    assert DraftEdit.objects.count() == 1


def test_only_drafts_are_edited_and_only_by_those_who_write_standards(
    people: People, draft: StandardVersion
) -> None:
    with pytest.raises(errors.NotPermitted):
        edit(people.mallory, draft, {**BAND, "texts": {"max": "7"}})
    with pytest.raises(errors.NotPermitted):
        actions.standard_lint(actor=people.mallory, document=DOCUMENT)
    adopt(draft, people.carol)
    draft.refresh_from_db()
    for act in (
        lambda: edit(people.carol, draft, {**BAND, "texts": {"max": "7"}}),
        lambda: actions.standard_rewrite(
            actor=people.carol, version=draft, digest=draft.digest, document=DOCUMENT + b"\n"
        ),
    ):
        with pytest.raises(errors.StandardNotDraft):
            act()
    draft.refresh_from_db()
    assert bytes(draft.document) == DOCUMENT


def test_a_draft_starts_from_a_version_and_its_number_follows_what_changed(
    people: People, draft: StandardVersion
) -> None:
    adopt(draft, people.carol)
    second = actions.standard_branch(actor=people.carol, version=draft)
    assert (second.version, second.base, second.status) == ("1.1.0", draft, "draft")
    third = actions.standard_branch(actor=people.carol, version=draft)
    assert third.version == "1.2.0"

    def size(version: StandardVersion) -> str:
        return selectors.change_size(draft, version, selectors.rule_changes(draft, version))

    assert size(second) == "patch"
    second = edit(people.carol, second, {**BAND, "texts": {"max": "7"}})
    assert size(second) == "minor"
    gone = {"do": "column_remove", "object": "orders", "column": "amount"}
    assert size(edit(people.carol, second, gone)) == "major"
    assert [next_number("1.4.2", s) for s in ("major", "minor", "patch")] == ["2.0.0", "1.5.0", "1.4.3"]
    assert next_number("2026-01", "minor") == "2026-01.1"


BAD_CHANGES: dict[str, dict[str, Any]] = {
    "unknown act": {"do": "rule_move"},
    "unknown kind": {**BAND, "kind": "nothing"},
    "unknown column": {**BAND, "columns": ["nothing"], "texts": {"max": "7"}},
    "no bound": BAND,
    "a bound that is no number": {**BAND, "texts": {"max": "{x"}},
    "two columns": {**BAND, "columns": ["amount", "order_id"], "texts": {"max": "7"}},
    "a rule that is not there": {"do": "rule_remove", "object": "orders", "rule": "amount.nothing"},
    "a rule of the table": {"do": "rule_remove", "object": "orders", "rule": "table.columns"},
    "a type nobody knows": {
        "do": "column_set",
        "object": "orders",
        "column": "amount",
        "values": {"logicalType": "colour"},
    },
    "a column twice": {"do": "column_add", "object": "orders", "column": "amount"},
    "a setting that is none here": {
        "do": "column_set",
        "object": "orders",
        "column": "amount",
        "values": {"quality": []},
    },
    "no object": {**BAND, "object": "nothing", "texts": {"max": "7"}},
    "an empty number": {"do": "number", "version": " "},
}


@pytest.mark.parametrize("name", BAD_CHANGES)
def test_a_change_that_cannot_be_made_is_refused_in_words(
    people: People, draft: StandardVersion, name: str
) -> None:
    with pytest.raises(errors.StandardInvalid) as refused:
        edit(people.carol, draft, BAD_CHANGES[name])
    assert refused.value.params["detail"]
    draft.refresh_from_db()
    assert bytes(draft.document) == DOCUMENT


def kind_words() -> dict[str, KindWords]:
    found = {}
    for kind in kinds()["kinds"]:
        given = tuple(ParameterWords(**{**p, "choices": tuple(p["choices"])}) for p in kind["parameters"])
        found[kind["name"]] = KindWords(**{**kind, "parameters": given})
    return found


def filled(form: Any) -> dict[str, Any]:
    """What a browser sends for a form nobody touched."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value in (None, False, ""):
            continue
        sent[name] = "on" if value is True else value
    return {**sent, "digest": "sha256:0"}


def entries() -> Iterator[tuple[bytes, dict[str, Any], list[str]]]:
    """(document, rule, columns of its object): at most three written rules of each kind and style."""
    seen: dict[tuple[str, str], int] = {}
    for case in sorted(golden_folder().iterdir()):
        file = case / "standard.odcs.yaml"
        if not file.is_file():
            continue
        document = file.read_bytes()
        try:
            told = describe(document)
        except EngineError:
            continue
        for rule in told["rules"]:
            key = (rule["kind"], rule["entry"].get("style", ""))
            if rule["entry"] and seen.get(key, 0) < 3:
                seen[key] = seen.get(key, 0) + 1
                columns = [c["name"] for c in told["columns"] if c["object"] == rule["object_name"]]
                yield document, rule, columns


def test_a_form_stored_untouched_changes_no_byte() -> None:
    known, tried = kind_words(), set()
    for document, rule, columns in entries():
        kind = known[rule["kind"]]
        given: dict[str, Any] = {"entry": rule["entry"], "judged": rule["columns"]}
        form = RuleForm(kind, columns, filled(RuleForm(kind, columns, **given)), **given)
        assert form.is_valid(), (rule["rule_id"], form.errors)
        change = {
            **form.change(),
            "do": "rule_change",
            "object": rule["object_name"],
            "rule": rule["rule_id"],
        }
        assert describe(document, [change])["document"].encode() == document, (rule, change)
        tried.add(rule["kind"])
    assert len(tried) >= 25, tried
    for column in describe(DOCUMENT)["columns"]:
        form = ColumnForm(filled(ColumnForm(held=column)), held=column)
        assert form.is_valid(), form.errors
        change = {"do": "column_set", "object": "orders", "column": column["name"], **form.change()}
        assert describe(DOCUMENT, [change])["document"].encode() == DOCUMENT


def test_every_kind_has_a_form_with_help_in_both_languages() -> None:
    known = kind_words()
    assert len(known) == 37
    for kind in known.values():
        assert kind.summary
        assert kind.summary_zh
        assert RuleForm(kind, ["a", "b"]).as_p()
        for parameter in kind.parameters if not kind.implied else ():
            assert parameter.help, (kind.name, parameter.name)
            assert parameter.help_zh, (kind.name, parameter.name)


def page(client: Client, name: str, version: StandardVersion, *more: str, **query: str) -> str:
    address = reverse(f"governance:{name}", args=[version.uid, *more])
    return f"{address}?{urlencode(query)}" if query else address


def test_the_editor_in_the_console(people: People, draft: StandardVersion) -> None:
    client = signed_in(people.carol)
    for part in ("rules", "columns", "text", "history", "nothing"):
        assert client.get(page(client, "draft", draft, part=part)).status_code == 200
    kinds_page = client.get(page(client, "draft_rule", draft, object="orders")).content.decode()
    assert "Values lie within bounds" in kinds_page
    address = page(client, "draft_rule", draft, object="orders", kind="range", column="amount")
    assert 'value="amount" selected' in client.get(address).content.decode()
    sent = {"digest": draft.digest, "columns": "amount", "p_max": "9.50", "tolerated_unit": "rows"}
    lint = page(client, "draft_lint", draft, what="rule", object="orders", kind="range")
    shown = client.post(lint, sent).content.decode()
    assert "amount is at most 9.50" in shown
    assert "implementation: {kind: range, max: 9.50}" in shown
    assert not DraftEdit.objects.exists()
    fault = client.post(lint, {**sent, "p_max": ""}).content.decode()
    assert "parameter_invalid" in fault
    client.cookies["gavel_language"] = "zh-hans"
    assert "amount 须不大于 9.50" in client.post(lint, sent).content.decode()
    client.cookies["gavel_language"] = "en"
    assert client.post(address, sent).status_code == 302
    stale = client.post(address, {**sent, "p_max": "8"})
    draft.refresh_from_db()
    assert stale.status_code == 409
    assert 'value="8"' in stale.content.decode()
    assert f'value="{draft.digest}"' in stale.content.decode()  # stored again, it goes on the present text
    refused = client.post(address, {**sent, "digest": draft.digest, "p_max": "{x"})
    assert refused.status_code == 400
    assert refused.context["form"].errors["p_max"]
    change = page(client, "draft_rule", draft, object="orders", rule="amount.range#2")
    assert 'value="9.50"' in client.get(change).content.decode()
    removed = {"digest": draft.digest, "object": "orders", "rule": "amount.range#2"}
    assert client.post(page(client, "draft_act", draft, "rule-remove"), removed).status_code == 302
    draft.refresh_from_db()
    assert bytes(draft.document) == DOCUMENT
    column = page(client, "draft_column", draft, object="orders", column="amount")
    given = {"digest": draft.digest, "logicalType": "integer", "minimum": "0", "classification": "internal"}
    assert client.post(column, given).status_code == 302
    draft.refresh_from_db()
    assert draft.compiled["columns"][1]["classification"] == "internal"
    text = bytes(draft.document).decode().replace("minimum: 0", "minimum: 3").replace("\n", "\r\n")
    answer_ = client.post(page(client, "draft_text", draft), {"digest": draft.digest, "text": text})
    assert answer_.status_code == 302
    draft.refresh_from_db()
    assert b"\r" not in bytes(draft.document)
    edits = selectors.edits_of(draft)
    assert edits.count() == 4
    restored = {"digest": draft.digest, "edit": str(edits[0].pk)}
    assert client.post(page(client, "draft_act", draft, "restore"), restored).status_code == 302
    draft.refresh_from_db()
    assert b"minimum: 0" in bytes(draft.document)
    assert ledger.verify().ok
    assert signed_in(people.mallory).get(page(client, "draft", draft)).status_code == 404


def test_exports_are_files(people: People, draft: StandardVersion) -> None:
    client = signed_in(people.mallory)
    for form, holds in (
        ("odcs", b"kept byte for byte"),
        ("pandera-python", b"pa.DataFrameSchema"),
        ("pandera-yaml", b"schema_type"),
    ):
        found = client.get(reverse("governance:standard_version_export", args=[draft.uid, form]))
        assert holds in found.content
        assert "attachment" in found.headers["Content-Disposition"]
    assert (
        client.get(reverse("governance:standard_version_export", args=[draft.uid, "exe"])).status_code == 404
    )


def test_drafts_by_the_api(people: People, draft: StandardVersion, api: Any) -> None:
    client: Client = api(people.carol)
    root = f"/api/v1/standard-versions/{draft.uid}"

    def call(method: str, path: str, body: Any = None, *, on: str | None = "") -> Any:
        if on == "":
            draft.refresh_from_db()
            on = draft.digest
        headers = {"If-Match": f'"{on}"'} if on else {}
        content = json.dumps(body) if body is not None else ""
        return client.generic(method, f"{root}{path}", content, "application/json", headers=headers)

    rule = {"kind": "range", "columns": ["amount"], "parameters": {"max": 9}, "id": "band"}
    assert call("POST", "/rules", rule, on=None).status_code == 400
    assert call("POST", "/rules", rule, on="sha256:0").json()["code"] == "standard_stale"
    assert call("POST", "/rules", rule).status_code == 201
    listed = {row["rule_id"]: row for row in client.get(f"{root}/rules").json()["results"]}
    assert listed["amount.band"]["form"].startswith("Check.")
    assert call("PATCH", "/rules/orders/amount.band", {"severity": "blocker"}).status_code == 200
    assert draft.rules.get(rule_id="amount.band").severity == "blocker"
    assert call("DELETE", "/rules/orders/amount.band").status_code == 200
    draft.refresh_from_db()
    assert bytes(draft.document) == DOCUMENT
    assert call("PUT", "/columns/orders/note", {"logicalType": "string", "required": True}).status_code == 200
    assert draft.rules.filter(rule_id="note.not_null").exists()
    assert call("PUT", "/columns/orders/note", {"required": None}).status_code == 200
    assert not draft.rules.filter(rule_id="note.not_null").exists()
    assert call("DELETE", "/columns/orders/note").status_code == 200
    assert call("PUT", "/text", {"document": DOCUMENT.decode() + "# end\n"}).status_code == 200
    edits = client.get(f"{root}/edits?page_size=2").json()["results"]
    assert len(edits) == 2
    assert client.get(f"{root}/edits?colour=red").status_code == 400
    assert edits[0]["changes"] == [["text", "", "", ""]]
    assert call("POST", f"/edits/{edits[0]['id']}/restore").status_code == 200
    branched = client.post(f"{root}/branch", {"number": "3.0.0"}, "application/json")
    assert (branched.status_code, branched.json()["base"]) == (201, draft.uid)
    assert "pa.DataFrameSchema" in client.get(f"{root}/export/pandera-python").content.decode()
    assert client.get(f"{root}/export/nothing").status_code == 404
    told = client.get("/api/v1/standards/kinds").json()
    assert len(told) == 37
    lint = {"document": DOCUMENT.decode(), "changes": [{"do": "rule_add", **rule}]}
    found = client.post("/api/v1/standards/lint", lint, "application/json").json()
    assert (found["errors"], found["touched"]["rules"]) == ([], ["amount.band"])
    broken = client.post("/api/v1/standards/lint", {"document": "- 1"}, "application/json").json()
    assert broken["errors"][0]["code"] == "standard_invalid"
    stranger: Client = api(people.mallory)
    assert stranger.post("/api/v1/standards/lint", lint, "application/json").status_code == 403
    draft.refresh_from_db()
    headers = {"If-Match": draft.digest}
    refused = stranger.generic("DELETE", f"{root}/rules/orders/amount.range", headers=headers)
    assert refused.status_code == 403
