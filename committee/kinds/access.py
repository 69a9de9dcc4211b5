"""Access to data: reading cells or taking rows away, some columns, for one purpose, for some days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from catalog import selectors as catalog
from committee.exceptions import SubjectNotReady, SubjectUnknown, TermsInvalid
from committee.kinds import impact, quality, terms
from committee.kinds.base import CaseKind, SubjectFacts

MOST_DAYS = 366
TITLES = {
    "read": ("Access to {name}", "读取 {name} 的数据"),
    "export": ("Export of {name}", "导出 {name} 的数据"),
}


def dataset_of(uid: str) -> catalog.DatasetFacts:
    """Raises SubjectUnknown, SubjectNotReady (archived, or no version yet)."""
    found = catalog.dataset_facts(uid)
    if found is None:
        raise SubjectUnknown
    if found.archived:
        raise SubjectNotReady(reason=_("it is archived"))
    if not found.latest_uid:
        raise SubjectNotReady(reason=_("it has no version yet"))
    return found


def digest(uid: str) -> str:
    """That of the contract: a new daily version under it keeps the decision."""
    return digests([uid]).get(uid, "")


def digests(uids: Collection[str]) -> dict[str, str]:
    """As `digest`, of many at once."""
    return catalog.contract_digests(uids)


def _facts(action: str, uid: str, asked: list[str]) -> SubjectFacts:
    dataset = dataset_of(uid)
    title, title_zh = TITLES[action]
    marked = {column.name: list(column.pii) for column in dataset.columns if column.pii}
    loose = [column.name for column in dataset.columns if not column.level]
    made = catalog.impact(dataset.latest_uid)
    return SubjectFacts(
        title=title.format(name=dataset.name),
        title_zh=title_zh.format(name=dataset.name),
        digest=dataset.digest,
        level=dataset.level,
        rows_changed=0,
        rows_total=dataset.rows,
        downstream_models=sum(ref.kind == "model_version" for ref in made),
        contributors=dataset.contributor_uids,
        beneficiaries=(),
        items=(
            quality.contract_item(dataset, asked),
            quality.personal_item(marked, loose, asked),
            quality.incidents_item(uid),
            impact.lineage_item(uid, made),
        ),
        related=(dataset.latest_uid,),
    )


def check_terms(asked: dict[str, Any]) -> dict[str, Any]:
    """Columns, days, and whether the permit is the person's alone. Raises TermsInvalid."""
    terms.known(asked, "columns", "days", "holder_self")
    alone = asked.get("holder_self", False)
    if not isinstance(alone, bool):
        raise TermsInvalid(reason="holder_self")
    checked: dict[str, Any] = {
        "columns": terms.names(asked, "columns", []),
        "days": terms.bounded(asked, "days", MOST_DAYS),
    }
    return checked | ({"holder_self": True} if alone else {})


def terms_for(uid: str, asked: dict[str, Any]) -> dict[str, Any]:
    """`check_terms`, and every column named exists in the newest version."""
    checked = check_terms(asked)
    held = tuple(column.name for column in dataset_of(uid).columns)
    terms.columns_known(checked["columns"], held)
    return checked


def last_day(asked: dict[str, Any], closing: dt.date) -> dt.date:
    return closing + dt.timedelta(days=asked["days"])


def _kind(action: str) -> CaseKind:
    return CaseKind(
        "dataset",
        action,
        lambda uid: _facts(action, uid, ["*"]),
        digest,
        check_terms,
        terms_for=terms_for,
        facts_for=lambda uid, asked: _facts(action, uid, asked["columns"]),
        last_day=last_day,
        digests=digests,
    )


READ = _kind("read")
EXPORT = _kind("export")
