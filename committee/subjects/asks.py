"""Where a case can be asked for on pages of other rooms: access, export, a waiver, recertification."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog import selectors as catalog
from committee import selectors
from governance import registry
from governance.models import Permit
from governance.permissions import is_active
from governance.subject_ref import SubjectRef


def ask_url(ref: SubjectRef, action: str, **more: str) -> str:
    query = urlencode({"kind": ref.kind, "id": ref.id, "action": action, **more})
    return f"{reverse('committee:case_new')}?{query}"


def _read_url(user: Any, ref: SubjectRef) -> str | None:
    return ask_url(ref, "read") if is_active(user) else None


def _export_url(user: Any, ref: SubjectRef) -> str | None:
    return ask_url(ref, "export") if is_active(user) else None


def _renew_url(user: Any, ref: SubjectRef) -> str | None:
    permit = Permit.objects.prefetch_related("events").filter(uid=ref.id).first()
    if permit is None or not selectors.renewal_offered(user, permit):
        return None
    about = SubjectRef(permit.subject_kind, permit.subject_id)
    return ask_url(about, "recertify", of=permit.uid)


def _failed_rules(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """On a dataset's page: each rule that failed in the newest check, with the way to ask for its waiver."""
    rules = [rule for rule in catalog.failing_rules(ref.id) if rule.verdict == "failed"]
    if not rules or not is_active(request.user):
        return None
    return {"rules": [(rule, ask_url(ref, "waive", rule=rule.rule_id)) for rule in rules]}


def _failed_rule(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """On the page of a check of the newest version: the rule that is looked at, where it failed."""
    run, _sep, rule_id = ref.id.partition("/")
    found = catalog.failed_rule(run, rule_id)
    if found is None or not is_active(request.user):
        return None
    url = ask_url(SubjectRef("dataset", found.dataset_uid), "waive", rule=found.rule_id)
    return {"rules": [(found, url)]}


def _cases(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    cases = selectors.cases_about(request.user, ref)
    return {"cases": cases} if cases else None


for _slot, _label, _icon, _url, _order in (
    ("dataset.acts", _("Request access"), "key-round", _read_url, 10),
    ("dataset.acts", _("Request export"), "download", _export_url, 20),
    ("permit.acts", _("Ask for recertification"), "refresh-cw", _renew_url, 5),
):
    registry.register_act(registry.Act(_slot, _label, _icon, _url, order=_order))
registry.register_panel(
    registry.Panel("dataset.panels", "committee/_failed_rules_panel.html", _failed_rules, order=20)
)
registry.register_panel(
    registry.Panel("validation_run.rule", "committee/_failed_rules_panel.html", _failed_rule, order=10)
)
registry.register_panel(registry.Panel("dataset.panels", "committee/_cases_panel.html", _cases, order=10))
