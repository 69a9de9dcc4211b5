"""Permits to read or export a version: which covers what, and for which purposes a person holds one."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from catalog.models import DatasetVersion
from catalog.models.visibility import ENDING
from catalog.selectors.gates import contract_digest
from governance import permits
from governance.choices import PermitStatus
from governance.exceptions import PermitHolderMismatch, PermitRefused
from governance.models import Permit, User
from governance.subject_ref import SubjectRef


def access_use(
    user: User, subject: SubjectRef, action: str, purpose: str, columns: Iterable[str]
) -> permits.Use:
    """Reading or exporting as a use of a permit."""
    return permits.Use(action, subject, purpose, user, columns=tuple(sorted(columns)))


def access_subjects(version: DatasetVersion) -> tuple[SubjectRef, SubjectRef]:
    """What a permit that covers the version is about: these bytes, or the dataset under its contract."""
    dataset = SubjectRef("dataset", version.dataset.uid, contract_digest(version.dataset))
    return SubjectRef("dataset_version", version.uid, version.digest), dataset


def access_permit(
    user: User, version: DatasetVersion, action: str, purpose: str, columns: Iterable[str]
) -> tuple[Permit, permits.Use]:
    """The permit held by the user or their team that covers the columns for the purpose, and the use it is
    asked for. Raises the PermitRefused subclass that came nearest, PermitRefused itself without any."""
    nearest: PermitRefused = PermitRefused()
    wanted = tuple(columns)
    for subject in access_subjects(version):
        use = access_use(user, subject, action, purpose, wanted)
        try:
            return permits.require(use), use
        except PermitHolderMismatch:
            continue  # that others hold one is not told
        except PermitRefused as refusal:
            nearest = refusal if type(refusal) is not PermitRefused else nearest
    raise nearest


def purposes_held(user: User, version: DatasetVersion, action: str) -> set[str]:
    """The purposes of permits the user holds or held, whatever became of them: worth a refusal with its
    reason."""
    uids = [version.uid, version.dataset.uid]
    rows = Permit.objects.filter(
        permits.granting(action), subject_id__in=uids, holder__in=permits.holders_of(user)
    )
    return set(rows.values_list("purpose", flat=True))


def permitted_purposes(user: User, version: DatasetVersion, action: str) -> list[str]:
    """The purposes for which a live permit lets the user do this with the version."""
    now, found = timezone.now(), set()
    refs = access_subjects(version)
    rows = Permit.objects.filter(
        permits.granting(action),
        subject_id__in=[ref.id for ref in refs],
        holder__in=permits.holders_of(user),
        valid_from__lte=now,
        valid_until__gt=now,
    ).exclude(events__kind__in=ENDING)
    for permit in rows.select_related("decision").prefetch_related("events"):
        about = SubjectRef(permit.subject_kind, permit.subject_id, permit.subject_digest)
        if (
            about in refs
            and permits.is_authentic(permit)
            and permits.status_of(permit, now) == PermitStatus.ACTIVE
        ):
            found.add(permit.purpose)
    return sorted(found)


def has_permits(subject: SubjectRef, action: str) -> bool:
    """Whether anybody was ever granted this about the subject."""
    rows = Permit.objects.filter(permits.granting(action), subject_kind=subject.kind, subject_id=subject.id)
    return rows.exists()
