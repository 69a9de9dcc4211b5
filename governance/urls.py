"""Addresses of governance pages."""

from django.urls import path

from governance.views import channels, drafts, organisation, people, records, standards

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
    path("ledger/verdict", records.ledger_verdict, name="ledger_verdict"),
    path("organisation", organisation.organisation_page, name="organisation"),
    path("organisation/import", organisation.import_page, name="people_import"),
    path("organisation/import/apply", organisation.import_apply, name="people_import_apply"),
    path("organisation/export", organisation.export_file, name="people_export"),
    path("organisation/departments/<str:uid>", organisation.department_page, name="department"),
    path(
        "organisation/departments/<str:uid>/change",
        organisation.department_change,
        name="department_change",
    ),
    path("organisation/teams/<str:uid>", organisation.team_page, name="team"),
    path("organisation/teams/<str:uid>/change", organisation.team_change, name="team_change"),
    path("organisation/people/<str:uid>", organisation.person_page, name="person"),
    path("organisation/people/<str:uid>/change", organisation.person_change, name="person_change"),
    path(
        "organisation/people/<str:uid>/deactivate", organisation.person_deactivate, name="person_deactivate"
    ),
    path(
        "organisation/people/<str:uid>/reactivate", organisation.person_reactivate, name="person_reactivate"
    ),
    path("people/", people.people_page, name="people"),
    path("people/<slug:what>", people.people_act, name="people_act"),
    path("account/", people.account_page, name="account"),
    path("account/channels/<slug:kind>", channels.channel_page, name="channel"),
    path("account/channels/<slug:kind>/test", channels.channel_test, name="channel_test"),
    path("account/tokens", people.token_issue, name="token_issue"),
    path("account/tokens/<str:uid>/revoke", people.token_revoke, name="token_revoke"),
]
