"""Whoever the owner is, the model is given the same text, so no rank can change."""

import random
from pathlib import Path

from matching.evaluation.tampering import identity, signed
from matching.evaluation.trials import SWAPS, compared, resumes_in, swapped


def test_name_gender_age_and_address_swapped_in_200_resumes_change_nothing(shared_data: Path) -> None:
    picked = random.Random(0).sample(resumes_in(shared_data), SWAPS)
    for number, resume in enumerate(picked):
        first, second = swapped(resume, number)
        assert first == second, (resume.name, identity(2 * number).name, identity(2 * number + 1).name)


def test_the_same_holds_when_nobody_says_what_the_owner_is_called(shared_data: Path) -> None:
    picked = random.Random(1).sample(resumes_in(shared_data), SWAPS)
    differ = 0
    for number, resume in enumerate(picked):
        first, second = (compared(signed(resume.text, identity(2 * number + one), number)) for one in (0, 1))
        differ += first != second
    # A headline whose every word is a word of work cannot be told from a title without knowing the name.
    assert differ <= 0.02 * SWAPS


def test_what_is_left_of_a_signed_resume_is_little_more_than_the_resume(shared_data: Path) -> None:
    resume = resumes_in(shared_data)[0].text
    who = identity(4)
    left = " ".join(compared(signed(resume, who, 2), [who.name])[0])
    assert all(word not in left for word in (*who.name.split(), who.gender, who.email, who.address, who.nationality))
    assert len(left) > 0.95 * len(" ".join(compared(resume)[0]))
