"""The lists of modeling's pages."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from governance.choices import JOB_TONES, PERMIT_TONES, JobState, Level, PermitStatus
from modeling.choices import (
    BACKBONE_TONES,
    MODEL_TONES,
    VERDICT_TONES,
    BackboneState,
    ModelState,
    Verdict,
)
from modeling.models import Backbone, ModelVersion, TrainingPlan, TrainingRun
from modeling.reasons import reason_words
from modeling.selectors import fitting
from modeling.selectors.comparison import Score
from modeling.selectors.guide import GuideLine, Past, training_memory
from modeling.selectors.pages import ScoreLine
from modeling.training.methods import METHODS
from modeling.training.tasks import TASKS
from ui import drawings, marks, words
from ui.tables import Column, Empty, Table

VERDICTS = {
    "better": ("ok", _("Better"), "arrow-up"),
    "worse": ("bad", _("Worse"), "arrow-down"),
    "no_difference_shown": ("idle", _("No difference shown"), "circle-minus"),
}
MODEL_NAMES = {
    "fine_tuned": _("This model"),
    "zero_shot": _("Backbone without training"),
    "unpruned": _("This model before pruning"),
    "teacher": _("The teacher it was distilled from"),
    "bm25": _("BM25 on the texts"),
    "tfidf_word": _("Word overlap (TF-IDF)"),
    "tfidf_char": _("Character n-grams"),
    "fixed_label_classifier": _("Classifier on frozen vectors"),
    "most_frequent": _("The most frequent class"),
    "tfidf_classifier": _("Classifier on character n-grams"),
    "popularity": _("Popularity"),
    "item_knn": _("Items taken together"),
    "own_kind": _("The user's own kinds"),
    "text_alone": _("The trained text alone"),
    "ranker_without_text": _("The same ranker without text"),
    "ranker_zero_shot_text": _("The same ranker, text untrained"),
}


def model_name(name: str) -> Any:
    """A scored model in words; one nobody worded reads its own name."""
    return MODEL_NAMES.get(name, name)


def job_badge(run: TrainingRun) -> Any:
    return marks.badge(JOB_TONES[run.state], JobState(run.state).label)


def model_badge(model: ModelVersion) -> Any:
    return marks.badge(MODEL_TONES[model.state], ModelState(model.state).label)


def level_mark(level: int) -> Any:
    return marks.level(level, Level(level).label)


def permit_badge(status: str, authentic: bool) -> Any:
    if not authentic:
        return marks.badge("bad", _("Signature does not match"))
    return marks.badge(PERMIT_TONES[status], PermitStatus(status).label)


def task_word(name: str) -> str:
    return _card_word(TASKS.get(name), name)


def method_word(name: str) -> str:
    return _card_word(METHODS.get(name), name)


def _card_word(card: Any, name: str) -> str:
    if card is None:
        return name
    word: str = card.zh if words.reads_chinese() else card.en
    return word


def _kind_of_run(run: TrainingRun) -> str:
    return f"{task_word(run.plan.task)} · {method_word(run.plan.method)}"


def place_words(place: Any) -> str:
    """Position in the queue."""
    return gettext("position %(position)s of %(among)s") % {
        "position": words.number(place.position), "among": words.number(place.among),
    }  # fmt: skip


def _state(run: TrainingRun) -> Any:
    if run.place is not None:
        return format_html('{}<span class="sub">{}</span>', job_badge(run), place_words(run.place))
    reason = reason_words(run.reason, run.reason_detail) if run.state != JobState.SUCCEEDED else None
    if reason is None:
        return job_badge(run)
    return format_html('{}<span class="sub">{}</span>', job_badge(run), reason.text)


RUNS = Table(
    label=pgettext_lazy("training", "Runs"),
    columns=(
        Column(
            pgettext_lazy("training", "Run"),
            "name",
            link=lambda run: run.get_absolute_url(),
            sub=_kind_of_run,
            sort="name",
        ),
        Column(_("Purpose"), "plan.purpose", wide=True),
        Column(_("CPU time"), lambda run: words.duration(run.cpu_seconds_used), wide=True, fit=True),
        Column(_("By"), lambda run: str(run.requested_by), kind="person", wide=True),
        Column(_("Asked"), "created_at", kind="ago", sort="created_at"),
        Column(_("State"), _state, end=True, sort="state"),
    ),
    empty=Empty(
        _("No run fits this filter"),
        _("A run fine-tunes a backbone on permitted versions. Open a plan to ask for one."),
        icon="flask-conical",
    ),
    default_sort="-created_at",
)


def _on_device(device: Any) -> Any:
    """The run on it where the reader may see it; else that it is busy, free or not heard of."""
    if device.on_it:
        run = device.on_it[0]
        return format_html('<a href="{}">{}</a>', run.get_absolute_url(), run.name)
    if device.busy:
        return _("A run you may not see")
    return (
        marks.badge("ok", pgettext("device", "Free"))
        if device.here
        else marks.badge("warn", _("Not heard of"))
    )


DEVICES = Table(
    label=_("Devices"),
    columns=(
        Column(_("Machine"), "host", sort="host", order=("host", "name")),
        Column(_("Device"), "name", sub=lambda device: device.label, sort="name", order=("name", "host")),
        Column(_("Memory"), lambda device: words.filesize(device.memory_bytes) or "", wide=True, fit=True),
        Column(_("Heard of"), "seen_at", kind="ago", wide=True, sort="seen_at"),
        Column(pgettext_lazy("device", "On it"), _on_device, end=True),
    ),
    empty=Empty(
        _("No device was heard of"),
        _("A worker of queue gpu says every half minute what its machine has. Start one."),
        icon="cpu",
    ),
    default_sort="host",
)

MODELS = Table(
    label=_("Models"),
    columns=(
        Column(
            _("Model"),
            str,
            link=lambda model: model.get_absolute_url(),
            sub=lambda model: _kind_of_run(model.run),
            sort="name",
            order=("name", "number"),
        ),
        Column(_("Level"), lambda model: level_mark(model.level), fit=True, wide=True, sort="level"),
        Column(_("Digest"), "digest", kind="hash", wide=True),
        Column(_("By"), lambda model: str(model.run.requested_by), kind="person", wide=True),
        Column(pgettext_lazy("when", "Registered"), "created_at", kind="ago", sort="created_at"),
        Column(_("State"), model_badge, fit=True, end=True, sort="state"),
    ),
    empty=Empty(
        _("No model fits this filter"),
        _("A model is registered when a run under a live permit ends."),
        icon="box",
    ),
    default_sort="-created_at",
)


def _kind_of_plan(plan: TrainingPlan) -> str:
    return f"{task_word(plan.task)} · {method_word(plan.method)}"


PLANS = Table(
    label=_("Plans"),
    columns=(
        Column(_("Plan"), "name", link=lambda plan: plan.get_absolute_url(), sub=_kind_of_plan, sort="name"),
        Column(_("Purpose"), "purpose", wide=True, sort="purpose"),
        Column(_("Backbone"), lambda plan: plan.backbone.name, wide=True),
        Column(_("Digest"), "digest", kind="hash", wide=True),
        Column(_("By"), lambda plan: str(plan.created_by), kind="person", wide=True),
        Column(_("Frozen"), "created_at", kind="ago", sort="created_at", end=True),
    ),
    empty=Empty(
        _("No plan fits this filter"),
        _("A plan says everything that decides what a run computes. Freeze the first one."),
        icon="file-sliders",
    ),
    default_sort="-created_at",
)


def backbone_badge(row: Backbone) -> Any:
    return marks.badge(BACKBONE_TONES[row.state], BackboneState(row.state).label)


def count_word(count: float | None) -> Any:
    """A large count in short form; nothing for what was never counted."""
    return words.compact(count) if count else marks.none()


BACKBONES = Table(
    label=_("Backbones"),
    columns=(
        Column(
            _("Backbone"), "name", link=lambda row: row.get_absolute_url(), sub="architecture", sort="name"
        ),
        Column(_("Licence"), "licence", sort="licence"),
        Column(_("Languages"), lambda row: ", ".join(row.languages), wide=True),
        Column(_("Where it is"), lambda row: row.get_kind_display(), wide=True),
        Column(_("Parameters"), lambda row: count_word(row.parameters), sort="parameters"),
        Column(_("Longest text, in tokens"), "max_length", kind="number", wide=True),
        Column(_("Digest"), "digest", kind="hash", wide=True),
        Column(_("State"), lambda row: backbone_badge(row), fit=True, end=True, sort="state"),
    ),
    empty=Empty(
        _("No backbone fits this filter"),
        _("A backbone is a pretrained model on this machine. Register the first one."),
        icon="layers",
    ),
    default_sort="name",
)


def _score_name(line: ScoreLine) -> Any:
    return (
        format_html("<strong>{}</strong>", model_name(line.row.model))
        if line.ours
        else model_name(line.row.model)
    )


def _score_value(line: ScoreLine) -> Any:
    row = line.row
    if row.value is None:
        return None
    spread = words.interval(row.low, row.high) if row.low is not None and row.high is not None else ""
    return format_html('{}<span class="sub">{}</span>', words.number(row.value, 3), spread)


def gain_known(line: ScoreLine) -> bool:
    return None not in (line.row.gain, line.row.gain_low, line.row.gain_high)


def _score_gain(line: ScoreLine) -> Any:
    row = line.row
    if row.gain is None or row.gain_low is None or row.gain_high is None:
        return "–" if line.ours else None
    return drawings.difference(row.gain, row.gain_low, row.gain_high, scale=line.scale)


def _score_interval(line: ScoreLine) -> Any:
    row = line.row
    if row.gain is None or row.gain_low is None or row.gain_high is None:
        return "–" if line.ours else None
    gain = words.number(row.gain, 3, signed=True)
    return format_html(
        '{}<span class="sub">{}</span>', gain, words.interval(row.gain_low, row.gain_high, signed=True)
    )


def verdict_badge(line: ScoreLine) -> Any:
    """An interval that crosses zero reads "no difference shown", whatever the point estimate."""
    if line.ours or not gain_known(line):
        return "–"
    tone, word, icon = VERDICTS.get(line.row.verdict, VERDICTS["no_difference_shown"])
    return marks.badge(tone, word, icon)


SCORES = Table(
    label=_("Scores"),
    columns=(
        Column(_("Model"), _score_name),
        Column("n", "row.n", kind="number"),
        Column(_("Value, 95% interval"), _score_value, fit=True, name_on_phone=True),
        Column(_("This model minus it"), _score_gain, wide=True, fit=True),
        Column(_("Gain, 95% interval"), _score_interval, fit=True, name_on_phone=True),
        Column(_("Verdict"), verdict_badge, fit=True, end=True),
    ),
    empty=Empty(
        _("No scores yet"), _("They are computed on the test rows when training ends."), icon="scale"
    ),
    row_class=lambda line: "is-me" if line.ours else "",
)


def _compared_name(score: Score) -> Any:
    word = score.run.name
    return format_html("<strong>{}</strong>", word) if score.pinned else word


def _compared_note(score: Score) -> str:
    note = f"{score.run.uid[:8]} · {_kind_of_run(score.run)}"
    return f"{note} · {gettext('baseline')}" if score.pinned else note


def _compared_data(score: Score) -> Any:
    if score.test is None:
        return marks.none()
    version = f"{score.test.version.dataset.name} v{score.test.version.number}"
    permits = ", ".join(uid[:8] for uid in score.permits)
    return format_html('{}<span class="sub">{}</span>', version, permits)


def _compared_value(score: Score) -> Any:
    row = score.row
    if row is None or row.value is None:
        return marks.none()
    spread = words.interval(row.low, row.high) if row.low is not None and row.high is not None else ""
    return format_html('{}<span class="sub">{}</span>', words.number(row.value, 3), spread)


def _compared_minus(score: Score) -> Any:
    if score.pinned:
        return "–"
    return marks.none() if score.minus is None else words.number(score.minus, 3, signed=True)


COMPARED = Table(
    label=_("Scores"),
    columns=(
        Column(
            pgettext_lazy("training", "Run"), _compared_name, link=lambda score: score.run.get_absolute_url(),
            sub=_compared_note,
        ),
        Column(_("Test rows, permits"), _compared_data, wide=True),
        Column("n", lambda score: score.row.n if score.row else None, kind="number", name_on_phone=True),
        Column(_("Value, 95% interval"), _compared_value, fit=True, name_on_phone=True),
        Column(_("Minus the baseline"), _compared_minus, fit=True, name_on_phone=True),
        Column(_("State"), lambda score: job_badge(score.run), fit=True, end=True),
    ),
    empty=Empty(
        _("No run chosen"), _("Open a run and choose to compare it, or name runs above."), icon="scale"
    ),
    row_class=lambda score: "is-me" if score.pinned else "",
)  # fmt: skip

SEEDS = Table(
    label=_("Same plan, other seeds"),
    columns=(
        Column(_("Plan"), "name"),
        Column(_("Seeds"), lambda group: ", ".join(group.seeds)),
        Column(_("Mean"), lambda group: words.number(group.mean, 3), fit=True, name_on_phone=True),
        Column(
            _("Lowest to highest"), lambda group: words.interval(group.low, group.high), fit=True, end=True
        ),
    ),
    empty=Empty(_("No seeds to compare"), _("Runs of one plan that differ in the seed only.")),
)


def names(found: list[str]) -> Any:
    """Column names as code, with commas between."""
    return format_html_join(", ", "<code>{}</code>", ((name,) for name in found)) if found else marks.none()


def fit_badge(line: GuideLine) -> Any:
    """The verdict in words, and what to use instead where it is not good."""
    verdict = line.sight.verdict
    shown = marks.badge(VERDICT_TONES[verdict], Verdict(verdict).label)
    if verdict not in {Verdict.WARNING, Verdict.BLOCKED}:
        return shown
    return format_html('{}<span class="sub">{}</span>', shown, fitting.instead(line.sight))


def _unknown(line: GuideLine) -> Any:
    if line.fit is None or line.sight.share is None:
        return marks.none()
    parts = [f"{name} {words.share(unknown, tokens)}" for name, (tokens, unknown) in line.fit.columns.items()]
    shown = words.share(line.sight.share)
    if len(parts) < 2:
        return shown
    return format_html('{}<span class="sub">{}</span>', shown, " · ".join(parts[:5]))


def _lengths(line: GuideLine) -> Any:
    """Quantiles of the lengths, and the share that training would cut."""
    if line.fit is None or not line.fit.texts:
        return marks.none()
    cut = _("%(share)s cut") % {"share": words.share(line.fit.cut, line.fit.texts)}
    shown = f"{line.fit.p50} · {line.fit.p90} · {line.fit.p99}"
    return format_html('{}<span class="sub">{}</span>', shown, cut)


def _size(line: GuideLine) -> Any:
    shown = count_word(line.backbone.parameters)
    if line.flops is None:
        return shown
    flops = _("%(count)s FLOP per epoch") % {"count": words.compact(line.flops)}
    return format_html('{}<span class="sub">{}</span>', shown, flops)


def _cost(line: GuideLine) -> Any:
    if line.cost is None or line.flops is None:
        return marks.none()
    basis = {
        "own": _("by its runs here, n = %(runs)s"),
        "scaled": _("by runs of others, scaled, n = %(runs)s"),
        "stated": _("at a stated 20 GFLOP per CPU-second"),
    }[line.cost.basis]
    shown = words.duration(line.cost.cpu_seconds)
    return format_html('{}<span class="sub">{}</span>', shown, basis % {"runs": line.cost.runs})


def _past(past: Past) -> Any:
    interval = words.interval(past.low, past.high) if past.low is not None and past.high is not None else ""
    place = "" if past.here else _("on other data")
    return format_html(
        '<a href="{}">{}</a><span class="sub">{} {} {} {}</span>',
        past.run.get_absolute_url(), task_word(past.task), past.metric, words.number(past.value, 3), interval,
        place,
    )  # fmt: skip


def _pasts(line: GuideLine) -> Any:
    shown = [(_past(past),) for past in line.past[:3]]
    return format_html_join("", "<div>{}</div>", shown) if shown else marks.none()


GUIDE = Table(
    label=_("Backbones"),
    columns=(
        Column(
            _("Backbone"),
            "backbone.name",
            link=lambda line: line.backbone.get_absolute_url(),
            sub=lambda line: " · ".join([line.backbone.licence, ", ".join(line.backbone.languages)]),
        ),
        Column(_("Verdict"), fit_badge),
        Column(_("Unknown tokens"), _unknown, name_on_phone=True),
        Column(_("Tokens p50 · p90 · p99"), _lengths, name_on_phone=True),
        Column(_("Parameters"), _size, wide=True),
        Column(_("CPU time per epoch"), _cost, name_on_phone=True),
        Column(_("Memory to train"), "memory", kind="size", wide=True),
        Column(_("Best result here"), _pasts, wide=True),
    ),
    empty=Empty(
        _("No backbone has passed its check"),
        _("A backbone is a pretrained model on this machine. Register the first one."),
        icon="layers",
    ),
)


def needs(backbone: Backbone) -> list[tuple[Any, Any]]:
    """Memory to train by method, at the default batch."""
    return [(method_word(name), words.filesize(training_memory(backbone, name))) for name in METHODS]
