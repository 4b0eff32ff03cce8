"""Groups: one per lesion and outline, with what was measured there and what was not."""

from dataclasses import replace

from vivomap.core import Missing
from vivomap.report.dicom_sr.groups import groups
from vivomap.report.forms import Filed


def kinds(filed: Filed) -> list[tuple[str, str]]:
    return [
        (g[0].ContentTemplateSequence[0].TemplateIdentifier, g[0].ContentSequence[0].TextValue) for g in groups(filed)
    ]


def with_claims(filed: Filed, *claims: object) -> Filed:
    return replace(filed, assessment=replace(filed.assessment, claims=claims))  # type: ignore[arg-type]


def test_a_lesion_with_a_segment_is_volumetric_and_the_patient_as_a_whole_comes_last(filed: Filed) -> None:
    assert kinds(filed) == [("1411", "lesion_1 lung"), ("1411", "lesion_2 node")]
    sum_ = replace(filed.story.changes[0].after, name="sum_of_diameters", region="")
    assert kinds(with_claims(filed, *filed.assessment.claims, sum_))[-1] == ("1501", "patient")


def test_a_number_of_no_outline_stands_in_a_group_without_a_segment(filed: Filed) -> None:
    number = filed.story.changes[0].after
    table = replace(number, provenance=replace(number.provenance, inputs=()))
    assert kinds(with_claims(filed, number, table))[:2] == [("1411", number.region), ("1501", number.region)]


def test_a_lesion_without_numbers_has_its_segment_and_its_reasons(filed: Filed) -> None:
    lost = Missing("volume", "lesion_1 lung", None, "tilted_slices", "the slices are tilted")
    made = with_claims(filed, lost)
    assert kinds(made) == [("1411", "lesion_1 lung"), ("1411", "lesion_2 node")]
    first = groups(made)[0][0]
    assert [c.TextValue for c in first.ContentSequence if "volume" in str(c.get("TextValue"))] == [
        "volume (lesion_1 lung): the slices are tilted"
    ]


def test_what_has_no_code_is_said_in_words(filed: Filed) -> None:
    study = filed.assessment.study
    odd = tuple(replace(r, finding="granuloma", site="segment VII") for r in study.regions[:1])
    made = replace(filed, assessment=replace(filed.assessment, study=replace(study, regions=odd)))
    said = [c.TextValue for c in groups(made)[0][0].ContentSequence if c.ValueType == "TEXT"]
    assert {"granuloma", "segment VII"} <= set(said)


def test_site_and_side_are_coded(filed: Filed) -> None:
    study = filed.assessment.study
    left = tuple(replace(r, site="left lung") for r in study.regions)
    made = replace(filed, assessment=replace(filed.assessment, study=replace(study, regions=left)))
    (site,) = [
        c for c in groups(made)[0][0].ContentSequence if c.ConceptNameCodeSequence[0].CodeMeaning == "Finding Site"
    ]
    assert site.ConceptCodeSequence[0].CodeMeaning == "Lung"
    assert site.ContentSequence[0].ConceptCodeSequence[0].CodeMeaning == "Left"
