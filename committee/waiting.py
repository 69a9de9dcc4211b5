"""What the adoption of a seat waits for: a person is counted once in a case (committee-rules §1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from committee import tallying
from committee.choices import LawKind
from committee.models import Case, LawText, Seat


@dataclass(frozen=True, slots=True)
class Wait:
    """`begins`: first day of a term that has not begun; `cases`: numbers of cases that count the person."""

    begins: str = ""
    cases: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.begins or self.cases)

    @property
    def words(self) -> str:
        """What it waits for, in the reader's language."""
        if self.begins:
            return _("the term begins on %(day)s") % {"day": self.begins}
        return _("these cases count the person already: %(cases)s") % {"cases": ", ".join(self.cases)}


def waits_for(text: LawText) -> Wait:
    """What keeps a seat from being filled now; nothing for other kinds, vacancies and renewals."""
    if text.kind != LawKind.SEAT or text.repeals:
        return Wait()
    document = text.data
    if document["term"]["from"] > timezone.localdate().isoformat():
        return Wait(begins=document["term"]["from"])
    if renews(text):
        return Wait()
    people = {document["member"], document["alternate"]} - {None}
    rows = Case.objects.undecided().filter(committee=text.committee).order_by("pk")
    return Wait(cases=tuple(case.number for case in rows if people & people_in(case)))


def present_seat(text: LawText) -> Seat | None:
    """Who holds the place of a seat text today, or is to."""
    return Seat.objects.standing().filter(committee=text.committee, place=text.code).first()


def renews(text: LawText) -> bool:
    """Whether the person holds that place already: the same seat goes on, and cases need no telling."""
    seat = present_seat(text)
    return seat is not None and seat.member.uid == text.data["member"]


def people_in(case: Case) -> set[str]:
    """Everybody a case counts as holder or alternate, of seats framed and added."""
    seats = tallying.seats_known(case)
    found = {seat["member"] for seat in seats}
    return found | {seat["alternate"]["member"] for seat in seats if seat.get("alternate")}
