"""Access rules: from which level on an action needs a permit. Only committee.services call it."""

from __future__ import annotations

from django.db import transaction

from governance import ledger
from governance.models import AccessRule, User
from governance.subject_ref import SubjectRef


@transaction.atomic
def access_rule_set(*, actor: User | None, action: str, min_level: int | None, text: SubjectRef) -> None:
    """Set the rule of an action, as the text of law says; None takes it away and the default holds again."""
    before = AccessRule.objects.filter(action=action).values_list("min_level", flat=True).first()
    if min_level is None:
        AccessRule.objects.filter(action=action).delete()
    else:
        AccessRule.objects.update_or_create(action=action, defaults={"min_level": min_level})
    data = {"action": action, "before": before or 0, "after": min_level or 0, "text": text.id}
    ledger.append(type="access_rule.set", actor=actor, subject=text, data=data)
