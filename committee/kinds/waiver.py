"""Waiver: a dated, bounded exception to one rule that fails now (standard-rules §5.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from catalog import selectors as catalog
from committee import tallying
from committee.exceptions import SubjectNotReady, TermsInvalid
from committee.kinds import access, quality, terms
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.models import Committee
from governance.models import Permit
from governance.permits import granting

MOST_ROWS = 10**12


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (no rule fails)."""
    return _facts(uid, "")


def _facts(uid: str, rule_id: str) -> SubjectFacts:
    dataset = access.dataset_of(uid)
    failing = [rule for rule in catalog.failing_rules(uid) if rule.verdict == "failed"]
    if not failing:
        raise SubjectNotReady(reason=_("no rule fails"))
    chosen = [rule for rule in failing if rule.rule_id == rule_id]
    items = [_failing_item(failing)]
    if chosen:
        items = [_rule_item(chosen[0]), _trend_item(uid, rule_id), _earlier_item(uid, rule_id), *items]
    what = f"{rule_id} on {dataset.name}" if rule_id else dataset.name
    what_zh = f"{dataset.name} 的规则 {rule_id}" if rule_id else dataset.name
    return SubjectFacts(
        title=f"Waive {what}"[:200],
        title_zh=f"豁免{what_zh}"[:200],
        digest=dataset.digest,
        level=dataset.level,
        rows_changed=0,
        rows_total=dataset.rows,
        downstream_models=sum(ref.kind == "model_version" for ref in catalog.impact(dataset.latest_uid)),
        contributors=dataset.contributor_uids,
        beneficiaries=(),
        items=(*items, quality.incidents_item(uid)),
        related=(dataset.latest_uid,),
    )


def _rule_item(rule: catalog.RuleFacts) -> DossierItem:
    rows = rule.failing_rows
    return DossierItem(
        key="rule",
        title="The rule to be waived",
        title_zh="拟豁免的规则",
        finding=rule.message_en,
        finding_zh=rule.message_zh,
        tone="bad" if rule.severity == "blocker" else "warn",
        word="Closes the gate" if rule.severity == "blocker" else "Fails",
        word_zh="关闭准入" if rule.severity == "blocker" else "未通过",
        source=rule.run_uid,
        data={
            "rule": rule.rule_id,
            "severity": rule.severity,
            "judges": rule.level,
            "failing_rows": -1 if rows is None else rows,
            "checked_rows": -1 if rule.checked_rows is None else rule.checked_rows,
            "version": f"v{rule.version_number}",
            "samples": catalog.failing_samples(rule.run_uid, rule_id=rule.rule_id, rows=5),
        },
    )


def _trend_item(uid: str, rule_id: str) -> DossierItem:
    history = catalog.rule_history(uid, rule_id)
    failed = sum(row["verdict"] != "passed" for row in history)
    checks = quality.counted(len(history), "check")
    return DossierItem(
        key="trend",
        title="The rule in the last checks",
        title_zh="该规则近期的检查结果",
        finding=f"Unmet in {failed} of the last {checks}.",
        finding_zh=f"最近 {len(history)} 次检查中有 {failed} 次未通过。",
        tone="warn" if failed > 1 else "idle",
        word="Again and again" if failed > 1 else "First time",
        word_zh="反复出现" if failed > 1 else "首次出现",
        data={"checks": history},
    )


def _earlier_item(uid: str, rule_id: str) -> DossierItem:
    rows = Permit.objects.filter(granting("waive"), subject_id=uid, terms__rule=rule_id)
    found = [
        {
            "case": row.case_id,
            "until": str(row.terms.get("until", "")),
            "max_failing_rows": row.terms.get("max_failing_rows") or -1,
        }
        for row in rows.order_by("-valid_from")[:20]
    ]
    return DossierItem(
        key="waived_before",
        title="Waivers of this rule so far",
        title_zh="该规则以往的豁免",
        finding=f"Waived {len(found)} times before." if found else "Never waived before.",
        finding_zh=f"此前已豁免 {len(found)} 次。" if found else "此前从未豁免。",
        tone="warn" if found else "ok",
        word="Waived before" if found else "Never",
        word_zh="曾经豁免" if found else "从未",
        data={"waivers": found},
    )


