"""What a model was made from, as boxes and arrows: versions and backbone, the run, the model."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from modeling.choices import DataRole
from modeling.models import ModelVersion
from modeling.selectors.pages import InputLine
from ui.lineage import Edge, Node, lineage


def model_lineage(model: ModelVersion, inputs: Sequence[InputLine]) -> SafeString:
    """A version the reader may not see is a box without a name."""
    run = model.run
    nodes = [_version(line) for line in {line.part.version_id: line for line in inputs}.values()]
    backbone = run.plan.backbone
    nodes.append(Node("backbone", backbone.name, str(_("Backbone")), backbone.get_absolute_url()))
    edges = [Edge(node.key, "run") for node in nodes]
    nodes.append(Node("run", run.name, pgettext("training", "Run"), run.get_absolute_url()))
    nodes.append(Node("model", str(model), _("Model"), "", "here"))
    return lineage(nodes, [*edges, Edge("run", "model")])


def _version(line: InputLine) -> Node:
    version = line.part.version
    role = str(DataRole(line.part.role).label)
    if not line.seen:
        return Node(version.uid, _("not visible to you"), role)
    return Node(version.uid, str(version), role, version.get_absolute_url())
