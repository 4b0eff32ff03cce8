"""The whole message: its head, its structure, its sameness."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import hl7 as second
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import ValidationError
from hl7apy.parser import parse_message

from vivomap.core import Assessment, Refusal, identify
from vivomap.report import hl7
from vivomap.report.forms import Filed
from vivomap.report.hl7 import Envelope

Case = tuple[Assessment, tuple[Assessment, ...]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")
NEWER = re.compile(r"Warning: Value (99VIVOMAP|SCT|UCUM) not in table HL70396 in element \w+\.CE_[36]")
NM = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def test_a_validator_takes_it_and_warns_of_nothing_but_newer_code_systems(
    case: Case, written: Callable[[Case], str], tmp_path: Path
) -> None:
    parsed = parse_message(written(case), validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
    assert parsed.validate(report_file=str(tmp_path / "said"))
    said = (tmp_path / "said").read_text().splitlines()
    assert not [line for line in said if not NEWER.fullmatch(line)]


def test_the_validator_does_see_a_missing_field(two_visits: Case, written: Callable[[Case], str]) -> None:
    broken = written(two_visits).replace("PID|1||P-0417", "PID|1||")
    with pytest.raises(ValidationError):
        parse_message(broken, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True).validate()


def test_a_second_library_reads_every_segment(case: Case, written: Callable[[Case], str]) -> None:
    text = written(case)
    parsed = second.parse(text)
    assert str(parsed) == text
    assert {str(s[0]) for s in parsed} <= {"MSH", "PID", "OBR", "OBX", "NTE"}
    numbers = [str(s[5]) for s in parsed.segments("OBX") if str(s[2]) == "NM"]
    assert all(NM.fullmatch(n) for n in numbers)
    assert [int(str(s[1])) for s in parsed.segments("OBX")] == list(range(1, len(parsed.segments("OBX")) + 1))


def test_the_head_says_who_what_and_when(two_visits: Case, written: Callable[[Case], str]) -> None:
    head = second.parse(written(two_visits)).segment("MSH")
    assert [str(head[k]) for k in (3, 4, 5, 6)] == ["VIVOMAP", "NORTH", "RIS", "HOSPITAL"]
    assert str(head[7]) == "20260310083000+0000"
    assert [str(head[k]) for k in (9, 11, 12, 18)] == ["ORU^R01^ORU_R01", "P", "2.5.1", "UNICODE UTF-8"]
    assert str(head[10]) == identify(two_visits[0])[:20]


def test_the_time_is_told_in_utc(two_visits: Case) -> None:
    late = datetime(2026, 3, 10, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert "|20260309230000+0000|" in hl7.message(Filed(*two_visits), Envelope(late)).split("\r")[0]


def test_patient_and_order_go_by_identifier(two_visits: Case, undated: Case, written: Callable[[Case], str]) -> None:
    parsed = second.parse(written(two_visits))
    assert str(parsed.segment("PID")[3]) == "P-0417"
    order = parsed.segment("OBR")
    assert str(order[3]) == f"{identify(two_visits[0])}^VIVOMAP"
    assert (str(order[7]), str(order[25])) == ("20260309", "P")
    assert str(second.parse(written(undated)).segment("OBR")[7]) == ""


def test_the_same_assessment_keeps_its_id_whenever_it_is_sent(two_visits: Case) -> None:
    one, two = (hl7.message(Filed(*two_visits), Envelope(datetime(2026, 3, d, tzinfo=UTC))) for d in (10, 11))
    assert one != two
    assert one.split("|")[9] == two.split("|")[9] == hl7.control_id(two_visits[0])
    assert one.replace("20260310000000", "") == two.replace("20260311000000", "")


def test_a_hostile_patient_id_stays_one_field(two_visits: Case, envelope: Envelope) -> None:
    now, (before,) = two_visits
    name = "P|9^x&y~z\\F\\\rOBX|1|NM|evil\x1c\x0b"
    hostile = [replace(a, study=replace(a.study, patient=name)) for a in (before, now)]
    text = hl7.message(Filed(hostile[1], tuple(hostile[:1])), envelope)
    assert "\x1c" not in text
    assert "\x0b" not in text
    parsed = second.parse(text)
    assert len(parsed.segments("PID")) == 1
    assert parsed.unescape(str(parsed.segment("PID")[3])) == name
    assert not [s for s in parsed.segments("OBX") if "evil" in str(s[3])]
    assert {str(s[2]) for s in parsed.segments("OBX") if "evil" in str(s)} <= {"TX"}
    assert parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True).validate()


def test_its_time_is_when_it_is_sent_else_when_it_was_recorded_else_the_day_of_the_visit(two_visits: Case) -> None:
    when = datetime(2026, 3, 9, 17, tzinfo=UTC)
    recorded = replace(Filed(*two_visits), recorded=when)
    sent = hl7.message(recorded, Envelope(datetime(2026, 3, 10, tzinfo=UTC)))
    times = [m.split("|")[6] for m in (sent, hl7.message(recorded), hl7.message(Filed(*two_visits)))]
    assert times == ["20260310000000+0000", "20260309170000+0000", "20260309"]


def test_a_file_holds_the_message_and_the_same_each_time(two_visits: Case, tmp_path: Path) -> None:
    now, history = two_visits
    path = hl7.write(now, tmp_path, history)
    assert path.name == "oru.hl7"
    assert (
        path.read_bytes() == hl7.message(Filed(now, history)).encode() == hl7.HL7.write(Filed(now, history))["oru.hl7"]
    )


def test_a_later_version_names_the_one_whose_place_it_takes(two_visits: Case) -> None:
    now, history = two_visits
    old = Filed(replace(now, edition="6e" * 32), history)
    parsed = second.parse(hl7.message(replace(Filed(now, history), replaces=(old,))))
    named = [str(s[5]) for s in parsed.segments("OBX") if str(s[3]).startswith("replaces^")]
    assert named == [identify(old.assessment)]


def test_nothing_of_another_patient_is_written(two_visits: Case, tmp_path: Path) -> None:
    now, (before,) = two_visits
    with pytest.raises(Refusal) as refused:
        hl7.write(now, tmp_path, (replace(before, study=replace(before.study, patient="P-2")),))
    assert refused.value.code == "two_patients"
    assert not list(tmp_path.iterdir())
