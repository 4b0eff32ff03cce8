"""Objects to send, and a sender that counts what each of them was answered."""

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import write_dataset
from pynetdicom import AE
from pynetdicom.association import Association

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


def ct(number: int, *, side: int = 16, patient: str = "P1", study: int = 1, fill: bytes | None = None) -> Dataset:
    """A CT slice with its own UID and pixels of its own."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CT, f"1.2.826.0.1.3680043.9999.1.{number}"
    ds.StudyInstanceUID = f"1.2.826.0.1.3680043.9999.2.{study}"
    ds.SeriesInstanceUID = f"1.2.826.0.1.3680043.9999.3.{study}"
    ds.StudyDate, ds.Modality, ds.Manufacturer = "20260101", "CT", "MAKER"
    ds.PatientID, ds.PatientName = patient, "Canary^Name"
    ds.Rows = ds.Columns = side
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 1
    ds.RescaleSlope, ds.RescaleIntercept = 1, 0
    seed = hashlib.sha256(str(number).encode()).digest() if fill is None else fill
    ds.PixelData = (seed * (2 * side * side // len(seed) + 1))[: 2 * side * side]
    ds["PixelData"].VR = "OW"
    return ds


def encoded(ds: Dataset) -> bytes:
    """A data set as explicit little endian."""
    buffer = io.BytesIO()
    file = DicomFileLike(buffer)
    file.is_little_endian, file.is_implicit_VR = True, False
    write_dataset(file, ds)
    return buffer.getvalue()


def digest(ds: Dataset) -> str:
    return hashlib.sha256(encoded(ds)).hexdigest()


def data_of(path: Path) -> str:
    """The SHA-256 of the data set of a file, without its header."""
    raw = path.read_bytes()
    return hashlib.sha256(raw[144 + int.from_bytes(raw[140:144], "little") :]).hexdigest()


@contextmanager
def associated(port: int, title: str = "SENDER", classes: Sequence[str] = (CT,), **how) -> Iterator[Association]:
    """An association with the receiver on this machine."""
    entity = AE(title)
    entity.acse_timeout = entity.network_timeout = 20
    entity.dimse_timeout = how.pop("patience", 20)
    for one in classes:
        entity.add_requested_context(one, EXPLICIT)
    made = entity.associate("127.0.0.1", port, ae_title=how.pop("called", "VIVOMAP"), **how)
    try:
        yield made
    finally:
        if made.is_established:
            made.release()
        line = made.dul.socket.socket if made.dul.socket else None
        if line is not None:  # the library leaves it open where its peer has hung up
            line.close()


def send(port: int, objects: Sequence[Dataset], **how) -> list[int]:
    """Send objects on one association; gives each one's status, -1 where none came."""
    with associated(port, **how) as one:
        return [status(one, ds) for ds in objects]


def status(one: Association, ds: Dataset) -> int:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = EXPLICIT
    ds.set_original_encoding(False, True)
    answer = one.send_c_store(ds) if one.is_established else Dataset()
    return int(answer.Status) if "Status" in answer else -1


@pytest.fixture
def needs() -> Callable[[str], str]:
    """The path of a program of Debian; a test that needs an absent one is passed over, and in CI fails."""

    def program(name: str, package: str = "dcmtk") -> str:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
        if found is None:
            said = f"{name} is not here: apt-get install {package}"
            pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
        return found

    return program
