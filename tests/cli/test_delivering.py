"""To a PACS through the queue: down, frozen, wrong, cut off, killed; each object is delivered once (T8, T9)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from pydicom import dcmread

from vivomap.cli.delivering import of_files, spell
from vivomap.core import Refusal

from ..acquire.pacs.conftest import file, raw, slices
from ..acquire.pacs.dimse.conftest import scp, servers
from ..acquire.receive.conftest import ct, needs
from ..orthanc import Orthanc, free_port
from .test_send import assessed

__all__ = ["assessed", "needs", "raw", "scp", "servers", "slices"]
QUICK = ("--tries", 1, "--timeout", "0.5")


def queued(run) -> list[dict]:
    return run("queue", "list", "--all", "--json").data["deliveries"]


def dicom(folder: Path) -> dict[str, bytes]:
    return {dcmread(p).SOPInstanceUID: p.read_bytes() for p in folder.iterdir()}


@pytest.mark.slow  # an assessment, two forms, a PACS and an outside checker
def test_the_report_of_an_assessment_comes_back_from_a_pacs_as_it_was_sent(
    run, assessed: str, orthanc: Orthanc, tmp_path: Path, needs
) -> None:
    forms = [word for form in ("sr", "seg", "kos", "rtstruct") for word in ("--form", form)]
    run("report", assessed, *forms, "--out", "forms")
    ours = dicom(tmp_path / "forms")
    assert len(ours) >= 4
    assert run("send", assessed, "--to", orthanc.web, *forms).code == 0
    assert orthanc.instances() == ours, "by STOW the bytes are identical"
    orthanc.fresh()
    assert run("send", assessed, "--to", orthanc.dicom, *forms).code == 0
    assert set(orthanc.instances()) == set(ours)
    for uid, theirs in orthanc.instances().items():
        (tmp_path / "back.dcm").write_bytes(theirs)
        assert dcmread(tmp_path / "back.dcm") == dcmread(tmp_path / "forms" / next_name(tmp_path / "forms", uid))
        said = subprocess.run([needs("dciodvfy", "dicom3tools"), tmp_path / "back.dcm"], capture_output=True, text=True)
        assert not [line for line in said.stderr.splitlines() if line.startswith("Error")]


def next_name(folder: Path, uid: str) -> str:
    return next(p.name for p in folder.iterdir() if dcmread(p).SOPInstanceUID == uid)


@pytest.mark.slow  # an assessment sent twice
def test_sending_again_changes_nothing(run, assessed: str, orthanc: Orthanc) -> None:
    first = run("send", assessed, "--to", orthanc.dicom, "--json")
    again = run("send", assessed, "--to", orthanc.dicom)
    assert (first.code, again.code) == (0, 0)
    assert "delivered before, and not sent again" in again.err
    assert [(d["state"], d["tries"]) for d in queued(run)] == [("sent", 1)] * len(first.data["deliveries"])
    assert {d["origin"].split()[0] for d in queued(run)} == {"sr", "seg"}


@pytest.mark.slow  # a PACS that starts again
def test_a_pacs_that_is_down_gets_it_later_and_the_age_is_seen(run, orthanc: Orthanc, slices: list[Path]) -> None:
    orthanc.down()
    answer = run("send", slices[0].parent, "--to", orthanc.dicom, *QUICK)
    assert (answer.code, answer.err.splitlines()[0].split(":")[0]) == (5, "receiver_away")
    waiting = queued(run)
    assert [(d["state"], d["tries"], d["code"]) for d in waiting] == [("waiting", 1, "receiver_away")] * 3
    assert all(d["age_s"] >= 0 and 10 < d["next_s"] <= 45 for d in waiting), "the first wait is 30 s, with jitter"
    assert "receiver_away" in run("queue", "list").out
    assert run("queue", "run").code == 5, "not due yet"
    assert [d["tries"] for d in queued(run)] == [1] * 3
    orthanc.up()
    done = run("queue", "run", "--all")
    assert done.code == 0, done.err
    assert {d["state"] for d in queued(run)} == {"sent"}
    assert len(orthanc.instances()) == 3


@pytest.mark.slow  # silence is waited for
@pytest.mark.parametrize("way", ["dicom", "web"])
def test_a_frozen_pacs_gets_a_report_when_it_thaws_and_once(run, assessed: str, orthanc: Orthanc, way: str) -> None:
    orthanc.freeze()
    began = time.monotonic()
    assert run("send", assessed, "--to", getattr(orthanc, way), "--form", "sr", *QUICK).code == 5
    assert time.monotonic() - began < 5
    assert [(d["origin"], d["state"]) for d in queued(run)] == [(f"sr of {assessed[:12]}", "waiting")]
    orthanc.thaw()
    assert run("queue", "run", "--all").code == 0
    assert run("queue", "run", "--all").code == 0
    assert len(orthanc.instances()) == 1
    news = orthanc.rest("GET", "/changes?since=0&limit=1000")["Changes"]
    (uid,) = orthanc.rest("GET", "/instances")
    assert sum(c["ChangeType"] == "NewInstance" and c["ID"] == uid for c in news) == 1


def test_a_wrong_title_waits_with_its_own_code(run, orthanc: Orthanc, slices: list[Path]) -> None:
    wrong = orthanc.dicom.replace("ORTHANC", "OTHER")
    answer = run("send", slices[0], "--to", wrong, *QUICK)
    assert (answer.code, answer.err.split(":")[0]) == (5, "association_rejected")
    (one,) = queued(run)
    assert (one["state"], one["code"]) == ("waiting", "association_rejected")
    assert run("queue", "drop", one["id"]).code == 0
    assert [d["state"] for d in queued(run)] == ["dropped"]


@pytest.mark.slow  # four commands
def test_what_a_pacs_refuses_waits_for_a_person_and_goes_when_asked(run, scp, slices: list[Path]) -> None:
    answers = [0xA900, 0]
    where = scp(store=lambda event: answers.pop(0))
    refused = run("send", slices[0], "--to", where, "--tries", 3)
    assert refused.code == 4
    assert "not_delivered" in refused.err
    (one,) = queued(run)
    assert (one["state"], one["tries"], one["code"]) == ("refused", 1, "A900H")
    assert run("queue", "run", "--all").code == 0, "a refused object is left to a person"
    run("queue", "retry", one["id"])
    assert run("queue", "run").code == 0
    assert [d["state"] for d in queued(run)] == ["sent"]


@pytest.mark.slow  # the answer that does not come is waited for
def test_an_answer_that_was_lost_is_asked_for_and_nothing_goes_twice(run, orthanc: Orthanc, slices: list[Path]) -> None:
    proxy = Proxy(orthanc.dicom_port)
    where = f"dicom://ORTHANC@127.0.0.1:{proxy.port}"
    proxy.mute = True
    assert run("send", slices[0], "--to", where, *QUICK).code == 5
    until(lambda: len(orthanc.instances()) == 1)
    (one,) = queued(run)
    assert (one["state"], one["doubt"]) == ("waiting", True)
    proxy.mute = False
    before = orthanc.rest("GET", "/changes?last")["Last"]
    assert run("queue", "run", "--all").code == 0
    (one,) = queued(run)
    assert (one["state"], one["code"]) == ("sent", "already_there")
    assert orthanc.rest("GET", "/changes?last")["Last"] == before, "no object came a second time"
    proxy.close()


@pytest.mark.slow  # silence is waited for
@pytest.mark.parametrize("way", ["dicom", "web"])
def test_a_network_cut_in_mid_transfer_ends_in_time_and_leaves_nothing_partial(
    run, orthanc: Orthanc, tmp_path: Path, way: str
) -> None:
    big = file(tmp_path, ct(1, side=3000))  # 18 MB
    proxy = Proxy(getattr(orthanc, f"{'http' if way == 'web' else 'dicom'}_port"), cut_after=4 << 20)
    where = getattr(orthanc, way).replace(
        str(getattr(orthanc, f"{'http' if way == 'web' else 'dicom'}_port")), str(proxy.port)
    )
    began = time.monotonic()
    assert run("send", big, "--to", where, "--tries", 1, "--timeout", "1").code == 5
    assert time.monotonic() - began < 10
    assert orthanc.instances() == {}
    proxy.mend()
    assert run("queue", "run", "--all").code == 0
    assert list(orthanc.instances()) == [ct(1).SOPInstanceUID]
    proxy.close()


KILLED = """
import os, signal, sys
from vivomap.cli import delivering
from vivomap.store.outbox import run
box = delivering.outbox()
def deliver(them):
    for one, outcome in delivering.deliver(box, them):
        os.kill(os.getpid(), signal.SIGKILL)
        yield one, outcome
