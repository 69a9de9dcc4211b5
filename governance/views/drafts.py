"""The editor of standards: a draft's rules, columns and text, each edit on the text it was opened with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from governance import actions, panels, selectors, tables
from governance.choices import STANDARD_TONES, Dimension
from governance.exceptions import DomainError, StandardInvalid, StandardStale
from governance.models import Rule, StandardVersion, local_name
from governance.numbering import next_number
from governance.permissions import may_write_standard
from governance.rule_forms import ColumnForm, DraftForm, RuleForm, TextForm
from governance.standard_text import KindWords, StandardText, rule_kinds
from governance.subject_ref import SubjectRef
from governance.views.base import person, refused
from governance.views.standards import compared, rules_shown, version_seen

PARTS = {
    "rules": gettext_lazy("Rules"),
    "columns": gettext_lazy("Columns"),
    "text": gettext_lazy("Document"),
    "history": gettext_lazy("Edits"),
}


def draft_seen(request: HttpRequest, uid: str) -> StandardVersion:
    """A draft the reader may edit. Raises Http404: nobody else has an editor."""
    version = version_seen(request, uid)
    if version.status != "draft" or not may_write_standard(person(request), version.standard):
        raise Http404
    return version


@login_required
@require_POST
def standard_branch(request: HttpRequest, uid: str) -> HttpResponse:
    """Start a draft from a version and open its editor."""
    version = version_seen(request, uid)
    try:
        draft = actions.standard_branch(actor=person(request), version=version)
    except DomainError as error:
        refused(request, error)
        return redirect(version)
    messages.success(request, _("Draft %(version)s is open for editing.") % {"version": draft.version})
    return redirect("governance:draft", draft.uid)


@login_required
@require_GET
def draft_page(request: HttpRequest, uid: str) -> HttpResponse:
    version = draft_seen(request, uid)
    ref = SubjectRef("standard_version", version.uid, version.digest)
    part = request.GET.get("part", "rules")
    context = {
        **_frame(version, part if part in PARTS else "rules"),
        **compared(version),
        "columns": version.compiled.get("columns", []),
        "lint": version.compiled.get("warnings", []),
        "panels": panels.panels(request, "standard_draft.panels", ref),
    }
    if context["part"] == "rules":
        context["rules"] = rules_shown(
            request, ref, selectors.rules_found(version, {}), edit=lambda rule: _address(version, rule)
        )
    if context["part"] == "text":
        context["form"] = TextForm(initial={"digest": version.digest, "text": _text(version)})
    if context["part"] == "history":
        bound = tables.EDITS.page(request, selectors.edits_of(version))
        context["bound"] = bound
        context["edits"] = [(edit, tables.edit_words(edit.changes)) for edit in bound.items]
    context["suggested"] = _suggested(version, context)
    return render(request, "governance/draft.html", context)


def _frame(version: StandardVersion, part: str = "") -> dict[str, Any]:
    return {
        "version": version,
        "standard": version.standard,
        "tone": STANDARD_TONES[version.status],
        "part": part,
        "parts": [(label, f"?part={name}", name == part) for name, label in PARTS.items()],
        "objects": sorted({column["object"] for column in version.compiled.get("columns", [])}),
    }


def _text(version: StandardVersion) -> str:
    return bytes(version.document).decode()


def _suggested(version: StandardVersion, context: Mapping[str, Any]) -> str:
    """The number that fits what changed, where the draft has another one."""
    against = context["against"]
    size = selectors.change_size(against, version, context["changes"]) if against else ""
    number = next_number(against.version, size) if against and size else ""
    return number if number != version.version else ""


def _address(version: StandardVersion, rule: Rule) -> str:
    """Where a rule is edited: its own form, or that of the column it follows from; "" for the table's own."""
    name, place = "governance:draft_rule", {"object": rule.object_name, "rule": rule.rule_id}
    if not rule.entry:
        if not rule.columns:
            return ""
        name, place = "governance:draft_column", {"object": rule.object_name, "column": rule.columns[0]}
    return f"{reverse(name, args=[version.uid])}?{urlencode(place)}"


@login_required
def draft_rule(request: HttpRequest, uid: str) -> HttpResponse:
    """Add a rule of a chosen kind, or change one; without a kind, the kinds to choose from."""
    version = draft_seen(request, uid)
    rule = _rule(request, version)
    kind = rule_kinds().get(rule.kind if rule else request.GET.get("kind", ""))
    if kind is None:
        return _kinds_page(request, version)
    object_name = rule.object_name if rule else _object(request, version)
    form = _rule_form(request, version, kind, rule, object_name)
    context = {"kind": kind, "rule": rule, "object_name": object_name, "what": "rule", "form": form}

    def store(given: RuleForm) -> StandardVersion:
        return actions.standard_edit(
            actor=person(request),
            version=version,
            digest=given.cleaned_data["digest"],
            changes=[_rule_change(given, rule, object_name)],
        )

    return _edit(request, version, form, "governance/draft_rule.html", store, context)


