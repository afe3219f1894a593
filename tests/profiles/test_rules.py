"""What is missing, what may follow what, and what can be chosen from: no database."""

import pytest

from marketplace.profiles import rules
from marketplace.profiles.rules import ProfileState, ResumeState

WHOLE = {
    "confirmed": True,
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "language_tags": {"en-GB", "de"},
    "resume_state": ResumeState.READY,
}


@pytest.mark.parametrize(
    ("missing", "word"),
    [
        ({"confirmed": False}, "Confirm your e-mail"),
        ({"country": None}, "country"),
        ({"time_zone": None}, "time zone"),
        ({"language_tags": {"de", "enm"}}, "English"),  # enm is Middle English, which nobody annotates
        ({"resume_state": None}, "Upload your résumé"),
        ({"resume_state": ResumeState.UPLOADED}, "still being read"),
        ({"resume_state": ResumeState.REFUSED}, "could not be accepted"),
    ],
)
def test_a_profile_with_a_gap_is_not_submitted_and_the_gap_is_named(missing: dict[str, object], word: str) -> None:
    assert word in str(rules.refuse_submit(**(WHOLE | missing)))  # type: ignore[arg-type]


def test_a_whole_profile_may_be_submitted() -> None:
    assert rules.refuse_submit(**WHOLE) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (ProfileState.DRAFT, ProfileState.SUBMITTED),
        (ProfileState.REJECTED, ProfileState.SUBMITTED),  # a rejection is no end: mend it and try again
        (ProfileState.WITHDRAWN, ProfileState.SUBMITTED),
        (ProfileState.SUBMITTED, ProfileState.QUALIFIED),
        (ProfileState.SUBMITTED, ProfileState.REJECTED),
        (ProfileState.SUBMITTED, ProfileState.WITHDRAWN),
        (ProfileState.QUALIFIED, ProfileState.WITHDRAWN),
    ],
)
def test_these_are_all_the_ways_from_state_to_state(state: ProfileState, wanted: ProfileState) -> None:
    assert rules.refuse_transition(state, wanted) is None
    others = [one for one in ProfileState if rules.refuse_transition(state, one) is None]
    assert wanted in others
    assert ProfileState.DRAFT not in others


def test_nobody_is_qualified_without_having_submitted() -> None:
    for state in set(ProfileState) - {ProfileState.SUBMITTED}:
        assert rules.refuse_transition(state, ProfileState.QUALIFIED)


def test_the_first_step_that_is_not_done_is_the_current_one() -> None:
    steps = rules.checklist(state=ProfileState.DRAFT, **(WHOLE | {"resume_state": None}))  # type: ignore[arg-type]
    assert [step.state for step in steps] == ["done", "done", "current", "done", "todo"]


def test_a_refused_resume_is_shown_as_a_problem() -> None:
    steps = rules.checklist(state=ProfileState.DRAFT, **(WHOLE | {"resume_state": ResumeState.REFUSED}))  # type: ignore[arg-type]
    assert steps[2].state == "problem"


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("Mandarin", "zh"),
        ("Chinese (Traditional)", "zh-Hant"),
        ("Cantonese", "yue"),
        ("Español", "es"),
        ("中文", "zh"),
        ("PT_br", "pt-BR"),
        ("iw", "he"),  # the tag of Hebrew until 1989
        ("Portuguese (Brazil) [pt-BR]", "pt-BR"),  # as the list suggests it
        ("  english ", "en"),
    ],
)
def test_a_language_is_found_by_tag_by_name_and_by_suggestion(typed: str, tag: str) -> None:
    assert rules.find_language(typed) == tag


@pytest.mark.parametrize(
    "typed",
    ["", "E", "zz", "und", "qqq", "x-private", "asdkjh", "Foo [xx]", "a" * 500, "en\x00", "\ud800bc", "[]", "]["],
)
def test_what_is_no_language_is_refused_in_plain_words(typed: str) -> None:
    with pytest.raises(ValueError, match="We know no language"):
        rules.find_language(typed)


def test_every_suggested_language_is_understood_as_itself() -> None:
    for label, _ in rules.language_options():
        assert rules.language_label(rules.find_language(label)) == label


def test_countries_are_the_249_of_iso_3166_and_kosovo() -> None:
    assert len(rules.countries()) == 250
    assert {"DE", "TW", "XK"} <= set(rules.countries())
    assert not {"EU", "ZZ", "UN"} & set(rules.countries())


def test_marking_a_text_loses_nothing_of_it() -> None:
    pieces = list(
        rules.marked("I speak Spanish and English.", [(20, 27, "English"), (8, 15, "Spanish"), (10, 12, "x")])
    )
    assert "".join(piece for piece, _ in pieces) == "I speak Spanish and English."
    assert [piece for piece in pieces if piece[1]] == [("Spanish", "Spanish"), ("English", "English")]
