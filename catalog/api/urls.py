"""Addresses of the catalogue's API, mounted under /api/v1/."""

from django.urls import path

from catalog.api import assets, jobs

app_name = "catalog_api"

urlpatterns = [
    path("sources", assets.SourceList.as_view(), name="sources"),
    path("sources/<str:uid>", assets.SourceOne.as_view(), name="source"),
    path("datasets", assets.DatasetList.as_view(), name="datasets"),
    path("datasets/<str:uid>", assets.DatasetOne.as_view(), name="dataset"),
    path("datasets/<str:uid>/ownerships", assets.OwnershipList.as_view(), name="ownerships"),
    path("datasets/<str:uid>/uploads", assets.Upload.as_view(), name="uploads"),
    path("ownerships/<str:uid>/end", assets.OwnershipEnd.as_view(), name="ownership_end"),
    path("ingest-runs/<str:uid>", assets.IngestRunOne.as_view(), name="ingest_run"),
    path("ingest-runs/<str:uid>/cancel", jobs.CancelIngest.as_view(), name="ingest_run_cancel"),
    path("dataset-versions", assets.VersionList.as_view(), name="versions"),
    path("dataset-versions/<str:uid>", assets.VersionOne.as_view(), name="version"),
    path("dataset-versions/<str:uid>/columns", assets.ColumnList.as_view(), name="columns"),
    path("dataset-versions/<str:uid>/gate", assets.GateOne.as_view(), name="gate"),
    path("dataset-versions/<str:uid>/scorecard", assets.ScorecardOne.as_view(), name="scorecard"),
    path("dataset-versions/<str:uid>/lineage", assets.LineageOne.as_view(), name="lineage"),
    path("dataset-versions/<str:uid>/rows", assets.VersionRows.as_view(), name="rows"),
    path("dataset-versions/<str:uid>/cell", assets.VersionCell.as_view(), name="cell"),
    path("dataset-versions/<str:uid>/validate", jobs.Validate.as_view(), name="validate"),
    path("dataset-versions/<str:uid>/clean", jobs.Clean.as_view(), name="clean"),
    path("validation-runs", jobs.ValidationRunList.as_view(), name="validation_runs"),
    path("validation-runs/<str:uid>", jobs.ValidationRunOne.as_view(), name="validation_run"),
    path("validation-runs/<str:uid>/outcomes", jobs.OutcomeList.as_view(), name="outcomes"),
    path("validation-runs/<str:uid>/cancel", jobs.CancelValidation.as_view(), name="validation_run_cancel"),
    path("recipes", jobs.RecipeList.as_view(), name="recipes"),
    path("recipes/<str:uid>", jobs.RecipeOne.as_view(), name="recipe"),
    path("recipe-versions", jobs.RecipeVersionList.as_view(), name="recipe_versions"),
    path("recipe-versions/<str:uid>", jobs.RecipeVersionOne.as_view(), name="recipe_version"),
    path("cleaning-runs", jobs.CleaningRunList.as_view(), name="cleaning_runs"),
    path("cleaning-runs/<str:uid>", jobs.CleaningRunOne.as_view(), name="cleaning_run"),
    path("cleaning-runs/<str:uid>/cancel", jobs.CancelCleaning.as_view(), name="cleaning_run_cancel"),
    path("splits", jobs.Split.as_view(), name="splits"),
    path("derivation-runs", jobs.DerivationRunList.as_view(), name="derivation_runs"),
    path("derivation-runs/<str:uid>", jobs.DerivationRunOne.as_view(), name="derivation_run"),
    path("derivation-runs/<str:uid>/cancel", jobs.CancelDerivation.as_view(), name="derivation_run_cancel"),
    path("quarantines", jobs.QuarantineList.as_view(), name="quarantines"),
    path("quarantines/<str:uid>", jobs.QuarantineOne.as_view(), name="quarantine"),
    path("quarantines/<str:uid>/rows", jobs.QuarantineRows.as_view(), name="quarantine_rows"),
    path("quarantines/<str:uid>/cell", jobs.QuarantineCell.as_view(), name="quarantine_cell"),
    path("incidents", jobs.IncidentList.as_view(), name="incidents"),
    path("incidents/<str:uid>", jobs.IncidentOne.as_view(), name="incident"),
    path("incidents/<str:uid>/resolve", jobs.IncidentResolve.as_view(), name="incident_resolve"),
]
