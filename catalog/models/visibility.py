"""Who may know that a dataset exists and see its facts: one condition, joined by uid (house: `visible_to`).

Levels below the access rule are open to everybody signed in. Above, a person needs a role on the dataset, a
governance team, or a live permit to read, export or train held by them or their team.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from governance.choices import AccessAction, PermitEventKind
from governance.models import AccessRule, Membership, Permit, User
from governance.permissions import has_function, is_active
from governance.permits import granting

UNFOUNDED_LEVEL = 3
"""From which level on reading needs a right while no committee has set an access rule."""
ENDING = (PermitEventKind.REVOKED, PermitEventKind.VOID, PermitEventKind.ENDED)


def sees_everything(user: User) -> bool:
    return has_function(user, "governance")


def permitted_subjects(user: User) -> QuerySet[Permit, str]:
    """uids of datasets and versions a live permit of the user names, as a subquery of text."""
    now = timezone.now()
    teams = Membership.objects.filter(user=user).current()
    holders = teams.annotate(holder=Concat(Value("team:"), "team__uid")).values("holder")
    rows = Permit.objects.filter(
        Q(holder=f"user:{user.uid}") | Q(holder__in=holders),
        granting(*AccessAction.values),
        subject_kind__in=("dataset", "dataset_version"),
        valid_from__lte=now,
        valid_until__gt=now,
    )
    return rows.exclude(events__kind__in=ENDING).values_list("subject_id", flat=True)


def dataset_condition(user: object, prefix: str = "") -> Q | None:
    """A condition on rows that reach their dataset by `prefix` (as "version__dataset__"); None: no limit.

    Nobody signed in gets a condition that holds for no row.
    """
    if not isinstance(user, User) or not is_active(user):
        return Q(pk__in=[])
    if sees_everything(user):
        return None
    # Imported here because datasets.py needs this module for its queryset.
    from catalog.models.datasets import DatasetVersion, Ownership

    subjects = permitted_subjects(user)
    roles = Ownership.objects.current().filter(user=user).values("dataset_id")
    versions = DatasetVersion.objects.filter(uid__in=subjects).values("dataset_id")
    # All of it is one condition of the list's own query: a page with several lists asks nothing twice.
    rule = AccessRule.objects.filter(action=AccessAction.READ).values("min_level")[:1]
    return (
        Q(**{f"{prefix}level__lt": Coalesce(Subquery(rule), UNFOUNDED_LEVEL)})
        | Q(**{f"{prefix}pk__in": roles})
        | Q(**{f"{prefix}uid__in": subjects})
        | Q(**{f"{prefix}pk__in": versions})
    )
