"""One attribute of a header, however it is written."""

from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vivomap.acquire.element import items, number, numbered, private, said, values


def raw(keyword: str, vr: str, text: bytes) -> Dataset:
    ds = Dataset()
    ds[keyword] = RawDataElement(Tag(keyword), vr, len(text), text, 0, False, True)
    return ds


def reread(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> Dataset:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    target = BytesIO()
    ds.save_as(target, enforce_file_format=True)
    target.seek(0)
    return dcmread(target)


@pytest.mark.parametrize(
    ("text", "value"),
    [("70", 70), (" 70.5 ", 70.5), ("3.7E8", 3.7e8), ("-1", -1), ("70,5", None), ("nan", None), ("1e999", None)],
)
def test_a_number_is_a_decimal_number_or_nothing(text: str, value: float | None) -> None:
    assert number(raw("PatientWeight", "DS", text.encode()), "PatientWeight") == value


@pytest.mark.parametrize("text", ["", "1_000", "٣", "0x10", "inf", "1 2", "1e", "--1"])
def test_what_only_a_computer_would_call_a_number_is_none(text: str) -> None:
    assert numbered(text) is None


def test_absent_empty_repeated_and_undecodable_are_nothing() -> None:
    assert said(Dataset(), "PatientWeight") == ""
    assert said(raw("PatientWeight", "DS", b""), "PatientWeight") == ""
    assert said(raw("PatientWeight", "DS", b"70\\80"), "PatientWeight") == ""
    assert said(raw("RealWorldValueSlope", "FD", b"abc"), "RealWorldValueSlope") == ""
    assert said(raw("Units", "CS", b"\xff" * 200), "Units") == ""


def test_a_binary_number_is_read_as_it_is() -> None:
    ds = Dataset()
    ds.RealWorldValueSlope = 0.125
    assert number(reread(ds), "RealWorldValueSlope") == 0.125


def test_values_come_one_or_many_looked_at_or_not() -> None:
    ds = Dataset()
    ds.CorrectedImage = ["ATTN", "DECY"]
    assert values(ds, "CorrectedImage") == ("ATTN", "DECY")
    assert values(reread(ds), "CorrectedImage") == ("ATTN", "DECY")
    assert values(raw("CorrectedImage", "CS", b"ATTN"), "CorrectedImage") == ("ATTN",)
    assert values(Dataset(), "CorrectedImage") == ()


def test_items_of_something_else_are_none() -> None:
    assert items(raw("PatientWeight", "DS", b"70"), "PatientWeight") == ()
    assert items(Dataset(), "RadiopharmaceuticalInformationSequence") == ()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_private_element_belongs_to_its_creator(syntax: str) -> None:
    ds = Dataset()
    ds.private_block(0x7053, "SOMEBODY ELSE", create=True).add_new(0x09, "DS", "9")
    ds.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x09, "DS", "2.5")
    back = reread(ds, syntax)
    assert private(back, 0x7053, "Philips PET Private Group", 0x09) == "2.5"
    assert private(back, 0x7053, "Philips PET Private Group", 0x00) == ""
    assert private(back, 0x7053, "Nobody", 0x09) == ""


def test_what_the_library_cannot_even_cut_out_is_silence() -> None:
    """Found by the fuzzer: a representation that is none, and a sequence that ends in mid element."""
    code, cut = Dataset(), Dataset()
    code[Tag("CodeMeaning")] = RawDataElement(Tag("CodeMeaning"), "L\0", 2, b"F ", 0, False, True)
    tag = Tag("ConceptNameCodeSequence")
    cut[tag] = RawDataElement(tag, "SQ", 3, b"\xfe\xff\x00", 0, False, True)
    assert said(code, "CodeMeaning") in ("", "F")
    assert number(code, "CodeMeaning") is None
    assert items(cut, "ConceptNameCodeSequence") == ()
