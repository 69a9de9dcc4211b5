"""What the committee registers: cases, panels on other rooms' pages, the request act, menu, verifiers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.choices import CaseState
from committee.models import Case, CaseEvent, Committee, Dossier
from committee.services import tallying
from governance import notices, registry
from governance.models import LedgerEntry
from governance.permissions import has_function, is_active
from governance.record.canonical import sha256_hex
from governance.subject_ref import SubjectRef


def _title(uid: str) -> str | None:
    return Case.objects.filter(uid=uid).values_list("number", flat=True).first()


def _page(uid: str) -> str:
    return reverse("committee:case", args=[uid])


def _visible(user: Any, uid: str) -> bool:
    return Case.objects.visible_to(user).filter(uid=uid).exists()


def _ledger_visible(user: Any, uid: str) -> bool:
    """The ledger of an open sealed case is shown to nobody (committee-rules §9)."""
    case = Case.objects.filter(uid=uid).first()
    if case is None:
        return is_active(user)
    sealed = bool(case.tally.get("effective", {}).get("sealed"))
    return is_active(user) and (case.state == CaseState.CLOSED or not sealed)


def _digest(uid: str) -> str:
    return Case.objects.filter(uid=uid).values_list("subject_digest", flat=True).first() or ""


def _request_url(user: Any, ref: SubjectRef) -> str | None:
    if not has_function(user, "engineering"):
        return None
    return f"{reverse('committee:case_new')}?kind={ref.kind}&id={ref.id}"


def _adopt_url(user: Any, ref: SubjectRef) -> str | None:
    return f"{reverse('committee:case_new')}?kind={ref.kind}&id={ref.id}" if is_active(user) else None


def _cases_panel(_request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    cases = selectors.cases_about(ref)
    return {"cases": cases} if cases else None


def verify_cases() -> Iterator[tuple[str, str]]:
    """Replay each case through the engine: every stored event must give the hash that was sealed."""
    for case in Case.objects.select_related("committee").iterator():
        hashes = [e["hash"] for e in tallying.run(case).ledger]
        stored = list(case.events.order_by("seq").values_list("entry_hash", flat=True))
        if [h for h in hashes if h in set(stored)] != stored:
            yield f"case {case.number}", "events_differ"


def verify_case_events() -> Iterator[tuple[str, str]]:
    """Each event against its ledger entry, and each frame and dossier against the one sealed when raised."""
    sealed = {}
    for entry in LedgerEntry.objects.filter(type__startswith="case.", accepted=True).iterator():
        data = json.loads(entry.data)
        if "entry_hash" in data:
            sealed[(entry.subject_id, data["event"])] = data["entry_hash"]
        elif entry.type == "case.raised":
            yield from _verify_raised(entry.subject_id, data)
    for event in CaseEvent.objects.select_related("case").iterator():
        if sealed.pop((event.case.uid, event.seq), None) != event.entry_hash:
            yield f"case {event.case.number} event {event.seq}", "row_differs"
    for uid, seq in sealed:
        yield f"case {uid} event {seq}", "row_missing"


def _verify_raised(uid: str, data: dict[str, str]) -> Iterator[tuple[str, str]]:
    case = Case.objects.filter(uid=uid).first()
    if case is None:
        yield f"case {uid}", "row_missing"
        return
    if f"sha256:{sha256_hex(case.frame.encode())}" != data["frame"]:
        yield f"case {case.number}", "frame_differs"
    dossier = Dossier.objects.filter(case=case).first()
    content = bytes(dossier.content) if dossier else b""
    if f"sha256:{sha256_hex(content)}" != data["dossier"]:
        yield f"case {case.number}", "dossier_differs"


def _committee_title(uid: str) -> str | None:
    row = Committee.objects.filter(uid=uid).first()
    return str(row) if row else None


def open_cases(user: Any) -> int:
    return Case.objects.votable_by(user).count() if is_active(user) else 0


registry.register_kind(
    registry.SubjectKind("case", _("Case"), _title, _page, _visible, _digest, _ledger_visible)
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
registry.register_act(registry.Act("standard_version.acts", _("Open adoption case"), "gavel", _adopt_url, primary=True))
registry.register_act(registry.Act("model_version.acts", _("Ask for promotion"), "gavel", _adopt_url, primary=True))
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
notices.register_words("case_closed", _("Case %(number)s closed: %(outcome)s."))
notices.register_words("case_opened", _("Case %(number)s is open for your ballot."))
