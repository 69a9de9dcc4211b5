"""The lists of the pages that look across all apps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from committee.choices import OUTCOME_TONES
from console.inbox import InboxGroup
from governance import registry
from governance.choices import JOB_TONES
from governance.notices import NoticeRow
from governance.subject_ref import SubjectRef
from governance.tables import permit_badge
from ui import marks
from ui.tables import Column, Empty, Table


def _case_badge(case: Any) -> Any:
    if case.outcome:
        return marks.badge(OUTCOME_TONES[case.outcome], case.get_outcome_display())
    return marks.badge("info", case.get_state_display())


CASES = Table(
    label=_("Decisions due"),
    columns=(
        Column(
            _("Case"), "local_title", link=lambda c: registry.page_of(SubjectRef("case", c.uid)), sub="number"
        ),
        Column(_("Asked by"), lambda c: str(c.requester), wide=True),
        Column(_("Closes"), "closes_at", kind="moment"),
    ),
    empty=Empty(_("No case waits for your ballot"), _("It appears here when voting opens."), icon="gavel"),
)

SHORT = Table(
    label=_("Cases near their deadline without a quorum"),
    columns=(
        Column(
            _("Case"),
            "case.local_title",
            link=lambda row: registry.page_of(SubjectRef("case", row.case.uid)),
            sub="case.number",
        ),
        Column(_("Closes"), "case.closes_at", kind="moment"),
        Column(
            _("Quorum"),
            lambda row: marks.badge(
                "warn", _("%(have)s of %(needed)s") % {"have": row.have, "needed": row.needed}
            ),
            fit=True,
            end=True,
        ),
    ),
    empty=Empty(_("Every open case has its quorum"), "", icon="gavel"),
)

ASLEEP = Table(
    label=_("Cases asleep"),
    columns=(
        Column(
            _("Case"), "local_title", link=lambda c: registry.page_of(SubjectRef("case", c.uid)), sub="number"
        ),
        Column(_("Asleep since"), "asleep_since", kind="day"),
        Column(_("State"), _case_badge, fit=True, end=True),
    ),
    empty=Empty(_("No case is asleep"), "", icon="gavel"),
)

FAILING = Table(
    label=_("Failing rules on your data"),
    columns=(
        Column(
            _("Rule"),
            lambda row: row.outcome.rule_id,
            kind="code",
            link=lambda row: registry.page_of(SubjectRef("validation_run", row.outcome.run.uid)),
            sub=lambda row: row.dataset.name,
        ),
        Column(_("What it says"), lambda row: row.words, wide=True),
        Column(_("Rows"), "outcome.failing_rows", kind="number", name_on_phone=True),
        Column(_("Severity"), lambda row: marks.tag(row.outcome.get_severity_display()), fit=True, end=True),
    ),
    empty=Empty(
        _("No rule fails on your data"), _("Checks of new versions are listed here."), icon="shield-check"
    ),
)

ASKED = Table(
    label=_("Cases you asked for"),
    columns=(
        Column(
            _("Case"), "local_title", link=lambda c: registry.page_of(SubjectRef("case", c.uid)), sub="number"
        ),
        Column(_("State"), _case_badge, fit=True, end=True),
    ),
    empty=Empty(_("You have asked for nothing yet"), "", icon="gavel"),
)

INCIDENTS = Table(
    label=_("Open incidents on your data"),
    columns=(
        Column(
            _("Dataset"),
            lambda i: i.dataset.name,
            link=lambda i: registry.page_of(SubjectRef("dataset", i.dataset.uid)),
        ),
        Column(_("Kind"), lambda i: i.get_kind_display()),
        Column(_("Since"), "opened_at", kind="ago"),
    ),
    empty=Empty(_("No open incident on your data"), "", icon="shield-check"),
)

RUNS = Table(
    label=_("Your runs"),
    columns=(
        Column(_("Run"), "name", link=lambda r: r.get_absolute_url(), sub=lambda r: r.reason),
        Column(_("Asked"), "created_at", kind="ago", wide=True),
        Column(
            _("State"), lambda r: marks.badge(JOB_TONES[r.state], r.get_state_display()), fit=True, end=True
        ),
    ),
    empty=Empty(
        _("You have asked for no run yet"),
        _("Make a plan, then ask for a run under a permit."),
        icon="flask-conical",
    ),
)

PERMITS = Table(
    label=_("Permits you may use"),
    columns=(
        Column(_("Dataset version"), "title", link=lambda p: p.permit.get_absolute_url()),
        Column(_("Purpose"), "permit.purpose", wide=True),
        Column(_("Until"), "permit.valid_until", kind="day"),
        Column(_("Status"), permit_badge, fit=True, end=True),
    ),
    empty=Empty(
        _("No live permit is held by you or your teams"),
        _("Request one from a version's page."),
        icon="key-round",
    ),
)


def _state(unread: int) -> Any:
    if unread == 0:
        return marks.badge("idle", _("Read"), plain=True)
    return marks.badge("info", _("%(count)s new") % {"count": unread})


def _all_about(group: InboxGroup) -> Any:
    return format_html('<a href="?{}">{}</a>', urlencode({"subject": group.subject}), group.total)


def inbox_table(token: str, url: str) -> Table:
    """Messages by subject; `token` guards the buttons that mark them as read, sent to `url`."""

    def button(group: InboxGroup) -> Any:
        return _read_button(token, url, "subject", group.subject) if group.unread else ""

    return Table(
        label=_("Inbox"),
        columns=(
            Column(_("Newest message"), "newest.words", link=lambda g: g.newest.url, sub="newest.kind"),
            Column(_("Messages"), _all_about, fit=True, name_on_phone=True),
            Column(_("When"), "newest.notice.created_at", kind="moment"),
            Column(_("State"), lambda g: _state(g.unread), fit=True, end=True),
            Column(_("Action"), button, fit=True),
        ),
        empty=_NOTHING_SENT,
    )


def notices_table(token: str, url: str) -> Table:
    """Every message about one thing."""

    def button(row: NoticeRow) -> Any:
        return "" if row.notice.read_at else _read_button(token, url, "uid", row.notice.uid)

    return Table(
        label=_("Inbox"),
        columns=(
            Column(_("Message"), "words", link=lambda row: row.url),
            Column(_("When"), "notice.created_at", kind="moment"),
            Column(_("State"), lambda row: _state(0 if row.notice.read_at else 1), fit=True, end=True),
            Column(_("Action"), button, fit=True),
        ),
        empty=_NOTHING_SENT,
    )


_NOTHING_SENT = Empty(
    _("Nothing has been sent to you"),
    _("Messages about your data, cases and runs come here."),
    icon="inbox",
)


def _read_button(token: str, url: str, name: str, value: str) -> Any:
    return format_html(
        '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="{}" value="{}"><button class="btn quiet">{}</button></form>',
        url,
        token,
        name,
        value,
        _("Mark as read"),
    )


HITS = Table(
    label=_("Found"),
    columns=(
        Column(_("Name"), "title", link=lambda hit: hit.url, sub="note"),
        Column(_("Kind"), lambda hit: marks.tag(hit.kind, hit.icon), fit=True, end=True),
    ),
    empty=Empty(
        _("Nothing found that you may see"), _("Try a part of a name, in Chinese or English."), icon="search"
    ),
)
