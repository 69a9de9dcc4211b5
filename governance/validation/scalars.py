"""Numbers that remember how they were written (standard-rules §1.1: thresholds are exact decimals of the
text)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


class SourceInt(int):
    """An integer whose `str` is its text in the document: `01` stays `01`, `0x10` stays `0x10`."""

    source: str

    def __new__(cls, value: int, source: str) -> SourceInt:
        number = super().__new__(cls, value)
        number.source = source
        return number

    def __str__(self) -> str:
        return self.source

    def __reduce__(self) -> tuple[type[SourceInt], tuple[int, str]]:
        return (type(self), (int(self), self.source))


class SourceFloat(float):
    """A number whose `str` is its text in the document: `1.10` stays `1.10`."""

    source: str

    def __new__(cls, value: float, source: str) -> SourceFloat:
        number = super().__new__(cls, value)
        number.source = source
        return number

    def __str__(self) -> str:
        return self.source

    def __reduce__(self) -> tuple[type[SourceFloat], tuple[float, str]]:
        return (type(self), (float(self), self.source))


def source_text(value: object) -> str:
    """The text of a scalar as the document shows it; booleans in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def exact_decimal(value: object) -> Decimal | None:
    """The finite number a scalar of the document stands for, exactly; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int):
        return Decimal(int(value))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
