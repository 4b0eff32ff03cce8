from typing import Any

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EncapsulatedPDFStorage,
    RawDataStorage,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
    VLPhotographicImageStorage,
)

from vivomap.acquire.deidentify.hold import check, is_approved
from vivomap.core import Refusal

NOTHING: frozenset[str] = frozenset()


def thing(kind: str, **values: Any) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.SeriesInstanceUID = kind, "1.2.3", "1.2"
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize(
    ("ds", "code"),
    [
        (thing(SecondaryCaptureImageStorage), "not_approved"),
        (thing(VLPhotographicImageStorage), "not_approved"),
        (thing(CTImageStorage, ConversionType="WSD"), "not_approved"),
        (thing(CTImageStorage, ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"]), "not_approved"),
        (thing(CTImageStorage, SamplesPerPixel=3), "not_approved"),
        (thing(CTImageStorage, BurnedInAnnotation="YES"), "not_approved"),
        (thing(EncapsulatedPDFStorage), "document_held"),
        (thing(RawDataStorage), "private_object"),
        (thing("1.2.840.113619.4.26"), "private_object"),
    ],
)
def test_what_may_show_or_hold_a_name_stays_behind(ds: Dataset, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(ds, NOTHING)
    assert refused.value.code == code


def test_burned_in_no_is_not_believed() -> None:
    with pytest.raises(Refusal):
        check(thing(SecondaryCaptureImageStorage, BurnedInAnnotation="NO"), NOTHING)


@pytest.mark.parametrize("word", ["1.2.3", "1.2", "all"])
def test_a_person_can_let_a_picture_go_but_no_document(word: str) -> None:
    check(thing(SecondaryCaptureImageStorage), {word})
    assert is_approved(thing(CTImageStorage), {word})
    with pytest.raises(Refusal):
        check(thing(EncapsulatedPDFStorage), {word})


def test_a_measured_image_goes() -> None:
    check(thing(CTImageStorage, ImageType=["ORIGINAL", "PRIMARY"]), NOTHING)
    check(thing(UltrasoundImageStorage, SamplesPerPixel=3), NOTHING)
