"""Every way in which scanners write a SUV, and the faults that must be refused, as PET series with a known truth.

In `MASK` every case that gives a value has least, median and greatest SUV of 0.20, 1.00 and 4.00, and `TRUTH` voxel by
voxel; the others name the code of their refusal. The published list comes first, then our own.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from vivomap.acquire.phantom.series import save
from vivomap.acquire.phantom.suv_object import Scan, inside, objects, true_suv
from vivomap.acquire.phantom.suv_published import (
    AFTERWARDS,
    COUNTS,
    GE,
    GONE,
    LATE,
    PLAIN,
    PUBLISHED,
    PUBLISHED_FAULTS,
    SIEMENS,
    UNDATED,
    VALUE,
    SuvCase,
)

EXPECTED = (0.20, 1.00, 4.00)  # least, median, greatest SUV in the mask
TOLERANCE = 0.005
MASK, TRUTH = inside(), true_suv()
START, TIME = "tracer/RadiopharmaceuticalStartDateTime", "tracer/RadiopharmaceuticalStartTime"
NO_REFERENCE = ("FrameReferenceTime", GONE)
STRANGER = (0x0009, "SOMEBODY ELSE", 0x0D, "DT", "20240305070000.00")
WRONG_DAY = (0x0009, "GEMS_PETD_01", 0x0D, "DT", "20240305030000.00")
FACTOR = (0x7053, "SOMEBODY ELSE", 0x09, "DS", 2.5)

OWN: tuple[SuvCase, ...] = (
    SuvCase("series_time", "two beds, no frame times, series time at the start", edits=(NO_REFERENCE,)),
    SuvCase(
        "earliest_acquisition",
        "series time after acquisition, no frame reference time: the acquisition stands for the start",
        scan=replace(SIEMENS, beds=1),
        edits=(*AFTERWARDS, NO_REFERENCE),
    ),
    SuvCase("no_series_time", "no series time, two beds with frame times", edits=(("SeriesTime", GONE),)),
    SuvCase("zones_agree", "all times with one offset", edits=(("TimezoneOffsetFromUTC", "+0100"),)),
    SuvCase(
        "zones_differ",
        "injection in UTC, scan one hour east",
        edits=(("TimezoneOffsetFromUTC", "+0100"), (START, "20240305080000+0000"), (TIME, GONE)),
    ),
    SuvCase("both_factors", "counts with both factors of Philips", scan=replace(COUNTS, counts="activity suv")),
    SuvCase(
        "factors_disagree",
        "counts with a SUV factor of Philips made with another weight",
        scan=COUNTS,
        edits=(("private", (0x7053, "Philips PET Private Group", 0x00, "DS", 4e-4)),),
    ),
    SuvCase("stranger", "a scan time of another private creator", scan=GE, edits=(("private", STRANGER),)),
    SuvCase("private_elsewhere", "a private scan time that fits no scan", scan=GE, edits=(("private", WRONG_DAY),)),
    SuvCase("dates_shifted", "injection and scan shifted by other days", edits=((START, "20230117090000"),)),
    SuvCase("other_words", "times with colons and parts of a second", edits=((TIME, "09:00:00.00"), (START, GONE))),
    SuvCase("later", "F-18 two hours after injection", scan=Scan(start=PLAIN.start.replace(hour=11))),
    SuvCase("newborn", "a dose and a weight of a child", scan=Scan(dose_bq=14e6, weight_kg=3.5, height_m=0.51)),
)

OWN_FAULTS: tuple[SuvCase, ...] = (
    SuvCase("mixed_zones", "one time in UTC, one local", "mixed_time_zones", edits=((START, "20240305080000+0000"),)),
    SuvCase(
        "stranger_factor",
        "Philips' tag of another creator",
        "counts_without_factor",
        replace(COUNTS, counts=""),
        (("private", FACTOR),),
    ),
    SuvCase("grams", "weight in g", "implausible_pet_header", edits=(("PatientWeight", 70000),)),
    SuvCase("comma", "weight with a comma", "no_weight", edits=(("PatientWeight", "70,5"),)),
    SuvCase(
        "kilobecquerels", "dose in kBq", "implausible_pet_header", edits=(("tracer/RadionuclideTotalDose", 370e3),)
    ),
    SuvCase("minutes", "half-life in min", "implausible_pet_header", edits=(("tracer/RadionuclideHalfLife", 109.77),)),
    SuvCase(
        "centimetres",
        "height in cm",
        "implausible_pet_header",
        Scan(units="GML", suv_type="IBW"),
        (("PatientSize", 175),),
    ),
    SuvCase("before", "injection after the scan", "bad_uptake_time", edits=((START, "20240305113000"), (TIME, GONE))),
    SuvCase(
        "hour_alone", "injection at an hour without minutes", "no_injection_time", edits=((START, GONE), (TIME, "09"))
    ),
    SuvCase("long_ago", "seven hours over midnight, time alone", "bad_uptake_time", LATE, (*UNDATED, (TIME, "173000"))),
    SuvCase("twice", "two injections", "several_tracers", edits=(("again", 1),)),
    SuvCase("no_tracer", "no injection", "no_dose", edits=(("RadiopharmaceuticalInformationSequence", GONE),)),
    SuvCase("no_acquisition", "no acquisition time", "no_scan_start", edits=(("AcquisitionTime", GONE),)),
    SuvCase("raw", "not corrected for attenuation", "not_corrected", edits=(("CorrectedImage", ["DECY", "NORM"]),)),
    SuvCase("no_decay", "no word on decay correction", "decay_unknown", edits=(("DecayCorrection", GONE),)),
    SuvCase("lean", "SUV of a lean mass by no named formula", "unknown_suv_type", Scan(units="GML", suv_type="LBM")),
    SuvCase("crossed", "g/ml by surface", "unknown_pet_units", Scan(units="GML", suv_type="BSA")),
    SuvCase("unitless", "no units", "unknown_pet_units", edits=(("Units", GONE),)),
)

CASES: tuple[SuvCase, ...] = PUBLISHED + PUBLISHED_FAULTS + OWN + OWN_FAULTS
GOOD: tuple[SuvCase, ...] = tuple(case for case in CASES if case.expect == VALUE)


def case_named(name: str) -> SuvCase:
    """One case by its name."""
    return next(case for case in CASES if case.name == name)


def made(case: SuvCase) -> tuple[Dataset, ...]:
    """The objects of a case, in order of place, with the edits of their header."""
    found = objects(case.scan, case.name)
    for ds in found:
        for where, value in case.edits:
            _edit(ds, where, value)
    return found


def write(case: SuvCase, folder: Path) -> Path:
    """Write the series of a case into a folder of its name, and give that folder."""
    for k, ds in enumerate(made(case)):
        save(folder / case.name / f"{(7 * k + 3) % 10}{k}.dcm", ds)  # names in no order of place
    return folder / case.name


def _edit(ds: Dataset, where: str, value: Any) -> None:
    if where == "private":
        group, creator, element, vr, text = value
        ds.private_block(group, creator, create=True).add_new(element, vr, text)
    elif where == "again":
        ds.RadiopharmaceuticalInformationSequence.append(deepcopy(ds.RadiopharmaceuticalInformationSequence[0]))
    else:
        holder = ds.RadiopharmaceuticalInformationSequence[0] if where.startswith("tracer/") else ds
        keyword = where.removeprefix("tracer/")
        if value is GONE:
            holder.pop(keyword, None)
        elif isinstance(value, str):  # as a scanner may write it, sense or nonsense
            raw = value.encode() + b" " * (len(value) % 2)
            holder[keyword] = RawDataElement(Tag(keyword), dictionary_VR(keyword), len(raw), raw, 0, False, True)
        else:
            setattr(holder, keyword, value)
