"""Addresses of the catalogue's pages."""

from django.urls import path

from catalog.views import assets, checks, cleaning, dry_runs, exports, incidents, profiles, runs, versions

app_name = "catalog"

urlpatterns = [
    path("sources/", assets.sources_page, name="sources"),
    path("sources/new", assets.source_new, name="source_new"),
    path("sources/<str:uid>", assets.source_page, name="source"),
    path("datasets/", assets.datasets_page, name="datasets"),
    path("datasets/new", assets.dataset_new, name="dataset_new"),
    path("datasets/<str:uid>", assets.dataset_page, name="dataset"),
    path("datasets/<str:uid>/upload", versions.upload_page, name="upload"),
    path("datasets/<str:uid>/engine", checks.engine_change, name="dataset_engine"),
    path("ingest-runs/<str:uid>", versions.ingest_page, name="ingest_run"),
    path("dataset-versions/<str:uid>", versions.version_page, name="version"),
    path("dataset-versions/<str:uid>/rows", versions.version_rows, name="version_rows"),
    path("dataset-versions/<str:uid>/cell", versions.version_cell, name="version_cell"),
    path("dataset-versions/<str:uid>/export", exports.version_export, name="version_export"),
    path("dataset-versions/<str:uid>/validate", checks.validate, name="validate"),
    path("dataset-versions/<str:uid>/clean", cleaning.clean_page, name="clean"),
    path("dataset-versions/<str:uid>/split", cleaning.split_page, name="split"),
    path("dataset-versions/<str:uid>/profile", profiles.profile_page, name="profile"),
    path("dataset-versions/<str:uid>/suggestions", profiles.suggestions_page, name="suggestions"),
    path("suggestions/<str:uid>/accept", profiles.suggestion_accept, name="suggestion_accept"),
    path("suggestions/<str:uid>/reject", profiles.suggestion_reject, name="suggestion_reject"),
    path("validation-runs/", runs.runs_page, name="validation_runs"),
    path("validation-runs/<str:uid>", runs.run_page, name="validation_run"),
    path("validation-runs/<str:uid>/report.json", runs.run_report, name="validation_run_report"),
    path("validation-runs/<str:uid>/again", checks.run_again, name="validation_run_again"),
    path("standard-versions/<str:uid>/dry-run", dry_runs.dry_run, name="dry_run"),
    path("recipes/", cleaning.recipes_page, name="recipes"),
    path("recipes/new", cleaning.recipe_new, name="recipe_new"),
    path("recipes/<str:uid>", cleaning.recipe_page, name="recipe"),
    path("recipe-versions/<str:uid>", cleaning.recipe_version_page, name="recipe_version"),
    path("cleaning-runs/<str:uid>", cleaning.cleaning_page, name="cleaning_run"),
    path("derivation-runs/<str:uid>", cleaning.derivation_page, name="derivation_run"),
    path("quarantines/<str:uid>", cleaning.quarantine_page, name="quarantine"),
    path("quarantines/<str:uid>/cell", cleaning.quarantine_cell, name="quarantine_cell"),
    path("jobs/<str:kind>/<str:uid>/cancel", checks.job_cancel, name="job_cancel"),
    path("jobs/<str:kind>/<str:uid>/progress", checks.job_progress, name="job_progress"),
    path("incidents/", incidents.incidents_page, name="incidents"),
    path("incidents/<str:uid>", incidents.incident_page, name="incident"),
    path("incidents/<str:uid>/resolve", incidents.incident_resolve, name="incident_resolve"),
]
