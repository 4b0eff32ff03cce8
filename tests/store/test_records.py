"""What an entry is and can be found by."""

from datetime import date

import pytest

from vivomap.core import Assessment, Change, Consent, Refusal, Study, dumps, identify
from vivomap.core.course import Course
from vivomap.store.records import (
    Basis,
    Entry,
    Supersedes,
    Written,
    arrays_of,
    body_of,
    canonical,
    claims_in,
    digest,
    digests_in,
    kind_of,
    names_in,
)


def entry(kind: str, noun: object) -> Entry:
    body = body_of(kind, noun)
    return Entry(1, kind, digest(body), "", body)


def test_ids_taken_from_json_are_those_of_the_core(visit) -> None:
    _, first = visit()
    _, second = visit(day=None, before=first.claims[0])
    data = entry("assessment", second).data
    assert canonical(data) == dumps(second)
    names = [name for name, _ in claims_in(data)]
    change = Course(second.study, (), second.claims).of(Change)[0]
    for claim in (*second.claims, change.before, change.after):
        assert identify(claim) in names
    assert len(names) == len(second.claims) + 2


def test_every_array_of_a_noun_is_found(visit) -> None:
    study, made = visit()
    inside = {v.digest for v in arrays_of(made)}
    assert inside == set(digests_in(entry("assessment", made).data))
    assert {study.images[0].voxels.digest, study.regions[0].mask.digest, made.claims[0].detail.voxels.digest} == inside


@pytest.mark.parametrize(
    ("kind", "noun"),
    [
        ("basis", Basis("a" * 64, "b" * 64, ("c" * 64, "d" * 64), "e" * 64, "0.1.0")),
        ("supersedes", Supersedes("a" * 64, "b" * 64, "a scanner was mended")),
        ("report", Written("a" * 64, "html", "report.html", "b" * 64)),
    ],
)
def test_own_records_are_read_back_equal(kind: str, noun: object) -> None:
    assert entry(kind, noun).noun == noun
    assert kind_of(noun) == kind


def test_nouns_of_the_core_are_read_back_equal(visit) -> None:
    study, made = visit()
    assert entry("study", study).noun == study
    assert entry("assessment", made).noun == made


def test_a_consent_is_found_by_its_patient_and_makes_no_patient_on_record() -> None:
    said = Consent("P1", "research", False, "Dr A", date(2026, 3, 1))
    assert entry("consent", said).noun == said
    assert names_in(dumps(said)) == {("consent", "P1")}


def test_a_noun_of_another_kind_is_refused(visit) -> None:
    study, _ = visit()
    with pytest.raises(Refusal) as refused:
        body_of("decision", study)
    assert refused.value.code == "unknown_name"
    with pytest.raises(Refusal):
        kind_of("a text")


def test_patient_and_pathway_are_never_run_together(visit) -> None:
    one = visit(patient='P", "1', pathway="lung")[1]
    other = visit(patient="P", pathway='1", "lung')[1]

    def course(made: Assessment) -> set[str]:
        return {name for role, name in names_in(dumps(made)) if role == "course"}

    assert course(one).isdisjoint(course(other))


def test_a_study_is_found_by_patient_and_array(visit) -> None:
    study: Study = visit()[0]
    names = names_in(dumps(study))
    assert ("patient", "P1") in names
    assert ("array", study.images[0].voxels.digest) in names
