"""Addresses of modeling's pages."""

from django.urls import path

from modeling.views import backbones, compare, guide, metrics, models, outside, plans, runs, watching

app_name = "modeling"

urlpatterns = [
    path("backbones/", backbones.backbones_page, name="backbones"),
    path("backbones/new", backbones.backbone_new, name="backbone_new"),
    path("backbones/guide", guide.guide_page, name="guide"),
    path("backbones/guide/measure", guide.guide_measure, name="guide_measure"),
    path("backbones/guide/<str:uid>/progress", guide.guide_progress, name="guide_progress"),
    path("backbones/<str:uid>", backbones.backbone_page, name="backbone"),
    path("backbones/<str:uid>/check", backbones.backbone_check, name="backbone_check"),
    path("backbones/<str:uid>/progress", backbones.backbone_progress, name="backbone_progress"),
    path("plans/", plans.plans_page, name="plans"),
    path("plans/new", plans.plan_new, name="plan_new"),
    path("plans/<str:uid>", plans.plan_page, name="plan"),
    path("runs/", runs.runs_page, name="runs"),
    path("runs/compare", compare.compare_page, name="compare"),
    path("runs/compare.csv", compare.compare_file, name="compare_file"),
    path("runs/new", runs.run_new, name="run_new"),
    path("runs/<str:uid>", runs.run_page, name="run"),
    path("runs/<str:uid>/progress", runs.run_progress, name="run_progress"),
    path("runs/<str:uid>/points", runs.run_points, name="run_points"),
    path("runs/<str:uid>/cancel", runs.run_cancel, name="run_cancel"),
    path("runs/<str:uid>/priority", runs.run_prioritise, name="run_prioritise"),
    path("runs/<str:uid>/notes", runs.run_note, name="run_note"),
    path("runs/<str:uid>/metrics", metrics.run_metrics, name="run_metrics"),
    path("runs/<str:uid>/series", metrics.run_series, name="run_series"),
    path("runs/<str:uid>/tags", watching.run_tag, name="run_tag"),
    path("runs/<str:uid>/tags/remove", watching.run_untag, name="run_untag"),
    path("runs/<str:uid>/alerts", watching.alert_set, name="alert_set"),
    path("runs/<str:uid>/alerts/<str:alert>/remove", watching.alert_remove, name="alert_remove"),
    path("runs/<str:uid>/tensorboard", outside.run_tensorboard, name="run_tensorboard"),
    path("runs/<str:uid>/files/<path:path>", outside.run_file, name="run_file"),
    path("models/", models.models_page, name="models"),
    path("models/<str:uid>", models.model_page, name="model"),
    path("models/<str:uid>/card.md", models.model_card, name="model_card"),
    path("models/<str:uid>/quarantine", models.model_quarantine, name="model_quarantine"),
]
