"""Outside text in every form for the record: it stays text, whatever it holds (catalogue B12, rule S15)."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import hl7 as second
import pytest
from fhir.resources import get_fhir_model_class

from vivomap.core import Assessment, Image, Match, Measurement, Missing, identify
from vivomap.report import fhir, fhircast, hl7, tidy
from vivomap.report.fhir import imr, r5
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]
TEXTS = {
    "script": "<script>alert(1)</script>",
    "formula": "=cmd|' /C calc'!A0",
    "template": "{{7*7}} ${7*7} %s {0}",
    "segments": "x\rMSH|^~\\&|EVIL\rPID|1||P-2",
    "frame": "x\x1c\r\x0bMSH|^~\\&|",
    "right to left": "\u202eP-2\u2066",
    "NUL": "a\x00b\x08c",
    "line ends": "a\nb\r\nc\x85d\u2028e",
    "64k": "long " * 13_000,
    "quotes": "\"'`,;\t",
}


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


@pytest.fixture
def hostile(two_visits: Case, text: str) -> Filed:
    """A visit whose patient, lesion, site, reason, option and flag are all that text."""
    now, _ = two_visits
    m = next(c for c in now.claims if isinstance(c, Measurement) and c.region == "lung_1")
    region = replace(now.study.regions[0], name=text, lesion=text, site=text, finding=text)
    study = replace(now.study, patient=text, regions=(region,))
    option = replace(now.recommendation.proposals[0], option=text, source=text, reasons=(text,))
    made = replace(m, region=text, provenance=replace(m.provenance, settings=(("kernel", text),), source=(text,)))
    claims = (Match("new", (), (text,), m.day, 1.0, text), made, Missing("volume", text, m.day, "gate_failed", text))
    proposed = replace(now.recommendation, proposals=(option,))
    return Filed(replace(now, study=study, claims=claims, recommendation=proposed))


@pytest.fixture
def number(hostile: Filed) -> Measurement:
    return next(c for c in hostile.assessment.claims if isinstance(c, Measurement))


def test_in_a_message_no_segment_and_no_field_is_added(hostile: Filed, number: Measurement, text: str) -> None:
    made = hl7.message(hostile)
    body = made.encode()
    assert b"\x0b" not in body
    assert b"\x1c" not in body
    assert b"\n" not in body
    parsed = second.parse(made)
    names = [str(s[0]) for s in parsed]
    assert names[:3] == ["MSH", "PID", "OBR"]
    assert set(names[3:]) == {"OBX", "NTE"}
    assert len(parsed.segment("PID")) == 6
    assert all(len(s) <= 19 for s in parsed.segments("OBX"))
    (value,) = [s for s in parsed.segments("OBX") if str(s[3]).startswith(f"{number.name}^") and str(s[2]) == "NM"]
    assert float(str(value[5])) == number.value
    if text.isascii():
        assert parsed.unescape(str(parsed.segment("PID")[3])) == text


def test_in_a_bundle_it_is_a_string_of_legal_characters(
    hostile: Filed, number: Measurement, text: str, shaped: Callable[..., None], lawful: Callable[..., None]
) -> None:
    made = json.loads(fhir.FHIR.write(hostile)["fhir.json"])
    shaped(made)
    lawful(made)
    found = next(e["resource"] for e in made["entry"] if e["resource"]["id"] == identify(number))
    told = found["subject"]["identifier"]["value"]
    assert len(told) == len(text)
    assert not set(told) & {"\x00", "\x08", "\x1c", "\x0b"}


def test_in_r5_and_in_an_event_it_is_the_same_string(hostile: Filed, number: Measurement, text: str) -> None:
    old = next(e["resource"] for e in fhir.bundle(hostile)["entry"] if e["resource"]["id"] == identify(number))
    made = json.loads(fhir.canonical(r5.later(hostile)))
    new = next(e["resource"] for e in made["entry"] if e["resource"]["id"] == identify(number))
    assert new["subject"] == old["subject"]
    event = json.loads(fhir.canonical(fhircast.updated(hostile)))
    brought = event["event"]["context"][1]["resource"]["entry"]
    assert new in [e["resource"] for e in brought]
    for resource in (r["resource"] for r in made["entry"]):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_in_a_report_with_links_it_is_text_and_no_markup(hostile: Filed, text: str, number: Measurement) -> None:
    told = replace(hostile, by=text, archive="https://pacs.example/web")
    study = replace(told.assessment.study, uid=("1.2.3",), images=tuple(map(_of_study, told.assessment.study.images)))
    made = imr.report(replace(told, assessment=replace(told.assessment, study=study)))
    report = made["entry"][0]["resource"]
    ElementTree.fromstring(report["text"]["div"])
    page = base64.b64decode(report["presentedForm"][0]["data"]).decode()
    words = [e["resource"].get("valueString", "") for e in made["entry"]]
    assert "<script>alert" not in " ".join((page, report["text"]["div"], *words))
    assert float(made["entry"][4]["resource"]["component"][0]["valueQuantity"]["value"]) == number.value


def _of_study(image: Image) -> Image:
    return replace(image, settings=(*image.settings, ("study_uid", "1.2.3"), ("series_uid", "1.2.3.1")))


def test_in_a_table_it_is_one_cell_that_runs_nothing(hostile: Filed, number: Measurement, text: str) -> None:
    body = tidy.TABLE.write(hostile)["tidy.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(body, newline="")))
    assert len(rows) == len(hostile.assessment.claims) + 1
    found = next(r for r in rows if r["kind"] == "measurement")
    assert float(found["value"]) == number.value
    assert found["lesion"] == (f"'{text}" if text.startswith("=") else text)
    assert not [c for r in rows for c in r.values() if c.startswith(("=", "+", "@", "\t", "\r"))]
