"""What became of a decision: issued, effective, woken, retried; “approved” never means less than it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committee.choices import APPROVALS, CaseAction, CaseState, LawStatus
from committee.models import Case, LawText
from governance import selectors as law
from governance.choices import DeliveryState, PermitStatus, StandardStatus
from governance.models import OutboxDelivery
from governance.selectors import ConditionRow, PermitRow


@dataclass(frozen=True, slots=True)
class Step:
    """One stage with its tone and what is so about it."""

    name: str
    tone: str
    word: str
    note: str = ""


def effect_steps(
    case: Case, permit: PermitRow | None, conditions: tuple[ConditionRow, ...]
) -> tuple[Step, ...]:
    """From decision to effect, for a case that was approved; empty for any other."""
    if case.state != CaseState.CLOSED or case.outcome not in APPROVALS or permit is None:
        return ()
    issued = Step(_("Permit issued"), "ok", _("Done"))
    return (issued, _effective(case, permit, conditions), *_told(case, permit))


def _effective(case: Case, permit: PermitRow, conditions: tuple[ConditionRow, ...]) -> Step:
    name = _("In force") if case.action == CaseAction.ADOPT else _("Permit opens")
    if permit.status == PermitStatus.SUSPENDED:
        waiting = ", ".join(c.id for c in conditions if c.when == "before_use" and c.status != "met")
        return Step(name, "warn", _("Not yet"), _("waits for the conditions %(names)s") % {"names": waiting})
    if permit.status != PermitStatus.ACTIVE:
        return Step(name, "bad", _("No more"), str(PermitStatus(permit.status).label))
    if case.action == CaseAction.ADOPT and not _adopted(case):
        return Step(name, "warn", _("Not yet"), _("the text is not in force so far"))
    return Step(name, "ok", _("Yes"))


def _adopted(case: Case) -> bool:
    """Whether the text is the one in force, or was until a later one followed."""
    if case.subject_kind == "standard_version":
        version = law.version_by_uid(case.subject_id)
        held = {StandardStatus.IN_FORCE, StandardStatus.SUPERSEDED}
        return version is not None and version.status in held
    text = LawText.objects.filter(uid=case.subject_id).first()
    return text is None or text.status in {LawStatus.IN_FORCE, LawStatus.SUPERSEDED}


def _told(case: Case, permit: PermitRow) -> list[Step]:
    """Whether those who act on it were woken: outbox rows about the subject since the closing, or permit."""
    about = Q(subject_kind=case.subject_kind, subject_id=case.subject_id, created_at__gte=case.closed_at)
    rows = OutboxDelivery.objects.filter(about | Q(subject_kind="permit", subject_id=permit.permit.uid))
    wanted = rows.filter(event__in=("permit.issued", "permit.ended", "permit.condition_met"))
    facts = wanted.aggregate(
        total=Count("id"), done=Count("id", filter=Q(state=DeliveryState.DONE)), tried=Max("attempts")
    )
    if not facts["total"]:
        return []
    name = _("Runs, models and texts that depend on it are told")
    note = _("%(done)s of %(total)s") % facts
    if facts["done"] == facts["total"]:
        return [Step(name, "ok", _("Done"), note)]
    if facts["tried"] <= 1:
        return [Step(name, "info", _("On its way"), note)]
    words: Any = ngettext("%(count)s attempt so far", "%(count)s attempts so far", facts["tried"])
    return [Step(name, "warn", _("Retried"), f"{note} · {words % {'count': facts['tried']}}")]
