"""A second PACS, of another make: DCMTK's dcmqrscp and storescp understand us, and we them."""

import io
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from vivomap.acquire.pacs import fetch, find, holds, parcel, query, send
from vivomap.acquire.receive import Door
from vivomap.core import Refusal

from ....orthanc import free_port
from ...receive.conftest import ct, encoded
from ..conftest import Kept, spoken

STUDY = ct(1).StudyInstanceUID
CONFIG = """
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
us = (VIVOMAP, 127.0.0.1, {ours})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QR {folder} RW (200, 1024mb) ANY
AETable END
"""


def listening(child: subprocess.Popen, port: int) -> None:
    last = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert child.poll() is None
            assert time.monotonic() < last
            time.sleep(0.02)
        else:
            return


@pytest.fixture
def other(tmp_path: Path, needs) -> Iterator[tuple[str, int]]:
    """A dcmqrscp with an empty store, its address and the port at which it knows us."""
    port, ours, folder = free_port(), free_port(), tmp_path / "qr"
    folder.mkdir()
    (tmp_path / "qr.cfg").write_text(CONFIG.format(port=port, ours=ours, folder=folder))
    child = subprocess.Popen([needs("dcmqrscp"), "-c", str(tmp_path / "qr.cfg")], stderr=subprocess.DEVNULL)
    listening(child, port)
    yield f"dicom://QR@127.0.0.1:{port}", ours
    child.kill()
    child.wait()


@pytest.mark.slow  # it waits half a second at the end of each association
def test_another_pacs_takes_answers_and_gives_back_by_get_and_move(
    other: tuple[str, int], slices: list[Path], kept: Kept
) -> None:
    pacs, parcels = spoken(other[0]), [parcel(p) for p in slices]
    assert [a.state for _, a in send(pacs, parcels)] == ["sent"] * 3
    (row,) = find(pacs, query("study", PatientID="P1")).rows
    assert row.said("StudyInstanceUID") == STUDY
    assert holds(pacs, parcels[0])
    for door in (None, Door(port=other[1], idle_s=3)):
        kept.objects.clear()
        got = fetch(pacs, (STUDY, ""), kept.deeds, door)
        assert (got.missing, got.troubles) == ((), ())
        for path in slices:
            ours = dcmread(path)
            assert dcmread(io.BytesIO(kept.objects[ours.SOPInstanceUID])) == ours


@pytest.mark.slow  # it waits half a second at the end of each association
def test_another_pacs_that_does_not_know_us_says_so(other: tuple[str, int], slices: list[Path], kept: Kept) -> None:
    pacs = spoken(other[0])
    list(send(pacs, [parcel(slices[0])]))
    stranger = type(pacs)(pacs.address, "STRANGER", limits=pacs.limits)
    with pytest.raises(Refusal) as found:
        fetch(stranger, (STUDY, ""), kept.deeds, Door(port=other[1], idle_s=2))
    assert found.value.code == "move_unknown"


def test_storescp_writes_the_bytes_that_we_had(tmp_path: Path, slices: list[Path], needs) -> None:
    port, out = free_port(), tmp_path / "out"
    out.mkdir()
    child = subprocess.Popen([needs("storescp"), "--bit-preserving", "-od", str(out), str(port)])
    try:
        listening(child, port)
        where = spoken(f"dicom://ANY@127.0.0.1:{port}")
        assert [a.state for _, a in send(where, [parcel(p) for p in slices])] == ["sent"] * 3
    finally:
        child.kill()
        child.wait()
    theirs = [p.read_bytes() for p in out.iterdir()]
    assert len(theirs) == 3
    for number in (1, 2, 3):
        assert sum(raw.endswith(encoded(ct(number))) for raw in theirs) == 1
