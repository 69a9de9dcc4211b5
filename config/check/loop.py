"""The loop of the product on a small generated sample: standard, data, cleaning, permit, run, ledger.

Everything goes through the REST API in somebody's name; the workers of the running system do the work.
"""

import tempfile
from pathlib import Path
from typing import Final

from config.check import doing
from config.check.http import CheckFailed
from config.check.steps import Step, World
from demo import datasets, plans
from demo.sample.generate import generate

PLAN: Final = plans.SAMPLE_RELEVANCE
NEEDED: Final = ("items", "queries", "relevance_labels_train", "relevance_labels_test")
SPECS: Final = tuple(spec for spec in datasets.SAMPLE if Path(spec.file).stem in NEEDED)
ROLES: Final = {"train": "sample-relevance-labels-train", "test": "sample-relevance-labels-test"}


def standard_is_adopted(world: World) -> str:
    """Standard drafted, proposed, voted, in force by itself"""
    return doing.adopt(world, "sample_company")


def data_is_catalogued(world: World) -> str:
    """Datasets registered, files uploaded, versions in the lake"""
    with tempfile.TemporaryDirectory(prefix="gavel-check-") as made:
        folder = Path(made)
        manifest = generate(folder, seed=7, scale=0.2)
        for spec in SPECS:
            doing.bring_in(world, spec, folder / spec.file)
    world.figures["planted"] = sum(defect.count for defect in manifest.defects)
    return f"{len(SPECS)} datasets"


def dirty_data_closes_the_gate(world: World) -> str:
    """Validated as delivered: the gate is closed"""
    states = [doing.validate(world, spec) for spec in SPECS]
    if "closed" not in states:
        raise CheckFailed("the planted defects closed no gate")
    return ", ".join(states)


def no_case_about_closed_data(world: World) -> str:
    """A case about data behind a closed gate is refused"""
    content = doing.training_case(world, PLAN, ROLES["train"])
    answer = doing.ask(world.people[PLAN.engineer], "/api/v1/cases", content)
    if answer.status < 400:
        raise CheckFailed("the case was opened")
    return answer.code


def cleaning_opens_the_gate(world: World) -> str:
    """Cleaned by shipped recipes, rows in = rows out + quarantined: the gate opens"""
    balances = [doing.clean(world, spec) for spec in SPECS]
    states = [doing.validate(world, spec) for spec in SPECS]
    if set(states) != {"open"}:
        raise CheckFailed(f"gates after cleaning: {', '.join(states)}")
    return "; ".join(balances)


def run_without_permit_is_refused(world: World) -> str:
    """A run without a permit is refused"""
    world.made["plan"] = doing.make_plan(world, PLAN)
    content = doing.run_content(world, PLAN, world.made["plan"], ROLES)
    answer = doing.ask(world.people[PLAN.engineer], "/api/v1/training-runs", content)
    if answer.status != 403:
        raise CheckFailed(f"expected 403, got {answer.status} {answer.code}")
    return answer.code


def committee_permits(world: World) -> str:
    """Cases, votes, decisions and permits"""
    return doing.permit(world, PLAN, ROLES)


def run_is_trained(world: World) -> str:
    """The permitted run trains in a child process and registers a model"""
    return doing.train(world, PLAN, doing.run_content(world, PLAN, world.made["plan"], ROLES), "auc")


def strangers_see_no_page(world: World) -> str:
    """Strangers are sent to the sign-in page"""
    answer = world.admin.as_person("").call("GET", "/permits/")
    if b'name="password"' not in answer.body:
        raise CheckFailed("the permit list was shown without sign-in")
    return "sign-in asked for"


def ledger_holds(world: World) -> str:
    """The ledger is recomputed"""
    check = world.admin.post("/api/v1/ledger/verify")
    found = world.admin.wait(
        "/api/v1/ledger/verify", lambda state: state["running"] is None, doing.JOB_SECONDS
    )
    verdict = found["last"]
    if verdict is None or verdict["uid"] != check["uid"]:
        raise CheckFailed(f"no verdict: {found['failed']}")
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
    strangers_see_no_page,
    ledger_holds,
)
