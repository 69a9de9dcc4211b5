"""The console of a running system in headless Chromium: pages draw, keys work, nothing breaks the policy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.conftest import Checked
from tests.services.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/",
    "/inbox/",
    "/datasets/",
    "/standards/",
    "/validation-runs/",
    "/recipes/",
    "/incidents/",
    "/cases/",
    "/permits/",
    "/committee/",
    "/runs/",
    "/models/",
    "/plans/",
    "/backbones/",
    "/ledger/",
    "/people/",
    "/account/",
)


@pytest.fixture(scope="module")
def page(demo_system: System, checked: Checked) -> Iterator[Any]:
    """Signed in as the engineer of the demo; every error of the browser's console is kept."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=os.environ.get("GAVEL_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        made = browser.new_page(base_url=demo_system.url.rstrip("/"))
        made.faults = []
        made.on("console", lambda said: made.faults.append(said.text) if said.type == "error" else None)
        made.goto("/accounts/sign-in/")
        made.fill("input[name=username]", "liu.yang")
        made.fill("input[name=password]", checked.password)
        made.press("input[name=password]", "Enter")
        made.wait_for_selector("h1")
        yield made
        browser.close()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_menu_opens_without_a_fault(page: Any, path: str) -> None:
    page.faults.clear()
    answer = page.goto(path)
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    assert page.faults == []


def test_the_run_page_draws_its_curves_and_says_the_scores(page: Any) -> None:
    page.faults.clear()
    page.goto("/runs/")
    page.locator("main tbody a").first.click()
    page.wait_for_selector(".js-plotly-plot")
    assert page.locator(".js-plotly-plot").count() >= 1
    assert page.get_by_text("Backbone without training").count()
    assert page.faults == []


def test_the_slash_key_goes_to_the_search(page: Any) -> None:
    page.goto("/datasets/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_the_language_switch_gives_chinese_and_back(page: Any) -> None:
    page.goto("/datasets/")
    page.get_by_role("button", name="中文").click()
    page.wait_for_selector("html[lang=zh-Hans]")
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
