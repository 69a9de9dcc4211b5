"""`not_in_future`: no instant after now (standard-rules §4)."""

from __future__ import annotations

from decimal import Decimal

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, not_negative

register(
    Kind(
        name="not_in_future",
        summary=("No instant lies in the future", "时间不得晚于当前"),
        level="row",
        severity="major",
        dimension="timeliness",
        parameters={"grace_seconds": Parameter(not_negative, Decimal(0))},
        sentence=lambda rule: (
            f"{rule.columns[0]} is not in the future",
            f"{rule.columns[0]} 不得晚于当前时间",
        ),
    )
)
