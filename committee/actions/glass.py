"""Emergency access: two holders of seats, a reason, some hours. The engine says who and how long."""

from __future__ import annotations

from django.utils.translation import gettext as _

from committee import selectors
from committee.actions.checks import said
from committee.choices import GLASS_ACTIONS
from committee.exceptions import GlassNotHere
from committee.models import Case, GlassRequest
from committee.services import cases, glass
from governance.exceptions import InvalidInput
from governance.models import User
from governance.outbox import wake_on_commit
from governance.refusals import governed
from governance.tasks import outbox_send


@governed("case.ask_glass")
def glass_ask(*, actor: User, case: Case, reason: str, hours: int) -> GlassRequest:
    """The first person. Raises EventRefused (§10), GlassNotHere, GlassPending, InvalidInput."""
    _possible_here(case)
    if hours < 1:
        raise InvalidInput(field="hours", reason=_("at least one hour"))
    code = selectors.glass_refusal(actor, case, hours)
    if code:
        raise cases.refusal(case, code)
    return glass.glass_ask(actor=actor, case=case, reason=said("reason", reason), hours=hours)


@governed("case.break_glass")
def glass_confirm(*, actor: User, case: Case) -> Case:
    """The second person, within the hour. Raises EventRefused, GlassNotHere, GlassExpired."""
    _possible_here(case)
    done = glass.glass_confirm(actor=actor, case=case)
    wake_on_commit(outbox_send.delay)
    return done


def _possible_here(case: Case) -> None:
    if case.action not in GLASS_ACTIONS:
        raise GlassNotHere
