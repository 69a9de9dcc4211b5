"""The same loop on real data, where a folder of it is given: retail, product pairs, service intents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from config.check import doing
from config.check.http import CheckFailed
from config.check.loop import ledger_holds
from config.check.steps import Step, World
from demo import datasets, plans

FOLDERS: Final = {source.name: source.folder for source in datasets.SOURCES}
INTENT_ROLES: Final = {"train": "service-intents-train", "test": "service-intents-test"}
PAIR_ROLES: Final = {part: spec.name for part, spec in datasets.SPLIT_PAIRS.items()}


def steps_for(folder: Path) -> tuple[Step, ...]:
    """The steps on the data of one folder. Raises `CheckFailed` where a part of it is missing."""
    missing = [name for name in FOLDERS.values() if name and not (folder / name).is_dir()]
    if missing:
        raise CheckFailed(f"{folder} has no {', '.join(missing)}")

    def bring_in(world: World, specs: Sequence[datasets.DatasetSpec]) -> None:
        for spec in specs:
            doing.bring_in(world, spec, folder / FOLDERS[spec.source] / spec.file)

    def retail_in(world: World) -> str:
        """Retail tables catalogued and validated as delivered"""
        said = doing.adopt(world, "completejourney")
        bring_in(world, datasets.RETAIL)
        states = [doing.validate(world, spec) for spec in datasets.RETAIL]
        return f"{said}; gates {', '.join(states)}"

    def pairs_in(world: World) -> str:
        """The published split of product pairs fails the leakage rule"""
        said = doing.adopt(world, "product_pairs")
        bring_in(world, datasets.PAIRS)
        states = [doing.validate(world, spec) for spec in datasets.PAIRS]
        if states[0] != "closed" or states[2] != "closed":
            raise CheckFailed(f"gates of the published split: {', '.join(states)}")
        return said

    def intents_in(world: World) -> str:
        """Service intents catalogued, validated, cleaned"""
        said = doing.adopt(world, "service_intents")
        bring_in(world, datasets.INTENTS)
        for spec in datasets.INTENTS:
            doing.validate(world, spec)
        return said + "; " + _cleaned(world, datasets.INTENTS)

    return (
        retail_in,
        retail_is_cleaned,
        pairs_in,
        pairs_are_split,
        pairs_are_trained,
        intents_in,
        intents_are_trained,
        ledger_holds,
    )


def _cleaned(world: World, specs: Sequence[datasets.DatasetSpec]) -> str:
    balances = [doing.clean(world, spec) for spec in specs if spec.recipe]
    states = [doing.validate(world, spec) for spec in specs]
    if set(states) != {"open"}:
        raise CheckFailed(f"gates after cleaning: {', '.join(states)}")
    return "; ".join(balances)


def retail_is_cleaned(world: World) -> str:
    """Retail tables cleaned: every gate opens"""
    return _cleaned(world, datasets.RETAIL)


def pairs_are_split(world: World) -> str:
    """A record-disjoint split is derived and passes"""
    steward = world.people[datasets.PAIRS[0].steward]
    targets = {part: doing.register(world, spec)["uid"] for part, spec in datasets.SPLIT_PAIRS.items()}
    left, right = datasets.SPLIT_BY
    versions = [world.made[spec.name] for spec in datasets.PAIRS]
    content = {"versions": versions, "targets": targets, "left": [left], "right": [right]}
    run = steward.post("/api/v1/splits", content)
    doing.settle(steward, f"/api/v1/derivation-runs/{run['uid']}")
    for spec in datasets.SPLIT_PAIRS.values():
        newest = doing.first(steward.get("/api/v1/dataset-versions", dataset__name=spec.name))
        world.made[spec.name] = newest["uid"]
    states = [doing.validate(world, spec) for spec in datasets.SPLIT_PAIRS.values()]
    if set(states) != {"open"}:
        raise CheckFailed(f"gates of the record-disjoint split: {', '.join(states)}")
    return ", ".join(states)


def pairs_are_trained(world: World) -> str:
    """Permit and training on product pairs"""
    plan = plans.PRODUCT_PAIRS
    said = doing.permit(world, plan, PAIR_ROLES)
    content = doing.run_content(world, plan, doing.make_plan(world, plan), PAIR_ROLES)
    return f"{said}; {doing.train(world, plan, content, 'auc')}"


def intents_are_trained(world: World) -> str:
    """Permit and training on service intents"""
    plan = plans.SERVICE_INTENTS
    said = doing.permit(world, plan, INTENT_ROLES)
    content = doing.run_content(world, plan, doing.make_plan(world, plan), INTENT_ROLES)
    return f"{said}; {doing.train(world, plan, content, 'ndcg@10')}"
