"""Every component at work, as two whole pages: only tests and whoever changes the look see them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ui import charts, lineage, marks, tables
from ui.blocks import Change

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


LIST = """{% extends "layouts/list.html" %}{% load i18n ui %}
{% block title %}Datasets{% endblock %}{% block crumbs %}{% crumb "Data" "/" %}{% crumb _("Datasets") %}{% endblock %}
{% block heading %}Datasets{% endblock %}{% block lede %}Every governed asset, with its gate and owner{% endblock %}
{% block actions %}<a class="btn primary" href="/new">Register dataset</a>{% endblock %}
{% block filters %}{% filter_form filter total=page.total %}{% endblock %}{% block table %}{% table page %}{% endblock %}"""

DETAIL = """{% extends "layouts/detail.html" %}{% load i18n ui %}
{% block title %}Patterns{% endblock %}
{% block crumbs %}{% crumb "Datasets" "/list" %}{% crumb "search_relevance_pairs" %}{% endblock %}
{% block heading %}<code>search_relevance_pairs</code> {% badge "ok" "Gate open" %}{% endblock %}
{% block lede %}Query and product title pairs, zh and en · {% when day %}{% endblock %}
{% block actions %}<a class="btn" href="/v">{% icon "shield-check" %}Validate</a>
{% dialog_button "revoke" "Revoke permit" danger=True %}<a class="btn primary" href="/p">{% icon "key" %}Request permit</a>{% endblock %}
{% block alerts %}{% alert "warn" "Content changed after 3 votes." "All three ballots are void." action="Compare" url="/c" %}{% endblock %}
{% block facts %}{% fact "Version" version %}{% level 3 "Sensitive" as l3 %}{% fact "Level" l3 %}{% person "Priya Nair" as who %}
{% fact "Owner" who %}{% fact "Rows" 412806 %}{% fact "Permit" None %}{% endblock %}
{% block tabs %}{% tab "Overview" "?tab=o" %}{% tab "Columns" "?tab=c" current=True count=11 %}{% tab "Versions" "?tab=v" %}{% endblock %}
{% block body %}
{% sparkline trend ref=95 as spark %}
{% tiles %}{% tile "Score" 96.4 unit="of 100" note="gate 95.0, last run 94.9" drawing=spark %}
{% tile "Decided in time" "94%" unit="60 of 64" note="12 weeks to 23 Nov" %}{% number 0.027 3 signed=True as lift %}
{% tile "Lift in AUC" lift note="95%: +0.013 to +0.041, 400 queries" %}{% endtiles %}
{% panel title="Marks" scope="badges, tags, levels, people" %}<div class="cluster tight">
{% badge "ok" "Passed" %}{% badge "warn" "Needs condition" %}{% badge "bad" "Gate shut" icon="lock" %}
{% badge "info" "Voting open" icon="gavel" %}{% badge "idle" "Not yet" %}{% badge "warn" "3 working days left" icon="clock" plain=True %}</div>
<div class="cluster tight">{% level 1 "Public" %}{% level 2 "Internal" %}{% level 3 "Sensitive" %}{% level 4 "Restricted" %}{% level 5 "核心" %}
{% level 3 "Sensitive" short=True %}{% tag "Completeness" "square-plus" %}{% tag "Uniqueness" "circle-dot" %}</div>
<div class="cluster tight">{% person "Wu Qing" note="Legal seat" %}{% person "吴青" url="/u" %}{% hash_short digest %}{% count 12 %}{% count 3 due=True label="due" %}
{% masked %}{% none %}<kbd>j</kbd>{% difference 0.009 -0.006 0.024 scale=0.11 %}{% histogram bins %}{% interval 0.712 0.75 %} {% share 214 412806 %} {% pass_bar 412000 412806 tone="warn" %}</div>
<p>{% hash_full digest %}</p>{% endpanel %}
{% panel title="Columns" scope="profile of version 14" padded=False link="All" url="/a" %}{% table small %}{% endpanel %}
<div class="pair">{% panel %}{% chart loss %}{% endpanel %}{% panel %}{% chart auc %}{% endpanel %}</div>
<div class="pair">{% panel %}{% chart forest %}{% endpanel %}{% panel %}{% chart by_locale %}{% endpanel %}</div>
{% panel title="Changes" padded=False %}{% diff changes %}{% endpanel %}
{% panel title="Lineage" %}{% lineage nodes edges %}{% endpanel %}
{% panel title="Nothing here" padded=False %}{% empty_state "No cases wait for you" "They appear here when voting opens." icon="gavel" action="See all" url="/all" %}{% endpanel %}
{% endblock %}
{% block aside %}{% panel title="Vote" aside="closes Thu 26 Nov, 18:00" %}<strong>3 of 4 votes for a quorum</strong>{% quorum 3 4 6 1 %}{% endpanel %}
<form class="panel emphasis" id="ballot"><div class="panel-head"><h2>Request</h2></div><div class="panel-body stack">{% form_fields form %}<button class="btn primary block">{% icon "lock" %}Seal my ballot</button></div></form>
{% panel title="Running" %}{% job "FT-0412 · bi-encoder" 458 750 url="/r" state="epoch 2 of 3" meta="about 34 min left" aside="22 of 40 runs used" %}
{% job "FT-0408" 38 100 tone="bad" meta="stopped, permit revoked" %}{% job "Validation 7" 0 0 state="waiting" %}{% endpanel %}
{% panel title="Permit" %}{% facts pairs %}{% endpanel %}{% endblock %}
{% block dialogs %}{% dialog id="revoke" url="/revoke" title="Revoke permit PT-0088?" verb="Revoke permit" keep="Keep permit" %}<p>One run stops now.</p>{% enddialog %}{% endblock %}
{% block dock %}<div class="dock">{% badge "warn" "3 working days left" icon="clock" plain=True %}<a class="btn primary" href="#ballot">Vote</a></div>{% endblock %}
{% block scripts %}{% chart_scripts %}{% endblock %}"""


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
        "menu": menu(), "search_url": "/search", "home_url": "/", "version": "0.1", "person": {"note": "Legal seat"},
        "day": timezone.localdate(SOME_DAY), "digest": DIGEST, "trend": [91, 93, 92, 95, 96.4], "bins": [1, 4, 9, 12, 8, 3],
        "version_mark": marks.hash_short(DIGEST), "small": TABLE.of(ASSETS), "loss": loss_chart(live_url),
        "auc": auc_chart(), "forest": forest_chart(), "by_locale": bar_chart(), "nodes": nodes,
        "edges": [lineage.Edge(*pair) for pair in pairs],
        "changes": [
            Change("add", "Column locale", None, "string"),
            Change("change", "VAL-04", "1 to 256", "2 to 200"),
            Change("del", "ACC-09", "warn"),
        ],
        "form": Request({"purpose": "misc", "columns": "all"}),
        "pairs": [("Purpose", "Product search relevance"), ("Ends", marks.when(SOME_DAY, "short_day")), ("Runs", 22)],
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
    from django.contrib.auth.forms import AuthenticationForm

    return engines["django"].get_template(name).render({"form": AuthenticationForm()}, request())
