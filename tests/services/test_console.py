"""The console of a running system in headless Chromium: pages draw, keys work, nothing breaks the policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.browsing import chromium, signed_in
from tests.services.conftest import Checked
from tests.services.system import System

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.slow]

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
    with chromium() as browser:
        yield signed_in(browser, demo_system.url, "liu.yang", checked.password)


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
