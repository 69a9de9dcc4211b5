"""Tables of the committee room."""

from committee.models.bodies import Charter, Committee, Policy, Seat
from committee.models.cases import Case, CaseEvent, Dossier

__all__ = ["Case", "CaseEvent", "Charter", "Committee", "Dossier", "Policy", "Seat"]