def _rule(request: HttpRequest, version: StandardVersion) -> Rule | None:
    wanted = request.GET.get("rule", "")
    if not wanted:
        return None
    rule = selectors.rule_named(version, request.GET.get("object", ""), wanted)
    if rule is None or not rule.entry:
        raise Http404
    return rule


def _object(request: HttpRequest, version: StandardVersion) -> str:
    names = [column["object"] for column in version.compiled.get("columns", [])]
    wanted = request.GET.get("object", "") or (names[0] if names else "")
    if wanted not in names:
        raise Http404
    return wanted


def _rule_form(
    request: HttpRequest, version: StandardVersion, kind: KindWords, rule: Rule | None, object_name: str
) -> RuleForm:
    columns = [c["name"] for c in version.compiled.get("columns", []) if c["object"] == object_name]
    judged = rule.columns if rule else [name for name in columns if name == request.GET.get("column")]
    return RuleForm(
        kind,
        columns,
        request.POST or None,
        entry=rule.entry if rule else None,
        judged=judged,
        initial={"digest": version.digest},
    )


def _rule_change(form: RuleForm, rule: Rule | None, object_name: str) -> dict[str, Any]:
    change = {"do": "rule_add", "object": object_name, **form.change()}
    return {**change, "do": "rule_change", "rule": rule.rule_id} if rule else change


def _kinds_page(request: HttpRequest, version: StandardVersion) -> HttpResponse:
    """The kinds by dimension, each with its sentence."""
    offered = [kind for kind in rule_kinds().values() if not kind.implied]
    groups = [
        (
            Dimension(word).label,
            [(k, local_name(k.summary, k.summary_zh)) for k in offered if k.dimension == word],
        )
        for word in Dimension.values
    ]
    kept = {name: request.GET[name] for name in ("object", "column") if request.GET.get(name)}
    context = {**_frame(version), "groups": groups, "kept": urlencode(kept)}
    return render(request, "governance/draft_kinds.html", context)


@login_required
def draft_column(request: HttpRequest, uid: str) -> HttpResponse:
    """Change a declared column, or add one."""
    version = draft_seen(request, uid)
    object_name, name = _object(request, version), request.GET.get("column", "")
    columns = version.compiled.get("columns", [])
    held = next((c for c in columns if (c["object"], c["name"]) == (object_name, name)), None)
    if name and held is None:
        raise Http404
    form = ColumnForm(request.POST or None, held=held, initial={"digest": version.digest})
    context = {"held": held, "object_name": object_name, "what": "column", "form": form}

    def store(given: ColumnForm) -> StandardVersion:
        return actions.standard_edit(
            actor=person(request),
            version=version,
            digest=given.cleaned_data["digest"],
            changes=[_column_change(given, held, object_name)],
        )

    return _edit(request, version, form, "governance/draft_column.html", store, context)


def _column_change(form: ColumnForm, held: Mapping[str, Any] | None, object_name: str) -> dict[str, Any]:
    if held is None:
        place = {"do": "column_add", "column": form.cleaned_data["column"]}
    else:
        place = {"do": "column_set", "column": held["name"]}
    return {**place, "object": object_name, **form.change()}


@login_required
@require_POST
def draft_text(request: HttpRequest, uid: str) -> HttpResponse:
    """Store the whole document as text."""
    version = draft_seen(request, uid)
    form = TextForm(request.POST)

    def store(given: TextForm) -> StandardVersion:
        return actions.standard_rewrite(
            actor=person(request),
            version=version,
            digest=given.cleaned_data["digest"],
            document=_sent_text(given).encode(),
        )

    return _edit(request, version, form, "governance/draft_text.html", store, {"form": form, "what": "text"})


def _sent_text(form: TextForm) -> str:
    """Browsers send CR LF; a document keeps the ends of line it had."""
    text: str = form.cleaned_data["text"]
    return text.replace("\r\n", "\n")


def _edit(
    request: HttpRequest,
    version: StandardVersion,
    form: Any,
    template: str,
    store: Callable[[Any], StandardVersion],
    context: dict[str, Any],
) -> HttpResponse:
    """Store a valid form and go back to the editor; a refusal is shown in the form, nothing typed is lost."""
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                stored = store(form)
            except DomainError as error:
                status = error.status
                _show(form, error)
                if isinstance(error, StandardStale):
                    form.data = {**form.data.dict(), **_lists(form), "digest": version.digest}
                    context["stale"] = True
            else:
                messages.success(request, _("Stored in the draft; nothing is in force yet."))
                part = {"column": "columns", "text": "text"}.get(context["what"], "rules")
                return redirect(f"{reverse('governance:draft', args=[stored.uid])}?part={part}")
    lint = f"{reverse('governance:draft_lint', args=[version.uid])}?{request.GET.urlencode()}"
    frame = {**_frame(version), **context, "lint_url": f"{lint}&what={context['what']}"}
    frame["cancel_url"] = reverse("governance:draft", args=[version.uid])
    return render(request, template, frame, status=status)


