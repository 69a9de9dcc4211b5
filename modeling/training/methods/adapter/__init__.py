"""Bottleneck adapters: a small two-layer network behind every layer of the frozen encoder."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="adapter",
    module="modeling.training.methods.adapter.method",
    en="Bottleneck adapters",
    zh="瓶颈适配器",
    learning_rate=1e-3,
    options={
        "width": Option(64, 1, 4096, "Width of the bottleneck", "瓶颈宽度", whole=True),
        "dropout": Option(0.0, 0, 0.9, "Adapter dropout", "适配器 dropout"),
    },
    merges=False,
    unfit=("albert",),
)
