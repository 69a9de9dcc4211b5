"""Editing drafts of standards: the text before is kept, the new one and its rules take its place, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from governance import ledger
from governance.choices import StandardStatus
from governance.exceptions import NameTaken, StandardStale
from governance.models import DraftEdit, Rule, StandardVersion, User
from governance.services.standards import CompiledRule, draft_content, rules_write, subject_of


def standard_version_edit(
    *,
    actor: User,
    version: StandardVersion,
    digest: str,
    number: str,
    document: bytes,
    new_digest: str,
    rules: Sequence[CompiledRule],
    compiled: Mapping[str, Any],
    changes: Sequence[Sequence[str]],
) -> StandardVersion:
    """Put a new text in the place of the one with `digest`, in a draft only, compared and set in one update.

    Raises StandardStale (another text, or no draft any more), NameTaken (the number exists).
    """
    try:
        with transaction.atomic():
            DraftEdit.objects.create(
                version=version,
                digest=digest,
                document=bytes(version.document),
                digest_after=new_digest,
                changes=[list(change) for change in changes],
                by=actor,
            )
            held = StandardVersion.objects.filter(
                pk=version.pk, status=StandardStatus.DRAFT, digest=digest
            ).update(version=number, document=document, digest=new_digest, compiled=dict(compiled))
            if not held:
                raise StandardStale
            Rule.objects.filter(version=version).delete()
            version.refresh_from_db()
            written = rules_write(version, rules)
            data = {"before": digest, "changes": [list(change) for change in changes]}
            ledger.append(
                type="standard_version.edited",
                actor=actor,
                subject=subject_of(version),
                data={**data, "draft": draft_content(version, written)},
            )
    except IntegrityError as error:
        raise NameTaken(name=f"{version.standard.name} {number}") from error
    return version
