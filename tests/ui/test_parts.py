"""Marks, blocks, drawings, lineage and charts keep the rules of the look."""

import json

import pytest
from django.test import RequestFactory

from tests.ui import gallery
from ui import assets, blocks, charts, drawings, htmx, icons, lineage, marks


def test_text_of_people_is_escaped_everywhere() -> None:
    evil = '<script>alert("x")</script>'
    made = [
        marks.badge("ok", evil), marks.tag(evil), marks.level(1, evil),
        marks.person(evil, url=evil, note=evil),
        marks.hash_short(evil), marks.code(evil),
        blocks.tile(evil, evil, unit=evil, note=evil),
        blocks.fact(evil, evil), blocks.panel(evil, title=evil, scope=evil, link=evil, url=evil, anchor=evil),
        blocks.alert("bad", evil, evil, action=evil, url=evil),
        blocks.empty(evil, evil, action=evil, url=evil),
        blocks.job(evil, 1, 2, url=evil, state=evil, meta=evil),
        blocks.diff([blocks.Change("change", evil, evil, evil)], label=evil),
        drawings.sparkline([1, 2], label=evil), drawings.histogram([1], label=evil),
        lineage.lineage([lineage.Node("a", evil, evil, evil, evil)], []),
    ]  # fmt: skip
    assert not [html for html in made if "<script" in html or '"x"' in html]


def test_a_badge_is_never_colour_alone() -> None:
    for tone in marks.TONES:
        assert "<svg" in marks.badge(tone, "word")
    with pytest.raises(ValueError, match="unknown tone"):
        marks.badge("green", "word")


def test_levels_are_one_to_five_with_bars() -> None:
    assert marks.level(3, "Sensitive").count("<rect") == 5
    assert marks.level(3, "Sensitive").count('class="off"') == 2
    assert "L5 Core" in marks.level(5, "Core")
    with pytest.raises(ValueError, match="not 1 to 5"):
        marks.level(6)


def test_an_unknown_icon_is_an_error_not_a_gap() -> None:
    with pytest.raises(icons.IconMissing):
        icons.icon("no-such-icon")


def test_the_quorum_meter_has_a_cell_per_seat_and_a_bar_at_the_number_needed() -> None:
    meter = blocks.quorum(3, 4, 6, 1)
    assert meter.count("<li") == 7
    assert meter.count('data-seat="cast"') == 3
    assert meter.count('data-seat="out"') == 1
    assert meter.count('class="need"') == 1
    assert "3 cast, 4 needed, 6 eligible, 1 recused" in meter


def test_one_failing_row_in_a_million_is_visible() -> None:
    assert '<rect class="fill" x="99.00" width="1.00"' in drawings.pass_bar(999_999, 1_000_000)
    assert 'width="0.00"' in drawings.pass_bar(10, 10)


def test_layers_follow_the_longest_path_and_survive_a_cycle() -> None:
    nodes = [lineage.Node(key, key, "table") for key in "abcd"]
    edges = [lineage.Edge("a", "b"), lineage.Edge("b", "c"), lineage.Edge("a", "c"), lineage.Edge("c", "d")]
    assert lineage.layers(nodes, edges) == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert set(lineage.layers(nodes, [*edges, lineage.Edge("d", "a")])) == set("abcd")
    assert "a feeds b, c." in lineage.lineage(nodes, edges)


def test_too_many_boxes_become_text() -> None:
    nodes = [lineage.Node(str(i), f"n{i}", "table") for i in range(41)]
    assert "<svg" not in lineage.lineage(nodes, [lineage.Edge("0", "1")])


def test_charts_are_plain_json_with_colours_as_tokens() -> None:
    for chart in (gallery.loss_chart(), gallery.auc_chart(), gallery.forest_chart(), gallery.bar_chart()):
        text = json.dumps(chart.payload)
        assert "token:--" in text
        assert "oklch" not in text
        assert chart.rows
        assert {len(row) for row in chart.rows} == {len(chart.headers)}


def test_bars_start_at_zero_and_four_series_are_the_limit() -> None:
    assert gallery.bar_chart().figure["layout"]["yaxis"]["rangemode"] == "tozero"
    five = [charts.Series(str(i), [1], [1]) for i in range(5)]
    with pytest.raises(ValueError, match="at most 4"):
        charts.lines("x", "t", five, caption="c", x_title="x")


def test_the_twin_table_of_a_long_run_is_thinned_and_says_so() -> None:
    series = [charts.Series("loss", range(1001), [0.5] * 1001)]
    chart = charts.lines("x", "t", series, caption="c", x_title="step")
    assert len(chart.listed) <= charts.MAX_ROWS
    assert chart.listed[-1][0] == "1,000"
    assert "1,001" in chart.rows_note


def test_live_answers_are_200_204_286() -> None:
    assert htmx.live({"cursor": 3}, new=True, finished=False).status_code == 200
    assert htmx.live({"cursor": 3}, new=False, finished=False).status_code == 204
    assert htmx.live({"cursor": 3}, new=False, finished=True).status_code == 286


def test_a_history_restore_gets_the_whole_page() -> None:
    asked = RequestFactory()
    assert htmx.is_htmx(asked.get("/", headers={"HX-Request": "true"}))
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert not htmx.is_htmx(asked.get("/", headers=restored))


def test_browser_files_come_from_installed_wheels() -> None:
    assert (assets.plotly_folder() / "plotly.min.js").is_file()
    assert (assets.package_folder("django_htmx") / "static" / assets.HTMX_SCRIPT).is_file()
    with pytest.raises(ModuleNotFoundError):
        assets.package_folder("no_such_package")
