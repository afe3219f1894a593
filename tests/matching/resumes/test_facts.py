"""Facts are read from plain statements only, and quoted exactly."""

import pytest

from matching.resumes.facts import facts_in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Languages: English (C1), Hindi - native, French", ["English, C1", "Hindi, native", "French"]),
        ("English (C2)\nMandarin: B2", ["English, C2", "Mandarin, B2"]),
        (
            "Native Spanish, fluent in English and Portuguese",
            ["Spanish, native", "English, fluent", "Portuguese, fluent"],
        ),
        ("English, native speaker of Tamil", ["Tamil, native"]),
        ("LANGUAGES\nChinese: mother tongue\nKorean\nSkills\nRussian dressing", ["Chinese, native", "Korean"]),
        ("Master of Science in Linguistics (expected 2027)", ["Master's degree, in progress"]),
        ("PhD in Computer Science, 2018", ["Doctorate, held"]),
        ("B.Tech in CSE, 2019", ["Bachelor's degree, held"]),
        ("Scrum Master for LLM teams, polish texts, teach English to Spanish children, basic Java", []),
        ("Languages: Python, C++ and Java", []),
    ],
)
def test_languages_and_degrees_are_found_where_they_are_stated(text: str, said: list[str]) -> None:
    assert [fact.label for fact in facts_in(text)] == said


def test_a_fact_is_quoted_with_the_words_that_say_it() -> None:
    text = "I am Ana.\nSpeaks Spanish (C1). Bachelor of Arts in History, 2015"
    assert [text[fact.start : fact.end] for fact in facts_in(text)] == ["Spanish (C1)", "Bachelor of Arts in History"]
