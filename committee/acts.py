"""The acts of a case page: who is offered which, what follows from it, and the action behind it.

Offering is a courtesy to the reader; whether it is allowed the engine says when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from committee import actions, forms
from committee.choices import CaseState
from committee.selectors import CaseView
from governance.models import User

MakeForm = Callable[[CaseView, User, QueryDict | None], django_forms.Form]


@dataclass(frozen=True, slots=True)
class Act:
    """`verb` is the word on its button, `follows` says the consequence, `done` what was done."""

    name: str
    verb: Any
    title: Any
    follows: Any
    done: Any
    icon: str
    offered: Callable[[CaseView], bool]
    form: MakeForm
    call: Callable[..., Any]
    danger: bool = False


def may(act: Act, view: CaseView) -> bool:
    return act.offered(view)


def _reason(_view: CaseView, _user: User, data: QueryDict | None) -> django_forms.Form:
    return forms.ReasonForm(data)


def _nothing(_view: CaseView, _user: User, data: QueryDict | None) -> django_forms.Form:
    return forms.EmptyForm(data)


def _evidence(_view: CaseView, _user: User, data: QueryDict | None) -> django_forms.Form:
    return forms.EvidenceForm(data)


def _conflict(view: CaseView, user: User, data: QueryDict | None) -> django_forms.Form:
    """Oneself; presiding member and secretary may name whoever sits."""
    uids = [user.uid]
    if view.keeps_files:
        uids += view.seated_uids
    return forms.ConflictForm(data, uids=uids)


def _undecided(view: CaseView) -> bool:
    return view.state != CaseState.CLOSED


_ALL = (
    Act(
        "return",
        _("Return for information"),
        _("Return the case for information?"),
        _("The clock stops and ballots stay. Only the requester can resume it."),
        _("The case is returned to its requester."),
        "undo-2",
        lambda view: view.presiding and view.is_open,
        _reason,
        actions.case_return,
    ),
    Act(
        "resume",
        _("Resume the case"),
        _("Resume the case?"),
        _("Voting is open again with the working days that were left, at least one."),
        _("Voting is open again."),
        "play",
        lambda view: view.requester and view.state == CaseState.RETURNED,
        _nothing,
        actions.case_resume,
    ),
    Act(
        "withdraw",
        pgettext_lazy("case", "Withdraw the case"),
        _("Withdraw the case?"),
        _("The case closes at once and no ballot counts. It never reopens; raise a new one instead."),
        _("The case is withdrawn."),
        "circle-minus",
        lambda view: view.requester and _undecided(view),
        _nothing,
        actions.case_withdraw,
        danger=True,
    ),
    Act(
        "conflict",
        _("Declare a conflict"),
        _("Declare a conflict of interest?"),
        _("The person is barred for the whole case; a ballot already cast is void. It cannot be taken back."),
        _("The conflict is declared."),
        "user-x",
        lambda view: _undecided(view) and (view.keeps_files or view.my_seat is not None),
        _conflict,
        actions.conflict_declare,
        danger=True,
    ),
    Act(
        "condition",
        _("Confirm the condition"),
        _("Confirm that the condition is met?"),
        _("The permit opens once every condition before use is met. Its owner cannot confirm it."),
        _("The condition is met."),
        "circle-check",
        lambda view: view.may_revoke,
        _evidence,
        actions.condition_confirm,
    ),
    Act(
        "revoke",
        _("Revoke the permit"),
        _("Revoke the permit?"),
        _("Runs under it stop within seconds, what came of them is quarantined. It never revives."),
        _("The permit is revoked."),
        "ban",
        lambda view: view.may_revoke,
        _reason,
        actions.permit_revoke,
        danger=True,
    ),
)
ACTS = {act.name: act for act in _ALL}
