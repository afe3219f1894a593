"""Sentences of the program, said in the language of whoever reads them.

Knows neither web nor catalogues, so that rules may speak too: locales.py tells it who translates.
"""

from collections.abc import Callable


class _English:
    """What speaks until there is somebody who translates."""

    one: Callable[[str], str] = staticmethod(lambda sentence: sentence)
    many: Callable[[str, str, int], str] = staticmethod(lambda single, plural, n: single if n == 1 else plural)


_speaker = _English()


def say(sentence: str, /, **values: object) -> str:
    """Return *sentence*, which is English and a literal, in the language of this request, with *values* put in.

    *values* stand for its ``%(name)s``; without any it is taken as it is.  Only for what whoever asked reads at once:
    what is kept, or told to others, stays English.
    """
    said = _speaker.one(sentence)
    return said % values if values else said


def say_of(n: int, single: str, plural: str, /, **values: object) -> str:
    """Return the one of two sentences that fits *n*, as :func:`say` does; ``%(n)s`` stands for *n*."""
    return _speaker.many(single, plural, n) % (values | {"n": n})


def translate_by(one: Callable[[str], str], many: Callable[[str, str, int], str]) -> None:
    """Let *one*, and *many* by number, translate from now on; what they do not know stays English."""
    _speaker.one, _speaker.many = one, many
