"""A pool that is moved in: what becomes of each file, whose it is, and that nothing is lost or doubled."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Account
from marketplace.accounts.queries import find_account
from marketplace.cli.importing import IMPORTED, KNOWN, REFUSED, Importer
from marketplace.cli.incoming import inputs_of
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.profiles.importing import NOBODYS, Incoming, take_in
from marketplace.profiles.models import AnnotatorProfile, Resume
from marketplace.profiles.rules import ProfileState, ResumeState
from tests import build
from tests.profiles.test_jobs import ENGLISH, GERMAN

ROOT = Path(__file__).resolve().parents[2]


def resume_text(number: int) -> str:
    return f"{ENGLISH}This is the résumé of person number {number} of the pool.\n"


def import_all(app: Flask, path: Path) -> Importer:
    importer = Importer(app, here=True)
    importer.run(inputs_of(path))
    return importer


def count(kind: type[Resume] | type[Account] | type[AnnotatorProfile]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def test_every_file_of_a_folder_ends_as_exactly_one_of_three(
    app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "a.txt").write_text(resume_text(1))
    (tmp_path / "team" / "b.txt").write_text(resume_text(2))
    (tmp_path / "z_same_as_a.txt").write_text(resume_text(1))
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    (tmp_path / "d.txt").write_text(GERMAN)
    (tmp_path / "e.pdf").write_bytes(b"%PDF-1.7\nrubbish")
    importer = import_all(app, tmp_path)
    assert importer.ended == {IMPORTED: 2, KNOWN: 1, REFUSED: 3}
    assert importer.tell() == 1
    told = capsys.readouterr().out
    assert "2 imported, 1 already there, 3 refused" in told
    assert all(name in told for name in ("c.jpg", "d.txt", "e.pdf"))
    assert "German" in told


def test_the_same_import_again_adds_nothing(app: Flask, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(resume_text(number))
    import_all(app, tmp_path)
    before = count(Account), count(Resume)
    again = import_all(app, tmp_path)
    assert (again.ended, again.tell()) == ({KNOWN: 3}, 0)
    assert (count(Account), count(Resume)) == before


def test_a_table_says_whose_the_files_are_and_others_come_without_an_address(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text(resume_text(1))
    (tmp_path / "2.txt").write_text(resume_text(2))
    (tmp_path / "lee@example.org.txt").write_text(resume_text(3))
    (tmp_path / "manifest.csv").write_text(
        "id,file,text,email,name,country\n"
        "x1,1.txt,,kim@example.org,Kim One,tw\n"
        f'x2,,"{resume_text(4)}",ann@example.org,,\n'
        "x3,missing.txt,,bob@example.org,,\n"
        "x4,,,cy@example.org,,\n"
    )
    importer = import_all(app, tmp_path)
    assert importer.ended == {IMPORTED: 4, REFUSED: 2}
    assert [label for label, _ in importer.refusals] == ["row 4 (x3), missing.txt", "row 5 (x4)"]
    kim = find_account("kim@example.org")
    assert kim is not None
    assert (kim.name, kim.password, kim.confirmed_at) == ("Kim One", None, None)
    assert db.session.scalars(
        sa.select(AnnotatorProfile.country).where(AnnotatorProfile.account_id == kim.id)
    ).all() == ["TW"]
    assert {find_account(f"{name}@example.org") is not None for name in ("ann", "lee")} == {True}
    assert len(db.session.scalars(sa.select(Account).where(Account.email.endswith(NOBODYS))).all()) == 1


def test_nobody_is_matched_or_written_to_because_of_an_import(app: Flask, tmp_path: Path, outbox) -> None:
    (tmp_path / "kim@example.org.txt").write_text(resume_text(1))
    import_all(app, tmp_path)
    profile = db.session.scalars(sa.select(AnnotatorProfile)).one()
    assert profile.state is ProfileState.DRAFT
    assert outbox() == []


def test_a_later_import_gives_an_account_its_address(app: Flask) -> None:
    first, _ = take_in(Incoming("cv.txt", ENGLISH.encode()))
    again, known = take_in(Incoming("cv.txt", ENGLISH.encode(), email="kim@example.org", name="Kim"))
    assert (again.id, known) == (first.id, True)
    assert (first.profile.account.email, first.profile.account.name) == ("kim@example.org", "Kim")
    with pytest.raises(Refused, match="another e-mail address"):
        take_in(Incoming("cv.txt", ENGLISH.encode(), email="lee@example.org"))


def test_an_account_that_somebody_uses_is_left_alone(app: Flask) -> None:
    person = build.profile(resume_text="")
    with pytest.raises(Refused, match="uses the address"):
        take_in(Incoming("cv.txt", ENGLISH.encode(), email=person.account.email.upper()))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": "a@b.invalid"}, "No mail can go"),
        ({"country": "Taiwan"}, "no country code"),
        ({"time_zone": "Taipei"}, "no time zone"),
    ],
)
def test_what_makes_no_sense_about_the_owner_is_refused(app: Flask, given: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        take_in(Incoming("cv.txt", ENGLISH.encode(), **given))


def test_a_table_without_its_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,email\nKim,kim@example.org\n")
    with pytest.raises(Refused, match="no column “file” or “text”"):
        inputs_of(tmp_path / "people.csv")


KILLED = """
import sys
from dataclasses import replace
from pathlib import Path
from marketplace.app import create_app
from marketplace.cli.importing import Importer
from marketplace.cli.incoming import inputs_of
from marketplace.config import Config
from marketplace.services import Services
from marketplace.tasks import embedder
from tests.fakes import FakeEmbedder
folder, data, url, redis = sys.argv[1:]
config = Config.from_environment({"DATA_DIR": data})
app = create_app(config, Services(url, url, redis))
embedder.use(FakeEmbedder)
with app.app_context():
    Importer(app, here=True).run(inputs_of(Path(folder)))
"""


def test_an_import_that_is_killed_goes_on_and_loses_nothing(app: Flask, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number:02}.txt").write_text(resume_text(number))
    services, config = app.extensions["fairmatch_services"], app.config["FAIRMATCH"]
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(config.data_dir), services.database_url]
    process = subprocess.Popen([*command, services.redis_url], cwd=ROOT, stderr=subprocess.DEVNULL)
    read = sa.select(sa.func.count()).where(Resume.state == ResumeState.READY)
    until = time.monotonic() + 60
    while not db.session.scalar(read):
        db.session.rollback()
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    process.kill()
    process.wait()
    importer = import_all(app, tmp_path)
    assert sum(importer.ended.values()) == 12
    assert importer.ended[REFUSED] == 0
    assert (count(Resume), count(Account), db.session.scalar(read)) == (12, 12, 12)
