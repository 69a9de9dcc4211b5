"""A linear head on frozen vectors: each text is encoded once, then only a small matrix is learnt."""

from modeling.training.methods.base import MethodCard

CARD = MethodCard(
    name="head",
    module="modeling.training.methods.head.method",
    en="Head on frozen vectors",
    zh="冻结编码器加线性头",
    learning_rate=1e-3,
    options={},
    recomputes=False,  # no gradient enters the frozen trunk: nothing is kept
    adapts=False,
)
