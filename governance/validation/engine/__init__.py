"""`validate`: one table against one compiled standard (standard-rules §5 to §7).

    request = ValidationRequest(data=path, standard=document, now=instant, platform_key=key)
    report = validate(request, progress=None, cancelled=None)
    report.to_json()      # fits validation-report.schema.json
    failing_frame(compiled, table, rule_id, resources)   # LazyFrame of _gavel_row, for cleaning's drop_rows

Raises `EngineError` for bad input (exit 2), `Stopped` when `cancelled()` said so. Pure: no clock, no
environment,
no network; the caller gives `now`. `seconds` in the report is a stopwatch.
"""

from __future__ import annotations

from governance.validation.engine.failing import failing_expr, failing_frame
from governance.validation.engine.judging import Outcome
from governance.validation.engine.report import Report
from governance.validation.engine.request import ValidationRequest
from governance.validation.engine.running import Stopped
from governance.validation.engine.validating import validate
from governance.validation.engine.waivers import Waiver, read_waivers

__all__ = [
    "Outcome",
    "Report",
    "Stopped",
    "ValidationRequest",
    "Waiver",
    "failing_expr",
    "failing_frame",
    "read_waivers",
    "validate",
]
