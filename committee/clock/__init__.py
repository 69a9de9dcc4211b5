"""Beat ticks and reactors of the committee (discovered beside tasks)."""

from committee.clock.cases import cases_tick, on_subject_changed

__all__ = ["cases_tick", "on_subject_changed"]
