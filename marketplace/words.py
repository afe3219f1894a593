"""Sentences of the program, said in the language of whoever reads them.

Knows neither web nor catalogues, so that rules may speak too: locales.py tells it who translates.
"""

from collections.abc import Callable

_translate: list[Callable[[str], str]] = []


def say(sentence: str, /, **values: object) -> str:
    """Return *sentence*, which is English and a literal, in the language of this request, with *values* put in.

    *values* stand for its ``%(name)s``; without any it is taken as it is.  Only for what whoever asked reads at once:
    what is kept, or told to others, stays English.
    """
    said = _translate[0](sentence) if _translate else sentence
    return said % values if values else said


def translate_by(translator: Callable[[str], str]) -> None:
    """Let *translator*, who returns what it has no translation for as it is, translate from now on."""
    _translate[:] = [translator]
