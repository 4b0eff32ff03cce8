"""The same finding has the same value, unit, code, uncertainty and identity in every form (rule N8)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import hl7 as second
import pydicom
import pytest

from vivomap.core import UNITS, Assessment, Measurement, identify
from vivomap.report import fhir, hl7, tidy, write
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.fhir.parts import SYSTEMS
from vivomap.report.forms import Filed, forms
from vivomap.report.naming import concept
from vivomap.report.templates import plain, slots
from vivomap.report.templates.choose import chosen
from vivomap.report.templates.fill import fill
from vivomap.report.templates.mrrt import SCHEMES, mrrt
from vivomap.report.templates.syntax import Template, parse
from vivomap.report.words import reading

Case = tuple[Assessment, tuple[Assessment, ...]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")


class Number(NamedTuple):
    """What a form says of one claim."""

    value: float
    unit: str
    uncertainty: float
    code: str
    lesion: str
    tracking: str


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def of_record(path: Path, filed: Filed) -> dict[str, Number]:
    """Numbers by claim, from assessment.json as plain JSON; ids as outsiders compute them, identity by policy."""
    found = {}
    for claim in json.loads(path.read_text())["claims"]:
        if claim["$"] == "Measurement":
            text = json.dumps(claim, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            where = claim["region"]
            uid = tracking_uid(filed, where) if where else ""
            told = Number(claim["value"], claim["unit"], claim["uncertainty"], claim["name"], where, uid)
            found[hashlib.sha256(text.encode()).hexdigest()] = told
    return found


def of_fhir(path: Path, claims: set[str]) -> dict[str, Number]:
    resources = [e["resource"] for e in json.loads(path.read_text())["entry"]]
    bodies = {e["fullUrl"]: e["resource"] for e in json.loads(path.read_text())["entry"]}
    found = {}
    for r in resources:
        if r["resourceType"] == "Observation" and r["id"] in claims:
            q, (extension,) = r["valueQuantity"], r["extension"]
            standard = next(e["valueQuantity"] for e in extension["extension"] if e["url"] == "standard")
            assert standard["code"] == q["code"]
            assert r["identifier"][0]["value"] == r["id"]
            lesion, uid = _body(r, bodies)
            name = r["code"]["coding"][-1]["code"]
            found[r["id"]] = Number(q["value"], q["code"], standard["value"], name, lesion, uid)
    return found


def _body(observation: dict[str, Any], bodies: dict[str, dict[str, Any]]) -> tuple[str, str]:
    if "bodySite" not in observation:
        return "", ""
    body = bodies[observation["bodySite"]["extension"][0]["valueReference"]["reference"]]
    names = {i["system"]: i["value"] for i in body["identifier"]}
    return names["https://vivomap.example/fhir/lesion"], names.get("urn:dicom:uid", "").removeprefix("urn:oid:")


def of_hl7(path: Path) -> dict[str, Number]:
    parsed = second.parse(path.read_bytes().decode())
    lesions: dict[tuple[str, str], str] = {}
    errors: dict[tuple[str, str], tuple[float, str]] = {}
    numbers: dict[str, tuple[Any, str, str]] = {}
    last: Any = None
    for s in parsed:
        if str(s[0]) == "OBX":
            last, code, sub = s, str(s[3]).split("^")[0], str(s[4])
            if code in ("lesion", "tracking_uid"):
                lesions[code, sub] = parsed.unescape(str(s[5]))
            if code.endswith(".u"):
                errors[code.removesuffix(".u"), sub] = float(str(s[5])), str(s[6]).split("^")[0]
        if str(s[0]) == "NTE" and str(s[3]).startswith("claim ") and str(last[2]) == "NM":
            numbers[str(s[3]).removeprefix("claim ")] = last, str(last[3]).split("^")[0], str(last[4])
    found = {}
    for claim, (s, code, sub) in numbers.items():
        if (code, sub) in errors:
            error, unit = errors[code, sub]
            assert unit == str(s[6]).split("^")[0]
            who = lesions.get(("lesion", sub), ""), lesions.get(("tracking_uid", sub), "")
            found[claim] = Number(float(str(s[5])), unit, error, code, *who)
    return found


def of_table(path: Path, assessment: str) -> dict[str, Number]:
    with open(path, encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if (r["kind"], r["assessment"]) == ("measurement", assessment)]
    return {
        r["claim"]: Number(
            float(r["value"]), r["unit"], float(r["uncertainty"]), r["name"], r["lesion"], r["tracking_uid"]
        )
        for r in rows
    }


def everything() -> Template:
    """A site's template that asks for every number of a lesion with all its digits."""
    rows = [
        f"N|{{{n}.exact {u}}}|{{{n}.u {u}}}|{{{n}.code}}|{{{n}.claim}}|{{lesion}}|{{tracking_uid}}"
        for n in slots.biomarkers()
        if slots.of_lesion(n)
        for u in [slots.unit_of(n, "exact")]
    ]
    body = "\n".join(["[lesion]", *rows, "[end]", "{research}"])
    return parse(f"title: T\npathway: any\n---\n{body}\n", "test")


