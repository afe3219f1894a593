"""Who somebody is and how to reach them is blanked, and nothing moves."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.evaluation.trials import resumes_in
from matching.resumes.names import headline_name
from matching.resumes.privacy import blanked_for_embedding, for_embedding


@pytest.mark.parametrize(
    "contact",
    ["jane.o'doe+cv@mail.example.org", "https://example.org/me?x=1", "www.example.org", "linkedin.com/in/jane-doe",
     "+44 20 7946 0958", "(555) 010-4477", "+91-98765-43210"],
)  # fmt: skip
def test_contacts_become_blanks_of_the_same_length(contact: str) -> None:
    assert blanked_for_embedding(f"Reach me: {contact} any time") == f"Reach me: {' ' * len(contact)} any time"


@pytest.mark.parametrize(
    "text",
    ["2019 - 2021", "01/02/2019 - 03/04/2021", "raised $1,200,000 in 2020", "ISO 9001", "99.97% of 2.000", "B.Sc."],
)
def test_years_and_figures_stay(text: str) -> None:
    assert blanked_for_embedding(text) == text


@given(st.text())
def test_the_length_never_changes(text: str) -> None:
    assert len(blanked_for_embedding(text)) == len(text)


@given(st.text(), st.lists(st.text(max_size=12), max_size=3))
def test_whatever_the_names_the_length_never_changes_and_lines_stay(text: str, names: list[str]) -> None:
    blanked = blanked_for_embedding(text, names)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    assert [old == "\n" for old in text] == [new == "\n" for new in blanked]


@pytest.mark.parametrize(
    "personal",
    [
        "Gender: female", "Sex - M", "Date of birth: 12 March 1985", "DOB 12/03/1985".replace(" ", ": ", 1), "Age: 34",
        "Marital status: married, two children", "Nationality: Indian", "Father's name: Mr. Rahul Dev",
        "Home address: 12 Main Street, Springfield, IL 62704", "Preferred pronouns: she/her", "Religion: none",
    ],
)  # fmt: skip
def test_a_line_of_personal_data_goes_with_its_label(personal: str) -> None:
    assert for_embedding(f"Led a team of nine.\n{personal}\nWrote Python.") == "Led a team of nine. Wrote Python."


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("She led her team herself.", "led team ."),
        ("Ms. Doe is a 34-year-old woman.", "is a ."),
        ("I am married with two children and teach.", "and teach."),
        ("aged 41, hired in 2009", ", hired in 2009"),
        ("Lives at 221 Baker Street, London, and cooks.", "Lives at , and cooks."),
        ("Lives at Hauptstraße 5, 10115 Berlin now", "Lives at now"),
        ("Write to P.O. Box 4471 soon", "Write to soon"),
    ],
)
def test_what_a_sentence_tells_of_somebody_goes_and_the_rest_stays(said: str, left: str) -> None:
    assert for_embedding(said) == left


@pytest.mark.parametrize(
    "text",
    [
        "Taught 5-year-old children and pupils aged 6 to 11.", "MS Office, Ms Excel and Ms. Word", "HIS and HER2",
        "Registered nurse in female wards", "Grant writing: will mark May deadlines", "12 stores in Street Wear",
        "Company Name City , State", "Fluent in Spanish | Polish | German", "Single sign-on, married data sources",
        "Age group 3 - 5, race conditions, address books", "Served 40 clients | 25 years in sales",
    ],
)  # fmt: skip
def test_words_of_work_that_look_personal_stay(text: str) -> None:
    assert blanked_for_embedding(text) == text


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Jane Doe", "JANE DOE, doe jane; Doe, J. and J. Doe", "; and"),
        ("Zoë Müller", "Zoe Mueller or ZOË MULLER's work", "or work"),
        ("Will Grant", "Will Grant, who will file a grant. WILL GRANT", ", who will file a grant."),
        ("Ana de la Cruz", "ANA DE LA CRUZ of de la Cruz & Co in la Paz", "of & Co in la Paz"),
        ("Austin Neil O'Brien", "In Austin, TX with Austin O'Brien", "In Austin, TX with"),
    ],
)
def test_a_known_name_goes_in_any_order_case_and_spelling(name: str, text: str, left: str) -> None:
    assert for_embedding(text, [name]) == left


PADDING = "\nSummary\n" + "Annotated medical texts for six years and reviewed the work of others. " * 4


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Jane Doe\nData Annotator", ("Jane", "Doe")),
        ("DATA ANNOTATOR\nJANE M. DOE, MBA | jane@example.org", ("JANE", "M.", "DOE")),
        ("JANE\nDOE", ("JANE", "DOE")),
        ("Curriculum vitae\nName: Grace Young", ("Grace", "Young")),
        ("Grace Young\ngrace.young@example.org", ("Grace", "Young")),
        ("Senior Software Engineer", ()),
        ("ACCOUNTANT", ()),
        ("LEGAL SPECIALIST III - BANKING COMPLIANCE", ()),
    ],
)
def test_a_headline_that_looks_like_a_name_is_told_from_a_title(head: str, name: tuple[str, ...]) -> None:
    assert headline_name(head + PADDING) == name


def test_no_job_title_at_the_top_of_the_shared_resumes_is_taken_for_a_name(shared_data: Path) -> None:
    # The source left ten names in its 1,246 résumés; these two words begin no title.
    found = [headline_name(resume.text) for resume in resumes_in(shared_data)]
    assert sum(map(bool, found)) <= 10
