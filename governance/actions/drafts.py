"""Drafts of standards: starting one from a version, editing it by rule or as text, going back, linting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from governance import exceptions as errors
from governance import permissions
from governance.actions.checks import check_length
from governance.actions.standards import read_document, told_document
from governance.choices import StandardStatus
from governance.models import DraftEdit, Standard, StandardVersion, User
from governance.numbering import next_number
from governance.refusals import governed
from governance.services import drafts, standards
from governance.standard_text import StandardText

Change = Mapping[str, Any]


def standard_branch(
    *, actor: User, version: StandardVersion, number: str = "", note: str = ""
) -> StandardVersion:
    """Start a draft from a version: its bytes with another number, the next free minor one if none is given.

    Raises NotPermitted, InvalidInput, StandardInvalid, NameTaken.
    """
    _branch_check(actor=actor, version=version, number=number, note=note)
    number = number.strip() or _free_number(version)
    changes = [{"do": "number", "version": number}]
    text = told_document("standard.branch", actor, bytes(version.document), changes)
    return _branch_store(actor=actor, version=version, text=text, note=note)


@governed("standard.branch")
def _branch_check(*, actor: User, version: StandardVersion, number: str, note: str) -> None:
    permissions.allow(permissions.may_write_standard(actor, version.standard))
    check_length("number", number, 40)
    check_length("note", note, 500)


@governed("standard.branch")
def _branch_store(*, actor: User, version: StandardVersion, text: StandardText, note: str) -> StandardVersion:
    return standards.standard_version_create(
        actor=actor,
        standard=version.standard,
        version=text.version,
        document=text.document,
        digest=text.digest,
        rules=text.rules,
        note=note,
        compiled=text.facts(),
        base=version,
    )


def _free_number(version: StandardVersion) -> str:
    taken = set(StandardVersion.objects.filter(standard=version.standard).values_list("version", flat=True))
    number = next_number(version.version, "minor")
    while number in taken:
        number = next_number(number, "minor")
    return number


def standard_edit(
    *, actor: User, version: StandardVersion, digest: str, changes: Sequence[Change]
) -> StandardVersion:
    """Make changes (`governance.validation.standard.changing`) to the text with `digest` of a draft.

    Only the touched nodes change. Raises NotPermitted, StandardNotDraft, StandardStale, StandardInvalid,
    NameTaken.
    """
    held = _edit_check(actor=actor, version=version, digest=digest)
    text = told_document("standard.edit", actor, bytes(held.document), changes)
    told = [
        [str(change.get(key) or "")[:200] for key in ("do", "object", "rule", "column")] for change in changes
    ]
    return _edit_store(actor=actor, version=held, digest=digest, text=text, changes=told)


def standard_rewrite(
    *, actor: User, version: StandardVersion, digest: str, document: bytes
) -> StandardVersion:
    """Put a whole text in the place of the one with `digest`. Raises as `standard_edit`."""
    held = _edit_check(actor=actor, version=version, digest=digest)
    text = told_document("standard.edit", actor, document)
    return _edit_store(actor=actor, version=held, digest=digest, text=text, changes=[["text", "", "", ""]])


def standard_restore(
    *, actor: User, version: StandardVersion, digest: str, edit: DraftEdit
) -> StandardVersion:
    """Put back the text an edit replaced; itself an edit. Raises as `standard_edit`, NotFound."""
    held = _edit_check(actor=actor, version=version, digest=digest)
    if edit.version_id != version.pk:
        raise errors.NotFound
    text = told_document("standard.edit", actor, bytes(edit.document))
    return _edit_store(actor=actor, version=held, digest=digest, text=text, changes=[["restore", "", "", ""]])


@governed("standard.edit")
def _edit_check(*, actor: User, version: StandardVersion, digest: str) -> StandardVersion:
    """The row as it is now, with the text the edit was made on."""
    permissions.allow(permissions.may_write_standard(actor, version.standard))
    held = StandardVersion.objects.select_related("standard", "created_by").get(pk=version.pk)
    if held.status != StandardStatus.DRAFT:
        raise errors.StandardNotDraft(version=held.version)
    if held.digest != digest:
        raise errors.StandardStale
    return held


@governed("standard.edit")
def _edit_store(
    *,
    actor: User,
    version: StandardVersion,
    digest: str,
    text: StandardText,
    changes: Sequence[Sequence[str]],
) -> StandardVersion:
    if text.digest == digest:
        return version
    return drafts.standard_version_edit(
        actor=actor,
        version=version,
        digest=digest,
        number=text.version,
        document=text.document,
        new_digest=text.digest,
        rules=text.rules,
        compiled=text.facts(),
        changes=changes,
    )


def standard_lint(
    *, actor: User, document: bytes, changes: Sequence[Change] = (), standard: Standard | None = None
) -> StandardText:
    """What a text, after changes, would be: rules, warnings, the touched fragment. Stores nothing.

    Raises NotPermitted, StandardInvalid.
    """
    permissions.allow(permissions.may_write_standard(actor, standard))
    return read_document(document, changes)
