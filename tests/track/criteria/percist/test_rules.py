"""The rules of PERCIST 1.0 on plain numbers: every worked example, each limit from both sides, each gate."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.maths.statistics import exact
from vivomap.track.criteria.percist import PARAMETERS, PREFIX
from vivomap.track.criteria.percist.rules import Scan, fall, measurable, respond, rise

VALUES = {p.name.removeprefix(PREFIX): p.value for p in PARAMETERS}
MACHINE = ("Maker", "M1", "77", "v2", "sharp")
BASE = Scan(date(2026, 1, 1), 8.0, "a", "liver", 2.0, 0.2, 60, MACHINE, 100)
NOW = replace(BASE, day=date(2026, 3, 1))
EPSILON = 1e-9


def call(before, after, values=VALUES, **now):
    return respond(replace(BASE, peak=before, mean=0.6, sd=0.1), replace(NOW, peak=after, mean=0.6, **now), values)


def label(before, after, **now):
    return call(before, after, **now)[0]


def test_worked_examples():
    assert label(8.0, 5.4) == "PMR"  # -32.5 %, -2.6
    assert label(2.0, 1.3) == "SMD"  # -35 %, but -0.7
    assert label(5.0, 6.6) == "PMD"  # +32 %, +1.6


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (10, 7, "PMR"),
        (10, 7 + EPSILON, "SMD"),
        (10, 13, "SMD"),
        (10, 13 + EPSILON, "PMD"),
        (2, 1.2, "PMR"),
        (2, 1.2 + EPSILON, "SMD"),
        (2, 2.8, "PMD"),
        (2, 2.8 - EPSILON, "SMD"),
        (3.3, 2.31, "PMR"),  # exactly 30 % in decimals, not in binary floats
    ],
)
def test_each_limit_from_both_sides(before, after, expected):
    assert label(before, after) == expected


@pytest.mark.parametrize(("inclusive", "fallen", "risen"), [(1, "PMR", "PMD"), (0, "SMD", "SMD")])
def test_whether_exactly_30_percent_suffices_is_a_parameter(inclusive, fallen, risen):
    values = {**VALUES, "response_inclusive": inclusive, "progression_inclusive": inclusive}
    assert call(10, 7, values)[0] == fallen
    assert call(10, 13, values)[0] == risen


def test_a_new_lesion_is_progression_whatever_else():
    found, reasons = call(8, 1, new=("b",), uptake_min=200)
    assert found == "PMD"
    assert reasons[0] == "new: b"


@pytest.mark.parametrize(("tlg", "expected"), [(175, "SMD"), (175 + 1e-6, "PMD"), (None, "SMD")])
def test_the_extent_alone_may_be_progression(tlg, expected):
    assert label(8, 8, tlg=tlg) == expected
    assert label(8, 4, tlg=tlg) == ("PMD" if expected == "PMD" else "PMR")


def test_all_below_the_liver_and_equal_to_its_surroundings_is_complete():
    assert label(8, 0, lesion="", resolved=True) == "CMR"
    assert label(8, 0.5) == "PMR"


def test_a_larger_other_lesion_denies_a_response():
    found, reasons = call(8, 4, larger=True)
    assert found == "SMD"
    assert "another lesion is larger" in reasons[0]


@pytest.mark.parametrize(("peak", "fits"), [(3.4, True), (3.4 - EPSILON, False)])
def test_measurable_at_one_and_a_half_liver_and_two_sd(peak, fits):
    scan = replace(BASE, peak=peak)  # 1.5 * 2.0 + 2 * 0.2
    if fits:
        assert measurable(scan, VALUES) == ()
    else:
        with pytest.raises(Refusal, match="not measurable") as refused:
            measurable(scan, VALUES)
        assert refused.value.code == "not_evaluable"


def test_the_blood_pool_stands_in_for_a_diseased_liver():
    scan = replace(BASE, peak=4.3, reference="blood pool")  # 2.0 * 2.0 + 2 * 0.2 = 4.4
    with pytest.raises(Refusal, match="blood pool"):
        measurable(scan, VALUES)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"mean": 2.3}, "the liver moved from 2 to 2.3"),
        ({"mean": 1.7}, "the liver moved from 2 to 1.7"),
        ({"uptake_min": 75}, "uptake times of 60 and 75 min"),
        ({"uptake_min": 45}, "uptake times of 60 and 45 min"),
        ({"scanner": ("Other", *MACHINE[1:])}, "the manufacturer differs"),
        ({"scanner": (*MACHINE[:2], "78", *MACHINE[3:])}, "the serial number differs"),
        ({"scanner": (*MACHINE[:4], "smooth")}, "the kernel differs"),
    ],
)
def test_a_gate_that_fails_gives_no_label(now, reason):
    with pytest.raises(Refusal, match=reason) as refused:
        respond(BASE, replace(NOW, **now), VALUES)
    assert refused.value.code == "gate_failed"


@pytest.mark.parametrize("now", [{"mean": 2.29}, {"mean": 1.71}, {"uptake_min": 74.9}, {"uptake_min": 45.1}])
def test_a_gate_holds_up_to_its_limit(now):
    assert respond(BASE, replace(NOW, **now), VALUES)[0] == "SMD"


def test_a_small_liver_fails_by_its_share():
    small = replace(BASE, mean=1.0)
    with pytest.raises(Refusal, match="20 %"):
        respond(small, replace(NOW, mean=1.2), VALUES)


def test_what_is_not_known_of_a_gate_is_said():
    bare = replace(BASE, mean=None, sd=None, uptake_min=None, scanner=("",) * 5)
    _, reasons = respond(bare, replace(bare, day=NOW.day), VALUES)
    said = " ".join(reasons)
    for word in ("measurable", "stability", "uptake time", "serial number"):
        assert word in said
    assert "not known" not in " ".join(respond(BASE, NOW, VALUES)[1])


def test_two_references_are_not_one():
    _, reasons = respond(BASE, replace(NOW, reference="blood pool"), VALUES)
    assert any("one reference" in r for r in reasons)


def test_a_scan_before_its_baseline_is_refused():
    with pytest.raises(Refusal, match="a later scan"):
        respond(NOW, BASE, VALUES)


@given(st.floats(1.2, 50), st.floats(0.01, 80))
def test_limits_and_labels_agree(before, after):
    found = label(before, after)
    assert (found == "PMR") == (exact(after) <= fall(before, VALUES))
    if found == "PMD":
        assert exact(after) >= rise(before, VALUES)
