"""How whoever reads a page writes days, times and amounts; the words of pages are English for everybody.

Mails, files, the API and whoever is not signed in get the neutral way, "en": a copy is read by more than one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from babel import localedata
from babel.core import get_global
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, force_locale, get_locale
from flask_login import current_user

NEUTRAL = "en"
TAG = re.compile(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-([a-z]{2}|[0-9]{3}))?(?:-[a-z0-9-]+)?", re.ASCII | re.IGNORECASE)
# What a browser sends is shorter; what is longer is not meant as a wish.
MOST_TAGS = 12


def register_locales(app: Flask) -> None:
    """Let every page of *app* be written for its reader, and tell caches what it depends on."""
    Babel(app, locale_selector=_of_reader)

    @app.after_request
    def tell_caches(response: Response) -> Response:
        if g.get("locale_chosen"):
            response.vary.add("Accept-Language")
        return response


def page_locale() -> str:
    """Return the locale that days, times and amounts of this page are written in."""
    return str(get_locale() or NEUTRAL)


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


def _of_reader() -> str:
    if not has_request_context() or request.path.startswith("/api/") or not current_user.is_authenticated:
        return NEUTRAL
    g.locale_chosen = True
    wished = [tag for tag, weight in request.accept_languages if weight > 0][:MOST_TAGS]
    return next((name for name in map(english_of, wished) if name), NEUTRAL)
