"""The body: seats, charter, policies, access rules; and who may be named in a form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from committee import tallying
from committee.choices import LawStatus
from committee.models import Charter, Committee, Policy, Seat
from committee.selectors.words import function_words, match_words, rule_sentences
from committee.wording import summary_words
from governance.choices import UserKind
from governance.models import AccessRule, Membership, Team, User


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A seat as the committee's page lists it."""

    seat: Seat
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy with when it applies and what it adds, in words."""

    policy: Policy
    document: dict[str, Any]
    applies: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommitteeView:
    """Everything the committee's page shows."""

    body: Committee
    seats: tuple[SeatLine, ...]
    charter: Charter
    charter_document: dict[str, Any]
    charter_sentences: tuple[str, ...]
    policies: tuple[PolicyView, ...]
    access: tuple[AccessRule, ...]

    @property
    def summary(self) -> str:
        """The charter in one line."""
        return summary_words(self.charter_document, len(self.seats))


def committee() -> Committee | None:
    return Committee.objects.select_related("secretary").order_by("pk").first()


def committees() -> list[Committee]:
    """Every committee, the first one first."""
    return list(Committee.objects.select_related("secretary").order_by("pk"))


def charter_of(body: Committee) -> tuple[Charter, dict[str, Any]]:
    charter = tallying.charter_in_force(body)
    return charter, json.loads(charter.document)


def seats_in_office(body: Committee) -> QuerySet[Seat]:
    return body.seats.in_office().select_related("member", "team", "alternate")


def committee_view(body: Committee) -> CommitteeView:
    charter, document = charter_of(body)
    return CommitteeView(
        body=body,
        seats=tuple(
            SeatLine(seat, tuple(function_words(name) for name in seat.functions))
            for seat in seats_in_office(body)
        ),
        charter=charter,
        charter_document=document,
        charter_sentences=tuple(rule_sentences(document)),
        policies=tuple(_policy(policy) for policy in policies_in_force(body)),
        access=tuple(AccessRule.objects.order_by("action")),
    )


def policies_in_force(body: Committee) -> QuerySet[Policy]:
    rows = Policy.objects.filter(committee=body, status=LawStatus.IN_FORCE, repeals=False)
    return rows.order_by("code")


def committee_codes() -> list[tuple[str, str]]:
    """Committees by code, for a form that names one."""
    return [(body.code, f"{body} ({body.code})") for body in Committee.objects.order_by("code")]


def _policy(policy: Policy) -> PolicyView:
    document = json.loads(policy.document)
    return PolicyView(
        policy, document, match_words(document["match"]), tuple(rule_sentences(document["set"]))
    )


def active_people() -> QuerySet[User]:
    """Whom a condition may name as its owner, or a declaration as the person concerned."""
    return User.objects.filter(is_active=True, kind=UserKind.PERSON)


def teams_of(user: User) -> QuerySet[Team]:
    """The teams a person belongs to today, for which they may raise a case."""
    return Team.objects.filter(pk__in=Membership.objects.filter(user=user).current().values("team"))
