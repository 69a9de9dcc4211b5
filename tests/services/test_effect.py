"""A decision takes effect once, though the worker is killed (kill -9) before, and all is told again."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from tests.services.system import System, eventually, manage
from tests.services.test_chaos import kill, pids

pytestmark = [pytest.mark.services, pytest.mark.slow]

WORKER = "worker -Q default"
DECIDE = """
from committee import actions as committee
from demo.loading import Cast, vote_through
from governance import actions as law
from governance.models import StandardVersion, Team, User
from governance.subject_ref import SubjectRef
cast = Cast({u.username: u for u in User.objects.all()}, {t.code: t for t in Team.objects.all()})
drafter = cast.people["wu.fan"]
known = StandardVersion.objects.filter(status="in_force").first()
version = law.standard_draft(
    actor=drafter, name=f"once-{StandardVersion.objects.count()}", title="Once", title_zh="只采用一次",
    document=bytes(known.document), owner=known.standard.owner, note="First version",
)
law.standard_propose(actor=drafter, version=version)
case = committee.case_open(
    actor=drafter, action="adopt", subject=SubjectRef("standard_version", version.uid, version.digest),
    purpose="governance", team=cast.team_of("wu.fan"), reason="To see that it takes effect once.",
)
decided = vote_through(cast, case, "As the evidence says.")
version.refresh_from_db()
tell([version.uid, decided.number, decided.outcome, version.status])
"""
LOOK = """
from committee.models import Case
from governance.models import Decision, LedgerEntry, OutboxDelivery, Permit, StandardVersion
case = Case.objects.get(number="{number}")
version = StandardVersion.objects.get(uid="{version}")
mine = LedgerEntry.objects.filter(subject_id="{version}")
told = OutboxDelivery.objects.filter(subject_id__in=["{version}", case.uid])
tell(dict(
    status=version.status,
    adopted=mine.filter(type="standard_version.in_force", accepted=True).count(),
    decisions=Decision.objects.filter(case_id=case.number).count(),
    permits=Permit.objects.filter(case_id=case.number).count(),
    waiting=told.exclude(state="done").count(),
    deliveries=told.count(),
))
"""
AGAIN = """
from django.utils import timezone
from committee.models import Case
from governance.models import OutboxDelivery
case = Case.objects.get(number="{number}")
told = OutboxDelivery.objects.filter(subject_id__in=["{version}", case.uid])
tell(told.update(state="sent", next_at=timezone.now()))
"""


def shell(system: System, text: str) -> Any:
    """What the script gives to `tell`."""
    head = "import json\ndef tell(what): print('TOLD', json.dumps(what))\n"
    said = manage(system.data, "shell", "-v0", text=head + text + "\n")
    return json.loads(next(line for line in said.splitlines() if "TOLD" in line).partition("TOLD")[2])


def killed_after(system: System, script: str) -> Any:
    """Run the script while the worker stands still, then kill the worker as it is."""
    workers = pids(system, WORKER)
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        return shell(system, script)
    finally:
        kill(*workers)


def test_the_effect_comes_once(demo_system: System) -> None:
    version, number, outcome, status = killed_after(demo_system, DECIDE)
    assert (outcome, status) == ("approved", "proposed")  # decided, and nobody there to carry it out

    look = LOOK.format(version=version, number=number)
    assert eventually(lambda: shell(demo_system, look)["waiting"] == 0, 90)
    once = {"status": "in_force", "adopted": 1, "decisions": 1, "permits": 1, "waiting": 0}
    found = shell(demo_system, look)
    assert {name: found[name] for name in once} == once

    # Carried out, but the worker died before it could say so: everything is told again.
    assert killed_after(demo_system, AGAIN.format(version=version, number=number)) == found["deliveries"] > 0
    assert eventually(lambda: shell(demo_system, look)["waiting"] == 0, 90)
    assert shell(demo_system, look) == found
