"""Why somebody stands where they stand, in sentences."""

from hypothesis import given
from hypothesis import strategies as st

from matching.reasons import (
    FLAG_WORDS,
    Finding,
    Flagged,
    GateSaid,
    Lift,
    ScorePart,
    flags_in_words,
    lifts,
    reason_paragraph,
    strongest_facts,
    what_would_change,
)
from matching.resumes.types import FlagKind
from matching.vocabulary import GateOutcome

PASS, FAIL, UNKNOWN = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.UNKNOWN
CHINESE = GateSaid("Chinese C1 written and spoken or better", PASS, "Chinese: written C1, spoken C2 (declared)")
DEGREE = GateSaid("A master's degree or higher", PASS, "Master's degree in Law, held (verified)")
HOURS = GateSaid("At least 10 hours a week", PASS, "Offers 20 hours a week")
RATE = GateSaid("Works for $23.00 an hour", PASS, "Works from $15.00 an hour")
SPANISH = GateSaid(
    "Spanish spoken C1 or better",
    FAIL,
    "Spanish: written C1, spoken B2 (declared)",
    "Spanish spoken B2 → C1 would pass",
)
COUNTRY = GateSaid("Lives in Austria", UNKNOWN, "No country stated", "Has to state the country of residence")


def test_a_ranked_person_is_told_of_in_one_paragraph() -> None:
    findings = [
        Finding("Sentiment annotation.", 1),
        Finding("Rates answers of language models", 2),
        Finding("Quantum chromodynamics", None),
        Finding("Python", 1, skill=True),
        Finding("Rust", None, skill=True),
    ]
    assert reason_paragraph(
        [CHINESE, DEGREE, HOURS, RATE], findings, years=4, flags=[Flagged("posting", 3)], rank=2, of=1037
    ) == (
        "Place 2 of 1,037 who pass every gate. "
        "Passes all 4 gates, among them on: Master's degree in Law, held (verified); "
        "Chinese: written C1, spoken C2 (declared); Offers 20 hours a week. "
        "The résumé supports 2 of 3 wishes: “Sentiment annotation” (page 1) and “Rates answers of language models” "
        "(page 2); nothing was found for “Quantum chromodynamics”. "
        "Of the skills asked for it names Python, not Rust. "
        "States 4 years of experience. "
        "3 places in the résumé repeat the posting word for word, which cannot raise the score."
    )


def test_somebody_kept_out_is_told_by_what_and_what_was_stated() -> None:
    assert reason_paragraph([CHINESE, SPANISH, COUNTRY]) == (
        "Kept out by 1 of 3 gates. Asked for: Spanish spoken C1 or better; stated: Spanish: written C1, spoken B2 "
        "(declared). Not known, would have to be asked: Lives in Austria. 1 other gate passes."
    )


def test_somebody_of_whom_only_something_is_unsaid_is_not_called_kept_out() -> None:
    told = reason_paragraph([CHINESE, COUNTRY])
    assert told.startswith("Nothing speaks against this person")
    assert "Kept out" not in told


def test_without_gates_and_wishes_there_is_still_a_sentence() -> None:
    assert reason_paragraph([], rank=1, of=1) == "Place 1 of 1 who pass every gate. No gate is asked for."


def test_where_nothing_was_found_the_paragraph_says_so() -> None:
    told = reason_paragraph([HOURS], [Finding("Opera", None), Finding("Ballet", None)], rank=1, of=2)
    assert "Nothing in the résumé was found for “Opera” or “Ballet”." in told


def test_of_very_many_findings_the_first_are_named_and_the_rest_counted() -> None:
    findings = [Finding(f"Wish {number}", 1) for number in range(9)]
    told = reason_paragraph([HOURS], findings, rank=1, of=2)
    assert (
        "supports all 9 wishes: “Wish 0” (page 1), “Wish 1” (page 1), “Wish 2” (page 1), “Wish 3” (page 1) and 5"
        in told
    )
    assert "and 5 more." in told


def test_a_long_wish_is_cut_between_words() -> None:
    told = reason_paragraph([], [Finding("word " * 80, 1)], rank=1, of=1)
    assert "word word …”" in told
    assert len(told) < 250


def test_the_strongest_facts_are_the_best_evidenced() -> None:
    assert strongest_facts([CHINESE, HOURS, DEGREE, SPANISH], most=2) == [DEGREE.fact, CHINESE.fact]


def test_every_kind_of_flag_has_its_words() -> None:
    assert set(FLAG_WORDS) == {str(kind) for kind in FlagKind}


def test_one_flag_is_told_in_the_singular_and_an_unknown_one_by_its_code() -> None:
    assert flags_in_words([Flagged("list"), Flagged("odd_spacing", 2)]) == [
        "1 place in the résumé is an endless list, which cannot raise the score.",
        "2 places in the résumé are suspicious (odd spacing), which cannot raise the score.",
    ]


def test_full_support_gains_at_most_those_places_that_it_reaches() -> None:
    parts = [ScorePart("Title", 0.3, 0.4), ScorePart("Opera", 0.05, 0.25, False), ScorePart("Ballet", 0, 0.1, False)]
    assert lifts(parts, 0.35, [0.9, 0.55, 0.5, 0.46, 0.4]) == [Lift("Opera", 0.2, 4), Lift("Ballet", 0.1, 1)]


@given(
    theirs=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5),
    above=st.lists(st.floats(0, 3), max_size=20),
    gained=st.lists(st.floats(0, 1), min_size=5, max_size=5),
)
def test_no_rise_of_one_part_ever_gains_more_places_than_was_said(
    theirs: list[tuple[float, float]], above: list[float], gained: list[float]
) -> None:
    parts = [ScorePart(str(number), min(pair), max(pair), supported=False) for number, pair in enumerate(theirs)]
    score = sum(part.score for part in parts)
    above = [other for other in above if other > score]
    said = {lift.label: lift for lift in lifts(parts, score, above)}
    for part, share in zip(parts, gained, strict=False):
        rise = share * (part.most - part.score)
        passed = sum(other < score + rise for other in above)
        assert passed <= (said[part.label].places if part.label in said else 0)


def test_what_would_change_names_the_nearest_miss_of_every_gate_that_does_not_pass() -> None:
    assert what_would_change([CHINESE, SPANISH]) == ["Spanish spoken B2 → C1 would pass."]
    assert what_would_change([COUNTRY, SPANISH]) == [
        "2 gates would have to pass, all of them.",
        "Has to state the country of residence.",
        "Spanish spoken B2 → C1 would pass.",
    ]


def test_what_would_change_a_place_is_an_upper_bound_in_words() -> None:
    assert what_would_change(
        [CHINESE], [Lift("Opera", 0.2, 4), Lift("Ballet", 0.1, 0)], rank=7, lost_to_flags=0.034
    ) == [
        "Full support of “Opera” could add at most 0.200 and gain at most 4 places (to place 3).",
        "Full support of “Ballet” could add at most 0.100, which gains no place.",
        "Without what is flagged the score would be 0.034 higher.",
    ]
    assert what_would_change([CHINESE], rank=1) == ["Nobody stands above."]
