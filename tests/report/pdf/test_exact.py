"""The table of exact numbers: every number of the visit, as the record has it."""

from __future__ import annotations

from vivomap.core import Assessment, Measurement, identify
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed
from vivomap.report.pdf.exact import exact, identities

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_every_number_stands_with_all_its_digits(four_visits: Case) -> None:
    filed = Filed(*four_visits)
    claims = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    rows = exact(filed)
    assert claims
    assert [(float(r.value), r.unit, float(r.uncertainty)) for r in rows] == [
        (c.value, c.unit, c.uncertainty) for c in claims
    ]
    assert [r.claim for r in rows] == [identify(c)[:12] for c in claims]
    assert {r.code for r in rows if r.name == "long axis"} == {"SCT 103339001"}


def test_a_lesion_has_its_tracking_identifier_and_the_patient_is_all(two_visits: Case, table_only: Case) -> None:
    filed = Filed(*two_visits)
    assert [(i.label, i.uid) for i in identities(filed)] == [(k, tracking_uid(filed, k)) for k in filed.story.marks]
    assert [r.letter for r in exact(Filed(*table_only))] == ["all"]
