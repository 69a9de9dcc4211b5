"""The data contract of a plan as a standard: its text, and a draft of it under the plan's name."""

from __future__ import annotations

from governance.actions.standards import standard_draft
from governance.models import StandardVersion, User
from modeling.exceptions import PlanChanged
from modeling.models import TrainingPlan
from modeling.training.config import parse_plan
from modeling.training.contracts import contract_of, slug
from modeling.training.failures import Refused

LONGEST_TITLE = 180


def contract_text(plan: TrainingPlan) -> bytes:
    """ODCS over the plan's own columns. Raises PlanChanged where the stored plan is none any more."""
    try:
        return contract_of(parse_plan(plan.document), plan.name)
    except Refused as error:
        raise PlanChanged from error


def contract_draft(*, actor: User, plan: TrainingPlan) -> StandardVersion:
    """Draft it as a standard, for its owner to complete and propose. Raises what `standard_draft` raises."""
    return standard_draft(
        actor=actor,
        name=f"data-{slug(plan.name)}",
        title=f"Data for {plan.name[:LONGEST_TITLE]}",
        title_zh=f"{plan.name[:LONGEST_TITLE]} 的数据",
        document=contract_text(plan),
    )
