"""What modeling registers about its subjects, menu and reactors."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance import notices, registry
from governance.permissions import is_active
from governance.subject_ref import SubjectRef
from modeling import permissions, sealed
from modeling.models import Backbone, ModelVersion, Sweep, TrainingPlan, TrainingRun


def _title(model: Any) -> Any:
    def title(uid: str) -> str | None:
        row = model.objects.filter(uid=uid).first()
        return str(row) if row else None

    return title


def _visible(model: Any) -> Any:
    def visible(user: Any, uid: str) -> bool:
        return is_active(user) and bool(model.objects.visible_to(user).filter(uid=uid).exists())

    return visible


def _digest(model: Any, field: str) -> Any:
    def digest(uid: str) -> str:
        return model.objects.filter(uid=uid).values_list(field, flat=True).first() or ""

    return digest


def _page(name: str) -> Any:
    def page(uid: str) -> str:
        return reverse(name, args=[uid])

    return page


def _train_url(user: Any, ref: SubjectRef) -> str | None:
    if not permissions.may_ask_for_run(user):
        return None
    return f"{reverse('modeling:run_new')}?version={ref.id}"


def _guide_url(user: Any, ref: SubjectRef) -> str | None:
    return f"{reverse('modeling:guide')}?version={ref.id}" if permissions.may_measure(user) else None


for _word, _label, _model, _url, _field in (
    ("backbone", _("Backbone"), Backbone, "modeling:backbone", "digest"),
    ("training_plan", _("Training plan"), TrainingPlan, "modeling:plan", "digest"),
    ("training_run", _("Training run"), TrainingRun, "modeling:run", "plan_digest"),
    ("sweep", pgettext_lazy("hyper-parameters", "Search"), Sweep, "modeling:sweep", "plan__digest"),
    ("model_version", _("Model version"), ModelVersion, "modeling:model", "digest"),
):
    registry.register_kind(
        registry.SubjectKind(
            _word,
            _label,
            _title(_model),
            _page(_url),
            _visible(_model),
            _digest(_model, _field),
            shown=registry.shown_rows(_model),
        )
    )

for _label, _url, _icon, _order in (
    (pgettext_lazy("training", "Runs"), "modeling:runs", "flask-conical", 10),
    (_("Models"), "modeling:models", "box", 20),
    (_("Plans"), "modeling:plans", "file-sliders", 30),
    (_("Backbones"), "modeling:backbones", "layers", 40),
):
    registry.register_menu(registry.MenuEntry("models", _label, _url, _icon, _order))

registry.register_reactor("permit.issued", "modeling.clock.on_permit_issued")
registry.register_reactor("permit.ended", "modeling.clock.on_permit_ended")
registry.register_reactor("permit.condition_met", "modeling.clock.on_permit_issued")
registry.register_reactor("run.finished", "modeling.clock.on_run_finished")
registry.register_reactor("validation.finished", "modeling.clock.on_permit_issued")
registry.register_act(
    registry.Act("dataset_version.acts", _("Train on this version"), "flask-conical", _train_url, order=50)
)
registry.register_act(
    registry.Act("dataset_version.acts", _("Which backbone reads it"), "layers", _guide_url, order=55)
)
for _verifier in (sealed.verify_plans, sealed.verify_runs, sealed.verify_models):
    registry.register_verifier(_verifier)

for _code, _words in (
    ("run_alert_below", _("%(run)s: %(metric)s is %(value)s at step %(step)s, below %(threshold)s.")),
    ("run_alert_above", _("%(run)s: %(metric)s is %(value)s at step %(step)s, above %(threshold)s.")),
    ("run_alert_broken", _("%(run)s: %(metric)s was no finite number at step %(step)s.")),
    ("run_alert_silent", _("%(run)s: nothing was heard of it for %(minutes)s minutes.")),
    ("run_alert_succeeded", _("%(run)s succeeded.")),
    ("run_alert_failed", _("%(run)s failed. Its page says why.")),
    ("run_alert_cancelled", _("%(run)s was stopped.")),
    ("run_trend_rising", _("%(run)s: the share of %(classes)s rises over time (p = %(p)s).")),
):
    notices.register_words(
        _code, _words, notices.TO_ACT if _code != "run_alert_succeeded" else notices.TO_KNOW
    )
