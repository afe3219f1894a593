"""Passwords are judged alike by page and by API: long enough, not too long, not guessed early."""

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from marketplace.accounts.passwords import LENGTH, complaint
from marketplace.accounts.queries import find_account
from marketplace.accounts.rules import SHORTEST_PASSWORD

GOOD = "correct horse battery"
EARLY = [
    "password1234",
    "qwertyuiopasdf",
    "aaaaaaaaaaaaaaaa",
    "123456789012345",
    "iloveyouiloveyou",
    "passwordpassword",
]


def test_several_words_that_do_not_belong_together_are_taken() -> None:
    assert [complaint(one) for one in (GOOD, "twelve quiet otters row home", "x" * 12 + GOOD, "Grüße aus Łódź 7")] == [
        ""
    ] * 4


@pytest.mark.parametrize("password", EARLY)
def test_what_a_thief_tries_early_is_refused_with_the_reason(password: str) -> None:
    assert "guessed early" in complaint(password)
    assert "several words" in complaint(password).lower()


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "long" * 33])
def test_what_is_too_short_or_too_long_is_told_how_long_it_may_be(password: str) -> None:
    assert complaint(password) == LENGTH


def test_a_very_long_one_is_judged_fast_and_by_its_beginning() -> None:
    assert complaint((GOOD * 8)[:128]) == ""
    assert "guessed early" in complaint("a" * 128)


def test_what_others_know_of_the_owner_makes_no_password() -> None:
    about = ("liudmila.petrovskaya@example.test", "Liudmila Petrovskaya")
    assert complaint("liudmilapetrovskaya") == ""
    assert "guessed early" in complaint("liudmilapetrovskaya", about)


@pytest.mark.parametrize("password", ["fairmatchannotator", "timesheetreviewer", "fairmatch2026"])
def test_the_words_of_this_place_make_no_password(password: str) -> None:
    assert "guessed early" in complaint(password)


def test_of_the_30000_commonest_passwords_none_is_taken_that_is_long_enough() -> None:
    common = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= SHORTEST_PASSWORD]
    assert len(common) > 200
    assert [one for one in common if not complaint(one)] == []


@pytest.mark.parametrize("password", [*EARLY[:2], "short"])
def test_no_door_takes_a_password_that_is_guessed_early(app, client, password: str) -> None:
    form = {"email": "new@example.test", "name": "New", "password": password, "password_confirm": password}
    page = client.post("/sign-up", data=form)
    assert page.status_code == 200
    assert complaint(password).encode() in page.data
    by_api = client.post("/api/v1/accounts", json={key: form[key] for key in ("email", "name", "password")})
    assert by_api.status_code == 422
    assert by_api.json["errors"] == [{"field": "password", "message": complaint(password)}]
    assert find_account("new@example.test") is None


def test_letters_put_together_in_another_way_are_the_same_password(app, client, outbox) -> None:
    together, apart = (
        "Gr\u00fc\u00dfe aus \u0141\u00f3d\u017a heute",
        "Gru\u0308\u00dfe aus \u0141o\u0301dz\u0301 heute",
    )
    made = client.post("/api/v1/accounts", json={"email": "new@example.test", "name": "N", "password": together})
    assert made.status_code == 202
    account = find_account("new@example.test")
    assert account is not None
    from marketplace.accounts import actions

    actions.confirm(account)
    assert actions.check_password("new@example.test", apart) is account
    assert actions.check_password("new@example.test", apart + " ") is None
