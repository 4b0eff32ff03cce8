"""Entries are found by the beginning of an id, or refused with the reason."""

import itertools
import sqlite3
from contextlib import closing
from datetime import date

import pytest

from vivomap.core import Decision, Image, Refusal, Region, identify
from vivomap.store import Found, Project, shelf


def test_a_claim_is_found_with_its_assessment(project: Project, visit) -> None:
    study, made = visit()
    whole = project.record(made, study)
    for claim in made.claims:
        found = project.find(identify(claim)[:10])
        assert found == Found("claim", identify(claim), claim, whole)


def test_entries_are_found_by_their_id(project: Project, visit) -> None:
    study, made = visit()
    whole = project.record(made, study)
    decision = Decision(whole, "go on", "Dr A", date(2026, 1, 6), "stable")
    key = project.keep(decision)
    assert project.find(whole[:8]) == Found("assessment", whole, made, whole)
    assert project.find(identify(study)[:8]).noun == study
    assert project.find(key.upper()[:8]) == Found("decision", key, decision, whole)


def test_an_array_is_found_with_what_holds_it(project: Project, visit) -> None:
    study, made = visit()
    whole = project.record(made, study)
    image = project.find(study.images[0].voxels.digest[:8])
    assert (image.kind, image.assessment) == ("array", whole)
    assert isinstance(image.noun, Image)
    assert image.noun.role == "ct"
    mask = project.find(study.regions[0].mask.digest[:8]).noun
    assert isinstance(mask, Region)
    assert project.find(made.claims[0].detail.voxels.digest[:8]).noun.role == "map"


def test_a_number_in_two_assessments_is_found_where_it_was_made(project: Project, visit) -> None:
    study, first = visit()
    one = project.record(first, study)
    later, second = visit(day=date(2026, 4, 1), before=first.claims[0])
    project.record(second, later, [first])
    assert project.find(identify(first.claims[0])[:8]).assessment == one


@pytest.mark.parametrize("prefix", ["", "abcde", "xyzxyz", "a" * 65, "abc' OR 1=1"])
def test_what_is_no_beginning_of_an_id_is_refused(project: Project, prefix: str) -> None:
    with pytest.raises(Refusal) as refused:
        project.find(prefix)
    assert refused.value.code == "unknown_name"


def test_an_unknown_id_is_refused(project: Project) -> None:
    with pytest.raises(Refusal) as refused:
        project.find("abcdef")
    assert refused.value.code == "unknown_name"


def test_an_ambiguous_beginning_is_refused_with_the_candidates(
    project: Project, visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sorted(project.record(made, study) for study, made in (visit(patient=f"P{n}") for n in range(40)))
    start = next(a[:1] for a, b in itertools.pairwise(ids) if a[0] == b[0])
    monkeypatch.setattr(shelf, "PREFIX", shelf.re.compile(r"[0-9a-f]{1,64}"))
    with pytest.raises(Refusal) as refused:
        project.full_id(start)
    assert refused.value.code == "ambiguous_name"
    assert next(i for i in ids if i.startswith(start))[:7] in refused.value.found
    assert project.full_id(ids[0]) == ids[0]


def test_an_edited_body_is_not_read_even_without_a_verification(project: Project, visit) -> None:
    study, made = visit()
    project.record(made, study)
    with closing(sqlite3.connect(project.path / "ledger.sqlite")) as raw:
        raw.execute("UPDATE entries SET body = replace(body, '12.5', '17.5') WHERE kind = 'assessment'")
        raw.commit()
    with pytest.raises(Refusal) as refused:
        project.history("P1", "lung")
    assert refused.value.code == "broken_chain"
    assert "row 2" in refused.value.where
