"""The same finding has the same value, unit, code, uncertainty and identity in every form (rule N8)."""

import io
import json
import re
from html import unescape
from typing import Any, NamedTuple

import pydicom
import pytest

from vivomap.core import Measurement, identify
from vivomap.report import codes
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed, forms
from vivomap.report.words import reading

SPAN = re.compile(r'<span class="num" data-claim="([0-9a-f]{64})" data-part="(value|half)">([^<]*)</span>')
CELL = re.compile(r'data-claim="([0-9a-f]{64})" data-part="(value|half)"[^>]*>([^<]*)<')


class Told(NamedTuple):
    """A number as a form tells it."""

    value: float
    unit: str
    uncertainty: float
    code: str
    tracking: str


def in_json(filed: Filed) -> dict[str, Told]:
    """The numbers of assessment.json; code and identity by table and policy, which a reader of JSON applies itself."""
    data = json.loads(forms()["json"].write(filed)["assessment.json"])
    found = {}
    for claim in data["claims"]:
        if claim["$"] != "Measurement":
            continue
        key = next(identify(m) for m in numbers(filed) if (m.name, m.region) == (claim["name"], claim["region"]))
        code = codes.biomarker(claim["name"]).name.value
        tracking = tracking_uid(filed, claim["region"])
        found[key] = Told(claim["value"], claim["unit"], claim["uncertainty"], code, tracking)
    return found


def in_sr(filed: Filed) -> dict[str, Told]:
    """The numbers of the structured report by the claim that each names."""
    (body,) = forms()["sr"].write(filed).values()
    found: dict[str, Told] = {}

    def concept(item: Any) -> str:
        return str(item.ConceptNameCodeSequence[0].get("CodeValue"))

    def number(item: Any) -> tuple[float, str]:
        value = item.MeasuredValueSequence[0]
        return float(value.FloatingPointValue), str(value.MeasurementUnitsCodeSequence[0].CodeValue)

    def walk(parent: Any, tracking: str) -> None:
        inside = parent.get("ContentSequence") or ()
        tracking = next((i.UID for i in inside if concept(i) == "112040"), tracking)
        claims = [i.TextValue for i in inside if concept(i) == "CLAIM"]
        if claims:
            (doubt,) = [number(i) for i in inside if concept(i) == "STD_UNCERTAINTY"]
            value, unit = number(parent)
            assert doubt[1] == unit
            found[claims[0]] = Told(value, unit, doubt[0], concept(parent), tracking)
        for item in inside:
            walk(item, tracking)

    walk(pydicom.dcmread(io.BytesIO(body)), "")
    return found


def numbers(filed: Filed) -> tuple[Measurement, ...]:
    return filed.story.course.of(Measurement)


def test_json_and_structured_report_hold_the_same_numbers_to_the_last_bit(filed_visits) -> None:
    for filed in filed_visits:
        assert in_json(filed) == in_sr(filed)
        assert len(in_sr(filed)) == len(numbers(filed)) >= 6


def test_the_page_shows_each_of_them_as_it_is_written_for_people(filed: Filed) -> None:
    page = unescape(forms()["html"].write(filed)["report.html"].decode())
    shown: dict[tuple[str, str], set[str]] = {}
    for claim, part, text in (*SPAN.findall(page), *CELL.findall(page)):
        shown.setdefault((claim, part), set()).add(text)
    told = in_sr(filed)
    checked = 0
    for number in numbers(filed):
        key, read = identify(number), reading(number)
        assert told[key].unit == number.unit
        for part, said in (("value", read.value), ("half", read.half)):
            if (key, part) in shown:
                assert shown[key, part] == {str(said)}
                checked += 1
    assert checked >= len(numbers(filed))


def test_segmentation_and_report_name_each_lesion_alike(filed_visits) -> None:
    for filed in filed_visits:
        (body,) = forms()["seg"].write(filed).values()
        segments = pydicom.dcmread(io.BytesIO(body)).SegmentSequence
        assert {s.TrackingUID for s in segments} == {t.tracking for t in in_sr(filed).values()}


def test_a_lesion_has_one_identifier_in_both_studies(filed_visits) -> None:
    first, later = ({t.tracking for t in in_sr(f).values()} for f in filed_visits)
    assert first == later


@pytest.mark.parametrize("part", ["difference", "low", "high", "chance_real"])
def test_each_change_is_the_same_in_the_report_of_both_kinds(filed: Filed, part: str) -> None:
    (body,) = forms()["sr"].write(filed).values()
    text = str(pydicom.dcmread(io.BytesIO(body)))
    data = json.loads(forms()["json"].write(filed)["assessment.json"])
    changes = [c for c in data["claims"] if c["$"] == "Change"]
    assert len(changes) == len(filed.story.changes) > 0
    for claim, change in zip(changes, filed.story.changes, strict=True):
        wanted = claim[part] if part != "difference" else claim["after"]["value"] - claim["before"]["value"]
        assert wanted == getattr(change, part)
        assert f"FD: {wanted!r}" in text
