"""A report written by hand: numbers count where they name their claim, under the tracking UID of their group."""

import io
import warnings

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from vivomap.report.readback.sr import read


def item(kind: str, code: str, scheme: str = "99VIVOMAP", *children: Dataset) -> Dataset:
    ds, name = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, scheme, code
    ds.ValueType, ds.ConceptNameCodeSequence, ds.ContentSequence = kind, [name], list(children)
    return ds


def number(code: str, value: float, unit: str, *children: Dataset, exact: bool = True) -> Dataset:
    ds, measured, said = item("NUM", code, "99VIVOMAP", *children), Dataset(), Dataset()
    said.CodeValue, said.CodingSchemeDesignator, said.CodeMeaning = unit, "UCUM", unit
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = f"{value:.6g}", [said]
    if exact:
        measured.FloatingPointValue = value
    ds.MeasuredValueSequence = [measured]
    return ds


def text(code: str, value: str) -> Dataset:
    ds = item("TEXT", code)
    ds.TextValue = value
    return ds


def file(*content: Dataset) -> dict[str, bytes]:
    ds, out = item("CONTAINER", "126000", "DCM", *content), io.BytesIO()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.34", "1.2.3.4"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds.save_as(out, enforce_file_format=True)
    return {"sr.dcm": out.getvalue()}


def group(uid: str, *content: Dataset) -> Dataset:
    tracking = item("UIDREF", "112040", "DCM")
    tracking.UID = uid
    return item("CONTAINER", "125007", "DCM", tracking, *content)


def claimed(claim: str, unit: str = "mm", exact: bool = True) -> Dataset:
    doubt = number("STD_UNCERTAINTY", 0.5, unit, exact=exact)
    return number("LONG", 12.5, "mm", text("CLAIM", claim), doubt, exact=exact)


def test_numbers_of_two_groups_are_told_apart_by_their_tracking_uid() -> None:
    found = read(file(group("1.2", claimed("aa")), group("1.3", claimed("bb"))))
    assert found["aa"] == (12.5, "mm", 0.5, "LONG", "1.2")
    assert found["bb"].tracking == "1.3"


def test_a_decimal_string_is_enough() -> None:
    assert read(file(group("1.2", claimed("aa", exact=False))))["aa"].value == 12.5


def test_a_number_of_another_maker_that_names_no_claim_is_passed_over() -> None:
    assert read(file(group("1.2", number("LONG", 3.0, "mm")))) == {}


def test_an_error_in_another_unit_is_told() -> None:
    with pytest.raises(ValueError, match="uncertainty in 'cm'"):
        read(file(group("1.2", claimed("aa", "cm"))))
