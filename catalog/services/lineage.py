"""Writing lineage edges: rooms above write theirs through this service too."""

from __future__ import annotations

from django.db import transaction

from catalog.models import LineageEdge
from governance import ledger
from governance.models import User
from governance.subject_ref import SubjectRef


@transaction.atomic
def lineage_edge_add(
    *, source: SubjectRef, target: SubjectRef, by: SubjectRef, actor: User | None
) -> LineageEdge:
    """Record that `target` was made from `source` by the run `by`; a second call changes nothing."""
    row, created = LineageEdge.objects.get_or_create(
        from_kind=source.kind,
        from_id=source.id,
        to_kind=target.kind,
        to_id=target.id,
        by_kind=by.kind,
        by_id=by.id,
        defaults={"created_by": actor},
    )
    if created:
        ledger.append(
            type="lineage.added",
            actor=actor,
            subject=target,
            data={"edge": row.uid, "from": source.as_dict(), "by": by.as_dict()},
        )
    return row
