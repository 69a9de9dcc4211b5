"""The decision engine: pure, one case in, its state and ledger out (committee-rules).

`tally(case) -> Result`, `tally_text(bytes) -> Result`, both raising `InputFault`.
"""

from committee.engine.faults import InputFault
from committee.engine.tallying import Result, tally, tally_text

__all__ = ["InputFault", "Result", "tally", "tally_text"]
