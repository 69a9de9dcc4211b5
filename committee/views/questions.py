"""Answering a question about a case; asking one is an act of the case page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from committee import actions, selectors
from committee.forms.standing import AnswerForm
from committee.views.base import case_of, person
from committee.views.standing import record_response


@login_required
def answer_page(request: HttpRequest, uid: str, question: str) -> HttpResponse:
    case = case_of(request, uid)
    asked = selectors.question_by_uid(case, question)
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST or None)
    return record_response(
        request,
        form,
        lambda: actions.answer_give(actor=person(request), question=asked, text=form.cleaned_data["text"]),
        _("Your answer is in the record."),
        f"{reverse('committee:case', args=[case.uid])}?tab=questions",
        title=_("Answer a question"),
        lede=f"{case.number} · {asked.by}",
        note=asked.text,
        follows=_("Answers stay as they are; another one may follow. Everybody who sees the case reads it."),
        verb=_("Answer"),
    )
