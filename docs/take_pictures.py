"""Takes the pictures of the documents from a running installation that holds the demo.

`.venv/bin/python -m docs.take_pictures --base http://127.0.0.1:8000 --password …` writes docs/images/*.png.
Drives the pages as a reader would: signs in, follows links, opens one case where none awaits a ballot.
Needs playwright and a Chromium (GAVEL_CHROMIUM, else /usr/bin/chromium); uses ImageMagick's `convert` to make
the files small where it is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

IMAGES: Final = Path(__file__).with_name("images")
WIDTH, HEIGHT = 1280, 860
COLOURS: Final = "96"
MOST_BYTES: Final = 150_000
Page = Any


@dataclass(frozen=True)
class Picture:
    """A file name, whose eyes, where to go, and how the reader has set language and theme."""

    name: str
    person: str
    go: Callable[[Page], None]
    language: str = "en"
    theme: str = "light"
    height: int = HEIGHT


def address(path: str) -> Callable[[Page], None]:
    return lambda page: page.goto(path)


def first_of(path: str, text: str = "") -> Callable[[Page], None]:
    """The list at `path`, then its first row (the first with `text`, where given)."""

    def go(page: Page) -> None:
        page.goto(path)
        rows = page.locator("table th[scope=row] a")
        (rows.filter(has_text=text) if text else rows).first.click()
        page.wait_for_load_state("networkidle")

    return go


def failed_check(page: Page) -> None:
    """A validation run that found something."""
    page.goto("/validation-runs/")
    row = page.locator("tbody tr").filter(has_text="relevance").filter(has_text="losed")
    row.first.locator("th[scope=row] a").click()
    page.wait_for_load_state("networkidle")


def open_case(page: Page) -> None:
    """A case waiting for a ballot."""
    page.goto("/cases/?state=open")
    page.locator("table th[scope=row] a").first.click()
    page.wait_for_load_state("networkidle")


def finished_run(page: Page) -> None:
    """A run whose plan has a validation part, where the demo was loaded with real data; else the newest."""
    page.goto("/runs/")
    rows = page.locator("table th[scope=row] a")
    wanted = rows.filter(has_text="product-pair")
    (wanted if wanted.count() else rows).first.click()
    page.wait_for_load_state("networkidle")


PICTURES: Final = (
    Picture("sign-in", "", address("/accounts/sign-in/"), height=560),
    Picture("home", "liu.yang", address("/")),
    Picture("catalogue", "xu.ting", address("/datasets/")),
    Picture("dataset", "emma.clarke", first_of("/datasets/", "relevance-labels-train")),
    Picture("standard", "xu.ting", first_of("/standards/"), height=1000),
    Picture("validation-run", "emma.clarke", failed_check, height=1000),
    Picture("case", "zhou.min", open_case, height=1100),
    Picture("permit", "liu.yang", first_of("/permits/?action=train")),
    Picture("run", "liu.yang", finished_run, height=1200),
    Picture("model", "liu.yang", first_of("/models/"), height=1000),
    Picture("law", "zhou.min", address("/committee/law/")),
    Picture("ledger", "zhou.min", address("/ledger/")),
    Picture("home-zh", "zhou.min", address("/"), language="zh-hans"),
    Picture("case-zh", "zhou.min", open_case, language="zh-hans", height=1100),
    Picture("run-dark", "liu.yang", finished_run, theme="dark", height=1200),
    Picture("case-dark", "zhou.min", open_case, theme="dark", height=1100),
)


def main() -> None:
    """Take the named pictures, or all."""
    words = argparse.ArgumentParser(description="Take the pictures of the documents.")
    words.add_argument("--base", default="http://127.0.0.1:8000", help="address of the installation")
    words.add_argument("--password", required=True, help="password of the demo people")
    words.add_argument("names", nargs="*", help="names of pictures (default: all)")
    options = words.parse_args()
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    program = os.environ.get("GAVEL_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        wanted = [picture for picture in PICTURES if not options.names or picture.name in options.names]
        if any(picture.go is open_case for picture in wanted):
            ask_for_a_permit(browser, options.base, options.password)
        for picture in wanted:
            take(browser, options.base, options.password, picture)
        browser.close()


def visit(browser: Any, base: str, picture: Picture) -> Page:
    """A page of a new reader with their language and theme."""
    reader = browser.new_context(
        base_url=base,
        viewport={"width": WIDTH, "height": picture.height},
        color_scheme=picture.theme,
        reduced_motion="reduce",
        locale="zh-CN" if picture.language == "zh-hans" else "en-GB",
        timezone_id="Asia/Shanghai",
    )
    reader.add_cookies([{"name": "gavel_language", "value": picture.language, "url": base}])
    return reader.new_page()


def sign_in(page: Page, person: str, password: str) -> None:
    page.goto("/accounts/sign-in/")
    page.locator("input[name=username]").fill(person)
    page.locator("input[name=password]").fill(password)
    page.locator("form.signin button").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def ask_for_a_permit(browser: Any, base: str, password: str) -> None:
    """Where no case is open, an engineer opens one, so that a ballot can be shown."""
    page = visit(browser, base, Picture("", "", address("/")))
    sign_in(page, "liu.yang", password)
    page.goto("/cases/?state=open")
    if page.locator("table th[scope=row] a").count() == 0:
        first_of("/datasets/", "relevance-labels-train")(page)
        page.locator("a[href*='/dataset-versions/']").first.click()
        page.locator("a[href*='/cases/new']").first.click()
        page.locator("input[name=purpose]").fill("search-ranking")
        reason = "The labels tell the search page which products answer which question."
        page.locator("textarea[name=reason]").fill(reason)
        for kind in page.locator("input[name=job_kinds][type=checkbox]").all():
            kind.check()
        page.locator("main form button.primary").click()
        page.wait_for_load_state("networkidle")
    page.context.close()


def take(browser: Any, base: str, password: str, picture: Picture) -> None:
    """One picture, with the page at rest and its charts drawn."""
    page = visit(browser, base, picture)
    broken: list[str] = []
    page.on("response", lambda answer: broken.append(answer.url) if answer.status >= 400 else None)
    if picture.person:
        sign_in(page, picture.person, password)
    picture.go(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    if broken:
        raise SystemExit(f"{picture.name}: refused or broken: {', '.join(broken)}")
    target = IMAGES / f"{picture.name}.png"
    page.screenshot(path=str(target))
    page.context.close()
    shrink(target)


def shrink(file: Path) -> None:
    """Fewer colours: pages of text lose nothing one sees. Raises SystemExit where that is not enough."""
    if shutil.which("convert"):
        words = ["convert", str(file), "+dither", "-colors", COLOURS, "-strip", f"PNG8:{file}"]
        subprocess.run(words, check=True)
    if file.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{file.name} has {file.stat().st_size} bytes, more than {MOST_BYTES}")


if __name__ == "__main__":
    main()
