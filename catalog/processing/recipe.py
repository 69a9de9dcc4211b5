"""Recipes: the ordered steps of `f` (standard-rules §8), read and checked before any data is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.processing.steps import STEP_KINDS
from catalog.processing.steps.base import Fields, Step, bad_recipe
from governance.validation.errors import EngineError, refuse
from governance.validation.standard.yaml_nodes import build, compose

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KEYS = {"recipe", "id", "version", "standard", "steps", "name", "description"}
_MOST_STEPS = 500


@dataclass(frozen=True)
class Recipe:
    """A checked recipe. `standard` is a path below the recipe's folder; `digest` is over the stored bytes."""

    id: str
    version: str
    steps: tuple[Step, ...]
    digest: str
    standard: str | None = None
    path: str = "recipe.yaml"

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the references its steps read."""
        names = (getattr(step, "reference", None) for step in self.steps)
        return tuple(dict.fromkeys(name for name in names if name))


def load_recipe(path: Path) -> Recipe:
    """Read a recipe file; raises `recipe_not_found`, `recipe_invalid`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise refuse("recipe_not_found") from error
    return parse_recipe(data, path=str(path))


def parse_recipe(data: bytes, *, path: str = "recipe.yaml") -> Recipe:
    """Check a recipe document; raises `recipe_invalid` with the step and parameter."""
    try:
        tree = build(compose(data)[1])
    except EngineError as error:
        raise bad_recipe(
            "The recipe is not YAML.", "清洗方案不是有效的 YAML。", detail=error.detail
        ) from error
    if not isinstance(tree, Mapping) or tree.get("recipe") != "v1" or set(tree) - _KEYS:
        raise bad_recipe(
            "A recipe holds recipe: v1, id, version, steps and optionally standard.",
            "清洗方案须含 recipe: v1、id、version、steps，可含 standard。",
        )
    recipe_id, version, steps = tree.get("id"), tree.get("version"), tree.get("steps")
    if not isinstance(recipe_id, str) or not _ID.fullmatch(recipe_id) or version is None:
        raise bad_recipe("A recipe needs an id and a version.", "清洗方案须有 id 与 version。")
    if not isinstance(steps, list) or not steps or len(steps) > _MOST_STEPS:
        raise bad_recipe("A recipe needs a list of steps.", "清洗方案须有步骤列表。", parameter="steps")
    return Recipe(
        id=recipe_id,
        version=str(version),
        steps=_steps(steps),
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        standard=_standard(tree.get("standard")),
        path=path,
    )


def _steps(items: list[object]) -> tuple[Step, ...]:
    steps: list[Step] = []
    seen: set[str] = set()
    for place, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise bad_recipe("A step must be a mapping.", "步骤须为映射。", step=f"steps[{place}]")
        step_id = item.get("id")
        if not isinstance(step_id, str) or not _ID.fullmatch(step_id) or step_id in seen:
            raise bad_recipe(
                "Each step needs an id of its own.", "每个步骤须有唯一 id。", step=f"steps[{place}]"
            )
        seen.add(step_id)
        kind = STEP_KINDS.get(str(item.get("kind")))
        if kind is None:
            raise bad_recipe("The step kind is unknown.", "步骤类型未知。", step=step_id, parameter="kind")
        fields = Fields(step_id, item)
        step = kind.read(fields)
        fields.finish()
        steps.append(step)
    return tuple(steps)


def _standard(value: object) -> str | None:
    """A relative path that stays below the recipe's own folder."""
    if value is None:
        return None
    path = PurePosixPath(value) if isinstance(value, str) and value and "\\" not in value else None
    if path is None or path.is_absolute() or ".." in path.parts or "://" in str(value):
        raise bad_recipe(
            "standard must be a path below the recipe's folder.",
            "standard 须为清洗方案所在文件夹之下的路径。",
            parameter="standard",
        )
    return str(path)
