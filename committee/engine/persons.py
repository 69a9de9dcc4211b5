"""Who is barred, and why (committee-rules §5). Bars are per person and for the whole case."""

from collections import Counter
from collections.abc import Sequence

from committee.engine.facts import Conflict, Question


class Bars:
    """Barred persons with their codes. In draft a record bars only while it holds, after opening for good."""

    def __init__(self, question: Question, conflicts: Sequence[Conflict]) -> None:
        self.records = [record for record in conflicts if _applies(record, question)]
        """Those that concern the case. Whoever keeps the time says when each begins and ends."""
        self._lasting: dict[str, set[str]] = {}
        self._holding: Counter[str] = Counter()
        self._is_draft = True
        self._add(question.requester, "requester")
        for person in question.contributors:
            self._add(person, "contributor")
        for person in question.beneficiaries:
            self._add(person, "beneficiary")

    def is_barred(self, person: str) -> bool:
        """Whether the person may neither vote nor be voted for."""
        return person in self._lasting or (self._is_draft and self._holding[person] > 0)

    def codes(self, person: str) -> set[str]:
        """The codes that bar the person; empty if none does."""
        drafted = {"conflict"} if self._is_draft and self._holding[person] > 0 else set()
        return self._lasting.get(person, set()) | drafted

    def has_recused(self, person: str) -> bool:
        """Whether the person's recuse ballot was accepted."""
        return "recused" in self._lasting.get(person, ())

    def begin(self, record: Conflict) -> None:
        """A record's period begins: in draft it holds, from opening on every touch of it lasts."""
        self._holding[record.member] += 1
        if not self._is_draft:
            self._add(record.member, "conflict")

    def end(self, record: Conflict) -> None:
        """A record's period is over."""
        self._holding[record.member] -= 1

    def open(self) -> None:
        """The case opens: what holds now bars for good."""
        self._is_draft = False
        for person in +self._holding:
            self._add(person, "conflict")

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
