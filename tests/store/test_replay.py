"""The ledger alone gives the state again, byte for byte."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vivomap.core import Decision, Outcome, Refusal, identify
from vivomap.store import Loose, Project, State, open_project, state_bytes


@pytest.fixture
def lived(project: Project, visit) -> Project:
    """A project with two patients, a superseded assessment, a decision, an outcome and a report."""
    study, first = visit()
    project.record(first, study)
    later, second = visit(day=date(2026, 4, 1), value=18.0, before=first.claims[0])
    whole = project.record(second, later, [first])
    project.record(*reversed(visit(patient="P2", pathway="pet")))
    project.keep(Decision(whole, "biopsy", "Dr A", date(2026, 4, 2), "grows"))
    project.keep(Outcome(whole, "progression", "yes", date(2026, 6, 1)))
    page = project.path.parent / "report.html"
    page.write_text("<p>")
    project.wrote(whole, "html", page)
    project.supersede(whole, visit(day=date(2026, 4, 1), value=19.0, before=first.claims[0])[1], "contour corrected")
    return project


def test_the_state_says_all_that_happened(lived: Project) -> None:
    state = lived.replay()
    assert dict(state.entries) == {
        "assessment": 4,
        "basis": 3,
        "decision": 1,
        "outcome": 1,
        "report": 1,
        "study": 3,
        "supersedes": 1,
    }
    lung, pet = state.courses
    assert (lung.patient, lung.pathway, pet.patient, pet.pathway) == ("P1", "lung", "P2", "pet")
    assert len(lung.assessments) == 3
    assert list(lung.current) == [identify(a) for a in lived.history("P1", "lung")]
    assert lung.decisions == (identify(lived.every_decision()[0]),)
    assert len(lung.outcomes) == len(lung.reports) == 1
    assert pet.decisions == ()
    assert state.unfounded == state.outside == ()


def test_replaying_gives_the_same_bytes_here_in_a_copy_and_in_a_new_process(lived: Project, tmp_path: Path) -> None:
    once = state_bytes(lived.replay())
    assert state_bytes(open_project(lived.path).replay()) == once
    shutil.copytree(lived.path, tmp_path / "copy")
    code = "import sys; from vivomap.store import *; "
    code += "sys.stdout.buffer.write(state_bytes(open_project(sys.argv[1]).replay()))"
    told = subprocess.run([sys.executable, "-c", code, str(tmp_path / "copy")], capture_output=True, check=True)
    assert told.stdout == once
    assert lived.replay().summary()["state"] == hashlib.sha256(once).hexdigest()


def test_the_state_comes_from_the_ledger_alone(lived: Project) -> None:
    once = state_bytes(lived.replay())
    shutil.rmtree(lived.path / "vault")
    with closing(sqlite3.connect(lived.path / "ledger.sqlite")) as raw:
        raw.execute("DELETE FROM names")
        raw.commit()
    assert state_bytes(lived.replay()) == once


def test_the_same_deeds_elsewhere_give_the_same_state(tmp_path: Path, visit) -> None:
    states = []
    for place in ("one", "two"):
        project = open_project(tmp_path / place)
        project.record(*reversed(visit()))
        states.append(state_bytes(project.replay()))
    assert states[0] == states[1]


def test_the_summary_counts(lived: Project) -> None:
    told = lived.replay().summary()
    assert (told["entries"], told["patients"], told["courses"], told["in_force"]) == (14, 2, 2, 3)
    assert told["assessment_entries"] == 4


def test_an_empty_project_has_an_empty_state(project: Project) -> None:
    assert project.replay() == State((), (), (), (), ())


def test_a_broken_chain_has_no_state(lived: Project) -> None:
    with closing(sqlite3.connect(lived.path / "ledger.sqlite")) as raw:
        raw.execute("UPDATE entries SET body = replace(body, 'P1', 'P3') WHERE seq = 5")
        raw.commit()
    with pytest.raises(Refusal) as refused:
        lived.replay()
    assert refused.value.code == "broken_chain"
    assert "row 5" in refused.value.where


def test_a_ground_that_no_claim_has_is_named(project: Project, visit) -> None:
    study, made = visit()
    verdict = replace(made.claims[-1], because=("ab" * 32,))
    whole = project.record(replace(made, claims=(made.claims[0], verdict)), study)
    assert project.replay().unfounded == (Loose(whole, "because", "ab" * 32),)


def test_an_input_that_is_not_on_record_is_told_apart(project: Project, visit) -> None:
    study, made = visit()
    volume = made.claims[0]
    volume = replace(volume, provenance=replace(volume.provenance, inputs=("cd" * 32, "table.csv")))
    verdict = replace(made.claims[1], because=(identify(volume),), provenance=volume.provenance)
    said = replace(made.recommendation, because=(identify(volume),))
    whole = project.record(replace(made, claims=(volume, verdict), recommendation=said), study)
    state = project.replay()
    assert state.outside == (Loose(whole, "inputs", "cd" * 32),)
    assert state.unfounded == ()
