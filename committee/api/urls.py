"""Addresses of the committee's API."""

from django.urls import path

from committee.api import calendar, seats, views, watchdog

urlpatterns = [
    path("committee", views.CommitteeOne.as_view()),
    path("watchdog", watchdog.WatchdogOne.as_view()),
    path("committee/calendar", calendar.CalendarOne.as_view()),
    path("committee/seats", seats.Seats.as_view()),
    path("committee/seats/<str:uid>/resign", seats.Resign.as_view()),
    path("committee/found", views.CommitteeFound.as_view()),
    path("cases", views.CaseList.as_view()),
    path("cases/<str:uid>", views.CaseOne.as_view()),
    path("cases/<str:uid>/ballots", views.Ballots.as_view()),
    path("cases/<str:uid>/return", views.Return.as_view()),
    path("cases/<str:uid>/resume", views.Resume.as_view()),
    path("cases/<str:uid>/withdraw", views.Withdraw.as_view()),
    path("cases/<str:uid>/conflicts", views.Conflicts.as_view()),
    path("cases/<str:uid>/conditions/<path:condition>", views.Condition.as_view()),
    path("cases/<str:uid>/revoke", views.Revoke.as_view()),
    path("cases/<str:uid>/dossier", views.DossierOne.as_view()),
    path("cases/<str:uid>/tally", views.Tally.as_view()),
    path("cases/<str:uid>/events", views.Events.as_view()),
]
