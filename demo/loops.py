"""The loops of the demo: data in, validated, cleaned or split, decided about, trained on, judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog import actions as catalog
from catalog import selectors as catalogue
from catalog.models import Dataset, DatasetVersion, RuleOutcome, ValidationRun
from committee import actions as committee
from demo import company, datasets, plans
from demo.driving import finish
from demo.loading import Cast, draft_recipe, register_backbone, vote_through
from demo.report import Finding, Gate, Report, Score
from governance.exceptions import DomainError
from governance.models import Permit
from governance.subject_ref import SubjectRef
from modeling import actions as modeling
from modeling.models import Evaluation, TrainingRun
from modeling.services.runs import InputSpec


@dataclass
class Stage:
    """What the loops share."""

    cast: Cast
    known: dict[str, Dataset]
    folder: Path
    report: Report
    say: Callable[[str], None]
    raw: dict[str, DatasetVersion] = field(default_factory=dict)
    present: dict[str, DatasetVersion] = field(default_factory=dict)


def bring_in(stage: Stage, specs: Sequence[datasets.DatasetSpec]) -> None:
    """Upload each dataset's file by its steward; a dataset that has a version keeps it."""
    for spec in specs:
        dataset = stage.known[spec.name]
        found = dataset.versions.order_by("number").first()
        if found is None:
            stage.say(f"uploading {spec.file}")
            source = next(s for s in datasets.SOURCES if s.name == spec.source)
            path = stage.folder / source.folder / spec.file
            with path.open("rb") as stream:
                run = catalog.version_upload(
                    actor=stage.cast.people[spec.steward], dataset=dataset, stream=stream, filename=path.name
                )
            finish(run)
            found = dataset.versions.order_by("number").first()
        if found is None:
            raise RuntimeError(f"{spec.name} has no version after its upload")
        stage.raw[spec.name] = stage.present[spec.name] = found


def validate(stage: Stage, spec: datasets.DatasetSpec, version: DatasetVersion) -> ValidationRun:
    """Check a version against its standard; the references are the present versions of their datasets."""
    references = {
        name: stage.present[target].uid for name, target in spec.references.items() if target in stage.present
    }
    run = finish(
        catalog.validation_request(
            actor=stage.cast.people[spec.steward], version=version, references=references
        )
    )
    gate = catalogue.gate_of(version.uid)
    stage.say(f"{spec.name} v{version.number}: gate {gate.state}, score {gate.score}")
    stage.report.gates.append(
        Gate(spec.name, f"v{version.number}", version.rows, gate.verdict, gate.state, str(gate.score))
    )
    return run


def compare_with_known(stage: Stage, spec: datasets.DatasetSpec, run: ValidationRun) -> None:
    """Every failing rule with its exact count, beside the figure counted by others before."""
    failed = RuleOutcome.objects.filter(run=run).exclude(verdict="passed").exclude(failing_rows=None)
    for outcome in failed.order_by("pk"):
        stage.report.findings.append(
            Finding(spec.name, outcome.rule_id, outcome.failing_rows or 0, spec.known.get(outcome.rule_id))
        )


def clean(stage: Stage, spec: datasets.DatasetSpec) -> None:
    """Apply the dataset's recipe: the new version becomes the present one."""
    before = stage.present[spec.name]
    references = {
        name: stage.present[target].uid for name, target in spec.references.items() if target in stage.present
    }
    run = finish(
        catalog.cleaning_request(
            actor=stage.cast.people[spec.steward],
            version=before,
            recipe_version=draft_recipe(stage.cast, spec),
            references=references,
        )
    )
    after = stage.known[spec.name].versions.order_by("-number")[0]
    stage.present[spec.name] = after
    stage.report.notes.append(
        f"{spec.name}: {before.rows} rows in = {after.rows} out + {before.rows - after.rows} quarantined"
        f" (cleaning run {run.uid[:8]})"
    )


def raw_then_clean(stage: Stage, specs: Sequence[datasets.DatasetSpec]) -> None:
    """Upload, validate as delivered, clean where there is a recipe, validate again."""
    bring_in(stage, specs)
    for spec in specs:
        compare_with_known(stage, spec, validate(stage, spec, stage.raw[spec.name]))
    for spec in specs:
        if spec.recipe:
            clean(stage, spec)
    for spec in specs:
        if spec.recipe:
            validate(stage, spec, stage.present[spec.name])


