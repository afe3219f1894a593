"""Small sets of weights that ship with the program and change a model when it is loaded, such as ``fairmatch-1``.

An adapter is one safetensors file.  ``NAME.down`` (r, in) and ``NAME.up`` (out, r) add up @ down to the weight NAME of
the model (LoRA: Hu et al. 2021, arXiv:2106.09685); ``projection`` (d, d) turns each vector v into projection @ v;
``head.in`` (h, d), ``head.bias`` (h,) and ``head.out`` (d, h) turn each unit vector v into the middle between it and
the unit vector along v + out @ relu(in @ v + bias).
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FOLDER = Path(__file__).with_name("adapter_weights")
PROJECTION = "projection"
DOWN, UP = ".down", ".up"
HEAD_IN, HEAD_BIAS, HEAD_OUT = "head.in", "head.bias", "head.out"


def find(name: str) -> Path | None:
    """Return the file of the adapter called *name*, None when there is none."""
    known = {path.stem: path for path in FOLDER.glob("*.safetensors")}
    return known.get(name)


def apply(adapter: Path, model: "SentenceTransformer") -> None:
    """Change the weights of *model*, in place.

    Raises KeyError for a weight that the model has not, RuntimeError or ValueError for shapes that do not fit.
    """
    from safetensors.numpy import load_file

    values = load_file(adapter)
    weights = dict(model.named_parameters())
    for name in [key.removesuffix(DOWN) for key in values if key.endswith(DOWN)]:
        weight = weights[name]
        weight.data.add_(weight.new_tensor(values[name + UP] @ values[name + DOWN]))
    if PROJECTION in values:
        _project(model, values[PROJECTION])
    if HEAD_IN in values:
        _put_head(model, values)


def _project(model: "SentenceTransformer", matrix: NDArray[np.float32]) -> None:
    """Put the projection behind the pooling, before vectors are made unit ones."""
    from sentence_transformers.base.modules import Dense

    layer = Dense(matrix.shape[1], matrix.shape[0], bias=False, activation_function=None)
    layer.linear.weight.data.copy_(layer.linear.weight.new_tensor(matrix))
    places = [number for number, module in enumerate(model) if type(module).__name__ == "Pooling"]
    model.insert(places[-1] + 1 if places else len(model), layer)


def _put_head(model: "SentenceTransformer", values: dict[str, NDArray[np.float16]]) -> None:
    """Put the head behind everything else; what it gives is made a unit vector again when texts are encoded."""
    import torch

    inward, bias, outward = (torch.tensor(values[name].astype(np.float32)) for name in (HEAD_IN, HEAD_BIAS, HEAD_OUT))

    class Head(torch.nn.Module):
        """Bends the vector of each text."""

        def __init__(self) -> None:
            super().__init__()
            self.inward = torch.nn.Parameter(inward, requires_grad=False)
            self.bias = torch.nn.Parameter(bias, requires_grad=False)
            self.outward = torch.nn.Parameter(outward, requires_grad=False)

        def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            plain = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
            moved = torch.relu(plain @ self.inward.T + self.bias) @ self.outward.T
            return features | {"sentence_embedding": plain + torch.nn.functional.normalize(plain + moved, dim=-1)}

    model.append(Head())
