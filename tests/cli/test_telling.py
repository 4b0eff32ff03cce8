"""What is told of assessments, and the history of a patient."""

from pathlib import Path

from vivomap.acquire.phantom.faults import FAULTS


def test_assess_prints_the_fields_of_its_schema(run, small) -> None:
    said = run("assess", "lung_response", small.folder, "--out", "out", "--json").data
    assert set(said) == {
        "schema", "assessments", "patient", "visits", "verdicts", "changes", "missing", "recommendation", "report",
        "assessment",
    }  # fmt: skip
    assert (said["schema"], said["patient"]) == ("vivomap.assess/1", small.id)
    assert [len(a) for a in said["assessments"]] == [64, 64]
    for change in said["changes"]:
        assert change["region"] in small.balls[0]
        assert change["real"] is not (
            change["low"] <= change["after"]["value"] - change["before"]["value"] <= change["high"]
        )
        assert 0 <= change["chance_real"] <= 1
    assert Path(said["report"]).is_file()
    assert Path(said["assessment"]).is_file()


def test_missing_numbers_are_told_with_their_code_and_leave_with_4(run, small, tmp_path: Path) -> None:
    FAULTS["uneven"].make(small.visit(0), tmp_path / "bad")
    answer = run("assess", "lung_response", tmp_path / "bad")
    assert answer.code == 4
    lines = [line for line in answer.out.splitlines() if line.startswith("missing ")]
    assert any(line.startswith("missing number volume of lesion_1 lung: uneven_slices: ") for line in lines)
    assert len(lines) == len(set(lines))


def test_history_is_told_by_patient_and_pathway(run, small) -> None:
    run("assess", "lung_response", small.folder)
    text = run("history").out
    assert [f"{small.id}  {day}  lung_response  " in text for day in small.days] == [True, True]
    assert "lesion_1 lung  volume" in text
    assert "recist: PR" in text
    visits = run("history", small.id, "--pathway", "lung_response", "--json").data["assessments"]
    assert [v["day"] for v in visits] == list(small.days)
    assert set(visits[0]) == {
        "id", "patient", "pathway", "day", "verdicts", "measurements", "decisions", "outcomes"
    }  # fmt: skip
    assert run("history", "--pathway", "pet_response", "--json").data["assessments"] == []


def test_history_of_an_unknown_patient_is_refused_with_a_near_name(run, small) -> None:
    run("assess", "lung_response", small.folder)
    answer = run("history", "VM-SMAL")
    assert answer.code == 2
    assert "did you mean VM-SMALL" in answer.err
