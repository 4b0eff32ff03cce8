"""Headers that nobody would write: the factor to SUV is explained by its own settings, or refused by a code."""

import math
from copy import deepcopy
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from vivomap.acquire.phantom.suv_cases import case_named, made
from vivomap.acquire.suv import SuvFactor, factor
from vivomap.core import Refusal
from vivomap.core.errors import codes as pages

START = datetime(2024, 3, 5, 10, 0)
PLAIN = made(case_named("DRO_3_5_3"))[0]
WORDS = {  # what a header may hold, in its own words and in others
    "Units": ("BQML", "GML", "CM2ML", "CNTS", "PROPCPS", "bqml"),
    "SUVType": ("BW", "LBMJANMA", "LBMJAMES128", "IBW", "BSA", "LBM"),
    "DecayCorrection": ("START", "ADMIN", "NONE", "YES"),
    "DecayCorrected": ("YES", "NO"),
    "AttenuationCorrected": ("YES", "NO"),
    "CorrectedImage": ("ATTN\\DECY", "ATTN", "DECY", "NORM\\RAN"),
    "PatientWeight": ("0", "-70", "7", "70", "70000", "70,5", "nan", "1e300"),
    "PatientSize": ("0", "1.75", "175", "0.5", "inf"),
    "PatientSex": ("M", "F", "O", "U", "MF"),
    "SeriesDate": ("20240304", "19000101", "20240231"),
    "SeriesTime": ("095500", "100000", "134500", "1000", "10", "246060"),
    "AcquisitionDate": ("20240304", "19000101", "00010101", "99991231"),
    "AcquisitionTime": ("100300", "000000", "235960", "10", "10:00:00"),
    "AcquisitionDateTime": ("20240305100000", "20240305100000+0100"),
    "TimezoneOffsetFromUTC": ("+0100", "-1200", "+9900"),
    "DecayCorrectionDateTime": ("20240305090000", "20240305100000", "19000101000000"),
    "Manufacturer": ("GE MEDICAL SYSTEMS", "SIEMENS", "Philips"),
    "FrameReferenceTime": ("0", "90000", "-5", "1e9"),
    "ActualFrameDuration": ("0", "180000", "-180000", "1e12"),
}
TRACER_WORDS = {
    "RadiopharmaceuticalStartDateTime": ("20240304235959", "20240305093000+0000", "19000101000000", "20240305120000"),
    "RadiopharmaceuticalStartTime": ("090000", "110000", "235959", "09"),
    "RadionuclideTotalDose": ("0", "-1", "370", "370000", "3.7e8", "1e300"),
    "RadionuclideHalfLife": ("0", "109.77", "6588", "4080", "282276", "1e9"),
}


def mutations() -> st.SearchStrategy[tuple[str, str | None]]:
    words = (WORDS | TRACER_WORDS).items()
    return st.one_of(*(st.tuples(st.just(k), st.none() | st.sampled_from(v) | st.text(max_size=18)) for k, v in words))


def mutated(edits: list[tuple[str, str | None]]) -> Dataset:
    ds = deepcopy(PLAIN)
    for keyword, text in edits:
        holder = ds.RadiopharmaceuticalInformationSequence[0] if keyword in TRACER_WORDS else ds
        if text is None:
            holder.pop(keyword, None)
        else:
            raw = text.encode("utf-8", "replace")
            holder[keyword] = RawDataElement(Tag(keyword), dictionary_VR(keyword), len(raw), raw, 0, False, True)
    return ds


def told(ds: Dataset) -> SuvFactor | Refusal:
    try:
        return factor(ds, series_start=START)
    except Refusal as refused:
        return refused


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(mutations(), min_size=1, max_size=5))
def test_a_header_that_nobody_would_write_gives_an_explained_number_or_a_refusal(
    edits: list[tuple[str, str | None]],
) -> None:
    found = told(mutated(edits))
    if isinstance(found, Refusal):
        assert found.code in pages()
        return
    assert math.isfinite(found.value)
    assert found.value > 0
    assert {flag.code for flag in found.flags} <= set(pages())
    used = dict(found.settings)
    assert "uptake_min" in used or "uptake_unknown" in {flag.code for flag in found.flags}
    if found.rule.startswith("bqml"):
        dose, weight = float(used["injected_bq"]), float(used["weight_kg"])
        halvings = 0.0
        if found.rule.startswith("bqml_start") and not found.rule.endswith("decay_datetime"):
            halvings = float(used["uptake_min"]) * 60 / float(used["half_life_s"])
            assert 0 <= halvings <= 10
        if not found.rule.endswith("decay_datetime"):
            assert found.value == pytest.approx(weight * 1000 / dose * 2**halvings, rel=1e-6)
    assert told(mutated(edits)) == found
