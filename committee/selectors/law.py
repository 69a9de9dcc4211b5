"""Texts of law: lists, one text with what it says and changes, its cases, permits and effective rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from committee import drafting, linting, rehearsal, tallying, waiting
from committee.choices import LawKind, LawStatus
from committee.engine.facts import Policy as EnginePolicy
from committee.engine.rules import matching
from committee.engine.sources import Source, rule_sources
from committee.engine.tallying import inputs_of
from committee.law_wording import Both, Change, both, changes, rule_line, sentence_changes
from committee.models import Case, Committee, LawText, Seat
from committee.wording import summary_words
from governance import permits
from governance.choices import PermitStatus
from governance.models import LedgerEntry, Permit, User
from governance.permits import instant
from governance.record.canonical import digest_of
from ui import blocks

ENDED_BADLY = (PermitStatus.REVOKED, PermitStatus.VOID, PermitStatus.LAPSED)


def law_list(user: User) -> QuerySet[LawText]:
    """Every version of every piece the reader may see."""
    return LawText.objects.visible_to(user).select_related("committee", "created_by").defer("document")


def law_filtered(rows: QuerySet[LawText], wanted: dict[str, Any]) -> QuerySet[LawText]:
    """The rows a filter asks for."""
    if wanted.get("q"):
        q = wanted["q"]
        rows = rows.filter(Q(code__icontains=q) | Q(title__icontains=q) | Q(title_zh__icontains=q))
    for name in ("kind", "status"):
        if wanted.get(name):
            rows = rows.filter(**{name: wanted[name]})
    return rows


def law_by_uid(user: Any, uid: str) -> LawText | None:
    rows = LawText.objects.visible_to(user).select_related("committee", "created_by")
    return rows.filter(uid=uid).first()


def adoption_permit(text: LawText) -> Permit | None:
    """The active, authentic permit to adopt exactly these bytes, if there is one."""
    for permit in permits.live_for(text.kind, text.uid):
        fits = permit.action == "adopt" and permit.subject_digest == text.digest
        if fits and permits.is_authentic(permit) and permits.status_of(permit) == PermitStatus.ACTIVE:
            return permit
    return None


def law_waits(text: LawText) -> bool:
    """Whether its adoption has to wait."""
    return bool(waiting.waits_for(text))


def law_state() -> str:
    """Digest of what lint and evidence are computed under: every text in force and every seat."""
    texts = LawText.objects.in_force().order_by("uid").values_list("uid", "digest")
    seats = Seat.objects.standing().order_by("uid").values_list("uid", "member__uid", "alternate__uid")
    return digest_of({"texts": [list(row) for row in texts], "seats": [list(row) for row in seats]})


def last_refusal(text: LawText) -> str:
    """Code of the last refused adoption of this text; "" where none was refused."""
    rows = LedgerEntry.objects.filter(subject_kind=text.kind, subject_id=text.uid)
    refused = rows.filter(subject_digest=text.digest, type="law.adopt", accepted=False).order_by("-seq")
    return refused.values_list("code", flat=True).first() or ""


def permit_ended(text: LawText) -> bool:
    """Whether the permit that adopted it was revoked, lapsed, or is void; its last day alone ends no law."""
    return permits.check(text.adopted_by) in ENDED_BADLY


def diff_of(found: tuple[Change, ...]) -> list[blocks.Change]:
    return [blocks.Change(c.op, c.what, c.before or None, c.after or None) for c in found]


@dataclass(frozen=True, slots=True)
class LawView:
    """A text as its page shows it."""

    text: LawText
    against: LawText | None
    words: Both
    gone: tuple[str, ...]
    come: tuple[str, ...]
    changes: tuple[Change, ...]
    wait: waiting.Wait
    permit: Permit | None
    cases: tuple[Case, ...]
    versions: QuerySet[LawText]

    @property
    def lints(self) -> bool:
        """Whether the page offers to try cases under it."""
        return self.in_work and linting.lints(self.text)

    @property
    def rehearses(self) -> bool:
        return self.in_work and rehearsal.rehearses(self.text)

    @property
    def diff(self) -> list[blocks.Change]:
        """The changes as a page draws them."""
        return diff_of(self.changes)

    @property
    def in_work(self) -> bool:
        return self.text.status in (LawStatus.DRAFT, LawStatus.PROPOSED)

    @property
    def adoptable(self) -> bool:
        """Whether it could be put into force now."""
        return self.text.status == LawStatus.PROPOSED and self.permit is not None and not self.wait


def law_view(text: LawText) -> LawView:
    """Everything about one version but lint and rehearsal: they replay many cases and are asked for apart."""
    against = compared_with(text)
    gone, come = sentence_changes(text, against) if against else ([], [])
    proposed = text.status == LawStatus.PROPOSED
    return LawView(
        text=text,
        against=against,
        words=both(text),
        gone=tuple(gone),
        come=tuple(come),
        changes=tuple(changes(text, against)) if against else (),
        wait=waiting.waits_for(text) if proposed else waiting.Wait(),
        permit=adoption_permit(text) if proposed else None,
        cases=tuple(cases_of(text)),
        versions=versions_of(text),
    )


def law_words(text: LawText) -> Both:
    """What a text says, in both languages."""
    return both(text)


def law_changes(text: LawText) -> list[Change]:
    """What it changes against the version it is read against."""
    against = compared_with(text)
    return changes(text, against) if against else []


def law_wait_words(text: LawText) -> str:
    """What an approved seat waits for, in the reader's language; empty for nothing."""
    wait = waiting.waits_for(text) if text.status == LawStatus.PROPOSED else waiting.Wait()
    return wait.words if wait else ""


