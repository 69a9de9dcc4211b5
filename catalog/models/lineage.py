"""What was made from what, by which run. Both ends are SubjectRefs, so models and outside systems fit."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from governance.models import Identified


class LineageEdge(Identified):
    """`to` was made from `from` by a run. Insert-only."""

    from_kind = models.CharField(max_length=40)
    from_id = models.CharField(max_length=64)
    to_kind = models.CharField(max_length=40)
    to_id = models.CharField(max_length=64)
    by_kind = models.CharField(max_length=40)
    by_id = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["from_kind", "from_id"], name="catalog_lineage_from"),
            models.Index(fields=["to_kind", "to_id"], name="catalog_lineage_to"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["from_kind", "from_id", "to_kind", "to_id", "by_kind", "by_id"],
                name="catalog_lineageedge_unique",
            ),
            models.CheckConstraint(
                condition=~models.Q(from_kind=models.F("to_kind"), from_id=models.F("to_id")),
                name="catalog_lineageedge_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_kind}:{self.from_id[:8]} → {self.to_kind}:{self.to_id[:8]}"
