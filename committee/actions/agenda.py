"""The agenda: what was heard; and cases that go on to another committee."""

from __future__ import annotations

from committee import permissions
from committee.actions.checks import said
from committee.models import AgendaItem, Case
from committee.services import agenda, escalating
from governance.models import User
from governance.outbox import wake_on_commit
from governance.permissions import allow
from governance.refusals import governed
from governance.tasks import outbox_send

LONGEST_NOTE = 4_000


@governed("agenda.deal")
def agenda_deal(*, actor: User, item: AgendaItem, note: str) -> AgendaItem:
    """By presiding member or secretary, with a note. Raises NotPermitted, AgendaDealt, InvalidInput."""
    allow(permissions.keeps_files(actor, item.committee))
    return agenda.agenda_deal(actor=actor, item=item, note=said("note", note, LONGEST_NOTE))


def case_escalate(*, case: Case) -> Case | None:
    """Carry out what a closing said; called by the reactor, which may be woken twice."""
    raised = escalating.case_escalate(case=case)
    if raised is not None:
        wake_on_commit(outbox_send.delay)
    return raised
