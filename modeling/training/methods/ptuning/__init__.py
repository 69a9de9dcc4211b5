"""P-tuning: prompt tuning whose vectors come from a small network while training."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="ptuning",
    module="modeling.training.methods.ptuning.method",
    en="P-tuning",
    zh="P-tuning 提示编码",
    learning_rate=1e-3,
    options={
        "tokens": Option(10, 1, 512, "Virtual tokens", "虚拟词元数", whole=True),
        "hidden": Option(64, 1, 4096, "Width of the prompt network", "提示网络的宽度", whole=True),
    },
    merges=False,
)
