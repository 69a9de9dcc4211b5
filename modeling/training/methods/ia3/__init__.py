"""(IA)³: one factor per dimension of keys, values and feed-forward activations; the smallest adapter."""

from modeling.training.methods.base import MethodCard

CARD = MethodCard(
    name="ia3",
    module="modeling.training.methods.ia3.method",
    en="IA3 factors",
    zh="IA3 激活缩放",
    learning_rate=5e-3,
    unfit=("xlnet", "modernbert", "distilbert", "albert", "mpnet"),
)