def _lists(form: Any) -> dict[str, list[str]]:
    """Choices of several, which `QueryDict.dict` would cut to one."""
    several = [
        name for name, field in form.fields.items() if hasattr(field.widget, "allow_multiple_selected")
    ]
    return {
        name: form.data.getlist(name) for name in several if form.fields[name].widget.allow_multiple_selected
    }


def _show(form: Any, error: DomainError) -> None:
    """Beside the field the engine names, else above the form."""
    named = str(error.params.get("parameter", "")) if isinstance(error, StandardInvalid) else ""
    field = next((name for name in (f"p_{named}", named) if name in form.fields), None)
    form.add_error(field, error.text if field else f"{error.text} {error.next_step}")


@login_required
@require_POST
def draft_lint(request: HttpRequest, uid: str) -> HttpResponse:
    """What the draft would say if the form were stored now: asked while somebody types; stores nothing."""
    version = draft_seen(request, uid)
    what = request.GET.get("what", "")
    context: dict[str, Any] = {"version": version}
    try:
        text = _tried(request, version, what)
    except DomainError as error:
        context |= {"error": error, "code": error.params.get("engine_code", error.code)}
        context["place"] = error.params.get("parameter") or error.params.get("place")
    else:
        if text is None:
            return render(request, "governance/parts/lint.html", context)
        inside = set((text.touched or {}).get("rules", ()))
        shown = [rule for rule in text.rules if rule.rule_id in inside]
        context |= {
            "text": text,
            "fragment": (text.touched or {}).get("fragment", ""),
            "sentences": [(r.rule_id, local_name(r.sentence, r.sentence_zh), r.form) for r in shown],
            "warnings": [(w, local_name(w["message_en"], w["message_zh"])) for w in text.warnings],
        }
    return render(request, "governance/parts/lint.html", context)


def _tried(request: HttpRequest, version: StandardVersion, what: str) -> StandardText | None:
    """The text after the change of the form; None while the form lacks something. Raises StandardInvalid."""
    actor, document = person(request), bytes(version.document)
    if what == "text":
        form = TextForm(request.POST)
        if not form.is_valid():
            return None
        return actions.standard_lint(
            actor=actor, document=_sent_text(form).encode(), standard=version.standard
        )
    change = _tried_rule(request, version) if what == "rule" else _tried_column(request, version)
    if change is None:
        return None
    return actions.standard_lint(actor=actor, document=document, changes=[change], standard=version.standard)


def _tried_rule(request: HttpRequest, version: StandardVersion) -> dict[str, Any] | None:
    rule = _rule(request, version)
    kind = rule_kinds().get(rule.kind if rule else request.GET.get("kind", ""))
    if kind is None:
        raise Http404
    object_name = rule.object_name if rule else _object(request, version)
    form = _rule_form(request, version, kind, rule, object_name)
    return _rule_change(form, rule, object_name) if form.is_valid() else None


def _tried_column(request: HttpRequest, version: StandardVersion) -> dict[str, Any] | None:
    object_name, name = _object(request, version), request.GET.get("column", "")
    columns = version.compiled.get("columns", [])
    held = next((c for c in columns if (c["object"], c["name"]) == (object_name, name)), None)
    form = ColumnForm(request.POST, held=held)
    return _column_change(form, held, object_name) if form.is_valid() else None


@login_required
@require_POST
def draft_act(request: HttpRequest, uid: str, act: str) -> HttpResponse:
    """Edits without a form of their own: take a rule or a column out, go back to a text, set the number."""
    version = draft_seen(request, uid)
    form = DraftForm(request.POST)
    given = request.POST
    if not form.is_valid() or act not in ("rule-remove", "column-remove", "restore", "number"):
        raise Http404
    place = {
        "object": given.get("object", ""),
        "rule": given.get("rule", ""),
        "column": given.get("column", ""),
    }
    changes = {
        "rule-remove": {"do": "rule_remove", **place},
        "column-remove": {"do": "column_remove", **place},
        "number": {"do": "number", "version": given.get("number", "")},
    }
    try:
        if act == "restore":
            edit = selectors.edits_of(version).filter(pk=int(given.get("edit") or 0)).first()
            if edit is None:
                raise Http404
            actions.standard_restore(
                actor=person(request), version=version, digest=form.cleaned_data["digest"], edit=edit
            )
        else:
            actions.standard_edit(
                actor=person(request),
                version=version,
                digest=form.cleaned_data["digest"],
                changes=[changes[act]],
            )
    except DomainError as error:
        refused(request, error)
    else:
        messages.success(request, _("Stored in the draft; nothing is in force yet."))
    part = {"column-remove": "columns", "restore": "history"}.get(act, "rules")
    return redirect(f"{reverse('governance:draft', args=[version.uid])}?part={part}")
