"""Reading data files strictly (standard-rules §2): one reader for every engine."""

from __future__ import annotations

from governance.validation.reading.csv import ROW, CsvSettings
from governance.validation.reading.table import RawTable, open_table

__all__ = ["ROW", "CsvSettings", "RawTable", "open_table"]
