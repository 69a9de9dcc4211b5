"""Addresses of committee pages."""

from django.urls import path

from committee.views import bodies, calendar, cases

app_name = "committee"

urlpatterns = [
    path("cases/", cases.cases_page, name="cases"),
    path("cases/new", cases.case_new, name="case_new"),
    path("cases/<str:uid>", cases.case_page, name="case"),
    path("cases/<str:uid>/ballot", cases.ballot_post, name="ballot"),
    path("cases/<str:uid>/dossier", cases.dossier_file, name="dossier"),
    path("cases/<str:uid>/conditions/<path:condition>", cases.condition_page, name="condition"),
    path("cases/<str:uid>/<slug:act>", cases.act_page, name="act"),
    path("committee/", bodies.committee_page, name="committee"),
    path("committee/calendar", calendar.calendar_page, name="calendar"),
    path("committee/calendar/update", calendar.calendar_update, name="calendar_update"),
    path("committee/calendar/day", calendar.calendar_day, name="calendar_day"),
]
