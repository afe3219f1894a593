"""More than two hundred hostile files go through the real door to real workers, and nobody but their sender notices."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from matching.resumes.limited_child import CPU_SECONDS, MEMORY_BYTES
from tests.hostile.bodies import answered, bodies
from tests.hostile.catalogue import hostile_files
from tests.hostile.hostile import READ, Hostile
from tests.hostile.uploading import Outcome, Sender, is_clear
from tests.hostile.watching import LIMITS, Child, children, ear, readers, watched_children, web_process
from tests.journeys.callers import Caller
from tests.journeys.resume import PROOF, resume_pdf
from tests.journeys.world import World, eventually, running_world

LINUX = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="other processes are looked at by /proc")
pytestmark = [pytest.mark.model, pytest.mark.timeout(600), LINUX]

# As many senders as workers, so that a file waits for its own reading and not for those of others.
WORKERS = 2
FIRST = 10
# The largest file that is taken is among the first ten, so by then the process has what it needs for any one upload.
# What follows weighs more than twice this: a process that kept the files, or what it makes of them, would be over.
GROWN_BYTES = 30 << 20


@dataclass
class Aftermath:
    """What was seen while all files were sent, and after."""

    outcomes: list[Outcome] = field(default_factory=list)
    children: dict[int, Child] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    workers: list[psutil.Process] = field(default_factory=list)
    web: psutil.Process = field(default_factory=psutil.Process)
    web_bytes: list[int] = field(default_factory=list)

    def note_memory(self) -> None:
        """Note how large the web process is now."""
        self.web_bytes.append(self.web.memory_info().rss)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An installation with one web process, so that it meets every file, and as many workers as senders."""
    yield from running_world(WEB_PROCESSES="1", MODEL_PROCESSES=str(WORKERS))


@pytest.fixture(scope="module")
def aftermath(world: World) -> Aftermath:
    """Send every file once."""
    after = Aftermath(workers=readers(world), web=web_process(world))
    assert len(after.workers) == WORKERS
    with ExitStack() as stack:
        url, after.heard = stack.enter_context(ear())
        after.children = stack.enter_context(watched_children(after.workers))
        senders = [stack.enter_context(closing(Sender(world, f"Sender {number}"))) for number in range(WORKERS)]
        files = hostile_files(url)
        after.outcomes += senders[0].send_all(files[:FIRST])
        after.note_memory()
        waiting = shared(iter(files[FIRST:]))
        with ThreadPoolExecutor() as pool:
            for outcomes in pool.map(lambda sender: sender.send_all(waiting), senders):
                after.outcomes += outcomes
        after.note_memory()
    print("\n" + told(after))
    return after


def shared(files: Iterator[Hostile]) -> Iterator[Hostile]:
    """Return the same files, to be taken by several threads."""
    lock = threading.Lock()

    class Taking:
        def __iter__(self) -> Iterator[Hostile]:
            return self

        def __next__(self) -> Hostile:
            with lock:
                return next(files)

    return Taking()


def told(after: Aftermath) -> str:
    """Return the counts by kind and end, the slowest files, and the figures of memory."""
    ends = Counter((one.file.kind, one.end) for one in after.outcomes)
    lines = [f"{kind:16} {end:24} {count}" for (kind, end), count in sorted(ends.items())]
    peaks = {name: max(one.peaks.get(name, 0) for one in after.children.values()) >> 20 for name in ("VmPeak", "VmHWM")}
    web = " → ".join(f"{size >> 20} MiB" for size in after.web_bytes)
    slowest = sorted(after.outcomes, key=lambda one: -one.seconds)[:3]
    lines += [f"{one.seconds:.1f} s for {one.file}" for one in slowest]
    return "\n".join([*lines, f"{len(after.children)} children, at most {peaks} MiB", f"web process {web}"])


def test_every_file_ends_as_it_may(aftermath: Aftermath) -> None:
    assert len({str(one.file) for one in aftermath.outcomes}) == len(aftermath.outcomes) >= 200
    strange = [(str(one.file), one.end, one.words[:200]) for one in aftermath.outcomes if one.end not in one.file.ends]
    assert strange == []
    assert [(str(one.file), one.faults) for one in aftermath.outcomes if one.faults] == []


def test_every_refusal_says_what_is_wrong_and_what_to_do(aftermath: Aftermath) -> None:
    refused = [one for one in aftermath.outcomes if one.end != READ]
    assert [(str(one.file), one.words) for one in refused if not is_clear(one.words)] == []


def test_the_same_workers_live_on_and_read_an_honest_resume(world: World, aftermath: Aftermath) -> None:
    assert [one.pid for one in readers(world)] == [one.pid for one in aftermath.workers]
    assert all(one.is_running() for one in aftermath.workers)
    assert web_process(world) == aftermath.web
    with closing(Caller(world, "Honest Sender")) as person:
        person.sign_up()
        file = ("cv.pdf", resume_pdf(person.name), "application/pdf")
        resume = person.answer("POST", "/profile/resumes", 201, files={"file": file})
        assert PROOF in person.wait_for(f"/profile/resumes/{resume['id']}", "reading", "ready")["text"]
    assert world.errors() == []


def test_no_reading_child_outgrew_its_limits_and_none_is_left(aftermath: Aftermath) -> None:
    eventually(lambda: not children(aftermath.workers), "the end of the last child")
    seen = list(aftermath.children.values())
    limited = [one for one in seen if one.limits["Max address space"][0] != "unlimited"]
    # a child that was not seen again after its first moments had not come to set them yet
    assert len(limited) > 100
    assert [one for one in seen if one not in limited and one.looks > 30] == []
    assert set(limited[0].limits) == set(LIMITS)
    for one in limited:
        assert one.limits["Max address space"] == (str(MEMORY_BYTES),) * 2
        assert one.limits["Max cpu time"] == (str(CPU_SECONDS),) * 2
    peaks = [one.peaks["VmPeak"] for one in seen if "VmPeak" in one.peaks]
    # some tried for more than they may have
    assert 0.9 * MEMORY_BYTES < max(peaks) <= MEMORY_BYTES


def test_the_web_process_keeps_nothing_of_what_it_was_sent(aftermath: Aftermath) -> None:
    after_ten, after_all = aftermath.web_bytes
    assert sum(one.size for one in aftermath.outcomes[FIRST:]) > 2 * GROWN_BYTES
    assert after_all - after_ten < GROWN_BYTES


def test_nothing_that_a_file_names_was_asked_for_or_written(aftermath: Aftermath) -> None:
    assert aftermath.heard == []
    assert not list(Path("/tmp").glob("fairmatch-hostile*"))
    assert not Path("/etc/cron.d/fairmatch-hostile.txt").exists()


def test_a_body_that_is_not_what_it_says_breaks_nothing(world: World) -> None:
    wrong = []
    with closing(Caller(world, "Body Sender")) as person:
        person.sign_up()
        for body in bodies():
            line = answered(world, person, body)
            # some are only odd, and what they hold is an honest text
            if line[:10] not in {b"HTTP/1.1 2", b"HTTP/1.1 4"}:
                wrong.append((body.what, line))
            person.get("/profile")
    assert wrong == []
    assert world.errors() == []
