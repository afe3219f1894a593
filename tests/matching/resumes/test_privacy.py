"""Ways to reach a person are blanked, and nothing moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.resumes.privacy import blanked_for_embedding


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
