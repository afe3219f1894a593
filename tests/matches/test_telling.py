"""How a match is told from what was stored of it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.models import Account
from marketplace.matches.models import Match
from marketplace.matches.telling import segments_of, tell, told_part
from marketplace.profiles.models import AnnotatorProfile

SPAN = {"resume_id": 1, "passage_number": 1, "page": 2, "start": 10, "end": 40}
CHINESE = {
    "gate": {},
    "words": "Chinese written C1 or better",
    "outcome": "pass",
    "fact": "Chinese: written C2 (tested)",
}
DEGREE = {
    "gate": {},
    "words": "A doctorate",
    "outcome": "fail",
    "fact": "Master's degree, held (declared)",
    "change": "Master's degree → a doctorate, held, would pass",
}


POSTED = {"kind": "posting", "start": 1, "end": 9, "words": "Repeats the posting as Mei Chen"}


def part(kind: str, label: str, score: float, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "label": label, "score": score, **more}


def match(**options: Any) -> Match:
    who = AnnotatorProfile(id=7, account=Account(name="Mei Chen"))
    return Match(**{"profile": who, "rank": 2, "score": 0.5, "gates": [CHINESE], "parts": [], "flags": [], **options})


def test_a_ranked_match_is_told_with_pages_flags_and_the_most_that_full_support_could_gain() -> None:
    parts = [
        part("title", "Annotator", 0.3),
        part("wish", "Sentiment", 0.25, span=SPAN, quote="Sentiment by Mei Chen"),
        part("skill", "Python", 0.0, most=0.1, span=None, quote=""),
        part("experience", "Experience", 0.0, years=4, fact="4 years stated"),
        part("flags", "Without what is flagged", -0.05),
    ]
    told = tell(match(parts=parts, flags=[POSTED, POSTED, POSTED]), of=37, above=[0.55])
    assert told.paragraph == (
        "Place 2 of 37 who pass every gate. Passes the one gate: Chinese: written C2 (tested). "
        "The résumé supports the one wish: “Sentiment” (page 2). Of the skills asked for it names none of Python. "
        "States 4 years of experience. "
        "3 places in the résumé repeat the posting word for word, which cannot raise the score."
    )
    assert told.changes == [
        "Full support of “Python” could add at most 0.100 and gain at most 1 place (to place 1).",
        "Without what is flagged the score would be 0.050 higher.",
    ]
    assert [(one.label, one.score) for one in told.segments] == [("Title", 0.3), ("Wishes", 0.25)]
    assert (told.lost, told.flagged) == (0, 0.05)
    assert told.flags[0].startswith("Repeats the posting as ••• ••••; of the scores")


def test_the_name_is_covered_for_managers_and_not_for_its_owner() -> None:
    parts = [part("wish", "Sentiment", 0.5, span=SPAN, quote="Sentiment by Mei Chen")]
    assert tell(match(parts=parts), of=1).parts[0]["quote"] == "Sentiment by ••• ••••"
    own = tell(match(parts=parts), of=1, own=True)
    assert own.parts[0]["quote"] == "Sentiment by Mei Chen"
    assert own.paragraph.startswith("Passes the one gate")


def test_somebody_kept_out_is_told_by_the_gate_and_the_nearest_miss() -> None:
    told = tell(match(rank=None, score=None, gates=[CHINESE, DEGREE]), of=3)
    assert told.paragraph.startswith("Kept out by 1 of 2 gates. Asked for: A doctorate; stated: Master's")
    assert told.changes == ["Master's degree → a doctorate, held, would pass."]


def test_what_an_earlier_version_of_the_code_has_stored_is_told_too() -> None:
    old = {"part": "wish", "wish": "Sentiment", "score": 0.1, "closeness": 0.2, "best": 0.2, "span": None, "quote": ""}
    told = tell(match(parts=[old], score=0.1), of=9, above=[0.3])
    assert told.parts[0]["label"] == "Sentiment"
    assert told.changes == [
        "Full support of “Sentiment” could add at most 0.400 and gain at most 1 place (to place 1)."
    ]


def test_each_part_of_a_score_is_told_in_plain_words_and_long_texts_are_not_repeated() -> None:
    made = [
        part(kind, label, 0.1, part="signal", most=0.2)
        for kind, label in (
            *(("headline", "Nurse"), ("occupation", "Nurse"), ("wish", "Has cared for children"), ("text", "x" * 900)),
            *(("words", "Nurse"), ("words", ""), ("experience", ""), ("flags", ""), ("later", "Something new")),
        )
    ]
    told = tell(match(parts=made), of=1)
    assert [one["label"] for one in told.parts] == [
        "Job titles that the résumé names, beside “Nurse”",
        "The same occupation as “Nurse”",
        "Has cared for children",
        "The nearest places and all of the résumé, beside the whole text of the project",
        "Words of “Nurse” that it says",
        "Words of title, wishes and description that it says",
        "Years of experience",
        "What suspicious text would have added",
        "Something new",
    ]
    assert all(one.words for one in told.segments if one.label != "Other")


def test_the_title_line_of_the_resume_is_what_is_quoted_for_the_title() -> None:
    made = [part("headline", "Nurse", 0.1, span=SPAN, quote="Radiology Nurse"), part("title", "Nurse", 0.1)]
    told = tell(match(parts=made), of=1)
    assert told.titled is not None
    assert told.titled["quote"] == "Radiology Nurse"
    assert tell(match(parts=made[1:]), of=1).titled is None


KINDS = st.sampled_from(
    ["headline", "title", "occupation", "wish", "skill", "text", "words", "keyword", "experience", "fact", "recency"]
)


@given(parts=st.lists(st.builds(part, KINDS, st.just("x"), st.floats(-1, 1)), max_size=12))
def test_the_pieces_of_the_bar_lie_side_by_side_inside_it_and_add_up(parts: list[dict[str, Any]]) -> None:
    segments = segments_of([told_part(one) for one in parts])
    total = sum(max(one["score"], 0.0) for one in parts)
    assert abs(sum(one.score for one in segments) - total) < 1e-9
    at = 0.0
    for one in segments:
        assert abs(one.start - at) < 1e-6
        at = one.start + one.width
    assert at <= 100.000001
