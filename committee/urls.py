"""Addresses of committee pages."""

from django.urls import path

from committee import views

app_name = "committee"

urlpatterns = [
    path("cases/", views.cases_page, name="cases"),
    path("cases/new", views.case_new, name="case_new"),
    path("cases/<str:uid>", views.case_page, name="case"),
    path("cases/<str:uid>/ballot", views.ballot_post, name="ballot"),
    path("cases/<str:uid>/dossier", views.dossier_file, name="dossier"),
    path("cases/<str:uid>/conditions/<path:condition>", views.condition_page, name="condition"),
    path("cases/<str:uid>/<slug:act>", views.act_page, name="act"),
    path("committee/", views.committee_page, name="committee"),
]
