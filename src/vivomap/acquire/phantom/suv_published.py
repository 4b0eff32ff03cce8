"""The published list of the ways in which scanners write a SUV: the digital reference objects of IBSI-SUV, made anew.

Their numbers are kept (DRO_3_2_1 and so on) and what is expected of them, but for NONE, which rule N4 refuses where
IBSI expects a value. The objects are small: 6 x 16 x 16 voxels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from vivomap.acquire.phantom.suv_object import Scan

VALUE = "value"
GONE = None  # an attribute that the header lacks

Edits = tuple[tuple[str, Any], ...]
PLAIN = Scan()
SIEMENS, GE, PHILIPS = Scan("SIEMENS"), Scan("GE MEDICAL SYSTEMS"), Scan("Philips")
COUNTS = replace(PHILIPS, units="CNTS", counts="activity")
GALLIUM = Scan(nuclide="68", dose_bq=150e6)
ZIRCONIUM = Scan(nuclide="89", dose_bq=70e6, injected=datetime(2024, 3, 1, 9, 0))
LATE = Scan(injected=datetime(2024, 3, 4, 23, 40), start=datetime(2024, 3, 5, 0, 40))
ENHANCED = Scan(enhanced=True)
AFTERWARDS: Edits = (("SeriesTime", "134500"),)  # a series that was processed three hours later
NO_FRAME_TIMES: Edits = (("ActualFrameDuration", GONE), ("FrameReferenceTime", GONE))
UNDATED: Edits = (("tracer/RadiopharmaceuticalStartDateTime", GONE),)


@dataclass(frozen=True)
class SuvCase:
    """One series: what is expected of it ("value", or the code of the refusal), the scan, and edits of its header.

    An edit names an attribute, or one of the tracer's as "tracer/KEYWORD", and its value, None to take it away; or
    "private" with (group, creator, element, VR, value); or "again" for a second injection.
    """

    name: str
    says: str
    expect: str = VALUE
    scan: Scan = PLAIN
    edits: Edits = ()


def _suv(suv_type: str, sex: str, units: str = "GML", **more: Any) -> Scan:
    return Scan(units=units, suv_type=suv_type, sex=sex, **more)


def _sexes(number: str, suv_type: str) -> tuple[SuvCase, ...]:
    return tuple(
        SuvCase(f"DRO_{number}_{k}", f"GML as SUV of type {suv_type}, sex {sex}", scan=_suv(suv_type, sex))
        for k, sex in enumerate("MFO")
    )


PUBLISHED: tuple[SuvCase, ...] = (
    SuvCase("DRO_0_0", "activity, corrected to the start, two beds"),
    SuvCase("DRO_1_0", "a slope of its own in every slice", scan=Scan(slopes=6)),
    SuvCase("DRO_2_0", "GML as SUV by weight", scan=Scan(units="GML")),
    *_sexes("2_1", "LBMJAMES128"),
    *_sexes("2_2", "IBW"),
    SuvCase("DRO_2_3", "CM2ML as SUV by surface", scan=_suv("BSA", "M", "CM2ML")),
    SuvCase("DRO_2_4", "counts with the SUV factor of Philips", scan=replace(PHILIPS, units="CNTS", counts="suv")),
    SuvCase("DRO_2_5", "counts with the activity factor of Philips", scan=COUNTS),
    *_sexes("2_6", "LBMJANMA"),
    SuvCase("DRO_3_0", "dose in MBq", edits=(("tracer/RadionuclideTotalDose", 370),)),
    SuvCase("DRO_3_1", "corrected to the injection", scan=Scan(decay="ADMIN")),
    SuvCase("DRO_3_2_0", "series time after acquisition, Siemens", scan=SIEMENS, edits=AFTERWARDS),
    SuvCase("DRO_3_2_1", "series time after acquisition, GE", scan=GE, edits=AFTERWARDS),
    SuvCase("DRO_3_2_2", "series time after acquisition, Philips", scan=PHILIPS, edits=AFTERWARDS),
    SuvCase("DRO_3_2_3", "series time after acquisition, another", edits=AFTERWARDS),
    SuvCase(
        "DRO_3_3_0",
        "series time after acquisition, private scan time of Siemens",
        scan=SIEMENS,
        edits=(*AFTERWARDS, *NO_FRAME_TIMES, ("private", (0x0071, "SIEMENS MED PT", 0x22, "DT", "20240305100000.00"))),
    ),
    SuvCase(
        "DRO_3_3_1",
        "series time after acquisition, private scan time of GE",
        scan=GE,
        edits=(*AFTERWARDS, *NO_FRAME_TIMES, ("private", (0x0009, "GEMS_PETD_01", 0x0D, "DT", "20240305100000.00"))),
    ),
    SuvCase("DRO_3_4_0", "not decay corrected, Siemens", "decay_none", replace(SIEMENS, decay="NONE")),
    SuvCase("DRO_3_4_1", "not decay corrected, GE", "decay_none", replace(GE, decay="NONE")),
    SuvCase("DRO_3_4_2", "not decay corrected, Philips, counts", "decay_none", replace(COUNTS, decay="NONE")),
    SuvCase("DRO_3_4_3", "not decay corrected, another", "decay_none", Scan(decay="NONE")),
    SuvCase("DRO_3_5_0", "series time is acquisition time, Siemens", scan=replace(SIEMENS, beds=1)),
    SuvCase("DRO_3_5_1", "series time is acquisition time, GE", scan=replace(GE, beds=1)),
    SuvCase("DRO_3_5_2", "series time is acquisition time, Philips", scan=replace(PHILIPS, beds=1)),
    SuvCase("DRO_3_5_3", "series time is acquisition time, another", scan=Scan(beds=1)),
    SuvCase("DRO_4_0", "injection as date-time alone", edits=(("tracer/RadiopharmaceuticalStartTime", GONE),)),
    SuvCase("DRO_4_1", "injection as time alone", edits=UNDATED),
    SuvCase("DRO_4_2", "over midnight, injection as time alone", scan=LATE, edits=UNDATED),
    SuvCase("DRO_4_3", "over midnight, injection as date-time", scan=LATE),
    SuvCase(
        "DRO_4_4",
        "over midnight, acquisition date anonymised",
        scan=LATE,
        edits=(("AcquisitionDate", "19000101"), ("SeriesDate", "19000101")),
    ),
    SuvCase("DRO_4_5", "Zr-89 four days after injection", scan=ZIRCONIUM),
    SuvCase("DRO_5_0", "Ga-68", scan=GALLIUM),
    SuvCase("DRO_7_0_0", "enhanced object", scan=ENHANCED),
    SuvCase("DRO_7_1_0", "enhanced object, a slope of its own in every frame", scan=Scan(enhanced=True, slopes=6)),
    SuvCase("DRO_7_2_0", "enhanced object, SUV by weight", scan=Scan(enhanced=True, units="GML")),
    SuvCase("DRO_7_3_0", "enhanced object, series time after decay correction", scan=ENHANCED, edits=AFTERWARDS),
    SuvCase("DRO_7_3_1", "enhanced object, not decay corrected", "decay_none", Scan(enhanced=True, decay="NONE")),
)

PUBLISHED_FAULTS: tuple[SuvCase, ...] = (
    SuvCase("DRO_error_2_0", "no weight", "no_weight", edits=(("PatientWeight", GONE),)),
    SuvCase("DRO_error_2_1", "weight 0", "no_weight", edits=(("PatientWeight", 0),)),
    SuvCase("DRO_error_2_2", "SUV by ideal weight, no sex", "no_sex", _suv("IBW", "M"), (("PatientSex", GONE),)),
    SuvCase("DRO_error_2_3", "SUV by ideal weight, another sex", "no_sex", _suv("IBW", "M"), (("PatientSex", "U"),)),
    SuvCase("DRO_error_2_4", "SUV by ideal weight, no height", "no_height", _suv("IBW", "M"), (("PatientSize", GONE),)),
    SuvCase("DRO_error_2_5", "SUV by ideal weight, height 0", "no_height", _suv("IBW", "M"), (("PatientSize", 0),)),
    SuvCase("DRO_error_2_6", "counts without a factor", "counts_without_factor", replace(COUNTS, counts="")),
    SuvCase("DRO_error_2_7", "PROPCNTS", "unknown_pet_units", edits=(("Units", "PROPCNTS"),)),
    SuvCase("DRO_error_3_0", "no dose", "no_dose", edits=(("tracer/RadionuclideTotalDose", GONE),)),
    SuvCase("DRO_error_3_1", "negative dose", "no_dose", edits=(("tracer/RadionuclideTotalDose", -370e6),)),
    SuvCase(
        "DRO_error_3_2",
        "series time after acquisition, no frame duration, not GE",
        "no_scan_start",
        edits=(*AFTERWARDS, ("ActualFrameDuration", GONE)),
    ),
    SuvCase(
        "DRO_error_4_0",
        "no time of injection",
        "no_injection_time",
        edits=(*UNDATED, ("tracer/RadiopharmaceuticalStartTime", GONE)),
    ),
    SuvCase("DRO_error_4_1", "days after injection, time alone", "bad_uptake_time", ZIRCONIUM, UNDATED),
    SuvCase(
        "DRO_error_4_2",
        "days after injection, date anonymised",
        "bad_uptake_time",
        ZIRCONIUM,
        (("tracer/RadiopharmaceuticalStartDateTime", "19000101090000"),),
    ),
    SuvCase("DRO_error_5_0", "no half-life", "no_half_life", edits=(("tracer/RadionuclideHalfLife", GONE),)),
)
