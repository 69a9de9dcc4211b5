"""A published model folder back to an encoder that judges as the run did."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from modeling.training import backbones
from modeling.training.encoder import Encoder
from modeling.training.failures import Refused
from modeling.training.methods import load_method
from modeling.training.publish import SCHEMA


def load(folder: Path, precision: str = "auto") -> Encoder:
    """The encoder of a model :func:`modeling.training.publish.write_model` wrote, with its head or what its
    method left beside the weights; in evaluation mode. Raises ``Refused`` (backbone.*, plan.unknown_method).
    """
    backbone = backbones.resolve(folder.name, folder)
    try:
        facts = json.loads((folder / "gavel.json").read_bytes())
        method, pooling = str(facts["method"]), str(facts["pooling"])
        known = facts["schema"] == SCHEMA and pooling in {"mean", "cls", "last"}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused("backbone.unreadable", name=folder.name) from error
    if not known:
        raise Refused("backbone.unreadable", name=folder.name)
    encoder = Encoder(backbone, pooling, precision)
    dense = folder / "2_Dense" / "model.safetensors"
    if dense.is_file():
        encoder.head = nn.Linear(backbone.hidden_size, backbone.hidden_size, bias=False)
        encoder.head.load_state_dict({"weight": load_file(dense)["linear.weight"]})
    if (folder / "classes.json").is_file():
        names = json.loads((folder / "classes.json").read_bytes())["names"]
        encoder.learn_classes(names, load_file(folder / "classes.safetensors")["classes"].numpy())
    tower = folder / "histories.safetensors"
    if tower.is_file():
        encoder.learn_histories()
        encoder.load_state_dict({"tower.weight": load_file(tower)["weight"]}, strict=False)
    if method:
        load_method(method).load(encoder, folder)
    return encoder.eval()
