"""Smoothing, logarithmic scales and axes in a headless browser, under the security policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from tests.services.browsing import chromium
from tests.ui.served import WITH_CHARTS, served
from ui.charts import Series, lines

pytestmark = pytest.mark.browser
HEAD = '<!doctype html><html lang="en"><head><title>t</title></head>'
SHELL = HEAD + "<body>{controls}{chart}{scripts}</body></html>"
LINE = "document.querySelector('#chart-loss .plot').data"


def page(path: str) -> str:
    steps = list(range(1, 101))
    axes = {
        "epoch": [step / 50 for step in steps], "at": [1_000_000 + 1000 * step for step in steps],
        "tokens": [None] + [64 * step for step in steps[1:]], "mean": [], "start": 1_001_000,
    }  # fmt: skip
    values = [(-1) ** step / step for step in steps]
    chart = lines(
        "loss", "Loss", [Series("loss", steps, values, key="loss", axes=axes)], caption="", x_title="step"
    )
    with translation.override("en"):
        return SHELL.format(
            controls=render_to_string("modeling/parts/curves.html"),
            chart=render_to_string("components/chart.html", {"chart": chart}),
            scripts=render_to_string("components/chart_scripts.html", {"plotly": "plotly/plotly.min.js"}),
        )


@pytest.fixture
def shown() -> Iterator[Any]:
    with served({"/run": (WITH_CHARTS, page)}, []) as address, chromium() as browser:
        made = browser.new_page()
        made.faults = []
        made.on("pageerror", lambda error: made.faults.append(str(error)))
        made.address = f"{address}/run"
        made.goto(made.address)
        made.wait_for_selector("#chart-loss .main-svg")
        yield made
        assert made.faults == []


def smooth(page: Any, weight: str) -> None:
    page.evaluate(
        "weight => { const field = document.querySelector('[name=smooth]'); field.value = weight;"
        "field.dispatchEvent(new Event('input', {bubbles: true})); }",
        weight,
    )


def test_smoothing_keeps_the_raw_line_and_begins_at_it(shown: Any) -> None:
    raw = shown.evaluate(f"{LINE}.at(-1).y")
    assert shown.evaluate(f"{LINE}.length") == 1
    smooth(shown, "0.01")
    faint, drawn = shown.evaluate(f"{LINE}.map(one => [one.opacity ?? 1, one.y])")
    assert (faint[0], faint[1]) == (0.3, raw)
    assert max(abs(a - b) for a, b in zip(drawn[1], raw, strict=True)) < 0.02
    smooth(shown, "0.9")
    heavy = shown.evaluate(f"{LINE}.at(-1).y")
    assert heavy[0] == pytest.approx(raw[0])
    assert abs(heavy[-1]) < abs(heavy[0])
    shown.reload()
    shown.wait_for_selector("#chart-loss .main-svg")
    assert shown.evaluate(f"{LINE}.length") == 2, "the choice is kept"
    smooth(shown, "0")
    assert shown.evaluate(f"{LINE}.at(-1).y") == raw


def test_a_log_scale_counts_what_it_leaves_out(shown: Any) -> None:
    shown.check("[name=logy]")
    assert shown.evaluate("document.querySelector('#chart-loss .plot').layout.yaxis.type") == "log"
    assert len(shown.evaluate(f"{LINE}.at(-1).y")) == 50
    assert "50 values of 0 or less" in shown.locator(".left-out").text_content()
    assert "log=y" in shown.url


def test_other_axes_and_the_address(shown: Any) -> None:
    shown.select_option("[name=x]", "tokens")
    assert shown.evaluate(f"{LINE}.at(-1).x.at(-1)") == 6400
    assert "1 points have no place" in shown.locator(".left-out").text_content()
    shown.select_option("[name=x]", "relative")
    assert shown.evaluate(f"{LINE}.at(-1).x.slice(0, 2)") == [0, 1]
    shown.goto(f"{shown.address}?x=epoch&smooth=0.5")
    shown.wait_for_selector("#chart-loss .main-svg")
    assert shown.evaluate(f"{LINE}.at(-1).x.at(-1)") == 2
    assert shown.input_value("[name=x]") == "epoch"
    shown.click("button[type=reset]")
    shown.wait_for_function(f"{LINE}.length === 1")
    assert "smooth" not in shown.url
