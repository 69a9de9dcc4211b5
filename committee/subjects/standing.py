"""Absences, delegations and standing conflicts: kinds for the ledger, words of their notices, verifier."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee import permissions, selectors
from committee.models import Absence, Conflict, Delegation
from committee.sealing import standing_content
from governance import notices, registry
from governance.models import LedgerEntry
from governance.permissions import is_active
from governance.record.canonical import digest_of
from governance.subject_ref import SubjectRef

_ROWS: dict[str, Any] = {
    "absence": (Absence, selectors.absences, _("Absence"), ("seat__member", "declared_by")),
    "delegation": (
        Delegation,
        selectors.delegations,
        _("Delegation"),
        ("principal__member", "delegate__member", "declared_by"),
    ),
    "conflict": (Conflict, selectors.conflicts, _("Standing conflict"), ("member", "declared_by")),
}


def _visible(kind: str) -> Callable[[Any, str], bool]:
    def visible(user: Any, uid: str) -> bool:
        return is_active(user) and _ROWS[kind][1](user).filter(uid=uid).exists()

    return visible


def _title(kind: str) -> Callable[[str], str | None]:
    def title(uid: str) -> str | None:
        row = _ROWS[kind][0].objects.filter(uid=uid).first()
        return str(row) if row else None

    return title


def _shown(kind: str) -> Callable[[Any, Any], dict[str, str]]:
    def shown(user: Any, uids: Any) -> dict[str, str]:
        rows = _ROWS[kind][1](user).filter(uid__in=uids) if is_active(user) else []
        return {row.uid: str(row) for row in rows}

    return shown


def _page(kind: str) -> Callable[[str], str]:
    return lambda _uid: f"{reverse('committee:standing_register')}?kind={kind}"


def verify_standing() -> Iterator[tuple[str, str]]:
    """Each fact against the digest last sealed of it."""
    sealed: dict[str, str] = {}
    rows = LedgerEntry.objects.filter(subject_kind__in=_ROWS, accepted=True).order_by("seq")
    for uid, data in rows.values_list("subject_id", "data"):
        sealed[uid] = json.loads(data).get("digest", "")
    for kind, (model, _seen, _label, related) in _ROWS.items():
        for row in model.objects.select_related(*related).iterator():
            if sealed.pop(row.uid, None) != digest_of(standing_content(row)):
                yield f"{kind} {row.uid}", "row_differs"
    for uid in sealed:
        yield f"standing {uid}", "row_missing"


def _conflict_url(user: Any, ref: SubjectRef) -> str | None:
    """Offered to whoever may sit: an interest in the thing itself, beyond one case."""
    if not is_active(user) or not permissions.sees_standing(user):
        return None
    return f"{reverse('committee:conflict_new')}?kind={ref.kind}&id={ref.id}"


for _kind, (_model, _seen, _label, _related) in _ROWS.items():
    registry.register_kind(
        registry.SubjectKind(
            _kind,
            _label,
            _title(_kind),
            _page(_kind),
            _visible(_kind),
            lambda _uid: "",
            _visible(_kind),
            _shown(_kind),
        )
    )
registry.register_verifier(verify_standing)
registry.register_act(
    registry.Act("dataset.acts", _("Declare a standing conflict"), "user-x", _conflict_url, order=90)
)
for _code, _words in (
    ("delegation_given", _("%(person)s lets you cast their ballot from %(first)s to %(last)s.")),
    (
        "conflict_registered_for_you",
        _("%(person)s recorded a standing conflict of interest of yours: %(reason)s"),
    ),
    (
        "conflict_declared_for_you",
        _("%(person)s declared a conflict of interest of yours in case %(number)s: %(reason)s"),
    ),
):
    notices.register_words(_code, _words)
