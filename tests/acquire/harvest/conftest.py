"""Small reports of another maker, and one generator for each way in which they depart from the standard."""

from __future__ import annotations

import copy
import os
import shutil
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet

SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"
TRACKING = "1.2.826.0.1.3680043.8.498.7"
Break = Callable[[Dataset], None]


def uid(*words: str) -> str:
    return str(generate_uid(entropy_srcs=list(words)))


def code(value: str, scheme: str, meaning: str) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def item(kind: str, by: str, name: Dataset | None, *children: Dataset, **values: Any) -> Dataset:
    ds = Dataset()
    if by:
        ds.RelationshipType = by
    ds.ValueType = kind
    if kind == "CONTAINER":
        ds.ContinuityOfContent = "SEPARATE"
    if name is not None:
        ds.ConceptNameCodeSequence = [name]
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    if children:
        ds.ContentSequence = list(children)
    return ds


def written(measured: Dataset, text: str) -> None:
    """A Numeric Value of any letters, as a careless maker writes it."""
    body = text.encode() + b" " * (len(text) % 2)
    measured[0x0040A30A] = RawDataElement(Tag(0x0040A30A), "DS", len(body), body, 0, False, True)


def num(name: Dataset, value: str, unit: Dataset | None, *children: Dataset, by: str = "CONTAINS") -> Dataset:
    measured = Dataset()
    written(measured, value)
    if unit is not None:
        measured.MeasurementUnitsCodeSequence = [unit]
    return item("NUM", by, name, *children, MeasuredValueSequence=[measured])


MM = code("mm", "UCUM", "millimeter")
LONG = code("103339001", "SCT", "Long axis")
VOLUME = code("118565006", "SCT", "Volume")


def group(*numbers: Dataset) -> Dataset:
    return item(
        "CONTAINER",
        "CONTAINS",
        code("125007", "DCM", "Measurement Group"),
        item("TEXT", "HAS OBS CONTEXT", code("112039", "DCM", "Tracking Identifier"), TextValue="Lesion A"),
        item("UIDREF", "HAS OBS CONTEXT", code("112040", "DCM", "Tracking Unique Identifier"), UID=TRACKING),
        item(
            "CODE",
            "CONTAINS",
            code("121071", "DCM", "Finding"),
            ConceptCodeSequence=[code("52988006", "SCT", "Lesion")],
        ),
        item(
            "CODE",
            "HAS CONCEPT MOD",
            code("363698007", "SCT", "Finding Site"),
            ConceptCodeSequence=[code("39607008", "SCT", "Lung")],
        ),
        *numbers,
    )


def header(sop_class: str, modality: str = "SR") -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid(sop_class, "object")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid("study"), uid("series")
    ds.PatientID, ds.PatientName, ds.Modality, ds.StudyDate = "P-1", "", modality, "20240304"
    ds.Manufacturer, ds.ManufacturerModelName, ds.SoftwareVersions = "Acme", "Reader", "4.1"
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = sop_class, ds.SOPInstanceUID
    return ds


def report(*groups: Dataset) -> Dataset:
    """A good measurement report, TID 1500, of another maker: one lesion, its long axis and volume."""
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "1500"
    ds = header(SR_CLASS)
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [code("126000", "DCM", "Imaging Measurement Report")]
    ds.ContentTemplateSequence = [template]
    held = item("CONTAINER", "CONTAINS", code("126010", "DCM", "Imaging Measurements"), *(groups or (lesion(),)))
    ds.ContentSequence = [held]
    return ds


def lesion() -> Dataset:
    volume = num(copy.deepcopy(VOLUME), "4.2", code("cm3", "UCUM", "cubic centimeter"))
    return group(num(copy.deepcopy(LONG), "23.5", copy.deepcopy(MM)), volume)


def saved(ds: Dataset, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of what a careless maker does not
        ds.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def read_back(tmp_path: Path) -> Callable[..., Sheet]:
    """Writes a data set and harvests it."""

    def call(ds: Dataset, *words: Any) -> Sheet:
        return sheet(saved(ds, tmp_path / "object.dcm"), *words)

    return call


@pytest.fixture
def needs() -> Callable[..., str]:
    """The path of a program of another maker; a test that needs an absent one is passed over, and in CI fails."""

    def program(name: str, how: str = "apt-get install dcmtk") -> str:
        found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if found is None:
            said = f"{name} is not here: {how}"
            pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
        return found

    return program


@pytest.fixture
def made() -> Any:
    """The builders of this file, for tests beside it."""
    names = ("uid", "code", "item", "num", "group", "header", "report", "lesion", "saved", "LONG", "VOLUME", "MM")
    return types.SimpleNamespace(**{n: globals()[n] for n in names}, TRACKING=TRACKING, deep=copy.deepcopy)


# one generator for each departure: how to make it, the complaint that it must draw, and what is still read


def of(ds: Dataset) -> Dataset:
    """The measurement group."""
    return ds.ContentSequence[0].ContentSequence[0]


def axis(ds: Dataset) -> Dataset:
    """The item of the long axis."""
    return of(ds).ContentSequence[4]


def value(ds: Dataset) -> Dataset:
    return axis(ds).MeasuredValueSequence[0]


def unit(ds: Dataset) -> Dataset:
    return value(ds).MeasurementUnitsCodeSequence[0]


def _text(ds: Dataset, text: str) -> None:
    written(value(ds), text)


def _recode(target: Dataset, *new: str) -> None:
    target.CodeValue, target.CodingSchemeDesignator, target.CodeMeaning = new


def _nest(ds: Dataset) -> None:
    inner = ds.ContentSequence[0].ContentSequence[0]
    ds.ContentSequence[0].ContentSequence = [item("CONTAINER", "CONTAINS", code("1", "99ACME", "Page"), inner)]


def _bare(ds: Dataset) -> None:
    ds.ContentSequence[0].ContentSequence = [axis(ds)]


def _twice(ds: Dataset) -> None:
    axis(ds).MeasuredValueSequence = [value(ds), copy.deepcopy(value(ds))]


def _lost(ds: Dataset) -> None:
    pointer = Dataset()
    pointer.RelationshipType, pointer.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 9, 9]
    axis(ds).ContentSequence = [pointer]