run(box, deliver, force=True)
"""


@pytest.mark.slow  # a process of its own
def test_killed_in_mid_send_it_goes_on_and_nothing_is_lost_or_sent_twice(
    run, orthanc: Orthanc, slices: list[Path], tmp_path: Path
) -> None:
    orthanc.down()
    run("send", slices[0].parent, "--to", orthanc.dicom, *QUICK)
    orthanc.up()
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    assert len(orthanc.instances()) == 1, "one went out, and no answer was put on record"
    assert {d["state"] for d in queued(run)} == {"sending"}
    before = orthanc.rest("GET", "/changes?last")["Last"]
    assert run("queue", "run").code == 0
    assert len(orthanc.instances()) == 3
    assert sorted(d["code"] for d in queued(run)) == ["0000H", "0000H", "already_there"]
    news = orthanc.rest("GET", f"/changes?since={before}&limit=100")["Changes"]
    assert sum(change["ChangeType"] == "NewInstance" for change in news) == 2


def test_files_that_are_no_dicom_are_passed_over_and_links_not_followed(
    tmp_path: Path, slices: list[Path], capsys
) -> None:
    folder = slices[0].parent
    (folder / "notes.txt").write_text("hello")
    (folder / "link.dcm").symlink_to(slices[0])
    assert len(of_files(folder)) == 3
    assert "passed over notes.txt, bad_header" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal) as refused:
        of_files(tmp_path / "empty")
    assert refused.value.code == "empty_folder"


def test_a_form_that_is_no_dicom_does_not_go_to_a_pacs(run, assessed: str) -> None:
    answer = run("send", assessed, "--to", f"dicom://P@127.0.0.1:{free_port()}", "--form", "html")
    assert (answer.code, answer.err.split(":")[0]) == (2, "unknown_name")
    assert queued(run) == []


def test_the_dry_run_queues_and_sends_nothing(run, assessed: str, orthanc: Orthanc, slices: list[Path]) -> None:
    plan = run("send", assessed, "--to", orthanc.dicom, "--dry-run").out.splitlines()
    assert plan == [f"would send {form} of {assessed[:12]} to {orthanc.dicom}" for form in ("sr", "seg")]
    assert run("send", slices[0], "--to", orthanc.web, "--dry-run").code == 0
    assert queued(run) == []
    assert orthanc.instances() == {}


def test_times_are_told_as_people_say_them() -> None:
    assert [spell(s) for s in (0, 90, 600, 8000, 400_000)] == ["0 s", "90 s", "10 min", "2 h", "5 d"]


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last
        time.sleep(0.02)


class Proxy:
    """A wire to a port of this machine that can be cut: then it carries nothing more, and closes nothing either."""

    def __init__(self, port: int, cut_after: int = 1 << 60) -> None:
        import socket

        self.target, self.cut_after, self.mute, self.over = port, cut_after, False, False
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.lines: list = []
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        import socket

        while not self.over:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.lines += [near, far]
            Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source, sink, forth: bool) -> None:
        carried = 0
        try:
            while piece := source.recv(65536):
                carried += len(piece)
                if forth and carried > self.cut_after:
                    return
                if not forth and self.mute and piece[:1] == b"\x04":  # an answer in DIMSE
                    return
                sink.sendall(piece)
            sink.close()
        except OSError:
            return

    def mend(self) -> None:
        self.cut_after = 1 << 60

    def close(self) -> None:
        self.over = True
        self.door.close()
        for line in self.lines:
            line.close()
