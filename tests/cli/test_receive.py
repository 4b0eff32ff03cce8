"""`vivomap receive`: killed, filled up, told to stop; no object that was acknowledged is ever lost."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read, visits
from vivomap.acquire.receive import Validator
from vivomap.acquire.receive.part10 import header
from vivomap.cli import receive
from vivomap.cli.receive import judge
from vivomap.core import identify
from vivomap.loop import assess
from vivomap.pathways.lung_response import PATHWAY
from vivomap.store.inbox import Inbox, open_inbox

from ..acquire.receive.conftest import EXPLICIT, ct, data_of, digest, encoded, needs, send

__all__ = ["needs"]

NURSERY = """
import os, sys, typer
import vivomap.acquire.receive, vivomap.store.inbox
from vivomap.cli.receive import receive
app = typer.Typer()
app.command()(receive)
for line in sys.stdin:
    fault, log, *words = line.split()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ["VIVOMAP_FAULT"] = fault
        os._exit(app(words, standalone_mode=False))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Nursery:
    """A process that has loaded everything and brings forth receivers, so that each starts in no time."""

    process: subprocess.Popen[str]
    log: Path
    project: Path

    def start(self, *words: str, fault: str = "none") -> tuple[int, int]:
        """Start a receiver; gives its process id and port."""
        self.log.unlink(missing_ok=True)
        assert self.process.stdin
        self.process.stdin.write(" ".join((fault, str(self.log), "--port", "0", *words)) + "\n")
        self.process.stdin.flush()
        child, last = self._line(), time.monotonic() + 60
        while time.monotonic() < last:
            said = re.search(r"listening on .*:(\d+) as", self.log.read_text() if self.log.exists() else "")
            if said:
                return child, int(said[1])
            time.sleep(0.01)
        pytest.fail(f"no receiver: {self.log.read_text()}")

    def ended(self) -> int:
        """Wait for the receiver to end; gives its exit code."""
        return self._line()

    def _line(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.fixture
def nursery(project: Path, tmp_path: Path) -> Iterator[Nursery]:
    environment = {**os.environ, "VIVOMAP_PROJECT": str(project)}
    pipe = subprocess.PIPE
    made = subprocess.Popen([sys.executable, "-c", NURSERY], stdin=pipe, stdout=pipe, text=True, env=environment)
    log = tmp_path / "log"
    yield Nursery(made, log, project)
    children = subprocess.run(["pgrep", "-P", str(made.pid)], capture_output=True, text=True, check=False).stdout
    for child in children.split():
        os.kill(int(child), signal.SIGKILL)
    made.communicate()


def kept(project: Path) -> dict[str, Path]:
    """After a restart's recovery: the kept files by the digest of their data set; each is whole."""
    inbox = open_inbox(project)
    with inbox.receiving():
        found = {data_of(inbox.path(e.object)): inbox.path(e.object) for e in inbox.entries()}
    assert not list(project.rglob("*.part"))
    assert len(found) == len(inbox.entries())
    return found


Send = Callable[[int, Sequence[Dataset]], list[str]]


@pytest.fixture
def until_it_dies(needs: Callable[..., str], tmp_path: Path) -> Send:
    """Sends with DCMTK until the receiver is gone or all is sent; gives the digests that were acknowledged."""
    program = needs("storescu")

    def call(port: int, objects: Sequence[Dataset]) -> list[str]:
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        for number, ds in enumerate(objects):
            (folder / f"{number:04d}").write_bytes(header(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT) + encoded(ds))
        files = [str(folder / f"{number:04d}") for number in range(len(objects))]
        words = [program, "-v", "-aec", "VIVOMAP", "127.0.0.1", str(port), *files]
        said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        answers = re.findall(r"Received Store Response \((.*)\)", said.stdout + said.stderr)
        assert set(answers) <= {"Success"}, answers
        return [digest(ds) for ds in objects[: len(answers)]]

    return call


@pytest.mark.slow  # five receivers are killed
def test_a_kill_at_each_step_loses_nothing_that_was_acknowledged(nursery: Nursery, until_it_dies: Send) -> None:
    """T1: and what was not acknowledged can be sent again."""
    numbers = iter(range(1, 100))
    for fault, acks in (("tmp_written", 0), ("fsync", 0), ("rename", 0), ("journal", 0), ("response", 1)):
        _, port = nursery.start(fault=f"after:{fault}")
        sent = [ct(next(numbers)), ct(next(numbers))]
        acked = until_it_dies(port, sent)
        assert nursery.ended() == -signal.SIGKILL
        assert len(acked) == acks, fault
        found = kept(nursery.project)
        assert set(acked) <= set(found)
        assert (digest(sent[0]) in found) == (fault not in ("tmp_written", "fsync")), fault
        child, port = nursery.start()
        assert until_it_dies(port, sent) == [digest(ds) for ds in sent]
        os.kill(child, signal.SIGTERM)
        assert nursery.ended() == 0
        assert digest(sent[0]) in kept(nursery.project)


def once_kept(project: Path, more: int, delay: float, deed: Callable[[], None]) -> None:
    """Do something so many seconds after so many more objects lie in the inbox, however busy the machine is."""

    def count() -> int:
        return sum(1 for p in (project / "inbox").rglob("*") if p.is_file() and p.suffix != ".part")

    def wait(least: int) -> None:
        last = time.monotonic() + 60
        while count() < least and time.monotonic() < last:
            time.sleep(0.005)
        time.sleep(delay)
        deed()

    Thread(target=wait, args=(count() + more,), daemon=True).start()


def kills(nursery: Nursery, until_it_dies: Send, count: int) -> None:
    """T1: kill a receiver again and again at a random moment; everything ever acknowledged is there at the end."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed of the kills: {seed}")  # noqa: T201
    dice, ever, numbers = random.Random(seed), [], iter(range(1, 1_000_000))
    for _ in range(count):
        child, port = nursery.start()
        objects = [ct(next(numbers), side=dice.choice((16, 128, 400))) for _ in range(24)]
        more = 1 if dice.random() < 0.8 else 0  # else perhaps before the first object
        once_kept(nursery.project, more, dice.uniform(0.05, 0.5), lambda child=child: os.kill(child, signal.SIGKILL))
        ever += until_it_dies(port, objects)
        assert nursery.ended() == -signal.SIGKILL
    found = kept(nursery.project)
    lost = set(ever) - set(found)
    assert not lost, f"seed {seed}: {len(lost)} of {len(ever)} lost"
    assert len(ever) > count


@pytest.mark.slow  # thirty receivers are killed
def test_thirty_random_kills_lose_no_acknowledged_object(nursery: Nursery, until_it_dies: Send) -> None:
    kills(nursery, until_it_dies, 30)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hundred_random_kills_lose_no_acknowledged_object(nursery: Nursery, until_it_dies: Send) -> None:
    kills(nursery, until_it_dies, 200)


@pytest.mark.slow  # a receiver with a load
def test_sigterm_finishes_what_is_coming_in_and_exits_0(nursery: Nursery, until_it_dies: Send) -> None:
    """T11."""
    child, port = nursery.start()
    began: list[float] = []

    def stop() -> None:
        began.append(time.monotonic())
        os.kill(child, signal.SIGTERM)

    once_kept(nursery.project, 3, 0.0, stop)
    acked = until_it_dies(port, [ct(n, side=256) for n in range(1, 200)])
    assert nursery.ended() == 0
    assert time.monotonic() - began[0] < 60
    assert 0 < len(acked) < 199
    assert set(acked) <= set(kept(nursery.project))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB; the test is passed over where mounting is not permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow  # a disk is filled
def test_a_full_disk_is_told_and_forgotten_when_there_is_room_again(
    small_disk: Path, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T4: the low-water mark, A700H, and recovery without a restart."""
    (small_disk / "ballast").write_bytes(bytes(8 << 20))
    (small_disk / "project").mkdir()
    nursery.project.symlink_to(small_disk / "project")
    child, port = nursery.start("--reserve", "4")
    answers = send(port, [ct(n, side=512) for n in range(1, 31)])
    assert set(answers) == {0, 0xA700}
    assert answers == sorted(answers)
    assert os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize >= 3 << 20
    (small_disk / "ballast").unlink()
    assert send(port, [ct(100, side=512)]) == [0]
    os.kill(child, signal.SIGTERM)
    assert nursery.ended() == 0
    assert len(kept(nursery.project)) == answers.count(0) + 1


def calls(trace: str) -> list[tuple[str, str]]:
    """System calls with their arguments, in the order in which they ended."""
    open_: dict[str, str] = {}
    done = []
    for line in trace.splitlines():
        found = re.match(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)", line)
        if not found:
            continue
        process, resumed, name, rest = found.groups()
        if rest.endswith("<unfinished ...>"):
            open_[process] = rest
        else:
            done.append((name or resumed, open_.pop(process, "") + rest))
    return done


@pytest.mark.slow  # a receiver under strace
def test_the_success_answer_comes_last_in_the_order_of_system_calls(
    needs: Callable[..., str], project: Path, tmp_path: Path
) -> None:
    """T2: temporary file, write, fsync, rename, fsync of the folder, journal, answer."""
    strace, trace, log = needs("strace", "strace"), tmp_path / "trace", tmp_path / "log"
    watched = "trace=openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,sendto"
    words = [strace, "-f", "-y", "-qq", "-e", watched, "-o", str(trace), sys.executable, "-c", NURSERY]
    environment = {**os.environ, "VIVOMAP_PROJECT": str(project)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        child, port = Nursery(process, log, project).start()
        assert send(port, [ct(1, side=64)]) == [0]
        os.kill(child, signal.SIGTERM)
        process.communicate(timeout=30)
    steps = [
        r"^openat .*inbox/../.*\.part\", O_WRONLY\|O_CREAT\|O_EXCL",
        r"^write .*\.part>",
        r"^fsync .*\.part>",
        r"^rename .*\.part\", .*inbox/../[0-9a-f]{64}\"",
        r"^fsync .*/inbox/..>",
        r"^(pwrite64|write) .*journal\.sqlite-wal>",
        r"^(fsync|fdatasync) .*journal\.sqlite-wal>",
        r"^sendto .*\"\\4\\0",
    ]
    lines = [f"{name} {rest}" for name, rest in calls(trace.read_text(errors="replace"))]
    start = next(k for k, line in enumerate(lines) if re.search(steps[0], line))
    answer = next(k for k in range(start, len(lines)) if re.search(steps[-1], lines[k]))
    at = start
    for step in steps:
        at = next((k for k in range(at, answer + 1) if re.search(step, lines[k])), -1)
        assert at >= 0, f"{step} is not in its place: {lines[start : answer + 1]}"


@pytest.fixture
def sent_phantom(nursery: Nursery, needs: Callable[..., str], small) -> Inbox:
    """The small patient sent twice by DCMTK, and judged."""
    child, port = nursery.start("--allow", "STORESCU@127.0.0.1", "--allow", "DCMSEND")
    files = [str(p) for p in sorted(small.folder.rglob("*.dcm"))]
    words = ["-v", "-aec", "VIVOMAP", "127.0.0.1", str(port)]
    said = subprocess.run([needs("storescu"), *words, *files], capture_output=True, text=True, check=True)
    assert (said.stdout + said.stderr).count("Received Store Response (Success)") == len(files)
    said = subprocess.run([needs("dcmsend"), *words, *files], capture_output=True, text=True, check=True)
    assert re.search(rf"status SUCCESS *: {len(files)}\b", said.stdout + said.stderr)
    subprocess.run([needs("echoscu"), "-aet", "DCMSEND", *words[1:]], check=True, capture_output=True)
    os.kill(child, signal.SIGTERM)
    assert nursery.ended() == 0
    inbox, validator = open_inbox(nursery.project), Validator()
    try:
        judge(inbox, validator)
    finally:
        validator.close()
    return inbox


@pytest.mark.slow  # a patient is sent twice and assessed twice
def test_a_patient_sent_by_dcmtk_is_kept_read_and_assessed_as_from_the_disk(sent_phantom: Inbox, small) -> None:
    """I1, B03: what was sent is what is kept, once; and the loop says the same of it."""
    originals = {data_of(p) for p in small.folder.rglob("*.dcm")}
    assert {data_of(p) for p in sent_phantom.files()} == originals
    assert len(sent_phantom.entries()) == len(originals)
    assert {e.disposition for e in sent_phantom.entries()} == {"KEEP"}
    made = []
    for source in (small.folder, sent_phantom.root / "inbox"):
        past = []
        for study in visits(read(source)):
            past.append(assess(PATHWAY, study, past))
        made.append([identify(a) for a in past])
    assert made[0] == made[1]
    assert len(made[0]) == 2


@pytest.mark.slow  # a receiver
def test_what_cannot_be_computed_on_is_kept_and_held_while_receiving(nursery: Nursery) -> None:
    bad = ct(1)
    bad.PixelData = bad.PixelData[:100]
    child, port = nursery.start()
    assert send(port, [bad, ct(2), ct(3, patient="P2")]) == [0, 0, 0]
    inbox, last = open_inbox(nursery.project), time.monotonic() + 60
    while inbox.unjudged() and time.monotonic() < last:
        time.sleep(0.05)
    os.kill(child, signal.SIGTERM)
    assert nursery.ended() == 0
    assert [(e.disposition, e.code) for e in inbox.entries()] == [
        ("HOLD", "pixels_cut"),
        ("KEEP", ""),
        ("HOLD", "two_patients"),
    ]
    assert len(inbox.files()) == 1
    assert not re.search(r"P2|Canary|9999\.\d", nursery.log.read_text())


def test_the_judging_ends_whenever_it_is_asked_to(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The news that it is over comes in just before the judging clears the news it has seen."""
    late = Event()

    class News(Event):
        def clear(self) -> None:
            late.wait(10)
            super().clear()

    project.mkdir()
    inbox, news = open_inbox(project), News()
    monkeypatch.setattr(receive, "judge", lambda *_: 0)

    def ending() -> None:
        with receive._judging(inbox, news):
            Thread(target=lambda: (time.sleep(0.1), late.set()), daemon=True).start()

    one = Thread(target=ending, daemon=True)
    one.start()
    one.join(20)
    assert not one.is_alive()


@pytest.mark.slow  # a receiver
def test_what_comes_over_the_web_lies_in_the_same_inbox_byte_for_byte(nursery: Nursery) -> None:
    """The same object by C-STORE as well is no conflict: its data set is the same."""
    child, port = nursery.start("--web", "0")
    url = re.findall(r"taking STOW-RS on (\S+)", nursery.log.read_text())[0]
    ds = ct(1)
    file = b"II*\0" + header(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT)[4:] + encoded(ds)
    kind = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=b'}
    said = httpx.post(f"{url}/studies", content=b"--b\r\n\r\n" + file + b"\r\n--b--", headers=kind)
    assert said.status_code == 200
    assert send(port, [ds]) == [0]
    os.kill(child, signal.SIGTERM)
    assert nursery.ended() == 0
    found = open_inbox(nursery.project).entries()
    assert [(e.rows[0].said("sender"), e.conflict) for e in found] == [("STOW", False), ("SENDER", False)]
    assert file in {open_inbox(nursery.project).path(e.object).read_bytes() for e in found}
    assert ds.SOPInstanceUID not in nursery.log.read_text()


@pytest.mark.slow  # a receiver and four senders
def test_four_senders_at_once_are_each_answered_for_what_is_kept(nursery: Nursery) -> None:
    child, port = nursery.start()
    answers: list[int] = []
    senders = [
        Thread(target=lambda k=k: answers.extend(send(port, [ct(100 * k + n, side=64) for n in range(15)])))
        for k in range(1, 5)
    ]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    os.kill(child, signal.SIGTERM)
    assert nursery.ended() == 0
    assert answers == [0] * 60
    assert len(kept(nursery.project)) == 60
