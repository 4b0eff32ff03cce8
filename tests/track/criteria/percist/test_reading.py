"""From a patient's course to the two scans that PERCIST compares."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Course, Finding, Image, Refusal, Study, Voxels
from vivomap.track.criteria.percist import PARAMETERS, PREFIX
from vivomap.track.criteria.percist.reading import read

VALUES = {p.name.removeprefix(PREFIX): p.value for p in PARAMETERS}
IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def scan(paper, week, peaks, **more):
    at = paper.day(week)
    settings = (*paper.scanner, ("sd", 0.2))
    facts = [paper.number("sul_peak", v, k, at) for k, v in peaks.items()]
    facts += [paper.number("tlg", v, k, at) for k, v in more.pop("tlg", {}).items()]
    facts += [paper.number(n, v, "", at, settings=settings) for n, v in more.pop("reference", {}).items()]
    return Study("P", at, facts=(*facts, *more.pop("facts", ())), **more)


def scans(paper, *studies):
    return [s for s, _ in read(paper.walk(paper.pathway(), studies)[-1], VALUES)]


def finding(paper, name, value):
    return Finding(name, "", value, paper.day(8), "Dr A")


def test_the_hottest_lesion_may_be_another_one(paper):
    first, now = scans(paper, scan(paper, 0, {"a": 8, "b": 5}), scan(paper, 8, {"a": 3, "b": 4}))
    assert [(s.lesion, s.peak) for s in (first, now)] == [("a", 8), ("b", 4)]


def test_the_first_scan_with_a_lesion_is_the_baseline(paper):
    found = scans(paper, scan(paper, 0, {}), scan(paper, 8, {"a": 8}), scan(paper, 16, {"a": 4}))
    assert [s.peak for s in found] == [8, 4]
    assert len(scans(paper, scan(paper, 0, {"a": 8}))) == 1


def test_the_liver_gives_mean_and_spread_and_is_no_lesion(paper):
    peaks = {"a": 8, "liver": 9, "blood_pool": 10}
    (found,) = scans(paper, scan(paper, 0, peaks, reference={"liver_sul": 2.1, "blood_pool_sul": 1.5}))
    assert (found.lesion, found.reference, found.mean, found.sd) == ("a", "liver", 2.1, 0.2)
    (blood,) = scans(paper, scan(paper, 0, {"a": 8}, reference={"blood_pool_sul": 1.5}))
    assert (blood.reference, blood.mean) == ("blood pool", 1.5)


def test_the_image_tells_the_uptake_time(paper):
    suv = Image("suv", Voxels.of(np.zeros((1, 2, 2))), "g/ml{SUVbw}", IDENTITY, settings=(("uptake_min", 63.0),))
    (found,) = scans(paper, scan(paper, 0, {"a": 8}, images=(suv,)))
    assert found.uptake_min == 63
    assert found.scanner == ("Maker", "M1", "77", "v2", "")


def test_the_glycolysis_is_that_of_the_hottest_two_of_an_organ(paper):
    peaks = {"lung_1": 9, "lung_2": 8, "lung_3": 7, "liver_1": 6}
    (found,) = scans(paper, scan(paper, 0, peaks, tlg={"lung_1": 10, "lung_2": 20, "lung_3": 40, "liver_1": 80}))
    assert found.tlg == 110
    (partly,) = scans(paper, scan(paper, 0, peaks, tlg={"lung_1": 10, "lung_2": 20, "lung_3": 40}))
    assert partly.tlg is None


def test_a_new_lesion_stays_new_while_it_takes_up(paper):
    studies = [scan(paper, 0, {"a": 8}), scan(paper, 8, {"a": 8, "b": 3}), scan(paper, 16, {"a": 8, "b": 3})]
    assert scans(paper, *studies)[1].new == ("b",)


def test_a_lesion_of_which_nothing_was_said_is_not_evaluable(paper):
    with pytest.raises(Refusal, match="not every lesion was evaluated at this scan: b"):
        scans(paper, scan(paper, 0, {"a": 8, "b": 5}), scan(paper, 8, {"a": 3}))
    gone = scan(paper, 8, {"a": 3}, searched=("b",))
    assert scans(paper, scan(paper, 0, {"a": 8, "b": 5}), gone)[1].lesion == "a"


def test_a_lesion_without_a_peak_is_not_evaluable(paper):
    drawn = replace(scan(paper, 8, {}), regions=(paper.region("a"),))
    with pytest.raises(Refusal, match="not every lesion was evaluated"):
        scans(paper, scan(paper, 0, {"a": 8}), drawn)


def test_all_gone_is_resolved(paper):
    found = scans(paper, scan(paper, 0, {"a": 8}), scan(paper, 8, {}, searched=("a",)))[1]
    assert (found.peak, found.lesion, found.resolved) == (0, "", True)


@pytest.mark.parametrize(
    ("liver", "word", "resolved"),
    [(2.0, "a", True), (2.0, "yes", True), (2.0, "b", False), (1.5, "yes", False)],
)
def test_equal_to_its_surroundings_is_for_a_person_to_say(paper, liver, word, resolved):
    now = scan(
        paper, 8, {"a": 1.6}, reference={"liver_sul": liver}, facts=(finding(paper, "equal_to_background", word),)
    )
    assert scans(paper, scan(paper, 0, {"a": 8}), now)[1].resolved is resolved
    silent = scan(paper, 8, {"a": 1.6}, reference={"liver_sul": liver})
    assert scans(paper, scan(paper, 0, {"a": 8}), silent)[1].resolved is False


def test_a_person_says_that_another_lesion_is_larger(paper):
    now = scan(paper, 8, {"a": 4}, facts=(finding(paper, "unequivocal_progression", "yes"),))
    assert scans(paper, scan(paper, 0, {"a": 8}), now)[1].larger


def test_without_a_date_or_a_lesion_there_is_nothing_to_read(paper):
    with pytest.raises(Refusal) as undated:
        read(Course(Study("P", None)), VALUES)
    with pytest.raises(Refusal) as empty:
        scans(paper, scan(paper, 0, {}))
    assert (undated.value.code, empty.value.code) == ("bad_date", "not_evaluable")
