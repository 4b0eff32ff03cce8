"""What a header says of the label, and what it does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.acquire.dicom.labelling import labelled
from vivomap.acquire.dicom.plane import Plane

Make = Callable[..., Plane]


def header(**words: str) -> Dataset:
    ds = Dataset()
    for keyword, value in words.items():
        setattr(ds, keyword, value)
    return ds


def test_an_enhanced_header_says_kind_length_and_order(plane: Make) -> None:
    order = ["M_ZERO_SCAN", "LABEL", "CONTROL", "LABEL", "CONTROL"]
    planes = [plane(ASLContext=word, ASLPulseTrainDuration="1800") for word in order]
    told = dict(labelled(header(ArterialSpinLabelingContrast="PSEUDOCONTINUOUS"), planes))
    assert told == {
        "labelling": "PCASL",
        "asl_context": "m0 label control label control",
        "label_duration_ms": 1800.0,
    }


def test_the_delay_of_a_pulsed_label_is_its_inversion_time(plane: Make) -> None:
    planes = [plane(PhilipsLabel=word, InversionTime="1800") for word in ("LABEL", "CONTROL")]
    told = dict(labelled(header(ArterialSpinLabelingContrast="PULSED"), planes))
    assert (told["labelling"], told["pld_ms"], told["asl_context"]) == ("PASL", 1800.0, "label control")


def test_a_delay_of_a_continuous_label_is_never_made_of_an_inversion_time(plane: Make) -> None:
    planes = [plane(ASLContext=word, InversionTime="1500") for word in ("LABEL", "CONTROL")]
    assert "pld_ms" not in dict(labelled(header(ArterialSpinLabelingContrast="PSEUDOCONTINUOUS"), planes))


def test_what_is_not_said_is_absent(plane: Make) -> None:
    assert labelled(Dataset(), [plane(), plane(ASLContext="LABEL")]) == ()


@pytest.mark.slow  # reads and decodes thirty files of a scanner
def test_the_scanners_own_difference_is_no_labelled_series(data: Path) -> None:
    images = [i for s in read(data / "asl_philips" / "In") for i in s.images]
    assert [(i.role, [f.code for f in i.refusals]) for i in images] == [("mr", ["asl_difference"])] * 2
