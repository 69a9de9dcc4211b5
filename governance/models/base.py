"""What every governed row shares: an opaque text identity that joins across rooms without foreign keys."""

from __future__ import annotations

import uuid

from django.db import models


def new_uid() -> str:
    """Return 32 hex digits of a random UUID: text of one type in every table (house: subjects)."""
    return uuid.uuid4().hex


class Identified(models.Model):
    """A row that SubjectRefs, permits and ledger entries may point at by `uid`."""

    uid = models.CharField(max_length=64, unique=True, default=new_uid, editable=False)

    class Meta:
        abstract = True


class SubjectFields(models.Model):
    """The columns (kind, id, digest) by which a row points at a thing of any room."""

    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_digest = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True
