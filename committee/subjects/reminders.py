"""Words of reminders, the most urgent with the highest number: a mail is named after it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance import notices

for _code, _urgency, _words in (
    ("case_reminder_half", 60, _("Case %(number)s waits for your ballot; voting ends on %(last)s.")),
    ("case_reminder_last_day", 90, _("Last day to vote in case %(number)s; your ballot is missing.")),
    (
        "case_reminder_stand_in",
        85,
        _("Last day to vote in case %(number)s; %(seat)s is silent, and you may stand in for it."),
    ),
    (
        "case_reminder_silence",
        80,
        _("Last day to vote in case %(number)s; ballots missing: %(count)s."),
    ),
    (
        "case_reminder_quorum",
        80,
        _("Case %(number)s closes on %(last)s without a quorum: %(have)s of %(needed)s so far."),
    ),
    (
        "condition_due_soon",
        60,
        _("Condition %(condition)s of case %(number)s is due on %(due)s and not confirmed yet."),
    ),
    (
        "condition_due_today",
        90,
        _("Condition %(condition)s of case %(number)s is due today and not confirmed yet."),
    ),
    (
        "permit_ends",
        50,
        _("The permit for %(action)s, %(purpose)s, ends on %(last)s: ask for recertification."),
    ),
    ("case_asleep_draft", 40, _("Case %(number)s is still a draft: open it or withdraw it.")),
    (
        "case_asleep_returned",
        50,
        _("Case %(number)s waits for your answer since it was returned: resume it or withdraw it."),
    ),
    ("case_asleep_deferred", 50, _("Case %(number)s is still deferred: resume it when it can be heard.")),
):
    notices.register_words(_code, _words, _urgency)
