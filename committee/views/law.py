"""Pages of the committee's law: all texts, one text, its editor, and the rules a case would be decided by."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from committee import actions, linting, permissions, rehearsal, selectors
from committee.choices import LawKind, LawStatus
from committee.forms.law import AccessRuleForm, FoundingForm, JsonForm, LawFilter, TextForm
from committee.forms.places import SeatForm
from committee.forms.rules import CharterForm, PolicyForm, fits_fields
from committee.forms.trying import RulesForm as TryForm
from committee.models import Committee, LawText
from committee.tables.law import LAW, VERSIONS, law_badge
from committee.views.base import person
from governance import panels
from governance.exceptions import DomainError
from governance.subject_ref import SubjectRef
from ui.htmx import is_htmx

FORMS: dict[str, type[TextForm]] = {
    LawKind.CHARTER: CharterForm,
    LawKind.POLICY: PolicyForm,
    LawKind.ACCESS_RULE: AccessRuleForm,
    LawKind.SEAT: SeatForm,
    LawKind.COMMITTEE: FoundingForm,
}
DONE = {
    "propose": gettext_lazy("Proposed. Its text is frozen; open a case, so that the committee decides."),
    "drop": gettext_lazy("Dropped. It stays readable."),
    "adopt": gettext_lazy("In force."),
}


@login_required
@require_GET
def law_page(request: HttpRequest) -> HttpResponse:
    """Every version of every text."""
    form = LawFilter(request.GET)
    rows = selectors.law_list(person(request))
    if form.is_valid():
        rows = selectors.law_filtered(rows, form.cleaned_data)
    context = {
        "filter": form,
        "page": LAW.page(request, rows),
        "kinds": LawKind.choices if permissions.may_draft_law(person(request)) else (),
    }
    return render(request, "committee/law_list.html", context)


def _text(request: HttpRequest, uid: str) -> LawText:
    text = selectors.law_by_uid(person(request), uid.replace("\x00", ""))
    if text is None:
        raise Http404
    return text


@login_required
@require_GET
def text_page(request: HttpRequest, uid: str) -> HttpResponse:
    """One version: in words and as stored, what it changes, whether cases still pass, its history."""
    return _text_response(request, _text(request, uid))


def _text_response(request: HttpRequest, text: LawText, status: int = 200, refused: str = "") -> HttpResponse:
    view = selectors.law_view(text)
    ref = SubjectRef(text.kind, text.uid, text.digest)
    context = {
        "view": view,
        "text": text,
        "badge": law_badge(text),
        "machine": json.dumps(text.data, ensure_ascii=False, indent=2, sort_keys=True),
        "versions": VERSIONS.page(request, view.versions),
        "may_draft": permissions.may_draft_law(person(request)),
        "acts": panels.acts(request, f"{text.kind}.acts", ref),
        "panels": panels.panels(request, f"{text.kind}.panels", ref),
        "refused": refused,
    }
    return render(request, "committee/law_text.html", context, status=status)


def _trial(request: HttpRequest, part: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """What the engine found by trying: the part of a page that loads it, or a page of its own."""
    if is_htmx(request):
        return render(request, part, context)
    return render(request, "committee/law_trial.html", context | {"trial": part, "trial_title": title})


@login_required
@require_GET
def text_lint(request: HttpRequest, uid: str) -> HttpResponse:
    """Whether cases can still pass under it; tried when it is asked for, not with every view of the text."""
    text = _text(request, uid)
    if not linting.lints(text):
        raise Http404
    found = selectors.law_lint(text)
    context = {"text": text, "lines": found.lines, "kinds": found.kinds, "fatal": found.fatal}
    return _trial(request, "committee/_lint.html", _("Can cases still pass"), context)


@login_required
@require_GET
def text_rehearsal(request: HttpRequest, uid: str) -> HttpResponse:
    """Which past cases would have ended otherwise under it."""
    text = _text(request, uid)
    if not rehearsal.rehearses(text):
        raise Http404
    context = {"text": text, "found": selectors.law_rehearsal(text)}
    return _trial(request, "committee/_rehearsal.html", _("Past cases under this text"), context)


@login_required
@require_POST
def act_post(request: HttpRequest, uid: str, act: str) -> HttpResponse:
    """Propose, drop or put into force; a refusal is shown where one was."""
    acts = {"propose": actions.law_propose, "drop": actions.law_drop, "adopt": actions.law_adopt}
    if act not in acts:
        raise Http404
    text = _text(request, uid)
    try:
        acts[act](actor=person(request), text=text)
    except DomainError as error:
        text.refresh_from_db()
        return _text_response(request, text, error.status, f"{error.text} {error.next_step}")
    messages.success(request, str(DONE[act]))
    return redirect(text)


@login_required
def text_new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new draft: from nothing, from what is in force, or from another version (`?from=`)."""
    if kind not in FORMS:
        raise Http404
    base = _base(request, kind)
    committee = base.committee if base else _committee(request)
    return _editor(request, committee, kind, base, None)


