"""``{% load ui %}``: everything a page is written with.

A list page; its view passes ``page=DATASETS.page(request, rows)`` (``DATASETS`` is a ``ui.tables.Table``) and
``filter``, a form read from GET::

    {% extends "layouts/list.html" %}{% load i18n ui %}
    {% block title %}{% translate "Datasets" %}{% endblock %}
    {% block crumbs %}{% crumb _("Datasets") %}{% endblock %}
    {% block heading %}{% translate "Datasets" %}{% endblock %}
    {% block lede %}{% translate "Every governed asset, with its gate and owner" %}{% endblock %}
    {% block actions %}<a class="btn primary" href="{{ url }}">{% translate "Register" %}</a>{% endblock %}
    {% block filters %}{% filter_form filter total=page.total %}{% endblock %}
    {% block table %}{% table page %}{% endblock %}

A detail page (``alerts``, ``facts``, ``tabs``, ``aside``, ``dock``, ``dialogs`` may be left out)::

    {% extends "layouts/detail.html" %}{% load i18n ui %}
    {% block title %}{{ dataset.name }}{% endblock %}
    {% block crumbs %}{% crumb _("Datasets") list_url %}{% crumb dataset.name %}{% endblock %}
    {% block heading %}<code>{{ dataset.name }}</code> {% badge "ok" _("Gate open") %}{% endblock %}
    {% block lede %}{{ dataset.description }} · {% when dataset.changed "ago" %}{% endblock %}
    {% block actions %}{% dialog_button "revoke" _("Revoke permit") danger=True %}{% endblock %}
    {% block facts %}{% fact _("Level") level_mark %}{% fact _("Rows") dataset.row_count %}{% endblock %}
    {% block tabs %}{% tab _("Columns") "?tab=c" True 11 %}{% tab _("Versions") url %}{% endblock %}
    {% block body %}
      {% tiles %}{% tile _("Score") 96.4 unit=_("of 100") note=_("gate 95.0") %}{% endtiles %}
      {% panel title=_("Columns") scope=_("profile") padded=False %}{% table columns %}{% endpanel %}
      {% panel %}{% chart loss %}{% endpanel %}
    {% endblock %}
    {% block aside %}
      {% panel title=_("Permit") link=_("All permits") url=permits_url %}{% facts pairs %}{% endpanel %}
    {% endblock %}
    {% block dialogs %}
      {% dialog id="revoke" url=revoke_url title=_("Revoke it?") verb=_("Revoke permit") %}
      <p>{% translate "One run stops now." %}</p>{% form_fields revoke_form %}{% enddialog %}
    {% endblock %}

A form page extends ``layouts/form.html``: blocks ``heading``, ``lede``, ``fields`` (default: all fields),
``verb`` (word on the button), ``context`` (aside). A page with charts adds
``{% block scripts %}{% chart_scripts %}{% endblock %}``; its view stands under ``ui.csp.charts_allowed``.
Icons are lucide names. Context for ``base.html``, all optional: ``menu`` (groups with ``label`` and
``entries`` of label, url, icon, count, due, current), ``home_url``, ``search_url``, ``person`` (name, note,
url), ``gavel_version``.
"""

from collections.abc import Collection
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ui import assets, blocks, drawings, icons, marks, words
from ui import lineage as lineages
from ui.charts import Chart

register = template.Library()

register.simple_tag(icons.icon, name="icon")
register.simple_tag(marks.tag, name="tag")
register.simple_tag(marks.level, name="level")
register.simple_tag(marks.count, name="count")
register.simple_tag(marks.person, name="person")
register.simple_tag(marks.avatar, name="avatar")
register.simple_tag(marks.none, name="none")
register.simple_tag(marks.masked, name="masked")
register.simple_tag(marks.hash_short, name="hash_short")
register.simple_tag(marks.hash_full, name="hash_full")
register.simple_tag(marks.when, name="when")
register.simple_tag(blocks.tile, name="tile")
register.simple_tag(blocks.fact, name="fact")
register.simple_tag(blocks.facts, name="facts")
register.simple_tag(blocks.alert, name="alert")
register.simple_tag(blocks.job, name="job")
register.simple_tag(blocks.quorum, name="quorum")
register.simple_tag(blocks.diff, name="diff")
register.simple_tag(blocks.ledger, name="ledger")
register.simple_tag(drawings.sparkline, name="sparkline")
register.simple_tag(drawings.histogram, name="histogram")
register.simple_tag(drawings.pass_bar, name="pass_bar")
register.simple_tag(drawings.share_bar, name="share_bar")
register.simple_tag(drawings.difference, name="difference")
register.simple_tag(lineages.lineage, name="lineage")
register.simple_tag(words.interval, name="interval")
register.simple_tag(words.share, name="share")
register.filter("number", words.number)
register.filter("compact", words.compact)
register.filter("filesize", words.filesize)
register.filter("duration", words.duration)
register.filter("short_hash", words.short_hash)
register.filter("when", marks.when)


