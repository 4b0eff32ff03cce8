"""`vivomap demo pacs`: your PACS in, your PACS out, on this machine, in one command.

A fresh Orthanc, a receiver and a watch of ours, and the receivers of a record. Two visits of a digital patient are
sent with DCMTK; the pathway starts by itself; its results come back into the PACS and the record. Then all is sent
again, and nothing changes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vivomap.cli.stage import orthanc as pacs
from vivomap.cli.stage import record
from vivomap.cli.stage.orthanc import Orthanc
from vivomap.cli.stage.record import Record
from vivomap.cli.talk import counted, say, show, table
from vivomap.core import Refusal

QUIET_S = 2  # a study is complete so soon: nothing else is on this machine's line
PATIENCE_S = 180.0
FORMS = ("sr", "seg", "epdf")
STEPS = (
    "start a fresh Orthanc, a receiver, a watch and the receivers of a record on free ports of this machine",
    "send the patient with storescu, and wait for SR, SEG, PDF, the HL7 message and the FHIR bundle of each visit",
    "send it all a second time, and see that nothing changes",
    "let dciodvfy judge what the PACS gives back",
)
OURS = "from vivomap.cli import main; main()"


@dataclass(frozen=True)
class Scene:
    """All that is on the stage: the project, the PACS, the record, where our receiver listens."""

    project: Path
    pacs: Orthanc
    record: Record
    port: int


@dataclass(frozen=True)
class Seen:
    """What is where at one moment: in the PACS, in the record, the last row of our ledger."""

    objects: Mapping[str, str]
    messages: int
    bundles: int
    ledger: str


def play(patient: Path, out: Path) -> int:
    """Play the whole show with the images of a patient; gives the exit code: 0, or 8 if something is not as it must be.

    Raises Refusal `library_absent` where DCMTK or Orthanc is not installed, `receiver_away` if something does not come.
    """
    out = out.absolute()
    if (out / "project").exists():
        hint = "name a new folder with --out"
        raise Refusal("folder_not_empty", "the show has been played here", where=str(out), hint=hint)
    with _stage(out) as scene:
        before = _seen(scene)
        say("sending the patient with DCMTK's storescu")
        _send(scene, patient)
        after = _until(scene, lambda now: _whole(now, before), "the results")
        _told(after, scene)
        say("sending it all a second time")
        _send(scene, patient)
        time.sleep(2 * QUIET_S)
        again = _seen(scene)
        same = again == after
        show(f"Sent a second time: {'nothing changed' if same else 'something CHANGED'}")
        wrong = _checked(scene, out / "from-pacs")
    return 0 if same and not wrong else 8


@contextlib.contextmanager
def _stage(out: Path) -> Iterator[Scene]:
    project = out / "project"
    project.mkdir(parents=True, exist_ok=True)
    with pacs.running(out / "orthanc") as there, record.running(out / "record") as written:
        (project / "routes.toml").write_text(_rules(there, written), "utf-8")
        say(f"Orthanc listens on {there.dicom} and http://127.0.0.1:{there.http_port}")
        with _ours(project, out / "receive.log", "receive", "--port", "0", "--allow", "STORESCU@127.0.0.1") as log:
            port = int(_said(log, r"listening on \S+:(\d+) as")[1])
            with _ours(project, out / "watch.log", "watch", "--out", str(out / "reports")) as log:
                _said(log, "watching")
                yield Scene(project, there, written, port)


def _rules(there: Orthanc, written: Record) -> str:
    """The routing rules of the show: CT studies go through lung_response, and the results where they belong."""
    forms = ", ".join(f'"{form}"' for form in FORMS)
    sends = (f'to = "{there.dicom}"\nforms = [{forms}]', f'to = "{written.mllp}"', f'to = "{written.fhir}"')
    rule = 'quiet_s = 2\n\n[[route]]\nname = "CT"\npathway = "lung_response"\nmodality = ["CT"]\n'
    return rule + "".join(f"\n[[route.send]]\n{send}\n" for send in sends)


@contextlib.contextmanager
def _ours(project: Path, log: Path, *words: str) -> Iterator[Path]:
    """The time in which a command of ours runs beside us; asked to end, it does so with exit code 0."""
    environment = {**os.environ, "VIVOMAP_PROJECT": str(project.absolute()), "VIVOMAP_BY": "demo"}
    with log.open("wb") as err:
        command = [sys.executable, "-P", "-c", OURS, *words]
        child = subprocess.Popen(command, stdout=err, stderr=err, env=environment)
    try:
        yield log
        child.send_signal(signal.SIGTERM)
        if child.wait(60):
            raise Refusal("receiver_away", f"vivomap {words[0]} did not end well", where=str(log))
    finally:
        child.kill()
        child.wait()


def _said(log: Path, words: str) -> re.Match[str]:
    """Wait until a command of ours has said something."""
    last = time.monotonic() + PATIENCE_S
    while time.monotonic() < last:
        found = re.search(words, log.read_text("utf-8", "replace"))
        if found:
            return found
        time.sleep(0.05)
    raise Refusal("receiver_away", "a part of the show does not start", where=str(log))


def _send(scene: Scene, patient: Path) -> None:
    program = shutil.which("storescu")
    if program is None:
        raise Refusal("library_absent", "this show needs DCMTK", expected="storescu", hint="apt-get install dcmtk")
    files = sorted(str(path) for path in patient.rglob("*.dcm"))
    command = [program, "-v", "-aec", "VIVOMAP", "127.0.0.1", str(scene.port), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = (done.stdout + done.stderr).count("Received Store Response (Success)")
    if taken != len(files):
        raise Refusal("receiver_away", "not every object was taken", found=f"{taken} of {len(files)}")
    say(f"{counted(taken, 'object')} acknowledged")


def _seen(scene: Scene) -> Seen:
    from vivomap.store import open_project

    head = open_project(scene.project).verify()
    return Seen(scene.pacs.holds(), len(scene.record.messages()), len(scene.record.bundles()), str(head))


def _whole(now: Seen, before: Seen) -> bool:
    """Whether both visits have their SR, SEG, PDF, message and bundle."""
    return (
        len(now.objects) - len(before.objects) >= 2 * len(FORMS)
        and now.messages - before.messages >= 2
        and now.bundles - before.bundles >= 2
    )


def _until(scene: Scene, come: Callable[[Seen], bool], what: str) -> Seen:
    """Wait until it has come, and nothing moves any more."""
    last, before = time.monotonic() + PATIENCE_S, _seen(scene)
    while time.monotonic() < last:
        time.sleep(1)
        now = _seen(scene)
        if come(now) and now == before:
            return now
        before = now
    raise Refusal("receiver_away", f"{what} did not come in {PATIENCE_S:g} s", where=str(scene.project.parent))


def _told(now: Seen, scene: Scene) -> None:
    kinds = sorted(set(now.objects.values()))
    rows = [(kind, str(list(now.objects.values()).count(kind)), "Orthanc") for kind in kinds]
    rows += [("ORU^R01", str(now.messages), "the record, MLLP"), ("FHIR bundle", str(now.bundles), "the record, FHIR")]
    table(rows, ("what came back", "how many", "where"))


def _checked(scene: Scene, folder: Path) -> int:
    """Let dciodvfy judge what the PACS gives back; gives the number of its errors."""
    files: Sequence[Path] = _written(scene.pacs, folder)
    program = shutil.which("dciodvfy")
    if program is None:
        say("dciodvfy is not here: apt-get install dicom3tools")
        return 0
    said = [subprocess.run([program, str(p)], capture_output=True, text=True, check=False).stderr for p in files]
    errors = sum(text.count("\nError") + text.startswith("Error") for text in said)
    show(f"dciodvfy on {counted(len(files), 'object')} that the PACS gives back: {counted(errors, 'error')}")
    return errors


def _written(there: Orthanc, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    made = []
    for number, body in enumerate(there.files().values(), 1):
        made.append(folder / f"{number:04d}.dcm")
        made[-1].write_bytes(body)
    return made
