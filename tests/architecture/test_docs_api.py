"""docs/api.md names every kind of resource the API has, and none it has not."""

from __future__ import annotations

import re

from drf_spectacular.generators import SchemaGenerator

from tests.architecture.source import ROOT

ADDRESS = re.compile(r"`([a-z-]+)`")


def test_the_resources_of_the_api_are_the_documented_ones() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    built = {path.removeprefix("/api/v1/").split("/")[0] for path in paths}
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    table = text.split("| address |", 1)[1].split("\n\n", 1)[0]
    written = {name for row in table.splitlines() for name in ADDRESS.findall(row.split(" | ")[0])}
    assert written == built