@register.simple_tag
def number(value: Any, decimals: int | None = None, signed: bool = False) -> str:
    """``{% number 0.0241 3 signed=True %}`` gives ``+0.024``; the filter of the same name takes no sign."""
    return words.number(value, decimals, signed=signed)


@register.simple_tag
def badge(tone: str, label: Any, icon: str = "", plain: bool = False) -> SafeString:
    """``{% badge "ok" _("Gate open") %}``; the icon follows the tone unless named."""
    return marks.badge(tone, label, icon, plain=plain)


@register.simple_tag
def empty_state(
    title: Any, text: Any = "", icon: str = "inbox", action: Any = "", url: str = ""
) -> SafeString:
    """``{% empty_state _("No cases wait for you") _("They appear when voting opens.") icon="gavel" %}``."""
    return blocks.empty(title, text, icon_name=icon, action=action, url=url)


@register.simple_block_tag
def panel(
    content: str,
    title: Any = "",
    scope: Any = "",
    aside: Any = "",
    link: Any = "",
    url: str = "",
    anchor: str = "",
    emphasis: bool = False,
    padded: bool = True,
) -> SafeString:
    """``{% panel title=_("Evidence") %}…{% endpanel %}``; a table inside wants ``padded=False``."""
    return blocks.panel(
        content, title=title, scope=scope, aside=aside, link=link, url=url, anchor=anchor, emphasis=emphasis,
        padded=padded,
    )  # fmt: skip


@register.simple_block_tag
def tiles(content: str) -> SafeString:
    """``{% tiles %}{% tile … %}{% endtiles %}``: three to six figures of one object or period."""
    return format_html('<dl class="tiles">{}</dl>', content)


@register.simple_block_tag
def decision(
    content: str, title: Any, digest: str, marks_after: Any = "", state: Any = "", note: Any = ""
) -> SafeString:
    """The words put to the vote, the hash they are bound to and, in ``state``, whether it still holds."""
    return format_html(
        '<section class="decision" aria-labelledby="decision-h">'
        '<header><h2 id="decision-h">{}</h2>{}</header>'
        '<div class="text">{}</div>'
        '<footer><span>{} {}</span>{}<span class="push muted">{}</span></footer></section>',
        title,
        marks_after,
        content,
        gettext("Content hash"),
        marks.hash_short(digest),
        state,
        note,
    )


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context,
    content: str,
    id: str,
    url: str,
    title: Any,
    verb: Any,
    keep: Any = "",
    danger: bool = True,
) -> SafeString:
    """Confirm what cannot be undone: a POST form of at most two fields. See ``dialog_button``."""
    return render_to_string(
        "components/dialog.html",
        {
            "id": id, "url": url, "title": title, "verb": verb, "keep": keep or gettext("Keep as it is"),
            "look": "danger" if danger else "primary", "body": content,
        },
        request=context.get("request"),
    )  # fmt: skip


@register.simple_tag
def dialog_button(
    id: str, label: Any, icon: str = "", danger: bool = False, primary: bool = False
) -> SafeString:
    """Button that opens the dialog of that id."""
    look = " danger" if danger else " primary" if primary else ""
    mark = icons.icon(icon) if icon else ""
    return format_html(
        '<button class="btn{}" type="button" data-dialog="{}">{}{}</button>', look, id, mark, label
    )


