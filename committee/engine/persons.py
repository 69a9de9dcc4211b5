"""Who is barred, and why (committee-rules §5). Bars are per person and for the whole case."""

from collections.abc import Sequence
from datetime import datetime

from committee.engine.facts import Conflict, Question


class Bars:
    """Barred persons with their codes. In draft a record bars only while it holds, after opening for good."""

    def __init__(self, question: Question, conflicts: Sequence[Conflict]) -> None:
        self._lasting: dict[str, set[str]] = {}
        self._draft: set[str] = set()
        self._records = [record for record in conflicts if _applies(record, question)]
        self._opened_at: datetime | None = None
        self._add(question.requester, "requester")
        for person in question.contributors:
            self._add(person, "contributor")
        for person in question.beneficiaries:
            self._add(person, "beneficiary")

    def is_barred(self, person: str) -> bool:
        """Whether the person may neither vote nor be voted for."""
        return person in self._lasting or person in self._draft

    def codes(self, person: str) -> set[str]:
        """The codes that bar the person; empty if none does."""
        drafted = {"conflict"} if person in self._draft else set()
        return self._lasting.get(person, set()) | drafted

    def has_recused(self, person: str) -> bool:
        """Whether the person's recuse ballot was accepted."""
        return "recused" in self._lasting.get(person, ())

    def open(self, at: datetime) -> None:
        """The case opens: from here every touch of a conflict's period lasts."""
        self._opened_at = at
        self._draft = set()
        self.refresh(at)

    def refresh(self, at: datetime) -> None:
        """Look at the conflict records again at `at` (never earlier than before; not after closing)."""
        if self._opened_at is None:
            self._draft = {record.member for record in self._records if record.period.holds(at)}
            return
        for record in self._records:
            touches = record.period.end is None or record.period.end > self._opened_at
            if touches and record.period.start <= at:
                self._add(record.member, "conflict")

    def declare(self, person: str) -> None:
        """A conflict was declared."""
        self._add(person, "conflict")

    def recuse(self, person: str) -> None:
        """A recuse ballot was accepted; it cannot be taken back."""
        self._add(person, "recused")

    def _add(self, person: str, code: str) -> None:
        self._lasting.setdefault(person, set()).add(code)


def _applies(record: Conflict, question: Question) -> bool:
    return (
        question.id in record.cases
        or question.subject.id in record.subjects
        or not record.parties.isdisjoint(question.parties)
    )
