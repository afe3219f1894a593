from itertools import product

import numpy as np
import pytest
from crowdkit.metrics.data import alpha_krippendorff

from marketplace.errors import Refused
from marketplace.quality.aggregation import as_frame
from marketplace.quality.labels import Labels
from marketplace.quality.measures import (
    Measured,
    against_key,
    agreement_with_others,
    alpha,
    correlation,
    items,
    kappa,
    share,
)

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): four observers, twelve units, and what comes out.
UNITS = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}
PUBLISHED = {False: 0.743, True: 0.849}


def observed() -> Labels:
    told = ((f"{at:02}", who, label) for who, row in UNITS.items() for at, label in enumerate(row.split()))
    return Labels.of(row for row in told if row[2] != ".")


@pytest.mark.parametrize("numeric", [False, True])
def test_alpha_is_what_was_published(numeric: bool) -> None:
    found = alpha(observed(), numeric=numeric)
    assert round(found.value, 3) == PUBLISHED[numeric]
    assert found.n == 11
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_alpha_is_that_of_crowd_kit() -> None:
    chance = np.random.default_rng(3)
    labels = Labels.of(
        (f"t{t}", f"w{w}", str(chance.integers(4) if chance.random() < 0.4 else t % 4))
        for t, w in product(range(60), range(4))
    )
    assert alpha(labels).value == pytest.approx(alpha_krippendorff(as_frame(labels)), abs=1e-12)


def test_alpha_of_those_who_agree_is_one_and_needs_two() -> None:
    assert alpha(Labels.of((f"t{t}", w, str(t % 2)) for t, w in product(range(6), "ab"))).value == 1
    assert alpha(Labels.of((f"t{t}", w, "same") for t, w in product(range(6), "ab"))).value == 1
    with pytest.raises(Refused, match="No task has two answers"):
        alpha(Labels.of([("t", "a", "x"), ("u", "a", "y")]))


def test_kappa_is_what_was_published() -> None:
    # A textbook's table: 20 times both say yes, 15 times both no, 5 and 10 times one of each.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = kappa([one for one, _ in pairs], [two for _, two in pairs])
    assert (round(found.value, 10), found.n) == (0.4, 50)


def test_weighted_kappa_minds_how_far_apart_ratings_are() -> None:
    first = [str(at % 5) for at in range(50)]
    near = [str(min(int(one) + 1, 4)) for one in first]
    far = [str((int(one) + 2) % 5) for one in first]
    assert kappa(first, near, weights="quadratic").value > kappa(first, near).value
    assert kappa(first, near, weights="linear").value > kappa(first, far, weights="linear").value
    assert kappa(first, first, weights="quadratic").value == 1
    with pytest.raises(Refused):
        kappa(first, far[:-1])


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (1, 1, 0.2065, 1.0)]
)
def test_the_interval_of_a_share_is_wilsons(right: int, n: int, low: float, high: float) -> None:
    # 81 of 263: Newcombe (1998), table I.
    found = share(right, n)
    assert found.low == pytest.approx(low, abs=2e-4)
    assert found.high == pytest.approx(high, abs=2e-4)
    assert str(share(81, 263)) == "0.308 (0.255 to 0.366, n = 263)"


@pytest.mark.parametrize(("right", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_there_is_no_share_of_nothing(right: int, n: int) -> None:
    with pytest.raises(Refused):
        share(right, n)


def test_correlation_has_an_interval_and_needs_something_that_varies() -> None:
    first = np.arange(20.0)
    found = correlation(first, first + np.sin(first) * 5)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high < 1
    assert correlation(first, first) == Measured(1.0, None, None, 20)
    with pytest.raises(Refused, match="does not vary"):
        correlation(first, np.ones(20))


def test_people_are_held_against_the_others_and_against_a_key() -> None:
    rows = [(f"t{t}", w, "x") for t, w in product(range(10), ("ann", "ben", "cat"))]
    rows += [(f"t{t}", "dan", "x" if t < 5 else "y") for t in range(10)]
    rows += [("alone", "eve", "x"), ("two", "eve", "x"), ("two", "ann", "y"), ("two", "ben", "x")]
    found = agreement_with_others(Labels.of(rows))
    assert {who: (one.value, one.n) for who, one in found.items()} == {
        "ann": (10 / 11, 11),
        "ben": (1.0, 10),
        "cat": (1.0, 10),
        "dan": (0.5, 10),
    }
    keyed = against_key(Labels.of(rows), {"t0": "x", "t9": "y", "alone": "never said"})
    assert {who: (one.value, one.n) for who, one in keyed.items()} == {
        "ann": (0.5, 2),
        "ben": (0.5, 2),
        "cat": (0.5, 2),
        "dan": (1.0, 2),
        "eve": (0.0, 1),
    }


def test_a_question_that_good_people_miss_stands_out() -> None:
    skill = np.arange(40) / 40
    right = np.stack([skill > cut for cut in (0.2, 0.4, 0.6, 0.8)] + [skill < 0.5, np.ones(40, bool)], axis=1)
    good, *_, reverse, easy = items(right)
    assert good.discrimination is not None
    assert reverse.discrimination is not None
    assert good.discrimination.value > 0 > reverse.discrimination.value
    assert (easy.easiness.value, easy.discrimination) == (1.0, None)
