"""Which engine checks a version: what was asked for, how large it is, and what this installation has."""

from __future__ import annotations

from catalog.choices import Engine, EnginePolicy, EngineReason
from catalog.exceptions import SparkNotConfigured


def choose_engine(policy: str, size: int, master: str, above: int) -> tuple[str, str]:
    """Engine and the reason for it.

    `policy` is auto, polars or spark; `size` the version's bytes; `master` the address of Spark ("" for
    none); `above` the bytes from which on Spark is chosen by itself. Raises SparkNotConfigured.
    """
    if policy == EnginePolicy.SPARK:
        if not master:
            raise SparkNotConfigured
        return Engine.SPARK, EngineReason.POLICY
    if policy == EnginePolicy.POLARS:
        return Engine.POLARS, EngineReason.POLICY
    if not master:
        return Engine.POLARS, EngineReason.NO_SPARK
    if size > above:
        return Engine.SPARK, EngineReason.LARGE
    return Engine.POLARS, EngineReason.SMALL
