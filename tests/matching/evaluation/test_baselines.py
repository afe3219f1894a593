"""The baselines are what they are called."""

from math import log

import numpy as np
import pytest

from matching.briefs import Brief
from matching.evaluation.baselines import PassageVectors, WordIndex

DOCUMENTS = ["Nurse. Cares for patients, and patients again.", "Cook", "Nurse and cook"]


def test_keywords_are_counted_once_each():
    index = WordIndex(DOCUMENTS)
    assert index.keyword_count("patients, a nurse, a nurse").tolist() == [2, 0, 1]
    assert index.keyword_count("").tolist() == [0, 0, 0]


def test_a_title_weighs_three_times_the_text_in_the_profile_sum():
    index = WordIndex(DOCUMENTS)
    brief = Brief(title="Head cook", text="Cares for patients")
    assert index.profile_sum(brief) == pytest.approx([1.0, 3 / 2, 3 / 2])


def test_bm25_is_that_of_the_formula():
    # 5, 1 and 2 telling words, 8/3 on average; "patients" in one of three, twice
    norm = 1.2 * (1 - 0.75 + 0.75 * 5 / (8 / 3))
    rarity = log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    found = WordIndex(DOCUMENTS).bm25("patients")
    assert found == pytest.approx([rarity * 2 * 2.2 / (2 + norm), 0, 0])
    assert WordIndex(DOCUMENTS).bm25("patients patients") == pytest.approx(2 * found)
    assert WordIndex(["", ""]).bm25("patients").tolist() == [0, 0]


def test_cosines_go_by_the_mean_and_by_the_nearest_passage():
    vectors = np.array([[1, 0], [0, 1], [0.8, 0.6]], dtype=np.float32)
    passages = PassageVectors(vectors, np.array([0, 0, 2]), 3)
    query = np.array([1, 0], dtype=np.float32)
    assert passages.to_mean(query) == pytest.approx([np.sqrt(0.5), -1, 0.8])
    assert passages.to_nearest(query) == pytest.approx([1, -1, 0.8])


def test_without_any_passage_nobody_is_close():
    passages = PassageVectors(np.zeros((0, 2), dtype=np.float32), np.zeros(0, dtype=np.int64), 2)
    query = np.array([1, 0], dtype=np.float32)
    assert passages.to_mean(query).tolist() == passages.to_nearest(query).tolist() == [-1, -1]
