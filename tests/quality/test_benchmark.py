"""`marketplace benchmark aggregate`: on files, and on published sets where they are at hand."""

import gzip
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from marketplace.cli import main

LABELS = "task,worker,label\n" + "".join(f"t{t},w{w},{t % 2 if w else 1 - t % 2}\n" for t in range(8) for w in range(4))
TRUTH = "task,truth\n" + "".join(f"t{t},{t % 2}\n" for t in range(8))
CROWD = Path(os.environ.get("FAIRMATCH_SHARED_DATA", "../shared/data")) / "crowd"
# Accuracy, or Pearson's r, that is to be reached.
WANTED = {"bluebirds": 0.889, "snow_rte": 0.928, "dogs": 0.843, "face_sentiment": 0.640}


def run(folder: Path, labels: str | bytes, truth: str | bytes, *more: str) -> Result:
    for name, content in (("labels.csv", labels), ("truth.csv", truth)):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    given = ("--labels", str(folder / "labels.csv"), "--truth", str(folder / "truth.csv"))
    return CliRunner().invoke(main, ["benchmark", "aggregate", *given, *more])


def test_every_method_is_told_and_the_one_that_serves_is_marked(tmp_path: Path) -> None:
    told = run(tmp_path, LABELS, TRUTH)
    assert told.exit_code == 0
    assert "8 tasks, 4 people, 32 answers, 2 classes; the truth of 8 is known" in told.output
    assert "* dawid_skene_shrunk     1.000 (0.676 to 1.000, n = 8)" in told.output
    for name in ("majority_vote", "dawid_skene ", "one_coin_dawid_skene", "mace", "glad"):
        assert f"  {name}" in told.output


def test_other_columns_orders_and_packing_change_nothing(tmp_path: Path) -> None:
    rows = [line.split(",") for line in LABELS.splitlines()]
    other = "\ufeff" + "\r\n".join(",".join((row[2], "more", row[1], row[0])) for row in rows) + "\r\n\r\n"
    first = run(tmp_path, LABELS, TRUTH)
    again = run(tmp_path, gzip.compress(other.replace("label", " Label", 1).encode()), gzip.compress(TRUTH.encode()))
    assert (again.exit_code, again.stdout) == (0, first.stdout)


def test_the_labels_that_managers_get_are_written(tmp_path: Path) -> None:
    out = tmp_path / "final.csv"
    assert run(tmp_path, LABELS, TRUTH, "--out", str(out)).exit_code == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "task,label,confidence,votes"
    assert lines[1].startswith("t0,0,0.99")
    assert lines[1].endswith(",0: 3; 1: 1")


def test_numbers_are_held_against_numbers(tmp_path: Path) -> None:
    labels = "task,worker,label\na,x,1\na,y,3\nb,x,10\nb,y,12\nc,x,5\n"
    told = run(tmp_path, labels, "task,truth\na,2\nb,10\nc,6\n", "--numeric")
    assert told.exit_code == 0
    assert "* mean                   0.982 (n = 3)" in told.output
    assert told.output.split("* mean")[1].splitlines()[0].rstrip().endswith("0.6667")


@pytest.mark.parametrize(
    ("labels", "truth", "more", "why"),
    [
        ("", TRUTH, (), "lacks the column task; its first line is: nothing"),
        ("task,who,label\n", TRUTH, (), "lacks the column worker; its first line is: task, who, label"),
        ("task,worker,label\n", TRUTH, (), "holds no line below its header"),
        ("task,worker,label\na,b\n", TRUTH, (), "line 2: a value is missing"),
        ("task,worker,label\na,b,\n", TRUTH, (), "line 2: a value is missing"),
        ('task,worker,label\na,b,"c\n', TRUTH, (), "line 2: unexpected end of data"),
        (b"task,worker,label\na,b,\xff\n", TRUTH, (), "is not in UTF-8"),
        (gzip.compress(b"task", mtime=0)[:-9], TRUTH, (), "cannot be read"),
        (LABELS, "task,truth\nelsewhere,1\n", (), "No task of the labels is among those whose truth is told"),
        (LABELS, "task,truth\nt1,1\nt1,0\n", (), "tells two truths of task “t1”"),
        (LABELS.replace(",1\n", ",good\n"), TRUTH, ("--numeric",), "“good” is no number"),
        (LABELS, "task,truth\nt1,good\n", ("--numeric",), "The truth “good” is no number"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, labels: str | bytes, truth: str, more: tuple[str, ...], why: str
) -> None:
    told = run(tmp_path, labels, truth, *more)
    assert told.exit_code == 2
    assert why in told.output
    assert "Traceback" not in told.output


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        main, ["benchmark", "aggregate", "--labels", str(tmp_path / "x"), "--truth", str(tmp_path)]
    )
    assert told.exit_code == 2
    assert "cannot be read: No such file or directory" in told.output


def reached(name: str, *more: str) -> float:
    given = [word for kind in ("labels", "truth") for word in (f"--{kind}", str(CROWD / name / f"{kind}.csv.gz"))]
    told = CliRunner().invoke(main, ["benchmark", "aggregate", *given, *more])
    assert told.exit_code == 0, told.output
    [line] = [
        line for line in told.output.splitlines() if line.startswith("* ") and "(" in line and "serves" not in line
    ]
    return float(line.split()[2])


@pytest.mark.skipif(not CROWD.is_dir(), reason="the published sets are not at hand")
@pytest.mark.parametrize("name", WANTED)
def test_labels_of_published_sets_are_as_good_as_wanted(name: str) -> None:
    assert reached(name) >= WANTED[name]


@pytest.mark.skipif(not CROWD.is_dir(), reason="the published sets are not at hand")
def test_numbers_of_a_published_set_are_as_good_as_wanted() -> None:
    assert reached("snow_valence", "--numeric") >= 0.850
