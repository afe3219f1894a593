"""The ordered words that everybody shares: CEFR, ISCED, kinds of experience."""

from enum import IntEnum, StrEnum


class Cefr(IntEnum):
    """Common European Framework of Reference for Languages (Council of Europe, 2001), lowest first."""

    A1 = 1
    A2 = 2
    B1 = 3
    B2 = 4
    C1 = 5
    C2 = 6


class IscedLevel(IntEnum):
    """International Standard Classification of Education 2011, tertiary levels."""

    SHORT_CYCLE = 5
    BACHELOR = 6
    MASTER = 7
    DOCTORATE = 8


class DegreeStatus(StrEnum):
    """Whether a degree is held or being pursued."""

    HELD = "held"
    IN_PROGRESS = "in_progress"


class ExperienceKind(StrEnum):
    """The kinds of experience that AI-data projects ask for."""

    ANNOTATION = "annotation"
    QUALITY_ASSURANCE = "quality_assurance"
    MENTORING = "mentoring"
    TEACHING = "teaching"
    CONSULTING = "consulting"
    EDITING = "editing"
    REVIEWING = "reviewing"


class Provenance(StrEnum):
    """How well a fact is known, from what a person says to what somebody checked."""

    DECLARED = "declared"
    DOCUMENTED = "documented"
    TESTED = "tested"
    VERIFIED = "verified"


class GateOutcome(StrEnum):
    """What a gate says of a person; unknown is asked, never treated as pass."""

    PASS = "pass"  # noqa: S105  no password
    FAIL = "fail"
    UNKNOWN = "unknown"
