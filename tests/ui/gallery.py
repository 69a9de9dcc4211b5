"""Every component at work, as two whole pages: only tests and whoever changes the look see them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ui import charts, lineage, marks, tables
from ui.blocks import Change, Event

SOME_DAY = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
DIGEST = "9f3c41d0" + "0" * 52 + "a71e"


@dataclass(frozen=True)
class Asset:
    """A row of the example list."""

    name: str
    description: str
    level: int
    rows: int
    score: float | None
    open: bool
    steward: str
    changed: datetime


ASSETS = [
    Asset(
        "search_relevance_pairs",
        "Query and title pairs with human grades",
        3,
        412_806,
        96.4,
        True,
        "Zhao Min",
        SOME_DAY,
    ),
    Asset(
        "click_log_daily", "Raw clicks, one row per event", 2, 8_102_440, 88.2, False, "Zhao Min", SOME_DAY
    ),
    Asset("顾客评价", "中文商品评价，一行一条", 4, 62_774, None, True, "何佳", SOME_DAY - timedelta(days=90)),
    Asset("payment_tokens", "Core records", 5, 1_204, 99.9, False, "Ana Sousa", SOME_DAY),
]


def gate(row: Asset) -> Any:
    return marks.badge("ok", _("Open")) if row.open else marks.badge("bad", _("Shut"), "lock")


TABLE = tables.Table(
    label=_("Datasets"),
    columns=(
        tables.Column(
            _("Dataset"), "name", link=lambda row: f"/datasets/{row.name}", sub="description", sort="name"
        ),
        tables.Column(_("Level"), lambda row: marks.level(row.level, "Sensitive"), fit=True, wide=True),
        tables.Column(_("Rows"), "rows", kind="number", sort="rows", wide=True),
        tables.Column(_("Score"), "score", kind="number", decimals=1, sort="score", name_on_phone=True),
        tables.Column(_("Gate"), gate, fit=True, end=True),
        tables.Column(_("Steward"), "steward", kind="person", wide=True),
        tables.Column(_("Changed"), "changed", kind="ago", sort="changed", wide=True, muted=True),
    ),
    empty=tables.Empty(_("No dataset fits this filter"), _("Clear the filter to see all."), icon="database"),
    default_sort="-score",
    per_page=3,
)


class Filter(forms.Form):
    q = forms.CharField(label=_("Filter datasets"), required=False)
    gate = forms.ChoiceField(label=_("Gate"), choices=[("", "Any gate"), ("open", "Open")], required=False)


class Request(forms.Form):
    purpose = forms.CharField(label=_("Purpose"), help_text=_("One purpose per permit."), min_length=20)
    end = forms.DateField(label=_("End date"), widget=forms.DateInput(attrs={"type": "date"}))
    columns = forms.ChoiceField(label=_("Columns"), choices=[("all", "All but rater_key")])
    choice = forms.ChoiceField(
        label=_("Choice"), widget=forms.RadioSelect, choices=[("approve", "Approve"), ("reject", "Reject")]
    )
    told = forms.BooleanField(label=_("Tell downstream owners"), required=False, initial=True)
    file = forms.FileField(label=_("File"), required=False)


def loss_chart(live_url: str = "") -> charts.Chart:
    steps = list(range(0, 460, 10))
    values = [0.3 + 0.42 * 0.992**step for step in steps]
    series = [charts.Series(_("loss"), steps, values, key="loss")]
    return charts.lines(
        "loss",
        "Training loss",
        series,
        caption="CoSENT loss per step, mean of 20 steps",
        x_title="step",
        live_url=live_url,
    )


def auc_chart() -> charts.Chart:
    steps, auc = [0, 100, 200, 300, 400], [0.646, 0.689, 0.712, 0.724, 0.731]
    series = [
        charts.Series("this run", steps, auc, [v - 0.02 for v in auc], [v + 0.02 for v in auc], key="auc"),
        charts.Series("live 1.2", [0, 400], [0.722, 0.722], role=2),
    ]
    caption = "n = 1,284 pairs, 150 queries; band is the 95% interval"
    return charts.lines(
        "auc", "AUC on the development queries", series, caption=caption, x_title="step", limit=(0.68, "gate")
    )


def forest_chart() -> charts.Chart:
    found = [
        charts.Estimate("BM25", 0.583, 0.561, 0.605, 2),
        charts.Estimate("this run", 0.731, 0.712, 0.750),
    ]
    return charts.estimates(
        "forest", "AUC by model", found, caption="95% intervals, 150 queries", x_title="AUC"
    )


def bar_chart() -> charts.Chart:
    series = [charts.Series("rows", ["zh", "en"], [240_112, 172_694])]
    return charts.bars("locale", "Rows by locale", series, caption="412,806 rows, version 14", y_title="rows")


def menu() -> list[Any]:
    def entry(label: str, icon: str, count: int = 0, current: bool = False, due: bool = False) -> Any:
        return SimpleNamespace(label=label, url=f"/{label}", icon=icon, count=count, current=current, due=due)

    data = (
        entry("Catalog", "database", current=True),
        entry("Standards", "ruler"),
        entry("Validation", "shield-check"),
    )
    committee = (entry("Cases", "gavel", 3), entry("Meetings", "calendar"), entry("Permits", "key"))
    return [
        SimpleNamespace(label="", entries=(entry("Inbox", "inbox", 5, due=True),)),
        SimpleNamespace(label="Data", entries=data),
        SimpleNamespace(label="Committee", entries=committee),
        SimpleNamespace(label="Models", entries=(entry("Runs", "flask-conical"), entry("Models", "box"))),
        SimpleNamespace(label="Oversight", entries=(entry("Ledger", "scroll-text"), entry("Roles", "users"))),
    ]


HERE = Path(__file__).parent
LIST = (HERE / "list.html").read_text(encoding="utf-8")
DETAIL = (HERE / "detail.html").read_text(encoding="utf-8")


def request(path: str = "/gallery") -> HttpRequest:
    made = RequestFactory().get(path)
    made.user = SimpleNamespace(  # type: ignore[assignment]
        is_authenticated=True, is_active=True, get_full_name=lambda: "Wu Qing", get_username=lambda: "wu"
    )
    return made


def detail_context(live_url: str = "") -> dict[str, Any]:
    nodes = [
        lineage.Node("raw", "search_panel_raw", "table · v31", "/raw"),
        lineage.Node("titles", "product_titles_en", "table · v9", "/titles"),
        lineage.Node("job", "build_relevance_pairs", "job · 2 Nov run"),
        lineage.Node("here", "search_relevance_pairs", "dataset · v14 · this", "/here", "here"),
        lineage.Node("model", "search-biencoder 1.2", "model · live · affected", "/m", "impact"),
        lineage.Node("ab", "rank-ab-31", "experiment · live 5%", "/ab", "impact"),
    ]
    pairs = [("raw", "job"), ("titles", "job"), ("job", "here"), ("here", "model"), ("model", "ab")]
    return {
        "menu": menu(), "search_url": "/search", "home_url": "/", "gavel_version": "0.1",
        "person": {"note": "Legal seat"},
        "day": timezone.localdate(SOME_DAY), "digest": DIGEST,
        "trend": [91, 93, 92, 95, 96.4], "bins": [1, 4, 9, 12, 8, 3],
        "version_mark": marks.hash_short(DIGEST), "small": TABLE.of(ASSETS), "loss": loss_chart(live_url),
        "auc": auc_chart(), "forest": forest_chart(), "by_locale": bar_chart(), "nodes": nodes,
        "edges": [lineage.Edge(*pair) for pair in pairs],
        "changes": [
            Change("add", "Column locale", None, "string"),
            Change("change", "VAL-04", "1 to 256", "2 to 200"),
            Change("del", "ACC-09", "warn"),
        ],
        "events": [
            Event(SOME_DAY, "Evidence pack sealed", "shield-check", "ok", DIGEST),
            Event(SOME_DAY - timedelta(hours=3), "Chen Hao raised the case", "file", "", DIGEST),
        ],
        "form": Request({"purpose": "misc", "columns": "all"}),
        "pairs": [("Purpose", "Product search relevance"), ("Ends", marks.when(SOME_DAY, "short_day"))],
    }  # fmt: skip


def detail_page(live_url: str = "") -> str:
    return engines["django"].from_string(DETAIL).render(detail_context(live_url), request())


def list_page(path: str = "/gallery?sort=-rows") -> str:
    asked = request(path)
    context = {
        "menu": menu(),
        "search_url": "/search",
        "filter": Filter(asked.GET),
        "page": TABLE.page(asked, ASSETS),
    }
    return engines["django"].from_string(LIST).render(context, asked)


def bare_page(name: str) -> str:
    return engines["django"].get_template(name).render({"form": AuthenticationForm()}, request())
