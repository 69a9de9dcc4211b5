"""The page "which backbone for my data": one line per backbone, read in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from catalog.models import DatasetVersion
from governance.choices import JobState
from governance.models import User
from modeling.choices import BackboneState
from modeling.models import Backbone, BackboneFit, BackboneGuide, Evaluation, RunInput, TrainingRun
from modeling.selectors import fitting
from modeling.selectors.pages import MAIN
from modeling.training.config import RecipePlan
from modeling.training.needs import STATED_FLOPS, Size, inference_bytes, training_bytes, training_flops
from modeling.training.tasks import TASKS

MOST_RUNS = 300
RECIPE = RecipePlan()


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU-seconds of one epoch. `basis`: own (runs of this backbone and method), scaled (runs of others, by
    size) or stated; `runs` is how many were gone by."""

    cpu_seconds: float
    basis: str
    runs: int


@dataclass(frozen=True, slots=True)
class Past:
    """The best headline of a task here, with its interval; `here`: on this dataset."""

    task: str
    metric: str
    value: float
    low: float | None
    high: float | None
    run: TrainingRun
    here: bool


@dataclass(frozen=True, slots=True)
class GuideLine:
    """One backbone on one version. `fit`, `flops` and `cost` are None where it was not measured."""

    backbone: Backbone
    fit: BackboneFit | None
    sight: fitting.Sight
    flops: float | None
    cost: Cost | None
    memory: int
    past: tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one finished run cost: CPU-seconds per training pair, and by which backbone and method."""

    backbone: int
    method: str
    per_pair: float
    multiplied: int


def size_of(backbone: Backbone) -> Size:
    return Size(
        backbone.parameters, backbone.embedding, backbone.layers, backbone.hidden_size, backbone.inner_size
    )


def recipe_tokens(max_length: int) -> int:
    """Tokens in memory at once: both texts of every pair of a default batch, at their longest."""
    return 2 * RECIPE.batch_size * max_length


def inference_memory(backbone: Backbone) -> int:
    """Bytes of a process that encodes 64 texts of the default length."""
    return inference_bytes(size_of(backbone), 64 * RECIPE.max_length)


def training_memory(backbone: Backbone, method: str, max_length: int = RECIPE.max_length) -> int:
    return training_bytes(size_of(backbone), method, recipe_tokens(min(max_length, backbone.max_length)))


def newest(version: DatasetVersion) -> BackboneGuide | None:
    """The newest measurement of a version, in whatever state."""
    return BackboneGuide.objects.filter(version=version).order_by("-id").first()


def guide_lines(
    user: User, version: DatasetVersion, guide: BackboneGuide | None, method: str
) -> list[GuideLine]:
    """Every checked backbone, those that read the version best first, smaller ones first among equals."""
    rows = list(Backbone.objects.filter(state=BackboneState.CHECKED))
    fits = {fit.backbone_id: fit for fit in (fitting.current_fits(guide) if guide else [])}
    spent, past = _spent(), _past(user, version)
    max_length = guide.max_length if guide else RECIPE.max_length
    lines = [_line(row, fits, version, method, max_length, spent, past.get(row.pk, ())) for row in rows]
    order = {verdict: at for at, verdict in enumerate(("fits", "warning", "unknown", "blocked"))}
    return sorted(lines, key=lambda line: (order[line.sight.verdict], line.backbone.parameters))


def _line(
    backbone: Backbone,
    fits: Mapping[int, BackboneFit],
    version: DatasetVersion,
    method: str,
    max_length: int,
    spent: Sequence[Spent],
    past: Sequence[Past],
) -> GuideLine:
    fit = fits.get(backbone.pk)
    memory = training_memory(backbone, method, max_length)
    if fit is None:
        return GuideLine(backbone, None, fitting.NOT_MEASURED, None, None, memory, tuple(past))
    seen = fitting.sight_in(fit, list(fits.values()))
    per_row = min(fit.tokens / max(1, fit.texts), max_length)
    flops = training_flops(size_of(backbone), method, per_row * version.rows)
    cost = _cost(backbone, method, version.rows, flops, spent)
    return GuideLine(backbone, fit, seen, flops, cost, memory, tuple(past))


def _cost(backbone: Backbone, method: str, rows: int, flops: float, spent: Sequence[Spent]) -> Cost:
    """From finished runs of this backbone and method; else from others, scaled by size; else as stated."""
    own = [run.per_pair for run in spent if (run.backbone, run.method) == (backbone.pk, method)]
    if own:
        return Cost(median(own) * rows, "own", len(own))
    wanted = size_of(backbone).multiplied
    scaled = [run.per_pair * wanted / run.multiplied for run in spent if run.method == method]
    if scaled:
        return Cost(median(scaled) * rows, "scaled", len(scaled))
    return Cost(flops / STATED_FLOPS, "stated", 0)


def _spent() -> list[Spent]:
    """Newest finished runs that say how many pairs they trained on. Costs hold no data: all runs count."""
    rows = TrainingRun.objects.filter(state=JobState.SUCCEEDED, cpu_seconds_used__gt=0).order_by("-id")
    facts = rows.values_list(
        "plan__backbone", "plan__method", "cpu_seconds_used", "result__training__pairs"
    )  # of a result this one number, not the whole report
    sizes = {row.pk: size_of(row).multiplied for row in Backbone.objects.all()}
    return [
        Spent(backbone, method, seconds / pairs, sizes[backbone])
        for backbone, method, seconds, pairs in facts[:MOST_RUNS]
        if isinstance(pairs, int) and pairs > 0
    ]


def _past(user: User, version: DatasetVersion) -> dict[int, list[Past]]:
    """The best headline per backbone and task among runs the reader may see; this dataset's come first."""
    headlines = {card.headline for card in TASKS.values()}
    runs = TrainingRun.objects.visible_to(user).filter(state=JobState.SUCCEEDED)
    rows = Evaluation.objects.filter(run__in=runs, model=MAIN, metric__in=headlines, value__isnull=False)
    here = set(RunInput.objects.filter(version__dataset=version.dataset_id).values_list("run_id", flat=True))
    best: dict[tuple[int, str], Past] = {}
    for row in rows.select_related("run__plan").order_by("-id")[:MOST_RUNS]:
        plan, card = row.run.plan, TASKS.get(row.run.plan.task)
        if card is None or card.headline != row.metric or row.value is None:
            continue
        found = Past(plan.task, row.metric, row.value, row.low, row.high, row.run, row.run_id in here)
        key = (plan.backbone_id, plan.task)
        if key not in best or (found.here, found.value) > (best[key].here, best[key].value):
            best[key] = found
    grouped: dict[int, list[Past]] = {}
    for (backbone, _task), found in sorted(best.items(), key=lambda item: item[0][1]):
        grouped.setdefault(backbone, []).append(found)
    return grouped
