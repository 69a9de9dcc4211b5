"""Addresses of committee pages."""

from django.urls import path

from committee.views import (
    agenda,
    bodies,
    calendar,
    cases,
    evidence,
    law,
    opening,
    questions,
    replay,
    seats,
    standing,
    watchdog,
)

app_name = "committee"

urlpatterns = [
    path("cases/", cases.cases_page, name="cases"),
    path("cases/new", opening.case_new, name="case_new"),
    path("cases/<str:uid>", cases.case_page, name="case"),
    path("cases/<str:uid>/ballot", cases.ballot_post, name="ballot"),
    path("cases/<str:uid>/evidence", evidence.evidence_page, name="evidence"),
    path("cases/<str:uid>/input.json", replay.input_file, name="input"),
    path("cases/<str:uid>/dossier", cases.dossier_file, name="dossier"),
    path("cases/<str:uid>/conditions/<path:condition>", cases.condition_page, name="condition"),
    path("cases/<str:uid>/questions/<str:question>", questions.answer_page, name="answer"),
    path("cases/<str:uid>/<slug:act>", cases.act_page, name="act"),
    path("agenda/", agenda.agenda_page, name="agenda"),
    path("agenda/<str:uid>", agenda.agenda_item_page, name="agenda_item"),
    path("committee/my-seat", standing.my_seat_page, name="my_seat"),
    path("committee/register", standing.register_page, name="standing_register"),
    path("committee/seats/<str:uid>/absence", standing.absence_new, name="absence_new"),
    path("committee/seats/<str:uid>/delegation", standing.delegation_new, name="delegation_new"),
    path("committee/absences/<str:uid>/end", standing.absence_end, name="absence_end"),
    path("committee/delegations/<str:uid>/end", standing.delegation_end, name="delegation_end"),
    path("committee/conflicts/new", standing.conflict_new, name="conflict_new"),
    path("committee/conflicts/<str:uid>/end", standing.conflict_end, name="conflict_end"),
    path("committee/", bodies.committee_page, name="committee"),
    path("committee/seats", seats.seats_page, name="seats"),
    path("committee/seats/<str:uid>/resign", seats.seat_resign, name="seat_resign"),
    path("watchdog/", watchdog.watchdog_page, name="watchdog"),
    path("committee/calendar", calendar.calendar_page, name="calendar"),
    path("committee/calendar/update", calendar.calendar_update, name="calendar_update"),
    path("committee/calendar/day", calendar.calendar_day, name="calendar_day"),
    path("committee/law/", law.law_page, name="law"),
    path("committee/law/new/<str:kind>", law.text_new, name="law_new"),
    path("committee/law/<str:uid>", law.text_page, name="law_text"),
    path("committee/law/<str:uid>/edit", law.text_edit, name="law_edit"),
    path("committee/law/<str:uid>/lint", law.text_lint, name="law_lint"),
    path("committee/law/<str:uid>/rehearsal", law.text_rehearsal, name="law_rehearsal"),
    path("committee/law/<str:uid>/<slug:act>", law.act_post, name="law_act"),
    path("committee/rules", law.rules_page, name="rules"),
    path("committee/rules/today", law.rules_today, name="rules_today"),
]
