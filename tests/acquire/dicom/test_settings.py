from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.settings import pseudonym, settings_of, shared

Planes = Callable[..., list[Plane]]


def test_settings_say_what_the_header_says_and_nothing_else(planes: Planes) -> None:
    def scanner(ds: Dataset, k: int) -> None:
        ds.ManufacturerModelName, ds.SoftwareVersions = "Model", ["a", "b"]
        ds.MagneticFieldStrength, ds.EchoTime, ds.PatientWeight = 15000, 4.2, 70
        ds.ContrastBolusAgent = "NONE"

    (one,) = planes(1, "MR", scanner)
    told = dict(settings_of(one, one.header.dataset()))
    assert told["manufacturer"] == "MAKER"
    assert told["software"] == "a\\b"
    assert told["field_t"] == pytest.approx(1.5)
    assert (told["te_ms"], told["slice_thickness_mm"], told["weight_kg"]) == (4.2, 9.0, 70.0)
    assert (told["rows"], told["columns"], told["pixel_measure"]) == (6.0, 5.0, "PixelSpacing")
    assert not {"serial", "contrast", "kernel", "b", "kvp"} & told.keys()


def test_an_image_has_the_settings_that_its_parts_share() -> None:
    assert shared([(("te_ms", 20.0), ("kvp", 1.0)), (("te_ms", 40.0), ("kvp", 1.0))]) == (("kvp", 1.0),)


def test_a_pseudonym_is_of_one_study() -> None:
    assert pseudonym("1.2.3") == pseudonym("1.2.3") != pseudonym("1.2.4")
    assert pseudonym("1.2.3").startswith("unnamed-")
