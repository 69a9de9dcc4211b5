"""The head of a recipe's text: enough to store it. The cleaning engine checks its steps in the worker.

Read with the same YAML rules as standards (no tags, no timestamps), without the data libraries.
"""

from __future__ import annotations

from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from catalog.exceptions import RecipeInvalid
from governance.record.canonical import sha256_hex

MAX_BYTES = 1 << 20
KINDS = frozenset(
    {
        "trim", "normalise_unicode", "case", "collapse_space", "parse_dates", "cast", "null_tokens",
        "drop_exact_duplicates", "dedupe_by_key", "fill", "map_values", "drop_rows", "mask", "clip", "split",
        "merge", "convert_unit", "rename", "drop_columns", "select_columns",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecipeText:
    """Id, version, kinds of steps in order, and the digest of the bytes."""

    id: str
    version: str
    kinds: tuple[str, ...]
    digest: str


def read_recipe(document: bytes) -> RecipeText:
    """Raises RecipeInvalid, naming the place."""
    if len(document) > MAX_BYTES:
        raise RecipeInvalid(detail=f"> {MAX_BYTES} bytes")
    yaml = YAML(typ="safe", pure=True)
    try:
        tree = yaml.load(document.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RecipeInvalid(detail="utf-8") from error
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise RecipeInvalid(detail=f"YAML, line {mark.line + 1}" if mark else "YAML") from error
    if not isinstance(tree, dict) or tree.get("recipe") != "v1":
        raise RecipeInvalid(detail="recipe: v1")
    steps = tree.get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise RecipeInvalid(detail="steps")
    kinds = tuple(str(step.get("kind")) for step in steps)
    unknown = [f"steps[{place}].kind" for place, kind in enumerate(kinds) if kind not in KINDS]
    if unknown:
        raise RecipeInvalid(detail=unknown[0])
    for key in ("id", "version"):
        if not str(tree.get(key) or "").strip():
            raise RecipeInvalid(detail=key)
    return RecipeText(str(tree["id"]), str(tree["version"]), kinds, f"sha256:{sha256_hex(document)}")
