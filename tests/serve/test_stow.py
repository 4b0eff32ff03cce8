"""STOW-RS: what is answered as stored is on the disk as it was sent; everything else is named with its reason."""

import errno
import gzip
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from dicomweb_client.api import DICOMwebClient
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from vivomap.acquire.receive.part10 import header
from vivomap.store.inbox import Inbox, open_inbox

from ..acquire.receive.conftest import EXPLICIT, ct, data_of, digest, encoded
from .conftest import FREE, KIND, Listen, body, file, kept, post


def test_a_second_program_stores_and_every_byte_is_kept(listen: Listen, inbox: Inbox) -> None:
    files = [file(1), file(2, side=700)]
    client = DICOMwebClient(listen(inbox))
    answer = client.store_instances([dcmread(DicomBytesIO(one)) for one in files])
    stored = {str(item.ReferencedSOPInstanceUID) for item in answer.ReferencedSOPSequence}
    assert stored == {str(ct(1).SOPInstanceUID), str(ct(2).SOPInstanceUID)}
    assert {data_of(inbox.path(e.object)) for e in inbox.entries()} == {digest(ct(1)), digest(ct(2, side=700))}


def test_what_is_answered_as_stored_is_the_file_that_was_sent(listen: Listen, inbox: Inbox) -> None:
    """I1: also a preamble that means something to others, and a large one that waits on the disk."""
    files = [b"II*\0" + file(1)[4:], file(2, side=1500)]
    said = post(listen(inbox), body(files))
    assert (said.status_code, said.headers["content-type"]) == (200, "application/dicom+json")
    assert len(said.json()["00081199"]["Value"]) == 2
    assert kept(inbox) == set(files)
    assert not list(inbox.root.rglob("*.part"))


def test_the_same_again_is_kept_once(listen: Listen, inbox: Inbox) -> None:
    url = listen(inbox)
    assert [post(url, body([file(1)])).status_code for _ in range(2)] == [200, 200]
    assert len(inbox.entries()) == 1


def test_a_part_that_is_no_dicom_is_named_and_the_others_are_kept(listen: Listen, inbox: Inbox) -> None:
    said = post(listen(inbox), body([file(1), b"%PDF-1.7", file(2)]))
    assert said.status_code == 202
    assert said.json()["00081198"]["Value"] == [{"00081197": {"vr": "US", "Value": [0xC000]}}]
    assert kept(inbox) == {file(1), file(2)}


def test_what_cannot_be_kept_at_all_is_a_conflict(listen: Listen, inbox: Inbox) -> None:
    strange = header("1.2.3", "1.2.4", EXPLICIT) + encoded(ct(1))
    assert post(listen(inbox), body([strange])).status_code == 409
    assert inbox.entries() == ()


def test_only_objects_of_the_study_that_is_named_are_kept(listen: Listen, inbox: Inbox) -> None:
    url = listen(inbox)
    content = body([file(1, study=1), file(2, study=2)])
    said = httpx.post(
        f"{url}/studies/{ct(1, study=1).StudyInstanceUID}", content=content, headers={"Content-Type": KIND}
    )
    assert said.status_code == 202
    assert kept(inbox) == {file(1, study=1)}


@pytest.mark.parametrize(
    ("kind", "content", "headers", "status"),
    [
        ("application/dicom", file(1), {}, 400),
        ("application/json", b"{}", {}, 400),
        ('multipart/related; type="application/dicom+json"; boundary=frontier', body([b"{}"]), {}, 400),
        ('multipart/related; type="application/dicom"', body([file(1)]), {}, 400),
        (KIND, b"--frontier--\r\n", {}, 400),
        (KIND, body([file(1)])[:-20], {}, 400),
        (KIND, b"", {}, 400),
        (KIND, gzip.compress(body([file(1)])), {"Content-Encoding": "gzip"}, 415),
        (KIND, body([file(1)]), {"Origin": "https://elsewhere.example"}, 403),
    ],
)
def test_a_body_of_another_form_is_refused_with_a_code(
    listen: Listen, inbox: Inbox, kind: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    said = post(listen(inbox), content, kind, **headers)
    assert said.status_code == status
    assert said.json()["code"]


def test_an_object_that_grows_too_large_is_cut_off_and_not_kept(listen: Listen, inbox: Inbox) -> None:
    """A body in chunks names no length."""
    url = listen(inbox, largest=10_000)

    def chunks() -> Iterator[bytes]:
        yield from (body([file(1, side=400)])[k : k + 5000] for k in range(0, 400_000, 5000))

    said = httpx.post(f"{url}/studies", content=chunks(), headers={"Content-Type": KIND})
    assert said.status_code == 413
    assert inbox.entries() == ()


def test_a_sender_that_breaks_off_leaves_nothing_half(listen: Listen, inbox: Inbox) -> None:
    """T9: what came whole before is kept."""
    url = httpx.URL(listen(inbox))
    whole = body([file(1), file(2, side=800)])
    with socket.create_connection((url.host, url.port)) as line:
        said = ("POST /dicom-web/studies HTTP/1.1", "Host: x", f"Content-Type: {KIND}", f"Content-Length: {len(whole)}")
        line.sendall("\r\n".join((*said, "", "")).encode() + whole[: len(whole) // 2])
    last = time.monotonic() + 20
    while not inbox.entries() and time.monotonic() < last:
        time.sleep(0.01)
    assert kept(inbox) == {file(1)}
    assert not list(inbox.root.rglob("*.part"))


@pytest.mark.parametrize(("broken", "status"), [(errno.ENOSPC, 507), (errno.EIO, 503)])
def test_a_disk_that_fails_is_told_as_a_trouble_of_ours_and_to_be_tried_again(
    listen: Listen, tmp_path: Path, broken: int, status: int
) -> None:
    def fails(*_: object) -> int:
        raise OSError(broken, "broken")

    system = replace(FREE, write=fails) if broken == errno.ENOSPC else replace(FREE, fsync=fails)
    (tmp_path / "broken").mkdir()
    inbox = open_inbox(tmp_path / "broken", system)
    said = post(listen(inbox), body([file(1)]))
    assert (said.status_code, said.headers["retry-after"]) == (status, "30")
    assert inbox.entries() == ()
