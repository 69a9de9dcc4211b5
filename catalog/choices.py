"""Every closed list of words the catalogue stores, with the tone the console shows it in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.choices import Dimension as Dimension
from governance.choices import Severity as Severity


class SourceKind(models.TextChoices):
    FILES = "files", _("Files")
    DATABASE = "database", _("Database")
    API = "api", _("Programming interface")
    STREAM = "stream", _("Event stream")
    MANUAL = "manual", _("Entered by people")
    PUBLIC = "public", _("Public collection")


class Domain(models.TextChoices):
    SEARCH = "search", _("Search")
    RECOMMENDATION = "recommendation", _("Recommendation")
    CATALOG = "catalog", _("Product catalogue")
    RETAIL = "retail", _("Retail transactions")
    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Customer service")
    USERS = "users", _("Users")
    OTHER = "other", _("Other")


class Role(models.TextChoices):
    """Roles on an asset (DAMA): who answers, who cares for quality, who runs it, who uses it."""

    OWNER = "owner", _("Owner")
    STEWARD = "steward", _("Steward")
    CUSTODIAN = "custodian", _("Custodian")
    CONSUMER = "consumer", _("Consumer")


CARING_ROLES = (Role.OWNER, Role.STEWARD, Role.CUSTODIAN)


MASK_FROM = 3
"""Cells of this level on are masked wherever they are shown (standard-rules §5.3)."""


MOST_EXPORTED = 200_000
"""Rows of one export."""


class GateState(models.TextChoices):
    OPEN = "open", pgettext_lazy("gate", "Open")
    CONDITIONAL = "conditional", pgettext_lazy("gate", "Conditional")
    CLOSED = "closed", pgettext_lazy("gate", "Closed")
    UNKNOWN = "unknown", pgettext_lazy("gate", "Unknown")


GATE_WORDS = {
    "open": _("Gate open"),
    "conditional": _("Gate conditional"),
    "closed": _("Gate closed"),
    "unknown": _("Not validated"),
}
GATE_TONES = {"open": "ok", "conditional": "warn", "closed": "bad", "unknown": "idle"}


class Verdict(models.TextChoices):
    PASSED = "passed", pgettext_lazy("verdict", "Passed")
    FAILED = "failed", pgettext_lazy("verdict", "Failed")
    ERRORED = "errored", pgettext_lazy("verdict", "Could not be judged")


VERDICT_TONES = {"passed": "ok", "failed": "bad", "errored": "warn"}


class EnginePolicy(models.TextChoices):
    """How the engine of a check is chosen."""

    AUTO = "auto", _("By size")
    POLARS = "polars", _("Always Polars")
    SPARK = "spark", _("Always Spark")


class Engine(models.TextChoices):
    POLARS = "polars", "Polars"
    SPARK = "spark", "Spark"


class EngineReason(models.TextChoices):
    """Why a check runs on its engine."""

    POLICY = "policy", _("The dataset's policy names it.")
    ASKED = "asked", _("It was asked for with this check.")
    NO_SPARK = "no_spark", _("This installation has no Spark.")
    SMALL = "small", _("The version is not larger than what one machine reads.")
    LARGE = "large", _("The version is larger than what one machine should read.")


class EngineStep(models.TextChoices):
    """What a running check is doing now."""

    STARTING = "starting", _("Starting the engine")
    READING = "reading", _("Reading all rows once, for all row rules together")
    RULES = "rules", _("Judging rules that need a pass of their own")
    SAMPLES = "samples", _("Taking samples of the failing rows")
    PROFILE = "profile", _("Taking statistics of the columns")
    WRITING = "writing", _("Writing the version into the lake")


class OutcomeChange(models.TextChoices):
    """How a rule came out beside another check of the same dataset."""

    NEWLY_UNMET = "newly_unmet", _("Newly unmet")
    FIXED = "fixed", _("Fixed")
    OTHERWISE = "otherwise", _("Unmet otherwise")
    MORE = "more", _("More rows")
    FEWER = "fewer", _("Fewer rows")
    SAME = "same", _("Same")
    NEW = "new", _("New rule")


SEVERITY_TONES = {"blocker": "bad", "major": "warn", "minor": "info", "info": "idle"}


class IncidentKind(models.TextChoices):
    BLOCKER_FAILED = "blocker_failed", _("A blocking rule failed")
    BYTES_CHANGED = "bytes_changed", _("Bytes no longer match the digest")


class IncidentState(models.TextChoices):
    OPEN = "open", pgettext_lazy("incident", "Open")
    RESOLVED = "resolved", pgettext_lazy("incident", "Resolved")


INCIDENT_TONES = {"open": "bad", "resolved": "ok"}


class SuggestionState(models.TextChoices):
    """What became of a suggested rule."""

    OPEN = "open", pgettext_lazy("suggestion", "Open")
    ACCEPTED = "accepted", pgettext_lazy("suggestion", "Accepted")
    REJECTED = "rejected", pgettext_lazy("suggestion", "Rejected")


SUGGESTION_TONES = {"open": "info", "accepted": "ok", "rejected": "idle"}


class Derivation(models.TextChoices):
    RECORD_DISJOINT_SPLIT = "record_disjoint_split", _("Record-disjoint split")


class SplitPart(models.TextChoices):
    TRAIN = "train", _("Training part")
    VALID = "valid", _("Validation part")
    TEST = "test", _("Test part")


class ReadPurpose(models.TextChoices):
    """Why a person looks at cells; written in the ledger with each look."""

    QUALITY_CHECK = "quality_check", _("Check of quality")
    INCIDENT = "incident", _("Work on an incident")
    APPROVAL = "approval", _("Preparation of a decision")
    MODEL_ERROR = "model_error", _("Analysis of model errors")
