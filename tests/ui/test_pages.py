"""Whole pages of the toolkit: safe under the security policy, complete in both languages."""

import re
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.template import engines
from django.utils import translation

from tests.ui import gallery
from ui.icons import icon_names

ROOT = Path(__file__).resolve().parents[2]
BARE = (
    "400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "registration/login.html",
)  # fmt: skip
PAGES = {"detail": gallery.detail_page, "list": gallery.list_page} | {
    name: (lambda name=name: gallery.bare_page(name)) for name in BARE
}


class Scan(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.offences: list[str] = []
        self.ids: list[str] = []
        self.named: set[str] = set()
        self.headings = 0
        self.open_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        self.open_script = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if tag == "style":
            self.offences.append("style element")
        self.offences += [
            f"{tag} {name}" for name in given if name == "style" or name.startswith(("on", "hx-on"))
        ]
        if (given.get("href") or "").startswith("javascript:"):
            self.offences.append("javascript address")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("aria-labelledby", "aria-describedby", "for", "popovertarget", "data-dialog"):
            self.named.update((given.get(name) or "").split())

    def handle_data(self, data: str) -> None:
        if self.open_script and data.strip():
            self.offences.append("inline script")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_inline_script_or_style(name: str) -> None:
    assert Scan(PAGES[name]()).offences == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_heading_unique_ids_and_no_dangling_reference(name: str) -> None:
    page = Scan(PAGES[name]())
    assert page.headings == 1
    assert len(page.ids) == len(set(page.ids))
    assert page.named <= set(page.ids)


@pytest.mark.parametrize("name", BARE)
def test_error_pages_need_no_context(name: str) -> None:
    assert "Gavel" in engines["django"].get_template(name).render({})


@pytest.mark.parametrize("name", ["detail", "list", "404.html", "registration/login.html"])
def test_pages_speak_chinese(name: str) -> None:
    with translation.override("zh-hans"):
        html = PAGES[name]()
    assert '<html lang="zh-Hans">' in html
    assert ">English</button>" in html
    for english in ("Skip to content", "Show as table", "Previous", "Clear all", "Sign in", "start page"):
        assert english not in html


def test_the_language_switch_is_a_post_that_returns_here() -> None:
    html = gallery.list_page("/gallery?sort=-rows")
    form = re.search(r'<form class="language".*?</form>', html, re.S)
    assert form is not None
    assert 'method="post"' in form[0]
    assert 'value="/gallery?sort=-rows"' in form[0]
    assert 'name="language" value="zh-hans"' in form[0]


def translatable() -> set[str]:
    """Literal texts in the toolkit and in the project's templates."""
    found: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'{% translate "([^"]+)"', text))
        found.update(re.findall(r'_\("([^"]+)"\)', text))
        for body in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", text, re.S):
            parts = re.split(r"{% plural %}", body)
            found.update(re.sub(r"{{ (\w+) }}", r"%(\1)s", part) for part in parts)
    for path in (ROOT / "ui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'\bgettext\(\s*"([^"]+)"', text))
        found.update(re.findall(r'pgettext\("[^"]+", "([^"]+)"', text))
        for pair in re.findall(r'ngettext\("([^"]+)", "([^"]+)"', text):
            found.update(pair)
    return found


def test_every_text_of_the_toolkit_is_translated() -> None:
    catalogue = polib.pofile(str(ROOT / "ui/locale/zh_Hans/LC_MESSAGES/django.po"))
    known = {entry.msgid for entry in catalogue} | {entry.msgid_plural for entry in catalogue}
    assert translatable() - known == set()
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


def test_every_icon_named_in_a_template_or_module_exists() -> None:
    sources = [*(ROOT / "templates").rglob("*.html"), *ROOT.glob("*/templates/**/*.html")]
    named: set[str] = set()
    for path in sources:
        text = path.read_text(encoding="utf-8")
        named.update(re.findall(r'{% icon "([^"]+)"', text))
        named.update(re.findall(r'\bicon="([^"]+)"', text))
    assert named, "no icon found: the pattern is wrong"
    assert named - icon_names() == set()
