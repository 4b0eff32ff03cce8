"""The call over a cohort."""

from datetime import date

import pytest

from vivomap.acquire.phantom.two_targets import cohort
from vivomap.core import Assessment, Course, Measurement, Missing, Provenance, Recommendation, Refusal, Study
from vivomap.quantify import measure_one
from vivomap.quantify.habitats.target import OVERLAP
from vivomap.track.heterogeneity import NUMBER, Case, called


def number(overlap: float, region: str = "lesion") -> Measurement:
    said = (("repeat", 0.95), ("repeat_sd", 0.01))
    return Measurement(NUMBER, overlap, "1", 0.03, region, None, Provenance("m:f", "0", (), said))


def visit(patient: str, *claims, day: date | None = None) -> Assessment:
    return Assessment("habitats", "0" * 64, Study(patient, day), tuple(claims), Recommendation((), None))


def test_targets_differ_only_beyond_what_a_repeat_would_leave():
    for overlap, differs in ((0.2, True), (0.85, True), (0.90, False), (0.95, False), (1.0, False)):
        assert Case("P", "l", overlap, 0.03, 0.95, 0.01).differs is differs
    assert not Case("P", "l", 0.85, 0.10, 0.95, 0.01).differs
    assert not Case("P", "l", 0.85, 0.03, 0.95, 0.05).differs  # the repeat is in doubt too


def test_a_patient_counts_once_at_the_first_visit_that_has_the_number():
    early, late = date(2026, 1, 1), date(2026, 6, 1)
    missing = Missing(NUMBER, "lesion", None, "not_imaged", "no perfusion")
    found = called(
        [
            visit("A", number(0.1), day=late),
            visit("A", number(0.95), number(0.93, "node"), day=early),
            visit("B", number(0.95), number(0.3, "node")),
            visit("C", missing),
            visit("D"),
        ]
    )
    assert (found.share.some, found.share.of) == (1, 2)
    assert {c.patient for c in found.cases if c.differs} == {"B"}
    assert len(found.cases) == 4
    assert found.left_out == (("C", "no perfusion"), ("D", "it was not measured"))


def test_a_cohort_without_the_number_has_no_share():
    with pytest.raises(Refusal) as refused:
        called([visit("A")])
    assert refused.value.code == "too_few_cases"


def test_a_planted_three_in_ten_is_found_and_its_interval_holds_it():
    made, planted = [], []
    for k, (differs, (images, regions, _)) in enumerate(cohort(10, 0.3, seed=1)):
        study = Study(f"P{k}", None, images, regions)
        made.append(visit(study.patient, measure_one(OVERLAP, Course(study), regions[0])))
        planted += [study.patient] if differs else []
    found = called(made)
    assert sorted(c.patient for c in found.cases if c.differs) == planted
    assert found.share.low < 0.3 < found.share.high
