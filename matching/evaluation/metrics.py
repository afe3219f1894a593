"""How good an order is, by the measures of trec_eval, and how sure one may be of a mean over queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 2025
# So many means are drawn at a time: ten thousand of many queries at once would fill the memory.
AT_ONCE = 500
PERCENTILES = (2.5, 97.5)

Values = NDArray[np.float64]


def ndcg(gains: Values, known: Values, depth: int = 10) -> float:
    """Return the normalised discounted cumulative gain of the first *depth*, from 0 to 1.

    *gains*: relevance of the ranked documents, best first; one without a label has 0.  *known*: every label of the
    query, also of documents that were not ranked.  A relevance of r gains r, at rank i divided by log2(i + 1), and the
    sum by that of the best possible order.  Without anything relevant: 0.
    Source: Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418, linear gains as in trec_eval's ndcg_cut.
    """
    ideal = _discounted(np.sort(known)[::-1], depth)
    return _discounted(gains, depth) / ideal if ideal else 0.0


def _discounted(gains: Values, depth: int) -> float:
    first = np.maximum(gains[:depth], 0.0)
    return float((first / np.log2(np.arange(2, len(first) + 2))).sum())


def average_precision(gains: Values, known: Values) -> float:
    """Return the mean, over all relevant documents, of the precision at the rank of each, from 0 to 1.

    *gains*, *known*: as for `ndcg`; relevant is what is above 0.  One that was not ranked counts as 0, and so does a
    query without anything relevant.
    Source: Buckley & Voorhees 2000, doi:10.1145/345508.345543; trec_eval's map.
    """
    ranks = np.flatnonzero(gains > 0) + 1
    relevant = int((known > 0).sum())
    return float((np.arange(1, len(ranks) + 1) / ranks).sum()) / relevant if relevant else 0.0


def recall(gains: Values, known: Values, depth: int = 100) -> float:
    """Return the share of the relevant documents that stand among the first *depth*; trec_eval's recall.

    *gains*, *known*: as for `ndcg`.  Without anything relevant: 0.
    """
    relevant = int((known > 0).sum())
    return int((gains[:depth] > 0).sum()) / relevant if relevant else 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over queries and the interval that holds it with 95 %."""

    mean: float
    low: float
    high: float

    def to_spec(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


def estimate(values: Sequence[float] | Values) -> Estimate:
    """Return the mean of one value a query, at least one, with its interval.

    By the percentile bootstrap over queries: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    Always drawn from the same seed, so that the interval of one system is drawn as that of every other.
    """
    observed = np.asarray(values, dtype=np.float64)
    draw = np.random.default_rng(SEED)
    means = [
        observed[draw.integers(0, len(observed), (AT_ONCE, len(observed)))].mean(axis=1)
        for _ in range(RESAMPLES // AT_ONCE)
    ]
    low, high = np.percentile(np.concatenate(means), PERCENTILES)
    return Estimate(float(observed.mean()), float(low), float(high))


def difference(values: Sequence[float] | Values, others: Sequence[float] | Values) -> Estimate:
    """Return by how much *values* exceed *others*, of the same queries in the same order: a paired bootstrap.

    Source: Sakai 2006, doi:10.1145/1148170.1148261.
    """
    return estimate(np.asarray(values, dtype=np.float64) - np.asarray(others, dtype=np.float64))
