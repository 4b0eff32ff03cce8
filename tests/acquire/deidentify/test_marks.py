from pydicom.dataset import Dataset
from pydicom.sr import _concepts_dict as dictionaries

from vivomap.acquire.deidentify.marks import mark
from vivomap.acquire.deidentify.report import CLEAN_PIXELS, OPTIONS
from vivomap.acquire.deidentify.values import Who


def test_an_object_says_how_it_was_de_identified(who: Who) -> None:
    ds = Dataset()
    mark(ds, who, False)
    assert ds.PatientID == ds.PatientName == "VM1"
    assert ds.PatientIdentityRemoved == "YES"
    assert ds.DeidentificationMethod[0] == "DICOM PS3.15 Annex E"
    assert [c.CodeValue for c in ds.DeidentificationMethodCodeSequence] == sorted(OPTIONS)
    assert ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "BurnedInAnnotation" not in ds


def test_cleaned_pixels_are_one_option_more(who: Who) -> None:
    ds = Dataset()
    mark(ds, who, True)
    assert "113101" in [c.CodeValue for c in ds.DeidentificationMethodCodeSequence]
    assert ds.BurnedInAnnotation == "NO"


def test_the_options_are_called_as_the_standard_calls_them() -> None:
    said = {v: told[0] for codes in dictionaries.concepts["DCM"].values() for v, told in codes.items()}
    for value, meaning in (*OPTIONS.items(), CLEAN_PIXELS):
        assert said[value] == meaning
