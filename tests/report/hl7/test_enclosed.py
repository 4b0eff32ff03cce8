"""What a message carries beside its numbers: the report's text and its PDF, read back by two libraries."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import hl7 as second
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from vivomap.core import Assessment
from vivomap.report import hl7
from vivomap.report.forms import Filed, forms
from vivomap.report.hl7.enclosed import Enclosed, enclosed

Case = tuple[Assessment, tuple[Assessment, ...]]
pytestmark = pytest.mark.slow  # a report is printed in about a second, and two are


@pytest.fixture(scope="module")
def message(filed: Filed) -> str:
    (body,) = forms()["hl7-pdf"].write(filed).values()
    return body.decode()


def of(message: str, code: str) -> list[list[str]]:
    parsed = second.parse(message)
    found = [s for s in parsed.segments("OBX") if str(s[3]).split("^")[0] == code]
    return [[parsed.unescape(str(field)) for field in s] for s in found]


def test_the_text_of_the_report_stands_line_by_line(message: str, filed: Filed) -> None:
    rows = of(message, "report_text")
    assert {row[2] for row in rows} == {"TX"}
    (text,) = forms()["text"].write(filed).values()
    assert [row[5] for row in rows] == [line for line in text.decode().splitlines() if line.strip()]
    assert len({row[4] for row in rows}) == len(rows)


def test_the_pdf_comes_back_as_it_was_printed(message: str, filed: Filed) -> None:
    parsed = second.parse(message)
    (pdf,) = [s for s in parsed.segments("OBX") if str(s[2]) == "ED"]
    source, kind, subtype, encoding, data = str(pdf[5]).split("^")
    assert (source, kind, subtype, encoding) == ("", "AP", "PDF", "Base64")
    assert base64.b64decode(data, validate=True) == forms()["pdf"].write(filed)["report.pdf"]


def test_a_validator_takes_the_message_with_the_pdf(message: str, tmp_path: Path) -> None:
    parsed = parse_message(message, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
    assert parsed.validate(report_file=str(tmp_path / "said"))
    said = (tmp_path / "said").read_text().splitlines()
    assert not [line for line in said if "HL70396" not in line]


def test_the_pdf_is_there_only_where_it_was_asked_for(two_visits: Case) -> None:
    filed = Filed(*two_visits)
    plain = hl7.message(filed)
    assert not [s for s in second.parse(plain).segments("OBX") if str(s[2]) == "ED"]
    with_pdf = hl7.message(filed, enclosing=Enclosed("", b"%PDF"))
    assert of(with_pdf, "report_text") == []
    assert len(of(with_pdf, "report_pdf")) == 1
    assert second.parse(plain).segment("MSH")[10] != second.parse(with_pdf).segment("MSH")[10]
    assert str(second.parse(with_pdf).segment("MSH")[10]) == hl7.control_id(filed.assessment, Enclosed("", b"%PDF"))


def test_a_pathway_without_a_template_sends_its_numbers_without_text(two_visits: Case) -> None:
    now, history = two_visits
    other = Filed(replace(now, pathway="new_question"), history)
    assert enclosed(other).text == ""
    assert of(hl7.message(other), "report_text") == []


def test_a_project_sends_the_text_of_its_own_template(two_visits: Case, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    text = "title: T\npathway: lung_response\n---\nOURS {day}\n\n{research}\n"
    (tmp_path / "templates" / "lung_response.txt").write_text(text)
    told = enclosed(Filed(*two_visits), project=tmp_path)
    assert told.text.startswith("OURS 9 March 2026\n")
    assert told.pdf == b""


def test_hostile_text_in_the_report_stays_one_field(two_visits: Case, written: Callable[[Case], str]) -> None:
    now, history = two_visits
    evil = "x\rOBX|1|NM|evil^~\\&|"
    hostile = [replace(a, study=replace(a.study, patient=evil)) for a in (*history, now)]
    parsed = second.parse(hl7.message(Filed(hostile[-1], tuple(hostile[:-1]))))
    assert not [s for s in parsed.segments("OBX") if "evil" in str(s[3])]
    assert {str(s[0]) for s in parsed} <= {"MSH", "PID", "OBR", "OBX", "NTE"}
