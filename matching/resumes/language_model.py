"""The language identifier, and how the worker shares it with the children that read files.

Unpacking the model takes half a second, longer than reading a résumé does: the worker does it once, its children
open the unpacked copy.  Importing this module is cheap.
"""

import os
import shutil
import tempfile
from array import array
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Dead, made up, or the small neighbour of a big language, for which a list of names is easily mistaken.
UNLIKELY = frozenset(
    ("an", "bcl", "eo", "ext", "fy", "gcf", "gcr", "grc", "hbo", "la", "lb", "lij", "ltg", "oc", "pcm", "sa", "vec")
) | {"vo", "wa", "wuu", "zxx"}
BLOCK = 1 << 20


@cache
def shared_model() -> int:
    """Return the descriptor of an unnamed file with the unpacked model, open for reading as long as this process."""
    import lzma

    spec = find_spec("py3langid")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("py3langid is not installed")
    with (
        tempfile.NamedTemporaryFile(suffix=".npz") as unpacked,
        lzma.open(Path(spec.origin).parent / "data" / "model.npz.xz") as packed,
    ):
        shutil.copyfileobj(packed, unpacked, BLOCK)
        unpacked.flush()
        # A child must not be able to change what the next one reads.
        return os.open(unpacked.name, os.O_RDONLY)


@cache
def own_identifier() -> "LanguageIdentifier":
    """Return the identifier of this process, unpacked here."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return _likely_only(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


def shared_identifier(descriptor: int) -> "LanguageIdentifier":
    """Return the identifier made from a shared model, given the descriptor it was handed down by."""
    import numpy as np
    from py3langid.langid import LanguageIdentifier

    # Opened anew: the position in a file handed down is shared by all who hold it.
    with open(f"/dev/fd/{descriptor}", "rb") as file, np.load(file, allow_pickle=False) as model:
        steps, rows = model["nextmove"], model["nextmove_row"]
        identifier = LanguageIdentifier(
            model["ptc"],
            model["pc"],
            model["classes"].tolist(),
            array("I" if steps.itemsize == 4 else "H", steps.tobytes()),
            model["out_feat"].tolist(),
            norm_probs=True,
            tk_row=array("I" if rows.itemsize == 4 else "H", rows.tobytes()),
        )
    return _likely_only(identifier)


def _likely_only(identifier: "LanguageIdentifier") -> "LanguageIdentifier":
    identifier.set_languages([code for code in identifier.labels if code not in UNLIKELY])
    return identifier
