"""What the committee registers: cases, panels on other rooms' pages, the request act, menu, verifiers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee import sealing, selectors, tallying
from committee.choices import CaseState
from committee.engine import InputFault, Result
from committee.models import Case, CaseEvent, Committee, Policy
from governance import ledger, notices, registry
from governance.models import LedgerEntry, Permit
from governance.permissions import has_function, is_active
from governance.permits import instant
from governance.record.canonical import sha256_hex
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


def verify_cases() -> Iterator[tuple[str, str]]:
    """Replay each case through the engine: every stored event must give the hash that was sealed."""
    for case in Case.objects.select_related("committee").iterator():
        try:
            result = tallying.run(case)
        except (InputFault, ValueError, KeyError, TypeError):  # a frame or event that is not what was written
            yield f"case {case.number}", "cannot_be_replayed"
            continue
        hashes = [e["hash"] for e in result.ledger]
        stored = list(case.events.order_by("seq").values_list("entry_hash", flat=True))
        if [h for h in hashes if h in set(stored)] != stored:
            yield f"case {case.number}", "events_differ"
        elif not _answer_holds(case, result):
            yield f"case {case.number}", "answer_differs"


def _answer_holds(case: Case, result: Result) -> bool:
    """Stored state and outcome are the engine's; a step that is due but not carried out yet is no fault."""
    out = result.output
    due = out["state"] == CaseState.CLOSED and case.state != CaseState.CLOSED
    return due or (case.state, case.outcome) == (out["state"], out["outcome"] or "")


def verify_case_events() -> Iterator[tuple[str, str]]:
    """Each event against its ledger entry, and each frame and dossier against the one sealed when raised."""
    sealed = {}
    for entry in LedgerEntry.objects.filter(type__startswith="case.", accepted=True).iterator():
        data = json.loads(entry.data)
        if "entry_hash" in data:
            sealed[(entry.subject_id, data["event"])] = data["entry_hash"]
        elif entry.type == "case.raised":
            yield from _verify_raised(entry.subject_id, data)
    for event in CaseEvent.objects.select_related("case", "by").iterator():
        agrees = sealed.pop((event.case.uid, event.seq), None) == event.entry_hash
        if not agrees or not _columns_agree(event):
            yield f"case {event.case.number} event {event.seq}", "row_differs"
    for uid, seq in sealed:
        yield f"case {uid} event {seq}", "row_missing"


def _verify_raised(uid: str, data: dict[str, str]) -> Iterator[tuple[str, str]]:
    case = Case.objects.filter(uid=uid).first()
    if case is None:
        yield f"case {uid}", "row_missing"
        return
    for code in sealing.differences(case, data):
        yield f"case {case.number}", code


def _columns_agree(event: CaseEvent) -> bool:
    """The columns that repeat what the event's own text says."""
    try:
        data = json.loads(event.data)
    except ValueError:
        return False
    by = event.by.uid if event.by else ledger.SYSTEM
    return bool((data["type"], data["by"], data["at"]) == (event.type, by, instant(event.at)))


def verify_law() -> Iterator[tuple[str, str]]:
    """Charter, policies and seats against the founding's ledger entry."""
    entry = LedgerEntry.objects.filter(type="committee.founded", accepted=True).first()
    for body in Committee.objects.all():
        sealed = json.loads(entry.data) if entry and entry.subject_id == body.uid else {}
        charters = [_text_digest(charter.document) for charter in body.charters.all()]
        policies = [_text_digest(policy.document) for policy in Policy.objects.order_by("pk")]
        seats = [
            f"{seat.code} user:{seat.member.uid}"
            for seat in body.seats.order_by("pk").select_related("member")
        ]
        for name, present in (("policies", policies), ("seats", seats)):
            if sealed.get(name) != present:
                yield f"committee {body.code}", f"{name}_differ"
        if charters != [sealed.get("charter")]:
            yield f"committee {body.code}", "charter_differs"


def _text_digest(text: str) -> str:
    return f"sha256:{sha256_hex(text.encode())}"


def _committee_title(uid: str) -> str | None:
    row = Committee.objects.filter(uid=uid).first()
    return str(row) if row else None


def open_cases(user: Any) -> int:
    return selectors.waiting_count(user)


registry.register_kind(
    registry.SubjectKind("case", _("Case"), _title, _page, _visible, _digest, _ledger_visible, _ledger_titles)
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
registry.register_verifier(verify_cases)
registry.register_verifier(verify_case_events)
registry.register_verifier(verify_law)
for _code, _words in (
    ("case_approved", _("Case %(number)s was approved; its permit is issued.")),
    ("case_approved_with_conditions", _("Case %(number)s was approved with conditions.")),
    ("case_rejected", _("Case %(number)s was rejected.")),
    ("case_withdrawn", _("Case %(number)s was withdrawn.")),
    ("case_expired", _("Case %(number)s expired without a decision.")),
    ("case_inquorate", _("Case %(number)s closed: too few seats may vote for a quorum.")),
    ("case_superseded", _("Case %(number)s is superseded: its subject changed.")),
    ("case_returned", _("Case %(number)s was returned to you for information.")),
    ("condition_adopted", _("Condition %(condition)s of case %(number)s is yours, due %(due)s.")),
):
    notices.register_words(_code, _words)
notices.register_words("case_opened", _("Case %(number)s is open for your ballot."))
