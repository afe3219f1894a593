"""The vector space a text was embedded in; kept apart from the code that loads torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Space:
    """Names the model that made a vector, so that vectors of two models are never compared.

    *model*: the name it was asked for by.  *sha256*: of its weights, hex.  *dimension*: width of a vector.
    """

    model: str
    sha256: str
    dimension: int
