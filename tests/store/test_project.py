"""The folder of a project, and what can be asked of it."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vivomap.core import (
    Decision,
    Option,
    Outcome,
    Pathway,
    Refusal,
    Site,
    __version__,
    dumps,
    identify,
)
from vivomap.store import Project, open_project
from vivomap.store.database import asking, names

PATHWAY = Pathway("lung", "does it respond?", "lung", ("tumour",), (), Option("go on", "C", "project"), 56)


def test_a_new_project_has_its_parts(tmp_path: Path) -> None:
    project = open_project(tmp_path / "a" / 'my "trial"')
    assert {p.name for p in project.path.iterdir()} == {"project.toml", "ledger.sqlite", "ledger.head", "vault"}
    card = tomllib.loads((project.path / "project.toml").read_text())
    assert card == {"name": 'my "trial"', "created_by": f"vivomap {__version__}"}
    assert project.name == 'my "trial"'
    assert project.verify().seq == 0
    assert project.patients() == project.assessments() == project.every() == ()


def test_opening_again_changes_nothing(project: Project) -> None:
    before = {p.name: p.read_bytes() for p in project.path.iterdir() if p.is_file()}
    assert open_project(project.path) == project
    assert {p.name: p.read_bytes() for p in project.path.iterdir() if p.is_file()} == before


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "scan.dcm").write_bytes(b"pixels")
    with pytest.raises(Refusal) as refused:
        open_project(tmp_path)
    assert refused.value.code == "not_a_project"
    assert [p.name for p in tmp_path.iterdir()] == ["scan.dcm"]


def test_nothing_is_made_where_nothing_may_be(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        open_project(tmp_path / "absent", create=False)
    assert refused.value.code == "not_a_project"
    assert list(tmp_path.iterdir()) == []


def test_a_prepared_site_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('[site]\nname = "Ours"\n')
    assert open_project(tmp_path).site() == Site("Ours")


def test_a_file_where_the_project_is_wanted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal) as refused:
        open_project(tmp_path / "file")
    assert refused.value.code == "cannot_write"


def test_an_interrupted_beginning_is_begun_again(project: Project) -> None:
    (project.path / "project.toml").unlink()
    assert open_project(project.path).verify().seq == 0


def test_without_a_site_file_nothing_is_set(project: Project) -> None:
    assert project.site() == Site()


def test_an_assessment_comes_back_equal_with_its_voxels(project: Project, visit) -> None:
    study, made = visit()
    whole = project.record(made, study)
    assert whole == identify(made)
    back = open_project(project.path).assessment(whole[:8])
    assert back == made
    assert dumps(back) == dumps(made)
    assert np.array_equal(back.study.images[0].voxels.array, study.images[0].voxels.array)


def test_voxels_are_fetched_only_when_looked_at(project: Project, visit) -> None:
    study, made = visit()
    project.record(made, study)
    digest = study.images[0].voxels.digest
    (project.path / "vault" / digest[:2] / digest).unlink()
    [back] = project.history("P1", "lung")
    assert back.claims[0] == made.claims[0]
    with pytest.raises(Refusal) as refused:
        back.study.images[0].voxels.array
    assert refused.value.code == "voxels_absent"


def test_equal_content_of_every_kind_is_written_once(project: Project, visit) -> None:
    study, made = visit()
    whole = project.append("assessment", made)
    nouns = [study, made, Decision(whole, "go on", "Dr A", date(2026, 1, 6), "stable")]
    nouns.append(Outcome(whole, "progression", "no", date(2026, 6, 1)))
    first = [project.keep(noun) for noun in nouns]
    rows = project.verify().seq
    assert [project.keep(noun) for noun in nouns] == first
    assert project.verify().seq == rows == 4


def test_decisions_and_outcomes_belong_to_their_assessment(project: Project, visit) -> None:
    study, made = visit()
    whole = project.record(made, study)
    decision = Decision(whole, "go on", "Dr A", date(2026, 1, 6), "stable", "Dr B: too early")
    outcome = Outcome(whole, "progression", "no", date(2026, 6, 1))
    project.keep(decision)
    project.keep(outcome)
    assert project.decisions(whole) == project.every_decision() == (decision,)
    assert project.outcomes(whole) == (outcome,)
    assert project.decisions("0" * 64) == ()


def test_a_decision_on_nothing_is_refused(project: Project) -> None:
    with pytest.raises(Refusal) as refused:
        project.keep(Decision("0" * 64, "go on", "Dr A", date(2026, 1, 6), "stable"))
    assert refused.value.code == "unknown_name"
    assert project.verify().seq == 0


def test_history_is_by_day_without_undated_visits(project: Project, visit) -> None:
    days = (date(2026, 5, 1), None, date(2026, 1, 5), date(2026, 3, 1))
    for day in days:
        project.record(*reversed(visit(day=day)))
    project.record(*reversed(visit(patient="P2")))
    assert [a.study.day for a in project.history("P1", "lung")] == sorted(d for d in days if d)
    assert [e.noun.study.day for e in project.assessments("P1")][-1] is None
    assert [a.study.day for a in project.history("P1", "lung", date(2026, 3, 1))] == [date(2026, 1, 5)]
    assert [a.study.day for a in project.before(visit(day=date(2026, 5, 1))[1])] == [date(2026, 1, 5), date(2026, 3, 1)]
    assert project.patients() == ("P1", "P2")
    assert len(project.assessments()) == 5
    assert project.history("P1", "other") == ()
    assert len(project.history("P1")) == 3


def test_patients_are_never_mixed(project: Project, visit) -> None:
    study, made = visit()
    other = visit(patient="P2")[1]
    with pytest.raises(Refusal):
        project.record(made, study, [other])
    whole = project.record(made, study)
    with pytest.raises(Refusal):
        project.supersede(whole, other, "mixed up")
    assert project.patients() == ("P1",)


def test_a_new_version_stands_beside_the_old(project: Project, visit) -> None:
    study, old = visit()
    first = project.record(old, study)
    new = visit(value=14.0)[1]
    second = project.supersede(first[:8], new, "the scanner was recalibrated")
    assert project.history("P1", "lung") == (new,)
    assert project.every() == (old, new)
    assert project.assessment(first) == old
    assert [d.new for d in project.differences(old, new)] == [14.0]
    assert project.supersede(second, new, "nothing changed") == second
    assert project.verify().seq == 5


def test_an_unchanged_study_is_reused_and_any_change_is_not(
    project: Project, visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_study, first = visit()
    project.record(first, first_study)
    study, plain = visit(day=date(2026, 4, 1))
    made = replace(plain, edition=identify(PATHWAY))
    assert project.reusable(PATHWAY, study, [first]) is None
    project.record(made, study, [first])
    assert project.reusable(PATHWAY, study, [first]) == made
    assert open_project(project.path).reusable(PATHWAY, study, (first,)) == made
    assert project.reusable(PATHWAY, study) is None
    assert project.reusable(PATHWAY, replace(study, searched=("tumour",)), [first]) is None
    assert project.reusable(replace(PATHWAY, look_again_days=28), study, [first]) is None
    monkeypatch.setattr("vivomap.store.project.__version__", "9.9.9")
    assert project.reusable(PATHWAY, study, [first]) is None


def test_a_superseded_assessment_is_not_reused(project: Project, visit) -> None:
    study, plain = visit()
    made = replace(plain, edition=identify(PATHWAY))
    whole = project.record(made, study)
    project.supersede(whole, replace(made, claims=made.claims[:1]), "a verdict too many")
    assert project.reusable(PATHWAY, study) is None


def test_a_report_is_put_on_record_by_its_bytes(project: Project, visit, tmp_path: Path) -> None:
    study, made = visit()
    whole = project.record(made, study)
    page = tmp_path / "report.html"
    page.write_text("<p>")
    found = project.find(project.wrote(whole, "html", page)[:8])
    assert (found.kind, found.noun.name, found.assessment) == ("report", "report.html", whole)


def test_the_index_can_be_lost_and_made_again(project: Project, visit) -> None:
    study, made = visit()
    project.record(made, study)
    with asking(project.path) as connection:
        connection.execute(names.delete())
    assert project.patients() == ()
    assert project.relist() == 3
    assert project.history("P1", "lung") == (made,)


def test_the_assessment_made_last_is_in_force_however_often_two_take_turns(project: Project, visit) -> None:
    study, one = visit()
    other = replace(one, claims=one.claims[:1])
    for made in (one, other, one, other, one, one):
        project.record(made, study)
        assert [e.noun for e in project.assessments()] == [made]
    assert project.replay().unfounded == ()
    before = project.verify().seq
    project.record(one, study)
    assert project.verify().seq == before
