"""The validator: header only, in a process of its own."""

import sys
import time
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.receive import judge
from vivomap.acquire.receive.judge import Validator
from vivomap.acquire.receive.part10 import header

from .conftest import CT, EXPLICIT, ct, encoded

WHO = ("1.2.826.0.1.3680043.9999.1.1", CT)
ROWS = b"\x28\x00\x10\x00US\x02\x00"


def file(folder: Path, ds: Dataset, *, change=lambda raw: raw) -> Path:
    path = folder / "object"
    path.write_bytes(change(header(CT, WHO[0], EXPLICIT) + encoded(ds)))
    return path


def test_a_sound_object_is_kept_with_its_study_and_patient(tmp_path: Path) -> None:
    found = judge.look(file(tmp_path, ct(1)), *WHO)
    assert found == ("KEEP", "", "", "1.2.826.0.1.3680043.9999.2.1", "P1")


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("pixels_cut", lambda raw: raw[:-100]),
        ("header_cut", lambda raw: raw[:300]),
        ("executable_preamble", lambda raw: b"MZ" + raw[2:]),
        ("executable_preamble", lambda raw: b"\x7fELF" + raw[4:]),
        ("bad_header", lambda raw: raw.replace(ROWS + b"\x10\x00", ROWS + b"\x00\x00")),
        ("no_identity", lambda raw: raw.replace(b"3680043.9999.2.1", b"3680043 9999 2 1")),
        ("attribute_missing", lambda raw: raw.replace(ROWS + b"\x10\x00", b"")),
        ("attribute_missing", lambda raw: raw[: raw.index(b"\xe0\x7f\x10\x00OW")]),
    ],
)
def test_what_is_broken_is_held_with_its_code(tmp_path: Path, code: str, change) -> None:
    assert judge.look(file(tmp_path, ct(1), change=change), *WHO)[:2] == ("HOLD", code)


def test_an_object_that_is_not_the_announced_one_is_held(tmp_path: Path) -> None:
    assert judge.look(file(tmp_path, ct(2)), *WHO)[:2] == ("HOLD", "uids_disagree")


def test_a_number_that_is_none_holds_its_object_and_a_date_that_is_none_is_flagged(tmp_path: Path) -> None:
    comma, never = ct(1), ct(1)
    comma.PixelSpacing, never.StudyDate = [0.5, 0.5], "20260101"
    found = judge.look(file(tmp_path, comma, change=lambda raw: raw.replace(b"0.5\\0.5", b"0,5\\0,5")), *WHO)
    assert found[:2] == ("HOLD", "bad_number")
    found = judge.look(file(tmp_path, never, change=lambda raw: raw.replace(b"20260101", b"20260231")), *WHO)
    assert found[:2] == ("FLAG", "bad_date")


@pytest.mark.parametrize("name", ["", "ANONYMOUS", "unknown"])
def test_an_object_without_a_patient_is_flagged_and_its_study_stands_for_one(tmp_path: Path, name: str) -> None:
    found = judge.look(file(tmp_path, ct(1, patient=name)), *WHO)
    assert found[:2] == ("FLAG", "no_patient")
    assert found.patient
    assert found.patient != name


def test_the_process_answers_one_file_after_another(tmp_path: Path) -> None:
    validator = Validator()
    try:
        path = file(tmp_path, ct(1))
        assert validator.look(path, *WHO).disposition == "KEEP"
        process = validator.worker.process[0].pid
        assert validator.look(path, "1.2.3", CT).code == "uids_disagree"
        assert validator.worker.process[0].pid == process
        assert validator.look(tmp_path / "absent", *WHO).disposition == "HOLD"
    finally:
        validator.close()


def test_one_that_dies_holds_its_file_and_the_next_file_is_looked_at(tmp_path: Path) -> None:
    validator, path = Validator(), file(tmp_path, ct(1))
    try:
        validator.look(path, *WHO)
        validator.worker.process[0].kill()
        validator.worker.process[0].wait()
        assert validator.look(path, *WHO)[:2] == ("HOLD", "validator_failed")
        assert validator.look(path, *WHO).disposition == "KEEP"
    finally:
        validator.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a FIFO is asked for")
def test_one_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    os.mkfifo(tmp_path / "mute")  # opening it waits for a writer that never comes
    monkeypatch.setattr(judge, "SECONDS_MOST", 0.5)
    validator = Validator()
    try:
        start = time.monotonic()
        assert validator.look(tmp_path / "mute", *WHO).code == "validator_failed"
        assert time.monotonic() - start < 60
    finally:
        validator.close()


def test_five_thousand_nested_sequences_end_nothing_but_the_verdict(tmp_path: Path) -> None:
    nested = b"\x08\x00\x40\x11\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 5000
    path = tmp_path / "deep"
    path.write_bytes(header(CT, WHO[0], "1.2.840.10008.1.2") + nested)
    validator = Validator()
    try:
        assert validator.look(path, *WHO)[:2] == ("HOLD", "nested_too_deep")
    finally:
        validator.close()
