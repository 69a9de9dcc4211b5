"""Folded YAML text is the author's text: the parser's own notes never reach a rule."""

from governance.validation import standard

DOCUMENT = b"""apiVersion: v3.1.0
kind: DataContract
id: a
version: 1.0.0
status: active
description:
  purpose: >-
    one
    two
schema: []
"""


def test_a_folded_scalar_holds_only_its_own_text() -> None:
    assert standard.load(DOCUMENT).tree["description"]["purpose"] == "one two"
