"""Addresses of the committee's API."""

from django.urls import path

from committee.api import advice, calendar, law, replay, seats, standing, views, watchdog, work

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
    path("cases/<str:uid>/advice", advice.AdviceOne.as_view()),
    path("cases/<str:uid>/tally", views.Tally.as_view()),
    path("cases/<str:uid>/events", views.Events.as_view()),
    path("cases/<str:uid>/input", replay.Input.as_view()),
    path("cases/<str:uid>/around", work.Around.as_view()),
    path("cases/<str:uid>/defer", work.Defer.as_view()),
    path("cases/<str:uid>/questions", work.Questions.as_view()),
    path("cases/<str:uid>/questions/<str:question>/answers", work.Answers.as_view()),
    path("cases/<str:uid>/emergency", work.Emergency.as_view()),
    path("cases/<str:uid>/emergency/confirm", work.EmergencyConfirm.as_view()),
    path("agenda", work.AgendaList.as_view()),
    path("agenda/<str:uid>/deal", work.AgendaDeal.as_view()),
    path("absences", standing.Absences.as_view()),
    path("absences/<str:uid>/end", standing.AbsenceEnd.as_view()),
    path("delegations", standing.Delegations.as_view()),
    path("delegations/<str:uid>/end", standing.DelegationEnd.as_view()),
    path("standing-conflicts", standing.StandingConflicts.as_view()),
    path("standing-conflicts/<str:uid>/end", standing.StandingConflictEnd.as_view()),
]
