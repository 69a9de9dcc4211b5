"""The gallery in a headless browser under the security policy: drawn, reachable by keys, never too wide."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tests.ui import gallery
from tests.ui.served import STRICT, WITH_CHARTS, served

pytestmark = pytest.mark.browser
LIVE_POINTS = [[460 + step, 0.3 - step / 1000] for step in range(6)]
SHOTS = os.environ.get("GAVEL_SHOTS")
"""Folder for screenshots of every page in light, dark and phone width; none are kept without it."""


def spoken(language: str, page: Callable[[str], str]) -> Callable[[str], str]:
    def inner(path: str) -> str:
        with translation.override(language):
            return page(path)

    return inner


PAGES = {
    "/detail": (WITH_CHARTS, spoken("en", lambda path: gallery.detail_page("/live"))),
    "/detail-zh": (WITH_CHARTS, spoken("zh-hans", lambda path: gallery.detail_page())),
    "/list": (STRICT, spoken("en", gallery.list_page)),
    "/list-zh": (STRICT, spoken("zh-hans", gallery.list_page)),
    "/sign-in": (STRICT, spoken("en", lambda path: gallery.bare_page("registration/login.html"))),
    "/missing": (STRICT, spoken("zh-hans", lambda path: gallery.bare_page("404.html"))),
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(PAGES, LIVE_POINTS) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = os.environ.get("GAVEL_CHROMIUM", "/usr/bin/chromium")
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Any, complaints: list[str]) -> Iterator[Any]:
    made = browser.new_page(viewport={"width": 1440, "height": 1000})
    made.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    made.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_the_window_and_break_no_policy(
    site: str, page: Any, complaints: list[str], path: str, width: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site + path)
    page.wait_for_load_state("networkidle") if "detail" not in path else page.wait_for_selector(
        "#chart-auc .main-svg"
    )
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{path[1:]}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


def test_a_live_chart_grows_until_the_server_says_stop(site: str, page: Any, complaints: list[str]) -> None:
    page.goto(site + "/detail")
    page.wait_for_selector("#chart-loss[data-live]")
    page.wait_for_selector("#chart-loss:not([data-live])", timeout=15_000)
    last = page.evaluate("document.querySelector('#chart-loss .plot').data.at(-1).x.at(-1)")
    assert last == LIVE_POINTS[-1][0]
    rows = page.locator("#chart-loss .twin tbody tr")
    assert rows.last.locator("th").text_content() == str(LIVE_POINTS[-1][0])
    assert complaints == []


def test_the_theme_is_kept_and_charts_are_repainted(site: str, page: Any) -> None:
    page.goto(site + "/detail")
    page.wait_for_selector("#chart-loss .main-svg")
    colour = "document.querySelector('#chart-loss .plot').data.at(-1).line.color"
    before = page.evaluate(colour)
    page.click("[data-theme-menu] summary")
    page.click('[data-theme-set="dark"]')
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(colour) != before
    assert page.evaluate(colour).startswith("rgba(")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_keyboard_reaches_search_rows_and_help(site: str, page: Any) -> None:
    page.goto(site + "/list")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.value") == "j"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "search_relevance_pairs"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "payment_tokens"
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()


def test_sorting_swaps_the_list_and_the_address(site: str, page: Any, complaints: list[str]) -> None:
    page.goto(site + "/list")
    page.evaluate("window.same = true")
    page.click("text=Rows")
    page.wait_for_selector('th[aria-sort="descending"]:has-text("Rows")')
    assert page.evaluate("window.same"), "the page was loaded anew"
    assert "sort=-rows" in page.url
    assert page.locator("#announce").text_content() == "4 results"
    assert complaints == []


def test_a_filter_typed_keeps_the_caret(site: str, page: Any) -> None:
    page.goto(site + "/list?sort=-rows")
    page.locator("main input[type=search]").press_sequentially("log", delay=20)
    page.wait_for_url("**q=log*")
    page.keyboard.type("s")
    assert page.evaluate("document.activeElement.value") == "logs"
    page.wait_for_url("**q=logs*")
    assert "sort=-rows" in page.url
    assert page.evaluate("document.activeElement.value") == "logs"


def test_the_way_back_from_a_sorted_list(site: str, page: Any) -> None:
    page.goto(site + "/list")
    page.click("text=Rows")
    page.wait_for_url("**sort=-rows*")
    page.go_back()
    page.wait_for_selector('th[aria-sort="descending"]:has-text("Score")')


def test_without_scripts_lists_filter_and_sort(site: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "/list?sort=-rows")
    page.fill("main input[type=search]", "log")
    page.click("noscript button, .filters button")
    assert "q=log" in page.url
    assert "sort=-rows" in page.url
    page.click("text=Score")
    assert "sort=-score" in page.url
    context.close()


def test_a_dialog_opens_and_keeps_by_default(site: str, page: Any) -> None:
    page.goto(site + "/detail")
    page.click('[data-dialog="revoke"]')
    assert page.locator("#revoke").is_visible()
    page.click("#revoke [data-close]")
    assert not page.locator("#revoke").is_visible()


def test_a_toast_is_text_never_markup(site: str, page: Any) -> None:
    page.goto(site + "/list")
    page.evaluate("gavel.toast('bad', '<img src=x onerror=alert(1)>')")
    assert page.locator(".toast").get_by_text("<img src=x").is_visible()
    assert page.locator(".toast img").count() == 0
    page.click(".toast [data-close]")
    assert page.locator("#toasts .toast").count() == 0


def test_the_menu_is_a_popover_on_a_phone(site: str, page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site + "/list")
    assert not page.locator("#nav").is_visible()
    page.click(".nav-toggle")
    assert page.locator("#nav").is_visible()
