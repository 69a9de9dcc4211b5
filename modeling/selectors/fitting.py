"""How well a backbone reads a dataset, as last measured, and which other one reads it better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import Dataset, DatasetVersion
from governance.choices import JobState
from modeling.choices import BackboneState, Verdict
from modeling.models import Backbone, BackboneFit, BackboneGuide
from modeling.training.backbones import UNKNOWN_LIMIT, UNKNOWN_WARNING

CJK_TEXT = 0.1


@dataclass(frozen=True, slots=True)
class Sight:
    """A verdict over some columns. `share`: unknown tokens, 0 to 1, None where nothing was measured.
    `better`: names of checked backbones that read the same columns without a warning, best first."""

    verdict: str
    share: float | None
    better: tuple[str, ...]
    cjk: bool


NOT_MEASURED = Sight(Verdict.UNKNOWN, None, (), False)


def verdict_of(share: float | None) -> str:
    """Blocked above 20 % unknown tokens, a warning above 2 %: the limits a run is held to at its start."""
    if share is None:
        return Verdict.UNKNOWN
    if share > UNKNOWN_LIMIT:
        return Verdict.BLOCKED
    return Verdict.WARNING if share > UNKNOWN_WARNING else Verdict.FITS


def share_of(fit: BackboneFit, columns: Iterable[str] = ()) -> float | None:
    """Unknown tokens of all tokens over `columns`, or over all that were read; None without any token."""
    wanted = set(columns) or set(fit.columns)
    counts = [found for name, found in fit.columns.items() if name in wanted]
    tokens = sum(count[0] for count in counts)
    return sum(count[1] for count in counts) / tokens if tokens else None


def guide_of_version(version: DatasetVersion) -> BackboneGuide | None:
    """The newest finished measurement of a version."""
    return BackboneGuide.objects.filter(version=version, state=JobState.SUCCEEDED).order_by("-id").first()


def current_fits(guide: BackboneGuide) -> list[BackboneFit]:
    """The figures that still hold: of backbones whose files are the ones that were measured."""
    rows = BackboneFit.objects.filter(guide=guide, backbone__state=BackboneState.CHECKED)
    found = [fit for fit in rows.select_related("backbone") if fit.digest == fit.backbone.digest]
    for fit in found:
        fit.guide = guide
    return found


def sight(backbone: Backbone, dataset: Dataset, columns: Sequence[str]) -> Sight:
    """How a backbone reads columns of a dataset, by the newest measurement with figures for both."""
    rows = BackboneFit.objects.filter(
        backbone=backbone,
        digest=backbone.digest,
        guide__version__dataset=dataset,
        guide__state=JobState.SUCCEEDED,
    )
    for fit in rows.select_related("guide").order_by("-guide_id")[:20]:
        if set(columns) & set(fit.columns):
            return sight_in(fit, current_fits(fit.guide), columns)
    return NOT_MEASURED


def sight_in(fit: BackboneFit, others: Sequence[BackboneFit], columns: Iterable[str] = ()) -> Sight:
    """The verdict on one fit of a guide, beside the other fits of the same guide."""
    wanted = tuple(columns)
    share = share_of(fit, wanted)
    shares = sorted(
        (found, other.backbone.parameters, other.backbone.name)
        for other in others
        if other.backbone_id != fit.backbone_id and (found := share_of(other, wanted)) is not None
    )
    better = tuple(name for found, _size, name in shares if verdict_of(found) == Verdict.FITS)
    return Sight(verdict_of(share), share, better, fit.guide.cjk >= CJK_TEXT)


def instead(found: Sight) -> str:
    """What to use instead, in one sentence."""
    if found.better:
        return _("Registered here and able to read it: %(names)s.") % {"names": ", ".join(found.better[:3])}
    if found.cjk:
        return _("No backbone registered here reads it: register a Chinese or multilingual one.")
    return _("No backbone registered here reads it: register one for the language of this text.")
