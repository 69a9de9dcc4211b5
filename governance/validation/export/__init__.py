"""A compiled standard as files that run without Gavel: nothing is locked in.

`pandera_python(compiled) -> str` is a module for pandera and polars; `pandera_yaml(compiled) -> str` is what
`pandera.io.polars_io.from_yaml` reads. Both list what they leave out.
"""

from __future__ import annotations

from governance.validation.export.python_file import pandera_python
from governance.validation.export.yaml_file import pandera_yaml

__all__ = ["pandera_python", "pandera_yaml"]
