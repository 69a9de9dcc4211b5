"""Around cases: words of their notices, the verifier of questions, and what other pages show of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from committee import selectors
from committee.models import Answer, Case, Question
from governance import notices, registry
from governance.choices import PermitKind
from governance.models import LedgerEntry, Permit
from governance.record.canonical import sha256_hex
from governance.subject_ref import SubjectRef


def verify_questions() -> Iterator[tuple[str, str]]:
    """Each question and answer against the digest of its text in the ledger."""
    sealed: dict[str, str] = {}
    rows = LedgerEntry.objects.filter(type__in=("case.asked", "case.answered"), accepted=True)
    for text in rows.values_list("data", flat=True).iterator():
        data = json.loads(text)
        sealed[data.get("answer") or data["question"]] = data["text"]
    for model in (Question, Answer):
        for uid, text in model.objects.values_list("uid", "text").iterator():
            if sealed.pop(uid, None) != f"sha256:{sha256_hex(text.encode())}":
                yield f"{model.__name__.lower()} {uid}", "text_differs"
    for uid in sealed:
        yield f"question {uid}", "row_missing"


def _glass_panel(_request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """On the page of an emergency permit: what it is and where it is reviewed."""
    permit = Permit.objects.filter(uid=ref.id, kind=PermitKind.BREAK_GLASS).first()
    case = Case.objects.filter(number=permit.case_id).first() if permit else None
    if permit is None or case is None:
        return None
    review = Case.objects.filter(number=f"{case.number}-review").first()
    live = any(row.permit.pk == permit.pk for row in selectors.glass_live())
    return {"permit": permit, "case": case, "review": review, "live": live}


registry.register_verifier(verify_questions)
registry.register_panel(registry.Panel("permit.panels", "committee/_glass_panel.html", _glass_panel, order=1))
registry.register_reactor("case.closed", "committee.clock.on_case_closed")
registry.register_menu(
    registry.MenuEntry("committee", _("Agenda"), "committee:agenda", "list-checks", 30, prefix="/agenda")
)
for _code, _words in (
    ("case_asked", _("%(person)s asks about case %(number)s: %(text)s")),
    ("case_answered", _("%(person)s answered a question about case %(number)s: %(text)s")),
    ("permit_revoked", _("%(person)s revoked the permit of case %(number)s: %(reason)s")),
    (
        "glass_asked",
        _(
            "%(person)s asks for emergency access in case %(number)s for %(hours)s hours and needs a second"
            " person: %(reason)s"
        ),
    ),
    (
        "glass_broken",
        _(
            "%(first)s and %(second)s opened emergency access in case %(number)s for %(hours)s hours:"
            " %(reason)s"
        ),
    ),
    ("case_escalated", _("Case %(number)s goes on as %(next)s before committee %(committee)s.")),
    (
        "escalation_unplaced",
        _("Case %(number)s should go to committee %(committee)s, which does not exist here."),
    ),
    (
        "escalation_failed",
        _("Case %(number)s should go to committee %(committee)s, but no case could be raised: %(reason)s"),
    ),
):
    notices.register_words(_code, _words)
