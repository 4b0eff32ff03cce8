"""What is said of the visit: verdicts in public codes where they exist, proposals that are no orders."""

from dataclasses import replace

import pytest

from vivomap.core import Flag, Missing, Prediction, Provenance, Recommendation
from vivomap.report.dicom_sr.said import evaluations, not_given
from vivomap.report.forms import Filed


def by_concept(filed: Filed, concept: str) -> list:
    return [i for i in evaluations(filed) if i.ConceptNameCodeSequence[0].CodeValue == concept]


@pytest.mark.parametrize(("state", "code"), [("CR", "112041"), ("PR", "112042"), ("PD", "112043"), ("SD", "112044")])
def test_the_response_of_the_targets_has_its_public_code(filed: Filed, state: str, code: str) -> None:
    (verdict,) = filed.story.verdicts
    said = replace(verdict, category=state, reasons=(f"targets: {state}; sum 50.4 mm",))
    made = replace(filed, assessment=replace(filed.assessment, claims=(said,)))
    (current,) = by_concept(made, "112048")
    assert current.ConceptCodeSequence[0].CodeValue == state
    assert current.ContentSequence[0].ConceptCodeSequence[0].CodeValue == "126081"
    (target,) = by_concept(made, "TARGET_RESPONSE")
    assert target.ConceptCodeSequence[0].CodeValue == code


def test_a_real_verdict_is_said_once_more_in_words_with_its_noise(filed: Filed) -> None:
    (words,) = by_concept(filed, "VERDICT")
    assert words.TextValue.startswith("RECIST 1.1: partial response (PR); targets: PR")
    assert "measurement error alone" in words.TextValue


def test_proposals_are_numbered_and_named_as_no_order(filed: Filed) -> None:
    (first,) = by_concept(filed, "PROPOSAL")
    assert first.TextValue.startswith("1. ")
    assert "not an order" in first.ConceptNameCodeSequence[0].CodeMeaning


def test_missing_things_chances_and_warnings_of_the_visit_are_said(filed: Filed) -> None:
    item = not_given(Missing("volume", "node", None, "not_comparable", "another scanner", "change"))
    assert item.TextValue == "change of volume (node): another scanner"
    assert item.ContentSequence[0].ConceptCodeSequence[0].CodeValue == "not_comparable"
    guess = Prediction("progression", "", 0.7, 0.6, 0.8, 180, None, (), Provenance("m", "1"))
    study = replace(filed.assessment.study, flags=(Flag("no_date", "no date"),))
    made = replace(filed.assessment, claims=(guess,), study=study, recommendation=Recommendation((), None, (), "why"))
    told = replace(filed, assessment=made)
    assert by_concept(told, "CHANCE")[0].TextValue == "progression: 0.70 (0.60 to 0.80), 180 d"
    assert by_concept(told, "FLAG")[0].TextValue == "no date"
    assert by_concept(told, "ABSTAINED")[0].TextValue == "why"