def _doubt(ds: Dataset) -> None:
    name = code("371886008", "SCT", "+, range of upper measurement uncertainty")
    axis(ds).ContentSequence = [num(name, "1", code("s", "UCUM", "s"), by="HAS PROPERTIES")]


def _exact(ds: Dataset) -> None:
    value(ds).FloatingPointValue = 32.5


def _no_uid(ds: Dataset) -> None:
    of(ds).ContentSequence[1][0x0040A124] = RawDataElement(Tag(0x0040A124), "UI", 8, b"lesion-A", 0, False, True)


def _drop(target: Dataset, keyword: str) -> None:
    delattr(target, keyword)


BROKEN: dict[str, tuple[str, Break, bool]] = {  # name: complaint, how, whether the long axis of 23.5 mm is still read
    "no template id": ("sr_no_template", lambda ds: _drop(ds, "ContentTemplateSequence"), True),
    "number as a property": (
        "sr_relationship",
        lambda ds: setattr(axis(ds), "RelationshipType", "HAS PROPERTIES"),
        True,
    ),
    "number as a modifier": (
        "sr_relationship",
        lambda ds: setattr(axis(ds), "RelationshipType", "HAS CONCEPT MOD"),
        True,
    ),
    "site contained": (
        "sr_relationship",
        lambda ds: setattr(of(ds).ContentSequence[3], "RelationshipType", "CONTAINS"),
        True,
    ),
    "no relationship": ("sr_relationship_missing", lambda ds: _drop(axis(ds), "RelationshipType"), True),
    "no value type": ("sr_value_type", lambda ds: _drop(axis(ds), "ValueType"), True),
    "value type of its own": ("sr_value_type", lambda ds: setattr(axis(ds), "ValueType", "NUMBER"), True),
    "old scheme": (
        "sr_old_code",
        lambda ds: _recode(axis(ds).ConceptNameCodeSequence[0], "G-A185", "SRT", "Long axis"),
        True,
    ),
    "old scheme before the old": (
        "sr_old_code",
        lambda ds: _recode(axis(ds).ConceptNameCodeSequence[0], "G-A185", "99SDM", "Long axis"),
        True,
    ),
    "SCT code under DCM": (
        "sr_wrong_scheme",
        lambda ds: _recode(axis(ds).ConceptNameCodeSequence[0], "103339001", "DCM", "Long axis"),
        True,
    ),
    "SRT code under SCT": (
        "sr_wrong_scheme",
        lambda ds: _recode(axis(ds).ConceptNameCodeSequence[0], "G-A185", "SCT", "Long axis"),
        True,
    ),
    "private scheme": (
        "sr_private_code",
        lambda ds: _recode(axis(ds).ConceptNameCodeSequence[0], "LA", "99ACME", "Long axis"),
        False,
    ),
    "code without a meaning": (
        "sr_code_incomplete",
        lambda ds: _drop(axis(ds).ConceptNameCodeSequence[0], "CodeMeaning"),
        True,
    ),
    "no concept": ("sr_no_concept", lambda ds: _drop(axis(ds), "ConceptNameCodeSequence"), False),
    "no tracking": ("sr_no_tracking", lambda ds: of(ds).ContentSequence.pop(1), True),
    "tracking that is no UID": ("sr_bad_uid", _no_uid, True),
    "number outside of groups": ("sr_no_group", _bare, False),
    "extra nesting": ("sr_nested", _nest, True),
    "no value": ("sr_no_value", lambda ds: setattr(axis(ds), "MeasuredValueSequence", []), False),
    "two values": ("sr_several_values", _twice, False),
    "float and text disagree": ("values_disagree", _exact, False),
    "decimal comma": ("number_comma", lambda ds: _text(ds, "23,5"), True),
    "comma before three digits": ("number_ambiguous", lambda ds: _text(ds, "1,235"), False),
    "unit in words": ("unit_not_ucum", lambda ds: _recode(unit(ds), "millimeters", "99ACME", "millimeters"), True),
    "UCUM unit of another scheme": ("unit_not_ucum", lambda ds: _recode(unit(ds), "mm", "99ACME", "mm"), True),
    "no unit": ("unit_missing", lambda ds: _drop(value(ds), "MeasurementUnitsCodeSequence"), False),
    "doubt in seconds": ("doubt_unit", _doubt, True),
    "reference to nothing": ("sr_reference_lost", _lost, True),
}


@pytest.fixture(params=list(BROKEN), ids=list(BROKEN))
def broken(request: pytest.FixtureRequest) -> tuple[Dataset, str, bool]:
    """A report with one fault, the complaint that is due, and whether its long axis is still to be read."""
    due, how, read = BROKEN[request.param]
    ds = report()
    how(ds)
    return ds, due, read


@pytest.fixture
def corpus() -> Sequence[tuple[str, Dataset]]:
    """Every broken report by name."""
    made_: list[tuple[str, Dataset]] = []
    for name, (_, how, _) in BROKEN.items():
        ds = report()
        how(ds)
        made_.append((name, ds))
    return made_
