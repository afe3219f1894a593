"""The fictional clients of the demo world and their projects, modelled on what real AI-data projects ask for."""

from dataclasses import dataclass, field
from typing import Any

from marketplace.projects.rules import ProjectState

TIDEWATER, BRIGHTWELL = "Tidewater Answers (demo)", "Brightwell Clinic Data (demo)"


def language(tag: str, written: str, spoken: str | None = None) -> dict[str, Any]:
    """Return the JSON of a language gate."""
    return {"gate": "language", "tag": tag, "written": written, "spoken": spoken, "native": False}


def degree(level: int, in_progress_is_enough: bool = True) -> dict[str, Any]:
    """Return the JSON of a degree gate."""
    return {"gate": "degree", "level": level, "in_progress_is_enough": in_progress_is_enough}


def experience(kind: str, years: int) -> dict[str, Any]:
    """Return the JSON of an experience gate."""
    return {"gate": "experience", "kind": kind, "years": years}


@dataclass(frozen=True, slots=True)
class Script:
    """One project and its fate: *ends_as* is the state it has today, *invites* how many get an invitation.

    *in_waves*: the seats are filled by a rule, which invites so many of itself.
    """

    client: str
    title: str
    description: str
    seats: int
    floor_minor: int
    top_minor: int
    weekly_hours: int
    gates: tuple[dict[str, Any], ...]
    wishes: tuple[str, ...]
    card: tuple[tuple[str, int, dict[str, Any]], ...] = ()
    warnings: tuple[str, ...] = ()
    ends_as: ProjectState = ProjectState.ACTIVE
    invites: int = 0
    fresh_invites: int = 0
    declines: int = 0
    in_waves: bool = False
    budget_minor: int | None = None
    days_ahead: int = 0
    stop_reason: str = field(default="")


SCRIPTS: tuple[Script, ...] = (
    Script(
        TIDEWATER,
        "Rate chatbot answers in Traditional Chinese",
        "Read an answer that a language model wrote in Traditional Chinese and rate its quality, factual correctness "
        "and tone, each on a scale with a reason in a sentence. Two people rate every answer; a reviewer looks at what "
        "they disagree on.",
        2,
        1400,
        2300,
        20,
        (language("zh", "B2"), language("en", "B2")),
        (
            "Experience with sentiment annotation",
            "Rating the factual correctness of answers",
            "Medical terms in Chinese",
        ),
        (
            ("C2 in Chinese", 200, language("zh", "C2")),
            ("Master's degree", 100, degree(7, False)),
            ("Four years of annotation", 150, experience("annotation", 4)),
        ),
        invites=2,
        budget_minor=900_000,
    ),
    Script(
        TIDEWATER,
        "Compare two answers and explain which is better",
        "Two assistants answer the same question. Say which answer you prefer, how strongly, and why; the order is "
        "shuffled and recorded. English only.",
        4,
        1300,
        2200,
        15,
        (language("en", "C1"),),
        ("Comparing answers of language models with reasons", "Editing or teaching of writing"),
        (("Editor by trade", 200, experience("editing", 3)), ("Native level English", 100, language("en", "C2"))),
        invites=5,
        fresh_invites=2,
        declines=1,
        in_waves=True,
        budget_minor=1_500_000,
    ),
    Script(
        BRIGHTWELL,
        "Tag symptoms and drugs in clinical notes",
        "Mark symptoms, findings, drugs and doses in de-identified clinical notes, and check summaries that a model "
        "wrote of them for missing or invented findings.",
        3,
        1600,
        2600,
        20,
        (language("en", "C1"), degree(6)),
        ("Medical terminology in clinical notes", "Checking summaries for invented findings", "Drug interactions"),
        (("Master's degree", 150, degree(7)), ("Two years of annotation", 100, experience("annotation", 2))),
        ("descriptions of illness and injury",),
        invites=3,
        fresh_invites=1,
    ),
    Script(
        BRIGHTWELL,
        "Check boxes around findings in chest images",
        "A second look at boxes that colleagues drew around nodules: accept, fix and accept, or return with feedback.",
        2,
        1500,
        2400,
        10,
        (language("en", "B2"), experience("annotation", 3)),
        ("Drawing boxes in medical images", "Feedback on the work of annotators"),
        warnings=("medical images",),
        ends_as=ProjectState.PAUSED,
        invites=2,
        stop_reason="The guideline for overlapping boxes is being rewritten.",
    ),
    Script(
        TIDEWATER,
        "Fact-check short summaries of news",
        "Check each claim of a summary against the article: supported, contradicted or not there, with the sentence "
        "that shows it.",
        2,
        1300,
        2000,
        12,
        (language("en", "C1"),),
        ("Fact-checking against primary sources", "News editing"),
        (("Three years of reviewing", 150, experience("reviewing", 3)),),
        ends_as=ProjectState.COMPLETED,
        invites=2,
        stop_reason="All 4 batches are delivered.",
    ),
    Script(
        TIDEWATER,
        "Rate code written by AI",
        "Run two programs that answer the same request, rate correctness and style, and write the test that tells them "
        "apart.",
        3,
        1800,
        3000,
        15,
        (language("en", "B2"), degree(6)),
        ("Python and unit tests", "Code review"),
        ends_as=ProjectState.SCHEDULED,
        days_ahead=9,
    ),
    Script(
        BRIGHTWELL,
        "Label empathy in patient conversations",
        "Label turns of recorded and transcribed conversations for empathy and clarity.",
        2,
        1500,
        2200,
        10,
        (language("en", "C1"),),
        ("Emotion annotation in conversations",),
        ends_as=ProjectState.DRAFT,
    ),
)
