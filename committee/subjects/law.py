"""Texts of law: the five kinds of subject, the act that opens a case, the clock's wake-ups, the menu."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee.choices import UNDECIDED, LawKind, LawStatus
from committee.kinds.law import digest_for
from committee.models import Case, LawText
from governance import notices, registry
from governance.permissions import is_active
from governance.subject_ref import SubjectRef


def _title(kind: str) -> Callable[[str], str | None]:
    def title(uid: str) -> str | None:
        text = LawText.objects.filter(kind=kind, uid=uid).first()
        return str(text) if text else None

    return title


def _page(uid: str) -> str:
    return reverse("committee:law_text", args=[uid])


def _visible(kind: str) -> Callable[[Any, str], bool]:
    return lambda user, uid: LawText.objects.visible_to(user).filter(kind=kind, uid=uid).exists()


def _shown(user: Any, uids: Collection[str]) -> dict[str, str]:
    """Titles for a whole list, of all five kinds in one query."""
    rows = LawText.objects.visible_to(user).filter(uid__in=uids).defer("document")
    return {row.uid: str(row) for row in rows}


def _case_url(user: Any, ref: SubjectRef) -> str | None:
    """Offered while the text is proposed and no case about it runs."""
    proposed = LawText.objects.filter(uid=ref.id, status=LawStatus.PROPOSED).exists()
    running = Case.objects.filter(subject_kind=ref.kind, subject_id=ref.id, state__in=UNDECIDED).exists()
    if not is_active(user) or not proposed or running:
        return None
    return f"{reverse('committee:case_new')}?kind={ref.kind}&id={ref.id}&purpose=governance"


LABELS = {
    LawKind.CHARTER: _("Charter"),
    LawKind.POLICY: _("Policy"),
    LawKind.ACCESS_RULE: _("Access rule"),
    LawKind.SEAT: _("Seat"),
    LawKind.COMMITTEE: _("Further committee"),
}
for _kind, _label in LABELS.items():
    registry.register_kind(
        registry.SubjectKind(
            _kind.value,
            _label,
            _title(_kind),
            _page,
            _visible(_kind),
            digest_for(_kind),
            shown=_shown,
        )
    )
    registry.register_act(
        registry.Act(f"{_kind.value}.acts", _("Open adoption case"), "gavel", _case_url, primary=True)
    )
registry.register_menu(registry.MenuEntry("committee", _("Law"), "committee:law", "scale", 45))
registry.register_reactor("permit.issued", "committee.clock.on_law_permit_issued")
registry.register_reactor("permit.condition_met", "committee.clock.on_law_permit_issued")
registry.register_reactor("permit.ended", "committee.clock.on_law_permit_ended")
for _code, _words in (
    ("law_in_force", _("%(name)s is in force now.")),
    ("law_taken_back", _("%(name)s is in force no more: its permit ended.")),
):
    notices.register_words(_code, _words)
