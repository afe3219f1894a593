"""Admins see the vector spaces and how far a change of the model is, on the system page and at the terminal."""

from datetime import timedelta

from flask import Flask

from marketplace.accounts.rules import RoleName
from marketplace.cli import vectors
from marketplace.db import db
from marketplace.spaces import actions, queries
from marketplace.spaces.queries import Progress
from matching.spaces import Space
from tests import build


def test_the_system_page_shows_how_far_a_new_space_is(app: Flask, client_of) -> None:
    build.profile()
    actions.begin(Space("other", "1" * 64, 48))
    page = client_of(build.account(RoleName.ADMIN)).get("/admin/system").text
    assert "building" in page
    assert "0 of 1 résumés" in page


def test_the_command_lists_the_spaces(app: Flask, capsys) -> None:
    build.profile()
    db.session.commit()
    vectors._show(queries.views())
    told = capsys.readouterr().out
    assert "fake" in told
    assert "active" in told


def test_progress_is_told_in_words() -> None:
    assert Progress(0, 40, None).in_words == "0 of 40 résumés"
    assert Progress(10, 2_000, timedelta(minutes=75)).in_words == "10 of 2,000 résumés, about 1 h 15 min left"
    assert Progress(39, 40, timedelta(seconds=4)).in_words == "39 of 40 résumés, less than a minute left"
