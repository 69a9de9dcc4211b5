"""Headless Chromium on a running system; a machine without one skips these tests and says so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[Any]:
    """A started browser."""
    program = os.environ.get("GAVEL_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium found (Debian: apt-get install chromium; or set GAVEL_CHROMIUM)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def signed_in(browser: Any, url: str, username: str, password: str, *, locale: str = "en") -> Any:
    """A page of somebody's own session; every error of the browser's console is kept in `faults`."""
    context = browser.new_context(base_url=url.rstrip("/"), locale=locale)
    page = context.new_page()
    page.faults = []
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    page.goto("/accounts/sign-in/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("h1")
    return page