def _base(request: HttpRequest, kind: str) -> LawText | None:
    """What the new draft starts from; a charter always from the one in force."""
    uid = request.GET.get("from", "")
    if uid:
        text = _text(request, uid)
        if text.kind != kind:
            raise Http404
        return text
    committee = _committee(request)
    return selectors.charter_of(committee)[0] if kind == LawKind.CHARTER else None


def _committee(request: HttpRequest) -> Committee:
    found = selectors.committee_of(request.GET.get("committee", "").replace("\x00", ""))
    if found is None:
        raise Http404
    return found


@login_required
def text_edit(request: HttpRequest, uid: str) -> HttpResponse:
    """Edit a draft; the text it was opened with has to be the one it still has."""
    text = _text(request, uid)
    if text.status != LawStatus.DRAFT:
        raise Http404
    return _editor(request, text.committee, text.kind, text, text)


def _editor(
    request: HttpRequest, committee: Committee, kind: str, base: LawText | None, draft: LawText | None
) -> HttpResponse:
    if not permissions.may_draft_law(person(request)):
        raise Http404
    raw = _wants_json(request, kind, base)
    make = JsonForm if raw else FORMS[kind]
    form = make(request.POST) if request.method == "POST" else make(initial=_initial(make, base, draft))
    status, preview = 200, None
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                if "preview" not in request.POST:
                    return _stored(request, committee, kind, form, draft)
                preview = selectors.law_preview(committee, kind, form.document(), repeals=form.ends)
                status = 200
            except DomainError as error:
                form.add_error(None, f"{error.text} {error.next_step}")
                status = error.status
    context = {
        "form": form,
        "kind": kind,
        "draft": draft,
        "preview": preview,
        "raw": raw,
        **_named(kind, base),
    }
    return render(request, "committee/law_form.html", context, status=status)


def _named(kind: str, base: LawText | None) -> dict[str, Any]:
    return {
        "base": base,
        "kind_label": LawKind(kind).label,
        "by_rules": kind in (LawKind.CHARTER, LawKind.POLICY),
        "fields_only": kind == LawKind.COMMITTEE,
    }


def _wants_json(request: HttpRequest, kind: str, base: LawText | None) -> bool:
    """Asked for, or more than the fields can show."""
    if kind == LawKind.COMMITTEE:
        return False
    rules = base.data if base else {}
    rules = rules.get("set", {}) if kind == LawKind.POLICY else rules
    return request.GET.get("form") == "json" or not fits_fields(rules)


def _initial(make: type[TextForm], base: LawText | None, draft: LawText | None) -> dict[str, Any]:
    if base is None:
        return {}
    said = {"title": base.title, "title_zh": base.title_zh, "repeals": base.repeals}
    if draft is not None:
        said |= {"note": draft.note, "digest": draft.digest}
    return said | make.first_values(base.data)


def _stored(
    request: HttpRequest, committee: Committee, kind: str, form: TextForm, draft: LawText | None
) -> HttpResponse:
    user, document, around = person(request), form.document(), form.around()
    if draft is None:
        text = actions.law_draft(actor=user, committee=committee, kind=kind, document=document, **around)
    else:
        digest = form.cleaned_data["digest"]
        text = actions.law_edit(actor=user, text=draft, document=document, digest=digest, **around)
    messages.success(request, _("The draft is stored. Nothing changes until the committee has decided."))
    return redirect(text)


@login_required
@require_GET
def rules_page(request: HttpRequest) -> HttpResponse:
    """Try it: which rules a case of this kind would be decided by, and where each comes from."""
    form = TryForm(request.GET or None)
    committee = _committee(request)
    rules = None
    if form.is_bound and form.is_valid():
        rules = selectors.rules_for(committee, form.question())
    context = {
        "form": form,
        "committee": committee,
        "rules": rules,
    }
    return render(request, "committee/rules.html", context, status=400 if form.errors else 200)


@login_required
@require_GET
def rules_today(request: HttpRequest) -> HttpResponse:
    """What would stop cases under the law in force."""
    committee = _committee(request)
    context = {"committee": committee, "findings": selectors.lint_today(committee)}
    return _trial(request, "committee/_today.html", _("Can cases pass today"), context)
