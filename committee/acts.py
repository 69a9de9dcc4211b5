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

from committee import actions, forms, selectors
from committee.choices import GLASS_ACTIONS, CaseState
from committee.forms.standing import DeferForm, GlassForm, QuestionForm
from committee.models import Case
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
    offered: Callable[[CaseView, User], bool]
    form: MakeForm
    call: Callable[..., Any]
    danger: bool = False

    tab: str = ""

    def back(self, case: Case) -> str:
        """Where its page leads once it is done."""
        return case.get_absolute_url() + (f"?tab={self.tab}" if self.tab else "")


def may(act: Act, view: CaseView, user: User) -> bool:
    return act.offered(view, user)


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


def _defer(_view: CaseView, _user: User, data: QueryDict | None) -> django_forms.Form:
    return DeferForm(data)


def _question(_view: CaseView, _user: User, data: QueryDict | None) -> django_forms.Form:
    return QuestionForm(data)


def _hours(view: CaseView, _user: User, data: QueryDict | None) -> django_forms.Form:
    return GlassForm(data, most=view.output["effective"]["break_glass_max_hours"])


def _undecided(view: CaseView, _user: User) -> bool:
    return view.state != CaseState.CLOSED


def _resumable(view: CaseView, _user: User) -> bool:
    returned = view.requester and view.state == CaseState.RETURNED
    return returned or (view.presiding and view.state == CaseState.DEFERRED)


def _glass_possible(view: CaseView, user: User) -> bool:
    """Holders of seats who are not barred, where emergency access exists and was not used."""
    mine = any(seat.holds and not seat.bars for seat in view.seats)
    kind = view.case.action in GLASS_ACTIONS and view.output["review_case"] is None
    return _undecided(view, user) and mine and kind


def _may_ask_glass(view: CaseView, user: User) -> bool:
    if not _glass_possible(view, user):
        return False
    waiting = selectors.glass_waiting(view.case)
    return waiting is None or waiting.first_id == user.pk


def _may_confirm_glass(view: CaseView, user: User) -> bool:
    if not _glass_possible(view, user):
        return False
    waiting = selectors.glass_waiting(view.case)
    return waiting is not None and waiting.first_id != user.pk


_ALL = (
    Act(
        "ask",
        _("Ask a question"),
        _("Ask a question about the case"),
        _("The requester is told. Questions and answers are part of the record, for all who see the case."),
        _("Your question is in the record."),
        "message-circle-question-mark",
        _undecided,
        _question,
        actions.question_ask,
        tab="questions",
    ),
    Act(
        "return",
        _("Return for information"),
        _("Return the case for information?"),
        _("The clock stops and ballots stay. Only the requester can resume it."),
        _("The case is returned to its requester."),
        "undo-2",
        lambda view, _user: view.presiding and view.is_open,
        _reason,
        actions.case_return,
    ),
    Act(
        "defer",
        _("Defer the case"),
        _("Defer the case?"),
        _("The clock stops and ballots stay. It resumes by itself on that day, or when you resume it."),
        _("The case is deferred."),
        "calendar-clock",
        lambda view, _user: view.presiding and view.is_open,
        _defer,
        actions.case_defer,
    ),
    Act(
        "resume",
        _("Resume the case"),
        _("Resume the case?"),
        _("Voting is open again with the working days that were left, at least one."),
        _("Voting is open again."),
        "play",
        _resumable,
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
        lambda view, user: view.requester and _undecided(view, user),
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
        lambda view, user: _undecided(view, user) and (view.keeps_files or view.my_seat is not None),
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
        lambda view, _user: view.may_revoke,
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
        lambda view, _user: view.may_revoke,
        _reason,
        actions.permit_revoke,
        danger=True,
    ),
    Act(
        "ask-emergency",
        _("Ask for emergency access"),
        _("Ask for emergency access?"),
        _(
            "A second member has to confirm within 60 minutes. Then a permit opens for these hours without a"
            " decision, everybody in the committee is told, and a review of you both is opened."
        ),
        _("The other members are told; one of them has to confirm within 60 minutes."),
        "siren",
        _may_ask_glass,
        _hours,
        actions.glass_ask,
        danger=True,
    ),
    Act(
        "confirm-emergency",
        _("Confirm emergency access"),
        _("Open emergency access together?"),
        _("A permit opens now without a decision. Everybody in the committee is told; a review is opened."),
        _("Emergency access is open."),
        "siren",
        _may_confirm_glass,
        _nothing,
        actions.glass_confirm,
        danger=True,
    ),
)
ACTS = {act.name: act for act in _ALL}
