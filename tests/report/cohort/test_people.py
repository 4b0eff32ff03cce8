"""What goes on of an assessment: numbers, reasons and categories; no name, no date, no text that a person wrote."""

from dataclasses import replace
from datetime import date

import numpy as np

from vivomap.core import (
    Assessment,
    Finding,
    Image,
    Measurement,
    Missing,
    Provenance,
    Recommendation,
    Study,
    Verdict,
    Voxels,
)
from vivomap.report.cohort import Known, person

MADE = Provenance("size:volume", "0.1.0")


def assessment(
    day: date | None, *claims: object, facts: tuple[Finding, ...] = (), pathway: str = "lung_response"
) -> Assessment:
    settings = (("manufacturer", "GE"), ("model", "Discovery"), ("sex", "F"))
    image = Image("ct", Voxels.of(np.zeros((1, 2, 2))), "1", ((1, 0, 0, 0),) * 4, settings=settings)
    study = Study("P1", day, (image,), (), facts, uid=(f"1.{day}",))
    return Assessment(pathway, "e" * 64, study, claims, Recommendation((), None))  # type: ignore[arg-type]


def volume(region: str, day: date | None, value: float = 12.5) -> Measurement:
    return Measurement("volume", value, "mL", 0.4, region, day, MADE)


FIRST, SECOND = date(2026, 3, 1), date(2026, 4, 26)


def test_visits_are_told_by_the_time_since_the_first() -> None:
    later = assessment(SECOND, volume("a", SECOND))
    one = person("P1", [later, assessment(FIRST, volume("a", FIRST)), assessment(None)], Known())
    assert one.subject.fixed == (None, "F", "", FIRST)
    assert one.subject.visits == ((("GE", "Discovery"), 0), (("GE", "Discovery"), 56), (("GE", "Discovery"), None))


def test_two_pathways_of_a_day_are_one_visit() -> None:
    both = [assessment(FIRST, volume("a", FIRST), pathway=p) for p in ("lung_response", "pet_response")]
    one = person("P1", both, Known())
    assert [line.pathway for line in one.found[0]] == ["lung_response", "pet_response"]
    assert len(one.subject.visits) == 1


def test_age_comes_from_a_table_or_a_finding_and_sex_from_either() -> None:
    told = assessment(FIRST, facts=(Finding("age", "", "67", FIRST, "letter"),))
    assert person("P1", [told], Known()).subject.fixed[:2] == (67, "F")
    assert person("P1", [told], Known(70, "M", "north")).subject.fixed[:3] == (70, "M", "north")


def test_lesions_lose_their_names_and_keep_their_identity() -> None:
    first = assessment(FIRST, volume("node of Mr Smith", FIRST), volume("b", FIRST))
    second = assessment(SECOND, volume("b", SECOND), volume("c", SECOND))
    one = person("P1", [first, second], Known())
    assert [[line.lesion for line in visit] for visit in one.found] == [["L1", "L2"], ["L2", "L3"]]
    assert "Smith" not in repr(one.found)


def test_a_number_that_is_missing_has_its_reason_and_no_value() -> None:
    gone = Missing("volume", "a", FIRST, "uneven_slices", "between a.dcm and b.dcm")
    change = replace(gone, what="change")
    (line,) = person("P1", [assessment(FIRST, gone, change)], Known()).found[0]
    assert (line.value, line.why, line.kind) == (None, "uneven_slices", "number")
    assert "dcm" not in repr(line)


def test_names_that_are_not_written_like_ours_read_other() -> None:
    strange = replace(volume("a", FIRST), name="Volume for Dr Smith")
    verdict = Verdict("recist", "=HYPERLINK(1)", 0.1, FIRST, ("said Dr Smith",), (), MADE)
    found = person("P1", [assessment(FIRST, strange, verdict, pathway="Smith's")], Known()).found[0]
    assert [line.name for line in found] == ["other", "recist"]
    assert found[1].category == "other"
    assert "Smith" not in repr(found)
