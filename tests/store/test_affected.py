"""What hangs on a scanner, setting, version or span of days is listed whole, and nothing else."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vivomap.core import Decision, Outcome, Refusal, identify
from vivomap.store import Project

OTHER = (("manufacturer", "Philips"), ("model", "Ingenuity"), ("serial", "4"), ("software", "4.1"), ("level", 50.0))


@pytest.fixture
def three(project: Project, visit, tmp_path: Path) -> tuple[Project, list[str], list[str]]:
    """Three visits of P1 (the first on a GE, the others on a Philips), one of P2; each decided, reported, followed."""
    project.record(*reversed(visit(patient="P2", settings=OTHER, value=3.0)))
    first_study, first = visit()
    second_study, second = visit(day=date(2026, 4, 1), settings=OTHER, before=first.claims[0], value=14.0)
    third_study, third = visit(day=date(2026, 7, 1), settings=OTHER, version="0.2.0", value=15.0)
    page = tmp_path / "report.html"
    page.write_text("<p>")
    ids, decisions = [], []
    for study, made, past in ((first_study, first, []), (second_study, second, [first]), (third_study, third, [])):
        whole = project.record(made, study, past)
        ids.append(whole)
        decisions.append(project.keep(Decision(whole, "go on", "Dr A", made.study.day, "stable")))
        project.wrote(whole, "html", page)
        project.keep(Outcome(whole, "progression", "no", date(2027, 1, 1)))
    return project, ids, decisions


def test_a_scanner_taints_its_numbers_and_all_that_rests_on_them(three) -> None:
    project, ids, decisions = three
    found = project.affected(scanner="discovery")
    first, second = project.assessment(ids[0]), project.assessment(ids[1])
    assert found.measurements == ((identify(first.claims[0]), "volume", "liver_1", date(2026, 1, 5)),)
    rest = [identify(first.claims[1]), identify(second.claims[1]), identify(second.claims[2])]
    assert [c[0] for c in found.claims] == rest  # verdict; change from it; the verdict on that change
    assert found.claims[1][1:] == ("volume", "liver_1", date(2026, 4, 1))
    assert found.assessments == found.in_force == tuple(ids[:2])
    assert found.decisions == tuple(decisions[:2])
    assert len(found.outcomes) == len(found.reports) == 2


def test_a_scanner_is_known_by_whole_words(three) -> None:
    project, ids, _ = three
    assert project.affected(scanner="GE").assessments == tuple(ids[:2])  # not the others' Ingenuity
    assert project.affected(scanner="Disco").assessments == ()
    assert len(project.affected(scanner="philips ingenuity").assessments) == 3
    assert project.affected(scanner="(+").assessments == ()


def test_a_setting_is_compared_as_text_or_as_number(three) -> None:
    project, ids, _ = three
    assert project.affected(setting="level=41").assessments == tuple(ids[:2])
    assert project.affected(setting="manufacturer=Philips").assessments[1:] == tuple(ids[1:])
    assert project.affected(setting="manufacturer=philips").assessments == ()
    assert project.affected(setting="level=forty").assessments == ()


def test_a_version_finds_what_it_made(three) -> None:
    project, ids, decisions = three
    found = project.affected(version="0.2.0")
    assert found.assessments == (ids[2],)
    assert found.decisions == (decisions[2],)


def test_a_version_finds_assessments_that_hold_no_number(project: Project, visit, monkeypatch) -> None:
    study, made = visit()
    monkeypatch.setattr("vivomap.store.project.__version__", "0.0.9")
    empty = replace(made, claims=(), recommendation=replace(made.recommendation, because=()))
    whole = project.record(empty, study)
    found = project.affected(version="0.0.9")
    assert (found.assessments, found.measurements) == ((whole,), ())


def test_days_are_of_acquisition_and_both_ends_count(three) -> None:
    project, ids, _ = three
    found = project.affected(dates=(date(2026, 4, 1), date(2026, 7, 1)))
    assert [m[3] for m in found.measurements] == [date(2026, 4, 1), date(2026, 7, 1)]
    assert found.assessments == tuple(ids[1:])
    assert project.affected(dates=(date(2026, 4, 2), date(2026, 6, 30))).assessments == ()


def test_all_that_is_asked_must_match(three) -> None:
    project, ids, _ = three
    assert project.affected(scanner="Philips", version="0.2.0").assessments == (ids[2],)
    assert project.affected(scanner="Discovery", version="0.2.0").assessments == ()


def test_an_assessment_made_in_the_light_of_an_affected_one_is_affected(project: Project, visit) -> None:
    study, first = visit()
    one = project.record(first, study)
    later, second = visit(day=date(2026, 4, 1), settings=OTHER)
    two = project.record(second, later, [first])
    latest, third = visit(day=date(2026, 5, 1), settings=OTHER)
    three = project.record(third, latest, [second])
    found = project.affected(scanner="GE")
    assert found.assessments == (one, two, three)
    assert len(found.measurements) == 1  # their numbers do not rest on it


def test_a_number_made_from_an_affected_map_is_affected(project: Project, visit) -> None:
    study, made = visit()
    volume = made.claims[0]
    provenance = replace(volume.provenance, inputs=(volume.detail.voxels.digest,), settings=OTHER)
    habitat = replace(volume, name="habitat", provenance=provenance, detail=None)
    project.record(replace(made, claims=(habitat, *made.claims)), study)  # said before the map it rests on
    assert {m[1] for m in project.affected(scanner="GE").measurements} == {"volume", "habitat"}


def test_superseded_versions_are_listed_and_told_apart(project: Project, visit) -> None:
    study, old = visit()
    first = project.record(old, study)
    second = project.supersede(first, visit(value=14.0)[1], "contour corrected")
    found = project.affected(scanner="GE")
    assert found.assessments == (first, second)
    assert found.in_force == (second,)


@pytest.mark.parametrize(
    "asked", [{}, {"scanner": " "}, {"setting": "level"}, {"setting": "=4"}, {"setting": "level="}]
)
def test_a_question_that_asks_nothing_is_refused(project: Project, asked: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        project.affected(**asked)
    assert refused.value.code == "bad_setting"