def coded(record: dict[str, Number]) -> dict[str, Number]:
    """The numbers of lesions with their public code in place of their own name."""
    known = {claim: concept(n.code) for claim, n in record.items() if n.lesion}
    return {claim: record[claim]._replace(code=f"{c.scheme} {c.value}") for claim, c in known.items()}


UCUM = {said or "1": unit for unit, said in UNITS.items()}


def of_text(text: str) -> dict[str, Number]:
    found = {}
    for line in text.splitlines():
        if line.startswith("N|") and "not measured" not in line:
            value, error, code, claim, lesion, uid = line.split("|")[1:]
            (number, _, unit), (doubt, _, same) = value.partition(" "), error.partition(" ")
            assert unit == same
            found[claim] = Number(float(number), UCUM[unit or "1"], float(doubt), code, lesion, uid)
    return found


class Fields(HTMLParser):
    """The number fields of an MRRT file by id, and its coded content."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.xml, self.inside = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {k: v or "" for k, v in attrs}
        self.inside = tag
        if said.get("data-field-type") == "NUMBER":
            self.fields[said["id"]] = said

    def handle_data(self, data: str) -> None:
        self.xml += data if self.inside == "script" else ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def of_mrrt(text: str) -> dict[str, Number]:
    page = Fields(text)
    names = {name: scheme for scheme, (name, _) in SCHEMES.items()}
    codes = {}
    for entry in ET.fromstring(page.xml.strip()).iter("entry"):  # our own file, written here
        code = entry.find("term/code")
        assert code is not None
        codes[entry.get("ORIGTXT")] = f"{names[str(code.get('scheme'))]} {code.get('value')}"
    found = {}
    for ident, f in page.fields.items():
        value, error = float(f["data-vivomap-value"]), float(f["data-vivomap-uncertainty"])
        uid = f["data-vivomap-tracking-uid"]
        found[f["data-vivomap-claim"]] = Number(value, f["data-field-units"], error, codes[ident], "", uid)
    return found


def of_pdf(text: str, record: dict[str, Number]) -> dict[str, Number]:
    """The table of exact numbers, as a second program reads it from the file."""
    uids = dict(re.findall(r"(?m)^ *([A-Z]+) +.*tracking UID +(\S+)$", text))
    found = {}
    for claim in record:
        rows = [line.split() for line in text.splitlines() if line.split()[:1] == [claim[:12]] and "UID" not in line]
        (row,) = [r for r in rows if len(r) > 6]
        _, letter, value, unit, error, scheme, code = row[:7]
        found[claim] = Number(float(value), unit, float(error), f"{scheme} {code}", "", uids.get(letter, ""))
    return found


def test_each_number_is_the_same_in_every_form(case: Case, tmp_path: Path) -> None:
    now, history = case
    whole = write(now, tmp_path, history)
    record = of_record(next(p for p in whole if p.name == "assessment.json"), Filed(now, history))
    assert record
    assert of_fhir(fhir.write(now, tmp_path, history), set(record)) == record
    assert of_hl7(hl7.write(now, tmp_path, history)) == record
    whole_id = json.loads((tmp_path / "fhir.json").read_text())["id"]
    assert of_table(tidy.write(now, tmp_path, history), whole_id) == record


def test_the_code_is_the_same_in_every_form(two_visits: Case) -> None:
    filed = Filed(*two_visits)
    systems = {v: k for k, v in SYSTEMS.items()}
    codes = [e["resource"]["code"]["coding"] for e in fhir.bundle(filed)["entry"] if "code" in e["resource"]]
    bundle = {(c[1]["code"], c[0]["code"], systems[c[0]["system"]]) for c in codes if len(c) == 2}
    table = {(r.name, r.code, r.scheme) for r in tidy.rows(filed)}
    parts = [str(s[3]).split("^") for s in second.parse(hl7.message(filed)).segments("OBX")]
    message = {(p[0], p[3], p[5]) for p in parts if len(p) == 6}
    assert {("long_axis", "103339001", "SCT"), ("mean_adc", "113041", "DCM")} <= message
    assert message <= bundle <= table


def test_the_structured_report_names_each_lesion_and_number_as_the_others_do(filed: Filed) -> None:
    (body,) = forms()["sr"].write(filed).values()
    report = str(pydicom.dcmread(io.BytesIO(body)))
    (text,) = forms()["fhir"].write(filed).values()
    observations = [e["resource"] for e in json.loads(text)["entry"]]
    bodies = [i["value"] for o in observations if o["resourceType"] == "BodyStructure" for i in o["identifier"]]
    uids = {b.removeprefix("urn:oid:") for b in bodies if b.startswith("urn:oid:")}
    assert len(uids) == 2
    assert all(f"UI: {uid}" in report for uid in uids)
    claims = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    values = {o["id"]: o["valueQuantity"]["value"] for o in observations if "valueQuantity" in o}
    assert claims
    for claim in claims:
        assert f"FD: {values[identify(claim)]!r}" in report


def test_each_number_is_the_same_in_the_sites_own_report(case: Case, tmp_path: Path) -> None:
    now, history = case
    filed = Filed(now, history, recorded=datetime(2026, 3, 10, tzinfo=UTC))
    whole = write(now, tmp_path, history)
    record = coded(of_record(next(p for p in whole if p.name == "assessment.json"), filed))
    filled = fill(everything(), filed)
    assert of_text(plain(filled)) == record
    assert of_mrrt(mrrt(filled)) == {claim: n._replace(lesion="") for claim, n in record.items()}
    assert bool(record) == any(m.region for m in filed.assessment.claims if isinstance(m, Measurement))


def test_the_shipped_report_holds_each_number_as_the_page_rounds_it(filed: Filed) -> None:
    text = plain(fill(chosen("lung_response"), filed))
    shown = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    shown = [m for m in shown if m.name in ("long_axis", "short_axis", "volume")]
    assert len(shown) == 3 * len(filed.story.marks)
    for m in shown:
        said = reading(m)
        assert f"{said.value} ± {said.half} {said.unit}" in text
        places = len(str(said.value).partition(".")[2])
        assert abs(float(str(said.value)) - m.value) <= 0.5 * 10**-places + 1e-9


@pytest.mark.slow  # a report is printed in about a second
@pytest.mark.parametrize("name", ["two_visits", "pet"])
def test_each_number_is_the_same_in_the_printed_report(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, pdf_text: Callable[..., str]
) -> None:
    now, history = request.getfixturevalue(name)
    filed = Filed(now, history)
    whole = write(now, tmp_path, history)
    record = coded(of_record(next(p for p in whole if p.name == "assessment.json"), filed))
    (body,) = forms()["pdf"].write(filed).values()
    assert record
    assert of_pdf(pdf_text(body), record) == {claim: n._replace(lesion="") for claim, n in record.items()}
