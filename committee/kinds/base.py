"""What a case needs to know of a kind of subject (house: committee/kinds), from selectors below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.models import User
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class DossierItem:
    """One piece of evidence: what was found, how it stands, and its data as JSON of integers and text.

    tone: ok, warn, bad or idle; the words say the same in both languages.
    """

    key: str
    title: str
    title_zh: str
    finding: str
    finding_zh: str
    tone: str
    word: str
    word_zh: str
    source: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What the engine and the case page need of a subject at the moment a case is raised.

    related: uids of what the subject is a part of (the dataset of a version); a standing conflict about one
    of them applies. interests: (uid of a person, code) hints of an interest, for the page and never a bar.
    """

    title: str
    title_zh: str
    digest: str
    level: int
    rows_changed: int
    rows_total: int
    downstream_models: int
    contributors: tuple[str, ...]
    beneficiaries: tuple[str, ...]
    items: tuple[DossierItem, ...]
    notify: tuple[User, ...] = ()
    related: tuple[str, ...] = ()
    interests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case asks, saved or not: earlier cases and the advice depend on it. `number` is "" before."""

    subject: SubjectRef
    action: str
    purpose: str
    level: int
    terms: dict[str, Any]
    number: str = ""


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind: which action it answers, its facts, its live digest, and the check of asked terms.

    terms_for: the check where it needs the subject too. facts_for: facts that depend on the checked terms.
    digests: the live digests of many at once, where that is cheaper; what is gone is left out or "".
    last_day: the last local day the terms ask for, given the day of closing; a permit ends with it where the
    engine's rule does not end it before.
    """

    kind: str
    action: str
    facts: Callable[[str], SubjectFacts]
    digest: Callable[[str], str]
    check_terms: Callable[[dict[str, Any]], dict[str, Any]]
    terms_for: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    facts_for: Callable[[str, dict[str, Any]], SubjectFacts] | None = None
    last_day: Callable[[dict[str, Any], dt.date], dt.date] | None = None
    digests: Callable[[Collection[str]], Mapping[str, str]] | None = None

    def digests_of(self, uids: Collection[str]) -> Mapping[str, str]:
        """The live digest of each uid; nothing or "" for what is gone."""
        return self.digests(uids) if self.digests else {uid: self.digest(uid) for uid in uids}

    def asked_terms(self, uid: str, terms: dict[str, Any]) -> dict[str, Any]:
        """The terms asked for about a subject, normalised. Raises TermsInvalid."""
        return self.terms_for(uid, terms) if self.terms_for else self.check_terms(terms)

    def facts_about(self, uid: str, terms: dict[str, Any]) -> SubjectFacts:
        """Facts of the subject under checked terms. Raises SubjectUnknown, SubjectNotReady."""
        return self.facts_for(uid, terms) if self.facts_for else self.facts(uid)
