import threading
from pathlib import Path

import pytest
from flask import Flask

from marketplace import storage
from marketplace.errors import Missing


def test_a_kept_file_is_fetched_and_dropped(app: Flask) -> None:
    storage.keep("resumes/17/original.pdf", b"%PDF-1.7")
    assert storage.fetch("resumes/17/original.pdf") == b"%PDF-1.7"

    storage.keep("resumes/17/original.pdf", b"%PDF-2.0")
    assert storage.fetch("resumes/17/original.pdf") == b"%PDF-2.0"

    storage.drop("resumes/17/original.pdf")
    storage.drop("resumes/17/original.pdf")
    with pytest.raises(Missing):
        storage.fetch("resumes/17/original.pdf")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../secret",
        "a/../b",
        "a/./b",
        "a//b",
        "a/",
        "A.pdf",
        "a b",
        "a\x00",
        "a\n",
        "é",
        ".x",
        "a" * 201,
    ],
)
def test_a_key_that_could_lead_elsewhere_is_refused(app: Flask, key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        storage.keep(key, b"x")
    assert not list((tmp_path / "files").glob("**/*"))


def test_a_reader_never_sees_half_a_file(app: Flask) -> None:
    versions = [bytes([letter]) * 300_000 for letter in (65, 66)]
    storage.keep("one", versions[0])
    stop = threading.Event()

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                for version in versions:
                    storage.keep("one", version)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(storage.fetch("one") in versions for _ in range(200))
    finally:
        stop.set()
        writer.join()
