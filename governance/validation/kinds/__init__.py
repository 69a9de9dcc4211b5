"""Rule kinds (standard-rules §4), one folder each: found here, so adding one touches one folder only.

`__init__.py` declares the kind and registers it in one line; `on_polars.py` and `on_ibis.py` hold its body
for each engine, and are loaded only where that engine runs.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from governance.validation.kinds.base import registry

for _module in iter_modules(__path__):
    if _module.ispkg:
        import_module(f"{__name__}.{_module.name}")

__all__ = ["registry"]
