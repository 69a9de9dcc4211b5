"""The ledger is recomputed by a worker, one at a time; its page shows the last verdict and computes none."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance import actions, clock, jobs, ledger, tasks
from governance.exceptions import LedgerCheckRunning, NotPermitted
from governance.models import LedgerCheck, LedgerEntry, LedgerHead, User
from tests.governance.conftest import Company

PAGE, VERIFY = reverse("governance:ledger"), reverse("governance:ledger_verify")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(company: Company) -> LedgerCheck:
    return actions.ledger_check_ask(actor=company.people.carol)


def test_the_page_asks_and_shows_the_last_verdict_to_everybody(company: Company) -> None:
    keeper, reader = signed_in(company.people.carol), signed_in(company.people.mallory)
    assert "The chain was not recomputed yet." in reader.get(PAGE).content.decode()
    entries = LedgerEntry.objects.count()
    page = keeper.post(VERIFY, follow=True).content.decode()
    assert "A recomputation goes on" in page
    assert reverse("governance:ledger_verdict") in page
    assert VERIFY not in page  # no second one meanwhile
    assert "A recomputation goes on" in reader.get(reverse("governance:ledger_verdict")).content.decode()
    assert tasks.ledger_check(LedgerCheck.objects.get().uid)
    shown = reader.get(reverse("governance:ledger_verdict")).content.decode()
    assert f"{entries} entries recomputed" in shown
    assert company.people.carol.name in shown
    assert "hx-get" not in shown


def test_no_request_recomputes(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("a request recomputed the ledger")

    monkeypatch.setattr(ledger, "verify", refuse)
    client = signed_in(company.people.carol)
    assert client.get(PAGE).status_code == 200
    assert client.post(VERIFY, follow=True).status_code == 200
    assert client.get("/api/v1/ledger/verify").status_code == 200


def test_only_the_governance_team_may_ask(company: Company) -> None:
    client = signed_in(company.people.mallory)
    assert VERIFY not in client.get(PAGE).content.decode()
    assert "Your roles do not allow" in client.post(VERIFY, follow=True).content.decode()
    with pytest.raises(NotPermitted):
        actions.ledger_check_ask(actor=company.people.mallory)
    assert client.get(VERIFY).status_code == 405
    assert not LedgerCheck.objects.exists()


def test_one_at_a_time(company: Company) -> None:
    first = asked(company)
    with pytest.raises(LedgerCheckRunning):
        asked(company)
    assert tasks.ledger_check(first.uid)
    assert not tasks.ledger_check(first.uid)
    assert asked(company)


def test_what_does_not_hold_is_named(company: Company) -> None:
    LedgerHead.objects.update(hash="0" * 64)
    assert tasks.ledger_check(asked(company).uid)  # a ledger that takes no entry can still be asked about
    check = LedgerCheck.objects.get()
    assert (check.holds, check.faults) == (False, [{"place": "head", "code": "bad_head"}])
    assert "bad_head" in signed_in(company.people.mallory).get(PAGE).content.decode()


def test_a_check_whose_worker_died_is_done_by_another(company: Company) -> None:
    check = asked(company)
    held = jobs.claim(LedgerCheck, check.uid, worker="gone")
    assert held is not None
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    LedgerCheck.objects.update(lease_until=long_ago, created_at=long_ago)
    assert clock.ledger_checks_tick() == 1
    assert tasks.ledger_check(check.uid)
    assert not jobs.move(held, "succeeded")
    assert LedgerCheck.objects.get().holds


def test_a_check_that_kills_its_workers_is_given_up(company: Company) -> None:
    check = asked(company)
    LedgerCheck.objects.update(attempt=5)
    assert tasks.ledger_check(check.uid)
    page = signed_in(company.people.carol).get(PAGE).content.decode()
    assert "too_many_attempts" in page
    assert VERIFY in page


def test_the_lease_is_kept_while_the_work_goes_on(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = []

    def beat(job: LedgerCheck) -> jobs.JobSignal:
        beats.append(job.uid)
        return jobs.JobSignal(held=len(beats) < 3, cancel=False)

    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "heartbeat", beat)
    check = asked(company)
    with jobs.kept(check):
        end = timezone.now() + dt.timedelta(seconds=20)
        while len(beats) < 3 and timezone.now() < end:
            pass
    assert beats == [check.uid] * 3
