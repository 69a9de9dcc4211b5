"""The day of everybody around one case, clicked in headless Chromium on a running system, in both languages.

An engineer asks, an owner asks back, a member delegates, one recuses, one approves with a condition, the case
is decided, the steward proves, the secretary confirms, the chair revokes; an outsider may read and not vote.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.services.browsing import chromium, signed_in
from tests.services.conftest import Checked
from tests.services.system import ROOT, System, clean_environment

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.slow]
SHOTS = os.environ.get("GAVEL_SHOTS")
"""Folder for a picture of every step; none are kept without it."""
LANGUAGES = ("en", "zh-hans")


@dataclass
class Day:
    """One walk in one language: a session per person, opened when first needed."""

    browser: Any
    system: System
    password: str
    language: str
    pages: dict[str, Any] = field(default_factory=dict)
    case: str = ""
    taken: int = 0

    def of(self, username: str) -> Any:
        if username not in self.pages:
            page = signed_in(self.browser, self.system.url, username, self.password)
            page.context.add_cookies(
                [{"name": "gavel_language", "value": self.language, "url": self.system.url}]
            )
            self.pages[username] = page
        return self.pages[username]

    def at_case(self, username: str, tab: str = "") -> Any:
        page = self.of(username)
        page.goto(self.case + (f"?tab={tab}" if tab else ""))
        assert page.locator("h1").count() == 1
        return page

    def shot(self, username: str, name: str) -> None:
        if SHOTS:
            self.taken += 1
            path = Path(SHOTS) / f"{self.language}-{self.taken:02d}-{name}.png"
            self.of(username).screenshot(path=path, full_page=True)

    def press(self, page: Any) -> None:
        """The one button of the form in the middle of the page."""
        with page.expect_navigation():
            page.locator("main form button.btn.primary, main form button.btn.danger").last.click()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", params=LANGUAGES)
def day(request: pytest.FixtureRequest, browser: Any, demo_system: System, checked: Checked) -> Day:
    return Day(browser, demo_system, checked.password, request.param)


def vote(page: Any, choice: str, **words: str) -> None:
    """By keyboard alone: tab order and space, as nobody has to touch a mouse."""
    page.locator(f"#ballot input[name=choice][value={choice}]").focus()
    page.keyboard.press("Space")
    for name, value in words.items():
        box = page.locator(f"#ballot [name={name}]").first
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    if choice != "recuse":
        page.locator("#ballot input[name=no_interest]").focus()
        page.keyboard.press("Space")
    page.locator("#ballot button.btn.primary").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#ballot .alert[data-tone=bad]").count() == 0, page.locator("#ballot").inner_text()


def test_an_engineer_asks_for_a_permit(day: Day) -> None:
    page = day.of("liu.yang")
    page.goto("/datasets/?q=relevance-labels-train")
    page.locator("main tbody a").first.click()
    page.locator("main a[href*='/dataset-versions/']").first.click()
    page.locator("a[href*='/cases/new'][href*='kind=dataset_version']").first.click()
    page.fill("input[name=purpose]", f"walk-{day.language}")
    page.check("input[name=job_kinds] >> nth=0")
    page.fill("textarea[name=reason]", "The search page needs better answers before the new year.")
    day.shot("liu.yang", "case-new")
    day.press(page)
    assert "/cases/" in page.url, page.locator("main").inner_text()
    assert "/new" not in page.url, page.locator("main").inner_text()
    day.case = page.url
    assert page.locator("#ballot").count() == 0
    day.shot("liu.yang", "case-requester")


def test_a_member_studies_asks_and_is_answered(day: Day) -> None:
    page = day.at_case("tan.shuo")
    assert page.locator("#ballot").count() == 1
    page.goto(f"{day.case}/ask")
    page.locator("main textarea").first.fill("Which columns are really needed?")
    day.press(page)
    page = day.at_case("liu.yang", "questions")
    page.locator("a[href*='/questions/']").first.click()
    page.locator("main textarea").first.fill("Title and query only; the rest stays unread.")
    day.press(page)
    page = day.at_case("tan.shuo", "questions")
    assert "Title and query only" in page.locator("#questions").inner_text()
    day.shot("tan.shuo", "case-questions")


def test_a_member_who_is_away_lets_a_colleague_vote(day: Day) -> None:
    page = day.of("tang.wei")
    page.goto("/committee/my-seat")
    day.shot("tang.wei", "my-seat")
    link = page.locator("a[href$='/delegation']").first
    link.click()
    page.locator("select[name=delegate]").select_option(label=_option(page, "delegate", ("Tan Shuo", "谭朔")))
    today = _today()
    page.fill("input[name=first]", today.isoformat())
    page.fill("input[name=last]", (today + dt.timedelta(days=3)).isoformat())
    day.press(page)
    assert page.locator("main").inner_text().count("seat-5") or page.url.endswith("/my-seat")
    day.shot("tang.wei", "my-seat-delegated")


def _today() -> dt.date:
    """The day it is where the committee sits."""
    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _option(page: Any, name: str, words: tuple[str, ...]) -> str:
    for text in page.locator(f"select[name={name}] option").all_inner_texts():
        if any(word in text for word in words):
            return str(text)
    raise AssertionError(page.locator(f"select[name={name}]").inner_text())


def test_one_recuses(day: Day) -> None:
    page = day.at_case("zhao.qing")
    vote(page, "recuse", rationale="My team sells to the same customers.")
    page = day.at_case("zhao.qing")
    assert page.locator("#ballot").count() == 0
    day.shot("zhao.qing", "case-recused")


def test_the_seats_vote_and_one_sets_a_condition(day: Day) -> None:
    page = day.at_case("daniel.brooks")
    page.locator("#ballot input[name=choice][value=conditional]").check()
    assert page.locator("#condition-owners option[value='emma.clarke']").count() == 1
    due = (_today() + dt.timedelta(days=7)).isoformat()
    vote(page, "conditional", c1_owner="emma.clarke", c1_due=due, c1_evidence="Titles hold no phone numbers.")
    day.shot("daniel.brooks", "case-voted")
    for username in ("sun.yi", "zhou.min", "tan.shuo"):
        vote(day.at_case(username), "approve", rationale="Narrow enough.")
    page = day.at_case("tan.shuo")
    day.shot("tan.shuo", "case-proxy")
    if page.locator("#ballot").count():
        proxy = page.locator("#ballot input[name=seat]").last
        if proxy.get_attribute("type") == "radio":
            proxy.check()
        vote(page, "approve", rationale="As Tang Wei asked me to.")
    for username in ("gao.lin", "tang.wei", "wang.jie"):
        page = day.at_case(username)
        if page.locator("#ballot").count():
            vote(page, "approve", rationale="Narrow enough.")
    page = day.at_case("zhou.min")
    assert page.locator("#ballot").count() == 0
    assert page.locator("a[href*='/permits/']").count() >= 1
    day.shot("zhou.min", "case-decided")


def test_the_condition_is_met_and_the_permit_opens(day: Day) -> None:
    page = day.at_case("liu.yang")
    page.locator("a[href*='/permits/']").first.click()
    day.shot("liu.yang", "permit-suspended")
    steward = day.of("emma.clarke")
    steward.goto("/inbox/")
    day.shot("emma.clarke", "inbox")
    assert steward.locator("main").inner_text()
    page = day.at_case("wu.fan", "conditions")
    page.locator("a[href*='/conditions/']").first.click()
    page.locator("main textarea").first.fill("The scan of today found none.")
    day.press(page)
    page = day.at_case("wu.fan")
    assert page.locator("a[href*='/conditions/']").count() == 0
    day.shot("wu.fan", "case-condition-met")


def test_the_chair_revokes_and_everybody_is_told(day: Day) -> None:
    page = day.of("zhou.min")
    page.goto(f"{day.case}/revoke")
    page.locator("main textarea").first.fill("The purpose was dropped.")
    day.press(page)
    page = day.at_case("zhou.min")
    assert page.locator("a[href$='/revoke']").count() == 0
    day.shot("zhou.min", "case-revoked")
    page.goto("/agenda/")
    day.shot("zhou.min", "agenda")
    member = day.of("sun.yi")
    member.goto("/inbox/")
    assert member.locator("main a[href*='/cases/']").count() >= 1


def test_an_outsider_reads_and_may_not_vote(day: Day) -> None:
    page = day.at_case("he.jun")
    assert page.locator("#ballot").count() == 0
    assert page.locator("a[href$='/revoke'], a[href$='/withdraw'], a[href$='/return']").count() == 0
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    answer = page.request.post(
        f"{day.case}/ballot",
        form={"csrfmiddlewaretoken": token or "", "choice": "approve", "no_interest": "on", "bound_to": "x"},
        headers={"Referer": day.case},
    )
    assert answer.status in {400, 403, 409}
    day.shot("he.jun", "case-outsider")


def test_nobody_met_a_fault_and_the_ledger_holds(day: Day) -> None:
    faults = {name: page.faults for name, page in day.pages.items() if page.faults}
    assert {name: said for name, said in faults.items() if not _only_refusals(said)} == {}
    done = subprocess.run(
        [sys.executable, "manage.py", "ledger", "verify", "--json"],
        cwd=ROOT,
        env=clean_environment(GAVEL_VAR=str(day.system.data)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _only_refusals(said: list[str]) -> bool:
    return all("status of 4" in words for words in said)
