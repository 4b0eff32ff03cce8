"""Observers, procedures and the time point."""

from dataclasses import replace

from vivomap.report.dicom_identity import device_uid
from vivomap.report.dicom_sr.context import observers, procedure, time_point
from vivomap.report.forms import Filed


def test_the_observer_is_the_vivomap_that_measured_and_a_person_where_one_is_named(filed: Filed) -> None:
    said = {i.ConceptNameCodeSequence[0].CodeMeaning: i for i in observers(filed)}
    assert device_uid(filed.version) == said["Device Observer UID"].UID
    assert "Person Observer Name" not in said
    named = [i for i in observers(replace(filed, by="Curie^Marie")) if i.ValueType == "PNAME"]
    assert str(named[0].PersonName) == "Curie^Marie"


def test_the_procedure_is_that_of_the_one_modality_else_imaging(filed: Filed) -> None:
    study = filed.assessment.study
    mr = replace(study.images[0], settings=(("modality", "MR"),))
    made = replace(filed, assessment=replace(filed.assessment, study=replace(study, images=(*study.images, mr))))
    assert [procedure(f).ConceptCodeSequence[0].CodeValue for f in (filed, made)] == ["25045-6", "363679005"]


def test_the_first_visit_is_the_baseline_and_later_ones_count_from_it(filed_visits) -> None:
    first, later = ({i.name.meaning: i for i in time_point(f)} for f in filed_visits)
    assert first["Time Point Type"].value.meaning == "Baseline"
    assert "Time Point Type" not in later
    assert [t["Time Point Order"].value for t in (first, later)] == [1, 2]
    assert later["Subject Time Point Identifier"].value == "visit-2"
    assert [t["Longitudinal Temporal Offset from Event"].value for t in (first, later)] == [0, 56]


def test_a_visit_without_a_date_has_an_order_and_no_offset(filed: Filed) -> None:
    undated = replace(filed, assessment=replace(filed.assessment, study=replace(filed.assessment.study, day=None)))
    said = {i.name.meaning: i for i in time_point(undated)}
    assert said["Time Point"].value == "visit 2, undated"
    assert "Longitudinal Temporal Offset from Event" not in said
