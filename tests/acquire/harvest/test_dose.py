"""Dose reports: CT and projection, by event and in all."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet

DOSE_CLASS = "1.2.840.10008.5.1.4.1.1.88.67"


@pytest.fixture
def rdsr(made: Any) -> Callable[..., Dataset]:
    """A dose report of given containers."""

    def call(*parts: Dataset) -> Dataset:
        ds = made.header(DOSE_CLASS)
        ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
        ds.ConceptNameCodeSequence = [made.code("113701", "DCM", "X-Ray Radiation Dose Report")]
        ds.ContentSequence = list(parts)
        return ds

    return call


def event_uid(made: Any, uid: str) -> Dataset:
    return made.item("UIDREF", "CONTAINS", made.code("113769", "DCM", "Irradiation Event UID"), UID=uid)


def ct_event(made: Any, uid: str, ctdi: str, dlp: str) -> Dataset:
    phantom = made.item(
        "CODE",
        "CONTAINS",
        made.code("113835", "DCM", "CTDIw Phantom Type"),
        ConceptCodeSequence=[made.code("113691", "DCM", "IEC Body Dosimetry Phantom")],
    )
    dose = made.item(
        "CONTAINER",
        "CONTAINS",
        made.code("113829", "DCM", "CT Dose"),
        made.num(made.code("113830", "DCM", "Mean CTDIvol"), ctdi, made.code("mGy", "UCUM", "mGy")),
        phantom,
        made.num(made.code("113838", "DCM", "DLP"), dlp, made.code("mGy.cm", "UCUM", "mGy.cm")),
    )
    protocol = made.item("TEXT", "CONTAINS", made.code("125203", "DCM", "Acquisition Protocol"), TextValue="Thorax")
    voltage = made.num(made.code("113733", "DCM", "KVP"), "120", made.code("kV", "UCUM", "kV"))
    parts = [protocol, *([event_uid(made, uid)] if uid else []), voltage, dose]
    return made.item("CONTAINER", "CONTAINS", made.code("113819", "DCM", "CT Acquisition"), *parts)


def test_a_ct_dose_report_gives_ctdi_and_dlp_of_each_event_and_the_total(
    made: Any, rdsr: Callable[..., Dataset], read_back: Callable[..., Sheet]
) -> None:
    total = made.num(
        made.code("113813", "DCM", "CT Dose Length Product Total"), "430.5", made.code("mGycm", "99ACME", "mGycm")
    )
    whole = made.item("CONTAINER", "CONTAINS", made.code("113811", "DCM", "CT Accumulated Dose Data"), total)
    events = (ct_event(made, "1.2.1", "5.25", "180.5"), ct_event(made, "1.2.2", "7.5", "250"))
    found = read_back(rdsr(whole, *events))
    assert found.kind == "dose"
    assert [(n.name, n.value, n.unit, n.about.label, n.about.tracking) for n in found.numbers] == [
        ("dose_length_product_total", 430.5, "mGy.cm", "", ""),
        ("ctdi_vol", 5.25, "mGy", "event 1", "1.2.1"),
        ("dose_length_product", 180.5, "mGy.cm", "event 1", "1.2.1"),
        ("ctdi_vol", 7.5, "mGy", "event 2", "1.2.2"),
        ("dose_length_product", 250.0, "mGy.cm", "event 2", "1.2.2"),
    ]
    assert {n.uncertainty for n in found.numbers} == {None}
    assert dict(found.numbers[1].provenance.settings)["phantom"] == "IEC Body Dosimetry Phantom"
    assert found.numbers[1].about.finding == "Thorax"
    assert [c.code for c in found.complaints if c.code != "sr_private_code"] == ["unit_not_ucum"]


def test_projection_doses_are_carried_in_gray(
    made: Any, rdsr: Callable[..., Dataset], read_back: Callable[..., Sheet]
) -> None:
    event = made.item(
        "CONTAINER",
        "CONTAINS",
        made.code("113706", "DCM", "Irradiation Event X-Ray Data"),
        event_uid(made, "1.2.7"),
        made.num(made.code("122130", "DCM", "Dose Area Product"), "1.2", made.code("dGy.cm2", "UCUM", "dGy.cm2")),
        made.num(made.code("113738", "DCM", "Dose (RP)"), "15", made.code("mGy", "UCUM", "mGy")),
    )
    area, point = read_back(rdsr(event)).numbers
    assert (area.name, area.value, area.unit) == ("dose_area_product", pytest.approx(1.2e-5), "Gy.m2")
    assert (point.name, point.value, point.unit) == ("dose_at_reference_point", pytest.approx(0.015), "Gy")
    assert point.written == "15 mGy"


def test_an_event_without_a_uid_draws_a_complaint_and_keeps_its_place(
    made: Any, rdsr: Callable[..., Dataset], read_back: Callable[..., Sheet]
) -> None:
    found = read_back(rdsr(ct_event(made, "", "5", "100")))
    assert [n.about.label for n in found.numbers] == ["event 1", "event 1"]
    assert "dose_no_event" in {c.code for c in found.complaints}


def test_a_dose_without_a_unit_is_missing(
    made: Any, rdsr: Callable[..., Dataset], read_back: Callable[..., Sheet]
) -> None:
    ds = rdsr(ct_event(made, "1.2.1", "5", "100"))
    dose = ds.ContentSequence[0].ContentSequence[3]
    del dose.ContentSequence[0].MeasuredValueSequence[0].MeasurementUnitsCodeSequence
    found = read_back(ds)
    assert [(m.name, m.code) for m in found.missing] == [("ctdi_vol", "unit_missing")]
    assert [n.name for n in found.numbers] == ["dose_length_product"]


def test_dsrdump_sees_the_same_doses(
    made: Any, rdsr: Callable[..., Dataset], tmp_path: Path, needs: Callable[..., str]
) -> None:
    ds = rdsr(ct_event(made, "1.2.1", "5.25", "180.5"))
    ds.CompletionFlag, ds.VerificationFlag, ds.SeriesNumber, ds.InstanceNumber = "COMPLETE", "UNVERIFIED", 1, 1
    path = made.saved(ds, tmp_path / "dose.dcm")
    done = subprocess.run(
        [needs("dsrdump"), "-Er", "-Ec", "-Ev", str(path)], capture_output=True, timeout=60, check=True
    )
    dumped = re.findall(r'NUM:\(,,"([^"]+)"\)="([^"]+)"', done.stdout.decode("utf-8", "replace"))
    assert ("Mean CTDIvol", "5.25") in dumped
    assert ("DLP", "180.5") in dumped
    assert {n.value for n in sheet(path).numbers} == {float(v) for name, v in dumped if name in ("Mean CTDIvol", "DLP")}
