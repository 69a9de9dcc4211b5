"""What governance registers about its own subjects (called from GovernanceConfig.ready)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance import ledger, permits, registry
from governance.models import Decision, Department, LedgerEntry, Permit, Standard, StandardVersion, Team, User
from governance.permissions import is_active
from governance.record.canonical import canonical_bytes, sha256_hex


def _signed_in(user: Any, _uid: str) -> bool:
    return is_active(user)


def _no_digest(_uid: str) -> str:
    return ""


def _standard_title(uid: str) -> str | None:
    return Standard.objects.filter(uid=uid).values_list("name", flat=True).first()


def _version_title(uid: str) -> str | None:
    row = StandardVersion.objects.select_related("standard").filter(uid=uid).defer("document").first()
    return str(row) if row else None


def _version_page(uid: str) -> str:
    return reverse("governance:standard_version", args=[uid])


def _version_digest(uid: str) -> str:
    """Recomputed from the stored bytes: a version changed behind its back is another subject."""
    row = StandardVersion.objects.filter(uid=uid).first()
    return f"sha256:{sha256_hex(bytes(row.document))}" if row else ""


def _permit_title(uid: str) -> str | None:
    row = Permit.objects.filter(uid=uid).first()
    return str(row) if row else None


def _name(model: Any) -> Any:
    def title(uid: str) -> str | None:
        row = model.objects.filter(uid=uid).first()
        return str(row) if row else None

    return title


def _people_page(_uid: str) -> str:
    return reverse("governance:people")


def verify_decisions() -> Iterator[tuple[str, str]]:
    """Each decision row against the ledger entry that sealed it, and the other way round."""
    sealed = {
        ledger.data_of(entry)["uid"]: entry.data
        for entry in LedgerEntry.objects.filter(type="decision.recorded", accepted=True).iterator()
    }
    from governance.services.decisions import decision_content  # a verifier reads the writer's own form

    for decision in Decision.objects.iterator():
        if sealed.pop(decision.uid, None) != canonical_bytes(decision_content(decision)).decode():
            yield f"decision {decision.resolution}", "row_differs"
    for uid in sealed:
        yield f"decision {uid}", "row_missing"


def verify_permits() -> Iterator[tuple[str, str]]:
    """Each permit against its signature and its ledger entry."""
    sealed = {
        ledger.data_of(entry)["permit"]: ledger.data_of(entry)["signature"]
        for entry in LedgerEntry.objects.filter(type="permit.issued", accepted=True).iterator()
    }
    for permit in Permit.objects.select_related("decision").iterator():
        if not permits.is_authentic(permit) or sealed.pop(permit.uid, None) != permit.signature:
            yield f"permit {permit.uid}", "row_differs"
    for uid in sealed:
        yield f"permit {uid}", "row_missing"


def verify_standards() -> Iterator[tuple[str, str]]:
    """Each standard version's bytes against the digest stored and the one in the ledger."""
    sealed = dict(
        LedgerEntry.objects.filter(type="standard_version.drafted").values_list("subject_id", "subject_digest")
    )
    for version in StandardVersion.objects.iterator():
        digest = f"sha256:{sha256_hex(bytes(version.document))}"
        if digest != version.digest or sealed.get(version.uid) != digest:
            yield f"standard {version.uid}", "digest_differs"


def _register_kinds() -> None:
    kinds = (
        ("standard", _("Standard"), _standard_title, "governance:standard", None),
        ("standard_version", _("Standard version"), _version_title, "governance:standard_version", _version_digest),
        ("permit", _("Permit"), _permit_title, "governance:permit", None),
    )
    for word, label, title, url_name, digest in kinds:
        registry.register_kind(
            registry.SubjectKind(
                word,
                label,
                title,
                lambda uid, url_name=url_name: reverse(url_name, args=[uid]),  # type: ignore[misc]
                _signed_in,
                digest or _no_digest,
            )
        )
    for word, label, model in (
        ("user", _("Person"), User),
        ("team", _("Team"), Team),
        ("department", _("Department"), Department),
    ):
        registry.register_kind(
            registry.SubjectKind(word, label, _name(model), _people_page, _signed_in, _no_digest)
        )


def _register_menu() -> None:
    entries = (
        ("data", _("Standards"), "governance:standards", "ruler", 20),
        ("committee", _("Permits"), "governance:permits", "key-round", 30),
        ("oversight", _("Ledger"), "governance:ledger", "scroll-text", 20),
        ("oversight", _("People and teams"), "governance:people", "users", 30),
    )
    for group, label, url_name, icon, order in entries:
        registry.register_menu(registry.MenuEntry(group, label, url_name, icon, order))


_register_kinds()
_register_menu()
registry.register_reactor("permit.issued", "governance.clock.on_permit_issued")
for _verifier in (verify_decisions, verify_permits, verify_standards):
    registry.register_verifier(_verifier)