@register.simple_tag
def crumb(label: Any, url: str = "") -> SafeString:
    """One step of the path; the last one, without address, is the page itself."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    return format_html('<li aria-current="page">{}</li>', label)


@register.simple_tag
def tab(label: Any, url: str, current: bool = False, count: int | None = None) -> SafeString:
    """One part of an object, with its own address."""
    pill = marks.count(count) if count is not None else ""
    here = format_html(' aria-current="{}"', "page") if current else ""
    return format_html('<a href="{}"{}>{} {}</a>', url, here, label, pill)


@register.simple_tag
def table(bound: Any) -> SafeString:
    """``{% table page %}`` where ``page`` is ``Table.page(request, rows)`` or ``Table.of(rows)``."""
    html: SafeString = bound.__html__()
    return html


@register.simple_tag
def chart(chart: Chart) -> SafeString:
    """A Plotly figure with its twin table; the page needs ``{% chart_scripts %}`` once."""
    return render_to_string("components/chart.html", {"chart": chart})


@register.inclusion_tag("components/chart_scripts.html")
def chart_scripts() -> dict[str, str]:
    """Plotly and our drawing script, for block ``scripts`` of chart pages."""
    return {"plotly": assets.PLOTLY_SCRIPT}


@register.inclusion_tag("components/form_fields.html")
def form_fields(
    form: forms.BaseForm,
    folded: Collection[str] = (),
    fold: str = "",
    more: Collection[str] = (),
    more_fold: str = "",
) -> dict[str, Any]:
    """Label, help, control, error of each field, with the list of what needs attention on top.

    Fields named in ``folded`` stand at the end under the summary ``fold``, open where one is filled or
    broken; those in ``more`` after them under ``more_fold``.
    """
    shown = [field for field in form if not field.is_hidden]
    return {
        "form": form,
        "broken": [field for field in form if field.errors],
        "fields": [field for field in shown if field.name not in {*folded, *more}],
        "folds": [
            _fold(shown, names, title) for names, title in ((folded, fold), (more, more_fold)) if names
        ],
    }


def _fold(shown: list[BoundField], names: Collection[str], title: str) -> dict[str, Any]:
    fields = [field for field in shown if field.name in names]
    filled = any(field.errors or field.value() not in (None, "") for field in fields)
    return {"title": title, "fields": fields, "open": filled}


@register.inclusion_tag("components/filter_form.html", takes_context=True)
def filter_form(context: Context, form: forms.BaseForm, total: int | None = None) -> dict[str, Any]:
    """GET form above a list: searches first, then choices, then checks; keeps the sort."""
    request = context.get("request")
    query = request.GET if request is not None else {}
    groups: dict[str, list[BoundField]] = {"searches": [], "choices": [], "checks": []}
    for field in form:
        groups[_filter_group(field)].append(field)
    kept = [(name, query[name]) for name in query if name.endswith("sort")]
    active = any(value for name, value in query.items() if name in form.fields)
    return {**groups, "kept": kept, "active": active, "total": total}


def _filter_group(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "checks"
    words_for = {"aria-label": str(field.label), "placeholder": str(field.label)}
    if isinstance(widget, forms.Select):
        widget.attrs.setdefault("aria-label", words_for["aria-label"])
        return "choices"
    for name, value in words_for.items():
        widget.attrs.setdefault(name, value)
    if isinstance(widget, forms.TextInput):
        widget.input_type = "search"
        return "searches"
    return "choices"


@register.filter
def field_shape(field: BoundField) -> str:
    """How a field is laid out: ``check``, ``choices`` or ``plain``."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    return "plain"


@register.simple_tag
def toast_tones() -> tuple[str, ...]:
    """Tones a toast can have."""
    return ("ok", "warn", "bad", "info")


@register.simple_tag
def tone_icon(tone: str) -> SafeString:
    """The icon that goes with a tone."""
    return icons.icon(marks.TONE_ICONS[tone])


_MESSAGE_TONES = {"success": "ok", "warning": "warn", "error": "bad"}


@register.simple_tag
def message_alert(message: Any) -> SafeString:
    """One of Django's messages as an alert."""
    tone = _MESSAGE_TONES.get(message.level_tag, "info")
    return format_html(
        '<div class="alert" data-tone="{}" role="{}">{}<div>{}</div></div>',
        tone,
        "alert" if tone == "bad" else "status",
        icons.icon(marks.TONE_ICONS[tone]),
        message,
    )
