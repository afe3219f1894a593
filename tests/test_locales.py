"""Pages are written for their reader; whatever else is read by many stays as it is."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import render_template_string

from marketplace.db import db
from marketplace.formats import day_text, moment_text
from marketplace.locales import english_of
from marketplace.mail import OutgoingMail
from marketplace.money import written
from tests import build
from tests.payouts.books import approved, seat

WEIRD = [
    *("", "*", ",", ";q=", "de;q=x", "de;q=-1", "en-US;q=0", "xx-YY", "de_DE", "-", "a" * 5000, "de-" * 900),
    *("x-klingon", "i-default", "zh-Hant-TW-u-nu-hanidec", "ar-EG-u-nu-arab", "../../etc/passwd", "en_US_POSIX"),
    *("%00", "fr\t;q=0.5", "root", "und", "en-001", "es-419", ",".join(f"q{n:02d}" for n in range(400))),
]


@pytest.mark.parametrize(
    ("tag", "name", "why"),
    [
        ("de", "en_DE", "the territory that the language is most of all spoken in"),
        ("de-AT", "en_AT", "the territory that was asked for"),
        ("fr-FR", "en_FR", ""),
        ("hi", "en_IN", ""),
        ("EN-gb", "en_GB", "letters may be large or small"),
        ("en", "en", "no territory is meant"),
        ("ja", "en", "there is no English of Japan on record"),
        ("es-419", "en", "nor one of Latin America"),
        ("zh-Hant-HK", "en_HK", "the script is passed over"),
        ("qqq", None, "no language"),
        ("*", None, "no language"),
        ("../x", None, "no tag"),
    ],
)
def test_a_tag_gives_english_as_it_is_written_there(tag, name, why):
    assert english_of(tag) == name, why


@pytest.mark.parametrize(
    ("locale", "amount", "day", "moment"),
    [
        ("en", "$1,234,567.50", "3 Nov 2026", "3 Nov 2026, 14:05 UTC"),
        ("en_US", "$1,234,567.50", "Nov 3, 2026", "Nov 3, 2026, 2:05\u202fPM UTC"),
        ("en_GB", "US$1,234,567.50", "3 Nov 2026", "3 Nov 2026, 14:05 UTC"),
        ("en_DE", "1.234.567,50\xa0US$", "3 Nov 2026", "3 Nov 2026, 14:05 UTC"),
        ("en_FR", "1\u202f234\u202f567,50\xa0US$", "3 Nov 2026", "3 Nov 2026, 14:05 UTC"),
        ("en_IN", "$12,34,567.50", "3 Nov 2026", "3 Nov 2026, 2:05\u202fpm UTC"),
    ],
)
def test_amounts_days_and_times_are_written_as_there(locale, amount, day, moment):
    at = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert (written(123456750, "USD", locale), day_text(date(2026, 11, 3), locale=locale)) == (amount, day)
    assert moment_text(at, locale=locale) == moment


@pytest.fixture
def rich(app):
    """An annotator of whom 1,234,567.50 dollars are owed."""
    one = seat(rate_minor=123456750)
    approved(one, 60)
    return one.profile.account


@pytest.mark.parametrize(
    ("wish", "amount"),
    [
        ("de-DE,de;q=0.9,en;q=0.5", "1.234.567,50\xa0US$"),
        ("fr", "1\u202f234\u202f567,50\xa0US$"),
        ("hi-IN", "$12,34,567.50"),
        ("qqq, de;q=0.1", "1.234.567,50\xa0US$"),
        ("de;q=0, *;q=0.5", "$1,234,567.50"),
        (None, "$1,234,567.50"),
    ],
)
def test_a_page_is_written_for_its_reader_and_caches_are_told(rich, client_of, wish, amount):
    answer = client_of(rich).get("/earnings", headers={"Accept-Language": wish} if wish else {})
    assert amount in answer.text
    assert "Accept-Language" in answer.vary


def test_what_is_read_by_many_stays_neutral(rich, client_of, app):
    german = {"Accept-Language": "de"}
    browser = client_of(rich)
    year = f"{datetime.now(UTC):%Y}"
    assert "1.234.567,50\xa0US$" in browser.get(f"/earnings/statements/{year}", headers=german).text
    assert "1234567.50" in browser.get(f"/earnings/statements/{year}/statement.csv", headers=german).text
    shown = browser.get("/", headers=german)
    assert shown.status_code in {200, 302}
    public = app.test_client().get("/projects/open", headers=german)
    assert "Accept-Language" not in public.vary
    mails = db.session.scalars(sa.select(OutgoingMail.body)).all()
    assert any("$1,234,567.50" in body for body in mails)


def test_a_mail_that_a_page_causes_is_neutral(app):
    from flask_babel import force_locale

    from marketplace.locales import neutral

    words = "{{ 123456750|money_text('USD') }}"
    with app.test_request_context(), force_locale("en_DE"):
        assert render_template_string(words) == "1.234.567,50\xa0US$"
        with neutral():
            assert render_template_string(words) == "$1,234,567.50"


@pytest.mark.parametrize("wish", WEIRD, ids=range(len(WEIRD)))
def test_nothing_that_a_browser_may_send_stops_a_page(rich, client_of, wish):
    assert client_of(rich).get("/earnings", headers={"Accept-Language": wish}).status_code == 200


def test_the_pages_of_signing_in_and_their_words_stay_english(app, client_of):
    somebody = client_of(build.profile().account)
    page = somebody.get("/change-password", headers={"Accept-Language": "de-DE"})
    assert page.status_code == 200
    assert "Change" in page.text
