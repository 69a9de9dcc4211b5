"""What governance registers about its own subjects (called from GovernanceConfig.ready)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance import ledger, permits, registry
from governance.choices import PermitEventKind, PermitUseKind, StandardStatus
from governance.models import (
    Decision,
    Department,
    DraftEdit,
    LedgerEntry,
    Permit,
    PermitEvent,
    PermitUse,
    Standard,
    StandardVersion,
    Team,
    User,
    local_name,
)
from governance.permissions import is_active
from governance.record.canonical import canonical_bytes, sha256_hex
from governance.services.decisions import decision_content, event_content, permit_content
from governance.services.standards import adoption_content, draft_content


def _signed_in(user: Any, _uid: str) -> bool:
    return is_active(user)


def _no_digest(_uid: str) -> str:
    return ""


def _version_digest(uid: str) -> str:
    """Recomputed from the stored bytes: a version changed behind its back is another subject."""
    row = StandardVersion.objects.filter(uid=uid).first()
    return f"sha256:{sha256_hex(bytes(row.document))}" if row else ""


def _rows(model: Any, *related: str) -> Any:
    """The rows a title is made from, without the bytes of documents."""
    heavy = ("document",) if model is StandardVersion else ()
    return model.objects.select_related(*related).defer(*heavy)


def _title(model: Any, *related: str) -> Callable[[str], str | None]:
    def title(uid: str) -> str | None:
        row = _rows(model, *related).filter(uid=uid).first()
        return str(row) if row else None

    return title


def _shown(user: Any, uids: Collection[str]) -> dict[str, str]:
    """Law is public inside the company: titles of all six kinds for every signed-in reader, in one query."""
    if not is_active(user):
        return {}
    parts = [
        _words(model, *columns).filter(uid__in=uids)
        for model, columns in (
            (User, (F("name"), F("name_zh"), F("username"))),
            (Team, (F("name"), F("name_zh"), F("code"))),
            (Department, (F("name"), F("name_zh"), F("code"))),
            (Standard, (F("title"), F("title_zh"), F("name"))),
            (StandardVersion, (_joined("standard__name", " ", "version"), Value(""), Value(""))),
            (Permit, (_joined("action", " · ", "purpose"), Value(""), Value(""))),
        )
    ]
    rows = parts[0].union(*parts[1:], all=True)
    return {uid: local_name(en, zh) or word for uid, en, zh, word in rows}


def _words(model: Any, en: Any, zh: Any, word: Any) -> Any:
    texts = {name: Cast(value, CharField()) for name, value in (("en", en), ("zh", zh), ("word", word))}
    return model.objects.order_by().values_list("uid").annotate(**texts)


def _joined(first: str, between: str, last: str) -> Concat:
    return Concat(F(first), Value(between), F(last), output_field=CharField())


def _sealed(*types: str) -> Iterator[tuple[str, str]]:
    """(type, data) of the accepted entries of these types, oldest first."""
    rows = LedgerEntry.objects.filter(type__in=types, accepted=True).order_by("seq")
    yield from rows.values_list("type", "data").iterator()


def _text(content: Mapping[str, Any]) -> str:
    return canonical_bytes(dict(content)).decode()


def _differences(
    what: str, rows: Iterable[tuple[str, str]], sealed: Counter[str]
) -> Iterator[tuple[str, str]]:
    """Rows (name, content) without their entry, then entries without their row."""
    for name, content in rows:
        if sealed[content] < 1:
            yield f"{what} {name}", "row_differs"
        sealed[content] -= 1
    yield from ((f"{what}: {content[:80]}", "row_missing") for content in sealed if sealed[content] > 0)


def verify_decisions() -> Iterator[tuple[str, str]]:
    """Each decision row against the ledger entry that sealed it, and the other way round."""
    sealed = Counter(data for _type, data in _sealed("decision.recorded"))
    rows = ((row.resolution, _text(decision_content(row))) for row in Decision.objects.iterator())
    yield from _differences("decision", rows, sealed)


def verify_permits() -> Iterator[tuple[str, str]]:
    """Each permit against its signature and its ledger entry."""
    sealed = Counter(data for _type, data in _sealed("permit.issued"))
    stored = Permit.objects.select_related("decision")
    yield from (
        (f"permit {p.uid}", "bad_signature") for p in stored.iterator() if not permits.is_authentic(p)
    )
    rows = ((row.uid, _text(permit_content(row))) for row in stored.iterator())
    yield from _differences("permit", rows, sealed)


def verify_permit_events() -> Iterator[tuple[str, str]]:
    """Each revocation, lapse or met condition against its entry: none may vanish, none may be slipped in."""
    sealed = Counter(
        f"{name} {data}" for name, data in _sealed(*(f"permit.{k}" for k in PermitEventKind.values))
    )
    stored = PermitEvent.objects.select_related("permit", "by")
    rows = ((row.permit.uid, f"permit.{row.kind} {_text(event_content(row))}") for row in stored.iterator())
    yield from _differences("permit event", rows, sealed)


def verify_permit_uses() -> Iterator[tuple[str, str]]:
    """Each use against its entry. A refusal is told by the refused action's own entry."""
    kinds = (PermitUseKind.RESERVED, PermitUseKind.SETTLED)
    sealed = Counter(f"{name} {data}" for name, data in _sealed(*(f"permit.{kind}" for kind in kinds)))
    stored = PermitUse.objects.filter(kind__in=kinds).select_related("permit", "actor")
    rows = ((row.job_id, f"permit.{row.kind} {_text(permits.use_content(row))}") for row in stored.iterator())
    yield from _differences("permit use", rows, sealed)


