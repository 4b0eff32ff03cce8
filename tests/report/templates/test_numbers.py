"""A number slot: value with unit, parts, change, and the reason where there is none."""

from __future__ import annotations

import re

import pytest

from vivomap.core import Assessment, Measurement, identify
from vivomap.report.forms import Filed
from vivomap.report.moves import moved
from vivomap.report.templates.numbers import number
from vivomap.report.templates.slots import CHANGES, NUMBERS
from vivomap.report.templates.syntax import Slot
from vivomap.report.words import reading

Case = tuple[Assessment, tuple[Assessment, ...]]


@pytest.fixture
def two(two_visits: Case) -> Filed:
    return Filed(*two_visits)


def claim(filed: Filed, name: str, region: str) -> Measurement:
    return next(
        c for c in filed.assessment.claims if isinstance(c, Measurement) and (c.name, c.region) == (name, region)
    )


def said(filed: Filed, name: str, part: str = "", lesion: str = "lung_1") -> str:
    return number(filed, Slot(name, part), lesion).text


def test_a_number_is_rounded_as_on_the_page_and_has_its_unit(two: Filed) -> None:
    m = claim(two, "long_axis", "lung_1")
    shown = reading(m)
    assert said(two, "long_axis") == f"{shown.value} ± {shown.half} mm"
    assert said(two, "long_axis", "low") == f"{shown.low} mm"
    assert said(two, "long_axis", "exact") == f"{m.value!r} mm"
    assert said(two, "long_axis", "u") == f"{m.uncertainty!r} mm"
    assert said(two, "long_axis", "claim") == identify(m)
    assert said(two, "long_axis", "code") == "SCT 103339001"
    assert number(two, Slot("long_axis"), "lung_1").of == (m,)


def test_every_part_that_is_a_number_carries_its_unit(two: Filed) -> None:
    for part in (*NUMBERS, *CHANGES):
        assert re.search(r" (mm|%)( |$)", said(two, "long_axis", part)), part


def test_a_change_has_its_interval_and_what_it_reads_as(two: Filed) -> None:
    change = two.story.change_of("lung_1", "long_axis")
    assert change
    shown = moved(change)
    text = said(two, "long_axis", "change")
    assert text == f"{shown.amount} % ({shown.low} to {shown.high}; {shown.word}, P (real change) {shown.chance})"
    assert said(two, "long_axis", "reads") == shown.word
    assert said(two, "long_axis", "before") == f"{shown.before} mm"
    assert said(two, "long_axis", "limits") == change.limits


def test_a_first_value_has_no_change_yet(baseline: Case) -> None:
    assert said(Filed(*baseline), "long_axis", "change") == "none yet, first value"


def test_what_was_not_measured_or_compared_says_why(two: Filed, four_visits: Case, pet: Case) -> None:
    four = Filed(*four_visits)
    text = said(four, "density", "", "lung_3")
    assert text == "not measured: density: 4 inner voxels, fewer than 10 (too_few_voxels)"
    assert said(Filed(*pet), "tlg", "change", "GTV_Mass").startswith("not compared: no serial number")
    assert said(two, "fitted_adc") == "not measured: not asked for at this visit"
    assert number(two, Slot("fitted_adc"), "lung_1").of == ()


def test_a_number_that_a_lesion_has_twice_is_said_twice(two: Filed) -> None:
    from dataclasses import replace

    m = claim(two, "volume", "lung_1")
    other = replace(m, value=m.value + 1)
    twice = replace(two, assessment=replace(two.assessment, claims=(*two.assessment.claims, other)))
    text = said(twice, "volume", "exact")
    assert text == f"{m.value!r} mL / {other.value!r} mL"
