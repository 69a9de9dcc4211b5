"""Pages of model versions: the list, one model with lineage, scores and card, quarantine."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import panels
from governance.subject_ref import SubjectRef
from modeling import actions, charts, forms, permissions, tables
from modeling.lineage import model_lineage
from modeling.markdown import card_html
from modeling.models import ModelCard, ModelVersion
from modeling.reasons import reason_words
from modeling.selectors import level_of, pages, withdrawn
from modeling.views.base import acted, person, seen
from ui import words
from ui.csp import charts_allowed


@login_required
@require_GET
def models_page(request: HttpRequest) -> HttpResponse:
    form = forms.ModelFilter(request.GET)
    rows = pages.models_of(person(request))
    if form.is_valid():
        rows = _filtered(rows, form.cleaned_data)
    return render(
        request, "modeling/model_list.html", {"filter": form, "page": tables.MODELS.page(request, rows)}
    )


def _filtered(rows: QuerySet[ModelVersion], wanted: dict[str, Any]) -> QuerySet[ModelVersion]:
    if wanted["q"]:
        rows = rows.filter(name__icontains=wanted["q"])
    return rows.filter(state=wanted["state"]) if wanted["state"] else rows


def _model(request: HttpRequest, uid: str) -> ModelVersion:
    model: ModelVersion = seen(request, ModelVersion, uid, "run__plan__backbone", "run__requested_by")
    return model


@login_required
@require_GET
@charts_allowed
def model_page(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "modeling/model.html", _context(request, _model(request, uid)))


def _context(request: HttpRequest, model: ModelVersion) -> dict[str, Any]:
    user, run = person(request), model.run
    ref = SubjectRef("model_version", model.uid, model.digest)
    scores = pages.score_lines(run)
    metric, lines = next(iter(scores.items())) if scores else ("", [])
    card = _card(model)
    inputs = pages.inputs_of(user, run)
    return {
        "model": model,
        "run": run,
        "badge": tables.model_badge(model),
        "level": tables.level_mark(level_of(model.uid) or model.level),
        "reason": reason_words(model.reason) if model.reason else None,
        "withdrawn": withdrawn(model.uid),
        "task": tables.task_word(run.plan.task),
        "method": tables.method_word(run.plan.method),
        "metric": charts.metric_word(metric),
        "scores": tables.SCORES.of(lines),
        "other_scores": [
            (charts.metric_word(name), tables.SCORES.of(rows))
            for name, rows in scores.items()
            if name != metric
        ],
        "gains": charts.gain_chart(metric, lines) if lines else None,
        "lineage": model_lineage(model, inputs),
        "inputs": inputs,
        "permits": [
            (line, tables.permit_badge(line.status, line.authentic)) for line in pages.permits_of(run)
        ],
        "card": card_html(card.text) if card else "",
        "acts": panels.acts(request, "model_version.acts", ref) if model.state == "registered" else [],
        "panels": panels.panels(request, "model_version.panels", ref),
        "quarantine_form": forms.QuarantineForm(),
        "may_quarantine": model.state != "quarantined" and permissions.may_stop(user, run),
    }


def _card(model: ModelVersion) -> ModelCard | None:
    """The card in the reader's language, else in any."""
    wanted = "zh" if words.reads_chinese() else "en"
    found = {card.language: card for card in model.cards.all()}
    return found.get(wanted) or next(iter(found.values()), None)


@login_required
@require_GET
def model_card(request: HttpRequest, uid: str) -> HttpResponse:
    """The card as a Markdown file, as Hugging Face reads it."""
    model = _model(request, uid)
    card = _card(model)
    if card is None:
        raise Http404
    return HttpResponse(
        card.text,
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="model-card-{model.uid}.md"'},
    )


@login_required
@require_POST
def model_quarantine(request: HttpRequest, uid: str) -> HttpResponse:
    model, form = _model(request, uid), forms.QuarantineForm(request.POST)
    if not form.is_valid():
        context = {**_context(request, model), "quarantine_form": form}
        return render(request, "modeling/model.html", context, status=400)
    reason = form.cleaned_data["reason"]
    act = lambda: actions.model_quarantine(actor=person(request), model=model, reason=reason)  # noqa: E731
    return acted(request, act, _("The model is quarantined. Nothing new may rest on it."), model)