def _failing_item(failing: list[catalog.RuleFacts]) -> DossierItem:
    rows = [
        {
            "rule": rule.rule_id,
            "severity": rule.severity,
            "failing_rows": -1 if rule.failing_rows is None else rule.failing_rows,
        }
        for rule in failing
    ]
    return DossierItem(
        key="failing",
        title="Rules that fail now",
        title_zh="目前未通过的规则",
        finding=f"{quality.counted(len(rows), 'rule')} unmet in the newest check.",
        finding_zh=f"最近一次检查中 {len(rows)} 条规则未通过。",
        tone="warn",
        word="For reading",
        word_zh="供审阅",
        source=failing[0].run_uid,
        data={"rules": rows},
    )


def check_terms(asked: dict[str, Any]) -> dict[str, Any]:
    """The shape of the terms. Raises TermsInvalid."""
    terms.known(asked, "rule", "max_failing_rows", "until", "standard_digest", "data_digest")
    rule = asked.get("rule")
    if not isinstance(rule, str) or not 1 <= len(rule) <= 300:
        raise TermsInvalid(reason="rule")
    checked: dict[str, Any] = {"rule": rule, "until": terms.day(asked, "until").isoformat()}
    if asked.get("max_failing_rows") is not None:
        checked["max_failing_rows"] = terms.bounded(asked, "max_failing_rows", MOST_ROWS)
    return checked


def terms_for(uid: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Bound to the text of the standard, and where it is asked for to the bytes; within what the charter
    allows. Raises TermsInvalid."""
    checked = check_terms(asked)
    _check_until(dt.date.fromisoformat(checked["until"]))
    rule = _failing(uid, checked["rule"])
    _check_rows(rule, checked.get("max_failing_rows"))
    checked["standard_digest"] = rule.standard_digest
    for name, present in (("standard_digest", rule.standard_digest), ("data_digest", rule.data_digest)):
        if asked.get(name) not in (None, "", present):
            raise TermsInvalid(reason=name)
    if asked.get("data_digest"):
        checked["data_digest"] = rule.data_digest
    return checked


def _failing(uid: str, rule_id: str) -> catalog.RuleFacts:
    access.dataset_of(uid)
    rule = next((r for r in catalog.failing_rules(uid) if r.rule_id == rule_id), None)
    if rule is None:
        raise TermsInvalid(reason=f"rule: {_('it does not fail now')}")
    if rule.verdict != "failed":
        raise TermsInvalid(reason=f"rule: {_('it could not be judged, so it cannot be waived')}")
    return rule


def _check_rows(rule: catalog.RuleFacts, most: int | None) -> None:
    """A row rule is waived up to a number of rows, at least those that fail now; a table rule has none."""
    if rule.level != "row":
        if most is not None:
            raise TermsInvalid(reason=f"max_failing_rows: {_('the rule judges the whole table')}")
    elif most is None or most < (rule.failing_rows or 0):
        raise TermsInvalid(reason=f"max_failing_rows: ≥ {rule.failing_rows or 0}")


def longest_days(committee: Committee | None) -> int:
    """How many days a permit of the committee lives at most."""
    return int(tallying.charter_in_force(committee).data["validity_days"]) if committee else 0


def _check_until(until: dt.date) -> None:
    committee = Committee.objects.order_by("pk").first()
    today = terms.today(committee)
    latest = today + dt.timedelta(days=longest_days(committee))
    if not today < until <= latest:
        raise TermsInvalid(reason=f"until: {today + dt.timedelta(days=1)} … {latest}")


def last_day(asked: dict[str, Any], _closing: dt.date) -> dt.date:
    return dt.date.fromisoformat(asked["until"])


KIND = CaseKind(
    "dataset",
    "waive",
    facts,
    access.digest,
    check_terms,
    terms_for=terms_for,
    facts_for=lambda uid, asked: _facts(uid, asked["rule"]),
    last_day=last_day,
    digests=access.digests,
)