def law_lint(text: LawText) -> linting.Lint:
    """Can cases still pass with it in force."""
    return linting.lint_of(text)


def law_rehearsal(text: LawText) -> rehearsal.Rehearsal:
    """Which past cases would have ended otherwise under it."""
    return rehearsal.rehearse(text)


@dataclass(frozen=True, slots=True)
class LawPreview:
    """A document tried out without storing it."""

    words: Both
    changes: tuple[Change, ...]
    lint: linting.Lint

    @property
    def diff(self) -> list[blocks.Change]:
        """The changes as a page draws them."""
        return diff_of(self.changes)


def law_preview(committee: Committee, kind: str, document: dict[str, Any], *, repeals: bool) -> LawPreview:
    """What a document would say and change. Raises CharterInvalid with the place."""
    code, normal = drafting.piece_of(committee, kind, document, repeals=repeals)
    text = drafting.unsaved(committee, kind, code, normal, repeals=repeals)
    drafting.check_with_engine(text)
    drafting.check_people(text)
    if kind == LawKind.COMMITTEE:
        drafting.check_founding(text)
    against = drafting.in_force(committee, kind, code)
    found = tuple(changes(text, against)) if against else ()
    return LawPreview(both(text), found, linting.lint_of(text))


def compared_with(text: LawText) -> LawText | None:
    """The version it is read against: in force now, or for one that was, the one before it."""
    if text.status in (LawStatus.DRAFT, LawStatus.PROPOSED, LawStatus.DROPPED):
        return drafting.in_force(text.committee, text.kind, text.code)
    rows = LawText.objects.filter(committee=text.committee, kind=text.kind, code=text.code)
    earlier = rows.exclude(adopted_at=None).filter(number__lt=text.number)
    return earlier.order_by("-number").first()


def versions_of(text: LawText) -> QuerySet[LawText]:
    """Every version of the same piece, newest first."""
    rows = LawText.objects.filter(committee=text.committee_id, kind=text.kind, code=text.code)
    return rows.select_related("committee", "created_by").order_by("-number")


def cases_of(text: LawText) -> QuerySet[Case]:
    """Cases that decide, or decided, about it."""
    return Case.objects.filter(subject_kind=text.kind, subject_id=text.uid).defer("frame")


def proposed_texts() -> QuerySet[LawText]:
    """What may come into force once its permit is active."""
    return LawText.objects.filter(status=LawStatus.PROPOSED).select_related("committee").order_by("pk")


def adopted_texts() -> QuerySet[LawText]:
    """What is in force by a permit, which may end."""
    rows = LawText.objects.in_force().exclude(adopted_by="").select_related("committee")
    return rows.order_by("pk")


def takes_cases(committee: Committee) -> bool:
    """Whether the founding of a further committee still holds; the first one was founded without a case."""
    text = LawText.objects.of_kind(LawKind.COMMITTEE).filter(code=committee.code, adopted_at__isnull=False)
    found = text.order_by("-number").first()
    return found is None or found.status == LawStatus.IN_FORCE


def lint_today(committee: Committee) -> tuple[linting.LintLine, ...]:
    """What would stop cases under the law in force."""
    return linting.lint_today(committee)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One effective rule in words, which texts say so, and what others say that is overruled."""

    parameter: str
    label: str
    words: str
    texts: tuple[str, ...]
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RulesView:
    """The effective rules of a case, made up or real; `policies` match it, by id."""

    summary: str
    policies: tuple[str, ...]
    sources: tuple[Source, ...]
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class RuleQuestion:
    """What of a case decides which policies match (committee-rules §4)."""

    action: str
    level: int
    purpose: str = ""
    rows_changed: int = 0
    rows_total: int = 0
    models: int = 0


def rules_for(committee: Committee, question: RuleQuestion) -> RulesView:
    """The rules a case raised now would be decided under."""
    body = tallying.body_frame(committee)
    body["case"] = tallying.imagined_case() | {
        "action": question.action,
        "level": question.level,
        "purpose": question.purpose or "any-purpose",
        "change": {"rows_changed": question.rows_changed, "rows_total": question.rows_total},
        "downstream_models": question.models,
    }
    return rules_of(body)


def case_rules(case: Case) -> RulesView:
    """The rules a case is decided by, as they were framed with it."""
    return rules_of(tallying.frame_of(case))


def rules_of(frame: dict[str, Any]) -> RulesView:
    """The rules of a frame, with the texts they come from."""
    inputs = inputs_of({**frame, "now": instant(timezone.now()), "events": []})
    policies: list[EnginePolicy] = matching(inputs.policies, inputs.question)
    sources = tuple(rule_sources(inputs.charter, policies))
    return RulesView(
        summary=summary_words(dict(inputs.charter), len(inputs.seats)),
        policies=tuple(policy.id for policy in policies),
        sources=sources,
        rows=tuple(_row(source) for source in sources),
    )


def _row(source: Source) -> RuleRow:
    label, words = rule_line(source.parameter, source.value)
    others = tuple((text, rule_line(source.parameter, value)[1]) for text, value in source.others)
    return RuleRow(source.parameter, label, words, source.texts, others)
