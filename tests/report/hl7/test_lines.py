"""What each claim becomes in a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import hl7 as second

from vivomap.core import Assessment, Change, Flag, Measurement, Missing, Prediction, Provenance, identify
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed
from vivomap.report.hl7 import Envelope, message

Case = tuple[Assessment, tuple[Assessment, ...]]
Rows = Callable[[Case], dict[tuple[str, str], list[str]]]


def test_a_number_has_value_unit_range_mark_status_and_day(two_visits: Case, rows: Rows) -> None:
    found = rows(two_visits)
    row = found["long_axis", "1"]
    assert (row[2], row[5], row[6]) == ("NM", "25.5", "mm^mm^UCUM")
    assert (row[8], row[11], row[14]) == ("D", "P", "20260309")
    low, high = (float(end) for end in row[7].split(" - "))
    change = next(c for c in two_visits[0].claims if isinstance(c, Change) and c.region == "lung_1")
    assert abs(low - change.before.value - change.low) < 1e-3
    assert low < 42.0 < high
    assert found["long_axis.u", "1"][5:7] == ["0.4", "mm^mm^UCUM"]


def test_a_change_within_error_has_no_mark(two_visits: Case, rows: Rows) -> None:
    row = rows(two_visits)["long_axis", "3"]
    low, high = (float(end) for end in row[7].split(" - "))
    assert low <= float(row[5]) <= high
    assert row[8] == ""


def test_a_first_number_has_no_range(baseline: Case, rows: Rows) -> None:
    assert rows(baseline)["long_axis", "1"][7:9] == ["", ""]


def test_a_change_has_its_difference_and_its_chance(two_visits: Case, rows: Rows) -> None:
    found = rows(two_visits)
    assert found["long_axis.change", "1"][5] == "-16.5"
    assert 0.7 < float(found["long_axis.p_real", "3"][5]) < 0.8
    assert found["long_axis.p_real", "3"][6] == "1^1^UCUM"


def test_what_is_missing_could_not_be_obtained_and_says_why(two_visits: Case, pet: Case, rows: Rows) -> None:
    row = rows(two_visits)["mean_adc", "1"]
    assert (row[2], row[11]) == ("TX", "X")
    assert row[5] == "not_imaged: the visit has no image in the role adc"
    assert rows(pet)["tlg.change", "1"][5].startswith("not_comparable: no serial number")
    assert rows(pet)["tlg", "1"][2] == "NM"


def test_verdict_option_and_abstention_are_told_in_words(four_visits: Case, table_only: Case, rows: Rows) -> None:
    found = rows(four_visits)
    assert found["recist_1_1", "0"][5] == "progressive disease (PD)"
    assert found["recist_1_1.p_noise", "0"][5] == "0.02"
    assert found["option", "1"][5] == "discuss a change of treatment"
    assert found["option", "2"][5] == "image again early, before acting"
    assert found["look_again", "0"][5:7] == ["28", "d^d^UCUM"]
    assert found["fate", "2"][5] == "vanished"
    assert "orders nothing" in found["conclusion", "0"][5]
    assert rows(table_only)["abstained", "0"][5] == "nothing could be measured at this visit"


def test_lesions_keep_their_number_and_carry_their_tracking_uid(two_visits: Case, rows: Rows) -> None:
    now, history = two_visits
    found = rows(two_visits)
    assert found["lesion", "2"][5] == "lung_2"
    assert found["tracking_uid", "2"][5] == tracking_uid(Filed(now, history), "lung_2")
    assert found["letter", "2"][5] == "B"


def test_two_numbers_of_one_name_do_not_overwrite_each_other(table_only: Case, rows: Rows) -> None:
    now = table_only[0]
    number = next(c for c in now.claims if isinstance(c, Measurement))
    twice = replace(now, claims=(*now.claims, replace(number, value=1.1, day=date(2026, 2, 1))))
    found = rows((twice, ()))
    assert (found["creatinine", "0"][5], found["creatinine", "0.2"][5]) == ("0.93", "1.1")


def test_notes_name_the_claim_and_what_the_range_is(two_visits: Case, envelope: Envelope) -> None:
    now, history = two_visits
    m = next(c for c in now.claims if isinstance(c, Measurement))
    flagged = replace(m, flags=(Flag("thick_slices", "4 mm"),))
    text = message(Filed(replace(now, claims=(flagged, Missing("a", "", None, "b", "c"))), history), envelope)
    notes = [str(s[3]) for s in second.parse(text).segments("NTE")]
    assert f"claim {identify(flagged)}" in notes
    assert "warning thick_slices: 4 mm" in notes
    whole = [str(s[3]) for s in second.parse(message(Filed(now, history), envelope)).segments("NTE")]
    assert "range: limits of no change against 2026-01-12, not a normal range" in whole


def test_a_chance_is_a_number_with_its_horizon(two_visits: Case, envelope: Envelope) -> None:
    now, history = two_visits
    chance = Prediction("progression", "", 0.31, 0.22, 0.42, 90, date(2026, 3, 9), (), Provenance("a:b", "0.1.0"))
    text = message(Filed(replace(now, claims=(*now.claims, chance)), history), envelope)
    assert "|NM|progression^Progression^99VIVOMAP|0|0.31|1^1^UCUM|" in text
    assert "within 90 days; 95 % interval 0.22 to 0.42" in text
