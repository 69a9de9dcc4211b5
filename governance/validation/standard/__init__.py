"""Standards: ODCS documents read, edited, linted and compiled to rules (standard-rules §1).

`load(data) -> StandardDocument` keeps the bytes; `.set(pointer, value)` and `.remove(pointer)` give a new
document in which only the edited node differs. `compile(document, object_name, data_stem) ->
CompiledStandard`
gives the rules in report order. Both raise `EngineError`; nothing here reads a file, a clock or the network.
"""

from __future__ import annotations

from governance.validation.model import Column, NotExecuted, ObjectForm, Rule, StandardWarning
from governance.validation.standard.compiling import CompiledStandard, compile_standard, reference_form
from governance.validation.standard.document import StandardDocument, load

compile = compile_standard

__all__ = [
    "Column",
    "CompiledStandard",
    "NotExecuted",
    "ObjectForm",
    "Rule",
    "StandardDocument",
    "StandardWarning",
    "compile",
    "compile_standard",
    "load",
    "reference_form",
]
