"""Full fine-tuning: every encoder weight moves; word embeddings and pooler stay frozen."""

from modeling.training.methods.base import MethodCard

CARD = MethodCard(
    name="full",
    module="modeling.training.methods.full.method",
    en="Full fine-tuning",
    zh="全量微调",
    learning_rate=5e-5,
    options={},
)
