"""Addresses of governance pages."""

from django.urls import path

from governance import views

app_name = "governance"

urlpatterns = [
    path("standards/", views.standards_page, name="standards"),
    path("standards/new", views.standard_new, name="standard_new"),
    path("standards/<str:uid>", views.standard_page, name="standard"),
    path("standard-versions/<str:uid>", views.standard_version_page, name="standard_version"),
    path(
        "standard-versions/<str:uid>/propose", views.standard_version_propose, name="standard_version_propose"
    ),
    path(
        "standard-versions/<str:uid>/document",
        views.standard_version_document,
        name="standard_version_document",
    ),
    path("permits/", views.permits_page, name="permits"),
    path("permits/<str:uid>", views.permit_page, name="permit"),
    path("ledger/", views.ledger_page, name="ledger"),
    path("ledger/verify", views.ledger_verify, name="ledger_verify"),
    path("people/", views.people_page, name="people"),
    path("people/<slug:what>", views.people_act, name="people_act"),
    path("account/", views.account_page, name="account"),
    path("account/tokens", views.token_issue, name="token_issue"),
    path("account/tokens/<str:uid>/revoke", views.token_revoke, name="token_revoke"),
]
