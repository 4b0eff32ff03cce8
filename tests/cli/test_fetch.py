"""`vivomap fetch`: a study comes whole from a real PACS, and a hostile or cut one leaves nothing partial."""

import json
import time
from pathlib import Path

import pytest

from vivomap.store.audit import records

from ..acquire.pacs.conftest import http, part10, raw
from ..acquire.pacs.web.test_fetch import listing
from ..acquire.pacs.web.test_multipart import KIND, body
from ..acquire.receive.conftest import ct
from ..orthanc import Orthanc, free_port

__all__ = ["raw"]
STUDY = ct(1).StudyInstanceUID


@pytest.fixture
def filled(orthanc: Orthanc) -> Orthanc:
    for ds in (ct(1), ct(2), ct(3), ct(9, patient="P2", study=2)):
        orthanc.put(part10(ds))
    return orthanc


def inbox(folder: Path) -> dict[str, bytes]:
    """What the project's inbox holds, by content hash."""
    return {p.name: p.read_bytes() for p in (folder / ".vivomap" / "inbox").glob("*/*")}


@pytest.mark.slow  # a project, and a process that looks at the headers
def test_a_study_comes_by_each_way_and_once(run, filled: Orthanc, tmp_path: Path) -> None:
    port = free_port()
    filled.know("VIVOMAP", port)
    ways = ((filled.web,), (filled.dicom,), (filled.dicom, "--how", "move", "--port", port))
    said = [run("fetch", where[0], STUDY, *where[1:], "--json") for where in ways]
    assert [a.code for a in said] == [0, 0, 0], [a.err for a in said]
    counts = [a.data["studies"][0] for a in said]
    assert [(c["objects"], c["missing"], c["held"]) for c in counts] == [(3, 0, [])] * 3
    assert [c["again"] for c in counts] == [0, 3, 3], (
        "these files have the header that we put before what comes by DIMSE"
    )
    assert set(inbox(tmp_path).values()) == {part10(ct(k)) for k in (1, 2, 3)}


def test_every_study_of_a_patient_comes(run, filled: Orthanc, tmp_path: Path) -> None:
    filled.put(part10(ct(5, study=3)))
    answer = run("fetch", filled.web, "--patient", "P1", "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert len(list((tmp_path / "out").glob("*.dcm"))) == 4
    assert answer.out.count("study ") == 2
    assert not (tmp_path / ".vivomap").exists()


@pytest.mark.slow  # a project, and a process that looks at the headers
def test_a_fetch_can_be_read_and_assessed_like_what_was_sent(run, filled: Orthanc) -> None:
    assert run("fetch", filled.dicom, STUDY).code == 0
    found = run("inspect", ".vivomap/inbox", "--json").data
    assert [s["patient"] for s in found["studies"]] == ["P1"]


@pytest.mark.slow  # a project, and a process that looks at the headers
def test_an_object_of_another_study_is_held_and_exit_code_four(run, raw) -> None:
    stranger = part10(ct(2, study=7, patient="P2"))
    server = raw(listing(1, 2), http(body(part10(ct(1)), stranger), KIND))
    answer = run("fetch", server.web, STUDY)
    assert answer.code == 4
    assert "not_asked_for" in answer.err
    (held,) = run("quarantine", "list", "--json").data["objects"]
    assert (held["code"], held["disposition"]) == ("not_asked_for", "HOLD")


@pytest.mark.slow  # a project, and a process that looks at the headers
def test_what_does_not_come_is_told_and_exit_code_four(run, raw) -> None:
    server = raw(listing(1, 2), http(body(part10(ct(1))), KIND))
    answer = run("fetch", server.web, STUDY, "--tries", 1)
    assert answer.code == 4
    assert "incomplete_fetch" in answer.err
    assert "found 1 of 2" in answer.err


@pytest.mark.slow  # a project, and a process that looks at the headers
def test_a_cut_transfer_is_tried_again_and_nothing_partial_stays(run, raw, tmp_path: Path) -> None:
    whole = body(part10(ct(1)), part10(ct(2)))

    def cut(line) -> None:
        line.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {KIND}\r\nContent-Length: {len(whole)}\r\n\r\n".encode())
        line.sendall(whole[:-200])
        time.sleep(0.6)

    server = raw(listing(1, 2), cut, listing(1, 2), http(whole, KIND))
    answer = run("fetch", server.web, STUDY, "--timeout", "0.3", "--json")
    assert answer.code == 0, answer.err
    assert answer.data["studies"][0]["objects"] == 2
    assert set(inbox(tmp_path).values()) == {part10(ct(1)), part10(ct(2))}
    assert not list((tmp_path / ".vivomap").rglob("*.part"))


def test_a_pacs_that_is_away_is_exit_code_five(run) -> None:
    answer = run("fetch", f"dicom://PACS@127.0.0.1:{free_port()}", STUDY, "--tries", 1)
    assert (answer.code, answer.err.splitlines()[0].split(":")[0]) == (5, "receiver_away")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "bad_setting"),
        (("1.2/../3",), "bad_setting"),
        ((STUDY, "--how", "carry"), "bad_setting"),
        ((STUDY, "1.2.3", "--series", "1.2.4"), "bad_setting"),
        ((STUDY, "--how", "move", "--host", "192.0.2.7"), "not_encrypted"),
    ],
)
def test_a_fetch_that_cannot_be_is_refused_before_anything_is_asked(run, words: tuple[str, ...], code: str) -> None:
    answer = run("fetch", "dicom://PACS@127.0.0.1:1", *words)
    assert answer.err.split(":")[0] == code
    assert run("fetch", "dicomweb+http://127.0.0.1:1/x", STUDY, "--how", "move").code == 2


def test_a_patient_that_the_pacs_does_not_know_is_told(run, filled: Orthanc) -> None:
    answer = run("fetch", filled.dicom, "--patient", "NOBODY")
    assert (answer.code, answer.err.split(":")[0]) == (2, "unknown_name")


def test_the_dry_run_fetches_nothing(run, filled: Orthanc, tmp_path: Path) -> None:
    answer = run("fetch", filled.dicom, "--patient", "P2", "--dry-run", "--json")
    assert json.loads(answer.out)["steps"] == [f"fetch study {ct(9, study=2).StudyInstanceUID} to .vivomap/inbox"]
    assert not (tmp_path / ".vivomap").exists()


def named(folder: Path) -> list[str]:
    """Every object that a transfer of the audit log names."""
    transfers = [r.event for r in records(folder / ".vivomap") if r.event.code == "110104"]
    return sorted(uid for e in transfers for thing in e.things for _, _, uids in thing.sop for uid in uids)


@pytest.mark.slow  # a project, and a process that looks at the headers
def test_each_object_that_is_fetched_is_audited_once_wherever_it_goes(run, filled: Orthanc, tmp_path: Path) -> None:
    run("init")
    each = sorted(str(ct(k).SOPInstanceUID) for k in (1, 2, 3))
    assert run("fetch", filled.web, "--patient", "P1").code == 0
    assert named(tmp_path) == each
    assert run("fetch", filled.web, STUDY, "--out", "elsewhere").code == 0
    assert named(tmp_path) == sorted(each * 2)