def split_pairs(stage: Stage) -> None:
    """The published split fails the leakage rule; a record-disjoint one is derived from all its rows."""
    bring_in(stage, datasets.PAIRS)
    for spec in datasets.PAIRS:
        compare_with_known(stage, spec, validate(stage, spec, stage.raw[spec.name]))
    parts = datasets.SPLIT_PAIRS
    if not stage.known[parts["train"].name].versions.exists():
        left, right = datasets.SPLIT_BY
        run = catalog.split_request(
            actor=stage.cast.people[parts["train"].steward],
            versions=[stage.raw[spec.name] for spec in datasets.PAIRS],
            targets={part: stage.known[spec.name] for part, spec in parts.items()},
            left=[left],
            right=[right],
        )
        finish(run)
    for spec in parts.values():
        stage.present[spec.name] = stage.known[spec.name].versions.order_by("-number")[0]
    for spec in parts.values():
        validate(stage, spec, stage.present[spec.name])


def permit_for(stage: Stage, version: DatasetVersion, plan: plans.Plan) -> str:
    """Open a case for training on a version, let the committee vote, return the resolution."""
    cast = stage.cast
    case = committee.case_open(
        actor=cast.people[plan.engineer],
        action="train",
        subject=SubjectRef("dataset_version", version.uid, version.digest),
        purpose=plan.purpose,
        team=cast.teams["model-engineering"],
        terms=dict(company.TRAINING_TERMS),
        reason=plan.reason,
    )
    case = vote_through(cast, case, "The version meets its standard and the purpose is narrow enough.")
    resolution = str(case.tally.get("resolution", ""))
    stage.report.decisions.append(f"{resolution}  {case.outcome}  {case.title}")
    stage.say(f"{case.number}: {case.outcome} {resolution}")
    return resolution


def train(stage: Stage, plan: plans.Plan, roles: dict[str, str], seeds: Sequence[int]) -> None:
    """Refused without a permit, then permitted, then run once per seed and judged."""
    versions = {role: stage.present[name] for role, name in roles.items()}
    backbone = register_backbone(stage.cast)
    engineer = stage.cast.people[plan.engineer]
    inputs = [InputSpec(role, version) for role, version in versions.items()]
    for seed in seeds:
        frozen = modeling.plan_create(
            actor=engineer, name=plan.name, backbone=backbone, document=plan.document(seed)
        )
        if seed == seeds[0]:
            _show_refusal(stage, plan, frozen, inputs)
            for version in {v.uid: v for v in versions.values()}.values():
                if not Permit.objects.filter(
                    subject_id=version.uid, action="train", purpose=plan.purpose
                ).exists():
                    permit_for(stage, version, plan)
        stage.say(f"training {plan.name}, seed {seed}")
        run = modeling.run_request(
            actor=engineer,
            plan=frozen,
            inputs=inputs,
            cpu_seconds=plan.cpu_seconds,
            name=f"{plan.name}, seed {seed}",
        )
        finish(run)
        _note_scores(stage, plan, run, seed)


def _show_refusal(stage: Stage, plan: plans.Plan, frozen: Any, inputs: Sequence[InputSpec]) -> None:
    """Ask before anybody decided: the answer belongs into the report."""
    engineer = stage.cast.people[plan.engineer]
    try:
        modeling.run_request(actor=engineer, plan=frozen, inputs=inputs, cpu_seconds=plan.cpu_seconds)
    except DomainError as error:
        stage.report.refusals.append(f"{plan.name} without a decision: {error.code}")
        stage.say(f"{plan.name} without a decision: refused, {error.code}")


def refuse_published(stage: Stage, plan: plans.Plan) -> None:
    """The gate of the published split is closed: no case can be opened for it."""
    version = stage.raw["product-pairs-published-train"]
    try:
        permit_for(stage, version, plan)
    except DomainError as error:
        stage.report.refusals.append(f"case about the published split: {error.code} ({error.text})")


def _note_scores(stage: Stage, plan: plans.Plan, run: TrainingRun, seed: int) -> None:
    for row in Evaluation.objects.filter(run=run):
        if row.metric in plan.shown:
            stage.report.scores.append(
                Score(
                    plan.name, seed, row.metric, row.model, row.n, row.value, row.low, row.high, row.gain,
                    row.gain_low, row.gain_high, row.verdict,
                )
            )  # fmt: skip
    used = run.__class__.objects.get(pk=run.pk).cpu_seconds_used
    stage.report.notes.append(f"{plan.name}, seed {seed}: {used:.0f} CPU-seconds in all, baselines included")
