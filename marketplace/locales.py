"""The language of a page, and how whoever reads it writes days, times and amounts.

Words are in the first language that the reader wishes for and that there is a catalogue of (`make translations`), else
in English; days and amounts are written as where the reader is.  Mails, files and the API get the neutral way, "en": a
copy is read by more than one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from babel import Locale, localedata
from babel.core import get_global
from flask import Flask, Response, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, get_translations, gettext
from flask_login import current_user

from marketplace.words import translate_by

NEUTRAL = "en"
TAG = re.compile(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-([a-z]{2}|[0-9]{3}))?(?:-[a-z0-9-]+)?", re.ASCII | re.IGNORECASE)
# What a browser sends is shorter; what is longer is not meant as a wish.
MOST_TAGS = 12


def register_locales(app: Flask) -> None:
    """Let every page of *app* be written for its reader, and tell caches what it depends on."""
    babel = Babel(app, locale_selector=_of_reader)
    translate_by(_translated, _translated_of)
    with app.app_context():
        spoken = frozenset(str(one).split("_")[0] for one in babel.list_translations())
    app.extensions["fairmatch_languages"] = spoken
    app.jinja_env.globals.update(page_language=page_language, page_direction=page_direction)

    @app.after_request
    def tell_caches(response: Response) -> Response:
        if g.get("locale_chosen"):
            response.vary.add("Accept-Language")
        return response


def page_locale() -> str:
    """Return the locale that days, times and amounts of this page are written in."""
    return str(get_locale() or NEUTRAL)


def page_language() -> str:
    """Return the language that the words of this page are in, as a tag of BCP 47: what its ``lang`` says."""
    return page_locale().split("_")[0]


def page_direction() -> str:
    """Return ``"rtl"`` where that language is written from right to left, else ``"ltr"``."""
    return str(Locale.parse(page_locale()).text_direction)


@contextmanager
def neutral() -> Iterator[None]:
    """Write what is made inside for any reader, though a page asked for it."""
    with force_locale(NEUTRAL):
        yield


def english_of(tag: str) -> str | None:
    """Return English as it is written where *tag* is spoken: ``de`` and ``de-DE`` give ``en_DE``.

    "en" where there is no such way on record; None where *tag* is no language.
    """
    found = TAG.fullmatch(tag)
    if found is None:
        return None
    language, territory = found[1].lower(), (found[2] or "").upper()
    if language == NEUTRAL and not territory:
        return NEUTRAL
    likely = get_global("likely_subtags").get(language)
    if likely is None and not localedata.exists(language):
        return None
    name = f"{NEUTRAL}_{territory or str(likely).rsplit('_', 1)[-1]}"
    return name if localedata.exists(name) else NEUTRAL


def _translated(sentence: str) -> str:
    return str(gettext(sentence)) if _speaks() else sentence


def _translated_of(single: str, plural: str, n: int) -> str:
    # What Flask-Babel's own ngettext fills in by itself is filled in by whoever said it.
    return str(get_translations().ungettext(single, plural, n)) if _speaks() else (single if n == 1 else plural)


def _speaks() -> bool:
    """Outside the application, as in a process that only sends mail, there is nothing to translate by."""
    return has_app_context() and "babel" in current_app.extensions


def translated(tag: str, languages: frozenset[str]) -> str | None:
    """Return the locale for *tag* where its language is one of *languages* that there are catalogues of, else None.

    ``de-AT`` gives ``de_AT`` with a catalogue of ``de``.  English is never found: it needs none (see *english_of*).
    """
    found = TAG.fullmatch(tag)
    if found is None or found[1].lower() == NEUTRAL or found[1].lower() not in languages:
        return None
    name = f"{found[1].lower()}_{(found[2] or '').upper()}"
    return name if localedata.exists(name) else found[1].lower()


def _of_reader() -> str:
    if not has_request_context() or request.path.startswith("/api/"):
        return NEUTRAL
    languages: frozenset[str] = current_app.extensions["fairmatch_languages"]
    known = current_user.is_authenticated
    if not known and languages == {NEUTRAL}:
        return NEUTRAL
    g.locale_chosen = True
    wished = [tag for tag, weight in request.accept_languages if weight > 0][:MOST_TAGS]
    for tag in wished:
        if found := translated(tag, languages):
            return found
        if tag.split("-")[0].lower() == NEUTRAL:
            break
    return next((name for name in map(english_of, wished) if name), NEUTRAL) if known else NEUTRAL