def verify_standards() -> Iterator[tuple[str, str]]:
    """Each version's bytes, columns, rules and state against what the ledger holds about it."""
    states = {
        "standard_version.drafted": StandardStatus.DRAFT,
        "standard_version.edited": StandardStatus.DRAFT,
        "standard_version.proposed": StandardStatus.PROPOSED,
        "standard_version.in_force": StandardStatus.IN_FORCE,
    }
    sealed: dict[str, _SealedVersion] = {}
    entries = LedgerEntry.objects.filter(type__in=states, accepted=True).order_by("seq")
    for entry in entries.iterator():
        data = ledger.data_of(entry)
        version = sealed.setdefault(entry.subject_id, _SealedVersion(entry.subject_digest, data))
        version.status = states[entry.type]
        if entry.type == "standard_version.edited":
            version.digest, version.draft = entry.subject_digest, data["draft"]
        if version.status == StandardStatus.IN_FORCE:
            for uid in data.pop("supersedes"):
                sealed[uid].status = StandardStatus.SUPERSEDED
            version.adoption = data
    for edit in DraftEdit.objects.select_related("version__standard").iterator(chunk_size=50):
        if edit.digest != f"sha256:{sha256_hex(bytes(edit.document))}":
            yield f"edit of {edit.version}", "digest_differs"
    stored = StandardVersion.objects.select_related("standard", "created_by", "base")
    stored = stored.prefetch_related("rules")
    for row in stored.iterator(chunk_size=50):
        code = _version_fault(row, sealed.pop(row.uid, None))
        if code:
            yield f"standard version {row}", code
    yield from ((f"standard version {uid}", "row_missing") for uid in sealed)


@dataclass(slots=True)
class _SealedVersion:
    """A standard version as the ledger tells it."""

    digest: str
    draft: dict[str, Any]
    adoption: dict[str, Any] = field(default_factory=lambda: {"permit": "", "since": ""})
    status: str = StandardStatus.DRAFT


def _version_fault(row: StandardVersion, sealed: _SealedVersion | None) -> str:
    digest = f"sha256:{sha256_hex(bytes(row.document))}"
    if sealed is None or not digest == row.digest == sealed.digest:
        return "digest_differs"
    if row.status != sealed.status:
        return "status_differs"
    told = (draft_content(row, list(row.rules.all())), adoption_content(row))
    return "" if told == (sealed.draft, sealed.adoption) else "row_differs"


def _register_kinds() -> None:
    kinds: tuple[tuple[str, Any, Any, str, Callable[[str], str]], ...] = (
        ("standard", _("Standard"), Standard, "governance:standard", _no_digest),
        (
            "standard_version",
            _("Standard version"),
            StandardVersion,
            "governance:standard_version",
            _version_digest,
        ),
        ("permit", _("Permit"), Permit, "governance:permit", _no_digest),
        ("user", _("Person"), User, "governance:person", _no_digest),
        ("team", _("Team"), Team, "governance:team", _no_digest),
        ("department", _("Department"), Department, "governance:department", _no_digest),
    )
    for word, label, model, url_name, digest in kinds:
        related = ("standard",) if model is StandardVersion else ()
        page = _page(url_name)
        title = _title(model, *related)
        registry.register_kind(
            registry.SubjectKind(word, label, title, page, _signed_in, digest, shown=_shown)
        )


def _page(url_name: str) -> Callable[[str], str]:
    return lambda uid: reverse(url_name, args=[uid])


def _register_menu() -> None:
    entries = (
        ("data", _("Standards"), "governance:standards", "ruler", 20),
        ("committee", _("Permits"), "governance:permits", "key-round", 30),
        ("oversight", _("Ledger"), "governance:ledger", "scroll-text", 20),
        ("oversight", _("People and teams"), "governance:people", "users", 30),
        ("oversight", _("Organisation"), "governance:organisation", "network", 31),
    )
    for group, label, url_name, icon, order in entries:
        registry.register_menu(registry.MenuEntry(group, label, url_name, icon, order))


_register_kinds()
_register_menu()
registry.register_reactor("permit.issued", "governance.clock.on_permit_issued")
for _verifier in (
    verify_decisions,
    verify_permits,
    verify_permit_events,
    verify_permit_uses,
    verify_standards,
):
    registry.register_verifier(_verifier)
