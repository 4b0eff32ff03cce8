from typing import Any

import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from vivomap.acquire.deidentify.values import Who, numeric, treat


def treated(keyword: str, value: Any, who: Who, vr: str = "") -> Any:
    """What is left of a value as it lies in a file, or None."""
    ds, tag = Dataset(), Tag(keyword)
    vr = vr or dictionary_VR(tag)
    if isinstance(value, bytes):
        ds._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    else:
        ds[tag] = DataElement(tag, vr, value)
    treat(ds, ds.get_item(tag), keyword, dictionary_VR(tag), who)
    if tag not in ds:
        return None
    left = ds.get_item(tag).value
    return left.decode() if isinstance(left, bytes) else left


@pytest.mark.parametrize(
    ("keyword", "value", "left"),
    [
        ("PatientName", b"DOE^JANE", ""),
        ("InstitutionName", b"City Hospital", ""),
        ("OtherPatientIDs", b"MRN77", None),
        ("SeriesDescription", b"CT chest Meier", "CT chest"),
        ("SeriesDescription", b"Meier", None),
        ("StudyDate", b"20240410", "20240101"),
        ("StudyDate", b"2024", ""),
        ("AcquisitionDateTime", b"20240410235959.5+0100 ", "20240101235959.5+0100"),
        ("StudyTime", b"101112.5", "101112.5"),
        ("TimezoneOffsetFromUTC", b"+0100", "+0100"),
        ("TimezoneOffsetFromUTC", b"Meier", None),
        ("PatientWeight", b"70.5", "70.5"),
        ("PatientWeight", b"70 Doe", None),
        ("PatientAge", b"045Y", "045Y"),
        ("PatientAge", b"093Y", "090Y"),
        ("PatientSex", b"F ", "F "),
        ("Manufacturer", b"MAKER", "MAKER"),
        ("StationName", b"CT1-DOE", "CT1"),
        ("Modality", b"CT", "CT"),
        ("BodyPartExamined", b"breast of Jane", "BREAST OF"),
        ("BodyPartExamined", b"BREAST DOE", "BREAST"),
        ("BodyPartExamined", b"LSPINE", "LSPINE"),
        ("SOPClassUID", b"1.2.840.10008.5.1.4.1.1.2\0", "1.2.840.10008.5.1.4.1.1.2"),
        ("ContextGroupVersion", b"20020904", "19000101000000"),
        ("Rows", b"\x08\x00", "\x08\x00"),
        ("PerformedProcedureStepDescription", b"CT lung", "CT lung"),
        ("ImageComments", b"seen by Dr. Meier", None),
        ("DeviceSerialNumber", b"12345", "12345"),
    ],
)
def test_each_value_becomes_what_its_rule_says(keyword: str, value: bytes, left: str | None, who: Who) -> None:
    found = treated(keyword, value, who)
    assert (found if found is None else str(found).rstrip("\0")) == (left if left is None else left.rstrip("\0"))


def test_text_under_a_number_does_not_pass(who: Who) -> None:
    assert not treated("Rows", "Jane Doe", who, "LO")
    assert not treated("SliceThickness", b"JANE DOE", who)
    assert not treated("SliceThickness", "Jane Doe", who, "LO")


def test_text_behind_the_end_of_a_code_does_not_pass(who: Who) -> None:
    assert "Doe" not in str(treated("Modality", b"CT\0Doe", who))


def test_several_values_are_treated_one_by_one(who: Who) -> None:
    assert list(treated("StudyDate", b"20240410\\20240411", who)) == ["20240101", "20240102"]


def test_a_number_is_made_of_its_letters() -> None:
    assert numeric(b"-1.5e-3\\2 \0")
    assert not numeric(b"1,5")
    assert not numeric("12a")
