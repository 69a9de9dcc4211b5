"""Addresses of governance pages."""

from django.urls import path

from governance.views import drafts, people, records, standards

app_name = "governance"

urlpatterns = [
    path("standards/", standards.standards_page, name="standards"),
    path("standards/new", standards.standard_new, name="standard_new"),
    path("standards/<str:uid>", standards.standard_page, name="standard"),
    path("standard-versions/<str:uid>", standards.standard_version_page, name="standard_version"),
    path(
        "standard-versions/<str:uid>/propose",
        standards.standard_version_propose,
        name="standard_version_propose",
    ),
    path(
        "standard-versions/<str:uid>/document",
        standards.standard_version_document,
        name="standard_version_document",
    ),
    path(
        "standard-versions/<str:uid>/export/<slug:form>",
        standards.standard_version_export,
        name="standard_version_export",
    ),
    path("standard-versions/<str:uid>/branch", drafts.standard_branch, name="standard_branch"),
    path("standard-versions/<str:uid>/edit", drafts.draft_page, name="draft"),
    path("standard-versions/<str:uid>/edit/rule", drafts.draft_rule, name="draft_rule"),
    path("standard-versions/<str:uid>/edit/column", drafts.draft_column, name="draft_column"),
    path("standard-versions/<str:uid>/edit/text", drafts.draft_text, name="draft_text"),
    path("standard-versions/<str:uid>/edit/lint", drafts.draft_lint, name="draft_lint"),
    path("standard-versions/<str:uid>/edit/<slug:act>", drafts.draft_act, name="draft_act"),
    path("permits/", records.permits_page, name="permits"),
    path("permits/<str:uid>", records.permit_page, name="permit"),
    path("ledger/", records.ledger_page, name="ledger"),
    path("ledger/verify", records.ledger_verify, name="ledger_verify"),
    path("people/", people.people_page, name="people"),
    path("people/<slug:what>", people.people_act, name="people_act"),
    path("account/", people.account_page, name="account"),
    path("account/tokens", people.token_issue, name="token_issue"),
    path("account/tokens/<str:uid>/revoke", people.token_revoke, name="token_revoke"),
]
