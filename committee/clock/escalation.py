"""The reactor of closed cases: those that go on to another committee."""

from __future__ import annotations

from committee import actions
from committee.models import Case
from governance.outbox import reaction


@reaction("committee.clock.on_case_closed")
def on_case_closed(subject_kind: str, subject_id: str) -> None:
    """Raise the next case where the rules name another committee; a second wake-up finds it raised."""
    for case in Case.objects.filter(uid=subject_id):
        actions.case_escalate(case=case)
