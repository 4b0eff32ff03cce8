"""The header before a received data set."""

import io

import pydicom
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.receive.part10 import CLASS_UID, DEFLATED, header, study_of

from .conftest import EXPLICIT, ct, encoded


def test_a_reader_finds_what_the_association_said() -> None:
    ds = pydicom.dcmread(io.BytesIO(header("1.2.840.10008.5.1.4.1.1.2", "1.2.3", "1.2.840.10008.1.2")))
    meta = ds.file_meta
    assert meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert (meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID) == ("1.2.3", "1.2.840.10008.1.2")
    assert (meta.ImplementationClassUID, meta.FileMetaInformationVersion) == (CLASS_UID, b"\x00\x01")
    assert len(ds) == 0


@given(st.text(max_size=64), st.text(max_size=64))
def test_the_length_is_right_whatever_a_sender_calls_its_object(sop_class: str, instance: str) -> None:
    made = header(sop_class, instance, "1.2.840.10008.1.2.1")
    assert made[128:132] == b"DICM"
    assert len(made) == 144 + int.from_bytes(made[140:144], "little")
    assert made == header(sop_class, instance, "1.2.840.10008.1.2.1")


def test_a_file_names_its_study_unless_it_would_have_to_be_inflated() -> None:
    ds = ct(1, study=7)
    whole = header(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT) + encoded(ds)
    assert study_of(io.BytesIO(whole), EXPLICIT) == ds.StudyInstanceUID
    assert study_of(io.BytesIO(whole), DEFLATED) == ""
    assert study_of(io.BytesIO(whole[:200]), EXPLICIT) == ""
