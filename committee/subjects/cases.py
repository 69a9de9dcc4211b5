"""Cases and committees: kinds, panels on other rooms' pages, the request act, menu, words of notices."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import CaseState
from committee.models import Case, Committee
from governance import notices, registry
from governance.models import Permit
from governance.permissions import has_function, is_active
from governance.subject_ref import SubjectRef


def _title(uid: str) -> str | None:
    return Case.objects.filter(uid=uid).values_list("number", flat=True).first()


def _page(uid: str) -> str:
    return reverse("committee:case", args=[uid])


def _visible(user: Any, uid: str) -> bool:
    return Case.objects.visible_to(user).filter(uid=uid).exists()


def _readable(case: Case) -> bool:
    """The ledger of an open sealed case is shown to nobody (committee-rules §9)."""
    sealed = bool(case.tally.get("effective", {}).get("sealed"))
    return case.state == CaseState.CLOSED or not sealed


def _ledger_visible(user: Any, uid: str) -> bool:
    case = Case.objects.filter(uid=uid).first()
    return is_active(user) and (case is None or _readable(case))


def _ledger_titles(user: Any, uids: Collection[str]) -> dict[str, str]:
    """Numbers of the cases whose entries the reader may see, in one query."""
    if not is_active(user):
        return {}
    cases = Case.objects.filter(uid__in=uids).only("uid", "number", "state", "tally")
    return {case.uid: case.number for case in cases if _readable(case)}


def _seen(user: Any, uids: Collection[str]) -> set[str]:
    """Those of the cases the reader may know, in one query."""
    return set(Case.objects.visible_to(user).filter(uid__in=uids).values_list("uid", flat=True))


def _digest(uid: str) -> str:
    return Case.objects.filter(uid=uid).values_list("subject_digest", flat=True).first() or ""


def _request_url(user: Any, ref: SubjectRef) -> str | None:
    if not has_function(user, "engineering"):
        return None
    return f"{reverse('committee:case_new')}?kind={ref.kind}&id={ref.id}"


def _adopt_url(user: Any, ref: SubjectRef) -> str | None:
    return f"{reverse('committee:case_new')}?kind={ref.kind}&id={ref.id}" if is_active(user) else None


def _revoke_url(user: Any, ref: SubjectRef) -> str | None:
    """Offered to whom the case page offers it: presiding member and secretary of the deciding committee."""
    permit = Permit.objects.filter(uid=ref.id).first()
    case = Case.objects.filter(number=permit.case_id).first() if permit and is_active(user) else None
    if case is None or not selectors.case_view(user, case).may_revoke:
        return None
    return reverse("committee:act", args=[case.uid, "revoke"])


def _case_url(_user: Any, ref: SubjectRef) -> str | None:
    permit = Permit.objects.filter(uid=ref.id).first()
    uid = Case.objects.filter(number=permit.case_id).values_list("uid", flat=True).first() if permit else None
    return _page(uid) if uid else None


def _cases_panel(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    cases = selectors.cases_about(request.user, ref)
    return {"cases": cases} if cases else None


def _committee_title(uid: str) -> str | None:
    row = Committee.objects.filter(uid=uid).first()
    return str(row) if row else None


def open_cases(user: Any) -> int:
    return selectors.waiting_count(user)


registry.register_kind(
    registry.SubjectKind(
        "case", _("Case"), _title, _page, _visible, _digest, _ledger_visible, _ledger_titles, _seen
    )
)
registry.register_kind(
    registry.SubjectKind(
        "committee",
        _("Committee"),
        _committee_title,
        lambda uid: reverse("committee:committee"),
        lambda user, uid: is_active(user),
        lambda uid: "",
    )
)
for _slot in ("dataset_version.acts",):
    registry.register_act(registry.Act(_slot, _("Request permit"), "key-round", _request_url, primary=True))
registry.register_act(
    registry.Act("standard_version.acts", _("Open adoption case"), "gavel", _adopt_url, primary=True)
)
registry.register_act(
    registry.Act("model_version.acts", _("Ask for promotion"), "gavel", _adopt_url, primary=True)
)
registry.register_act(registry.Act("permit.acts", _("Deciding case"), "gavel", _case_url, order=10))
registry.register_act(registry.Act("permit.acts", _("Revoke the permit"), "ban", _revoke_url, order=20))
for _slot in ("dataset_version.panels", "standard_version.panels", "model_version.panels"):
    registry.register_panel(registry.Panel(_slot, "committee/_cases_panel.html", _cases_panel, order=10))
for _label, _url, _icon, _order, _count in (
    (_("Cases"), "committee:cases", "gavel", 10, open_cases),
    (_("Committee"), "committee:committee", "landmark", 40, None),
):
    registry.register_menu(registry.MenuEntry("committee", _label, _url, _icon, _order, _count))
registry.register_reactor("dataset_version.changed", "committee.clock.on_subject_changed")
for _code, _words in (
    ("case_approved", _("Case %(number)s was approved; its permit is issued.")),
    ("case_approved_with_conditions", _("Case %(number)s was approved with conditions.")),
    ("case_rejected", _("Case %(number)s was rejected.")),
    ("case_withdrawn", _("Case %(number)s was withdrawn.")),
    ("case_expired", _("Case %(number)s expired without a decision.")),
    ("case_inquorate", _("Case %(number)s closed: too few seats may vote for a quorum.")),
    ("case_superseded", _("Case %(number)s is superseded: its subject or the rules changed.")),
    ("case_returned", _("Case %(number)s was returned to you for information.")),
    ("condition_adopted", _("Condition %(condition)s of case %(number)s is yours, due %(due)s.")),
):
    notices.register_words(_code, _words)
notices.register_words("case_opened", _("Case %(number)s is open for your ballot."), notices.TO_ACT)
