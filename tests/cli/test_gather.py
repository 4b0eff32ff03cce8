"""From paths and flags to the visits of one patient."""

from datetime import date
from pathlib import Path

import pytest

from vivomap.acquire.phantom.faults import FAULTS
from vivomap.cli.gather import Request, dated, gather
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal, Study, Treatment


@pytest.fixture(autouse=True)
def plain() -> None:
    behave(Manner())


def test_visits_come_in_the_order_of_their_days(small) -> None:
    found = gather(Request((small.visit(1), small.visit(0))))
    assert [str(v.day) for v in found.visits] == list(small.days)
    assert found.held == 0
    assert [r.name for r in found.visits[0].regions] == list(small.balls[0])


def test_two_patients_are_refused_until_one_is_named(small, small_pet: Path, tmp_path: Path, capsys) -> None:
    def other(ds) -> None:
        ds.PatientID = "VM-OTHER"

    FAULTS["jitter"].make(small.visit(0), tmp_path / "a")
    from vivomap.acquire.phantom.twins import each_slice

    each_slice(other)(small_pet, tmp_path / "b")
    for path in (tmp_path / "b").rglob("RS*.dcm"):
        path.unlink()
    with pytest.raises(Refusal) as refused:
        gather(Request((tmp_path,)))
    assert refused.value.code == "several_patients"
    assert refused.value.found == "VM-OTHER, VM-SMALL"
    assert [v.patient for v in gather(Request((tmp_path,), patient="VM-OTHER")).visits] == ["VM-OTHER"]
    with pytest.raises(Refusal) as unknown:
        gather(Request((tmp_path,), patient="VM-NOBODY"))
    assert unknown.value.code == "no_study"
    assert unknown.value.found == "VM-OTHER, VM-SMALL"


def test_treatments_and_findings_go_to_their_patient(small, tmp_path: Path) -> None:
    findings = tmp_path / "findings.csv"
    findings.write_text(
        "patient,name,code,value,day,by\n"
        f"{small.id},EGFR,,mutated,2024-01-02,pathology\n"
        "SOMEONE,EGFR,,wild,2024-01-02,pathology\n"
    )
    asked = Request((small.folder,), treatments=small.folder / "treatments.csv", findings=findings)
    for visit in gather(asked).visits:
        assert [getattr(f, "value", getattr(f, "what", "")) for f in visit.facts] == ["carboplatin", "mutated"]
        assert isinstance(visit.facts[0], Treatment)


def test_a_table_that_is_not_there_is_refused(small) -> None:
    with pytest.raises(Refusal, match="there is no file") as refused:
        gather(Request((small.folder,), treatments=Path("nowhere.csv")))
    assert refused.value.code == "file_absent"


def test_what_is_held_is_said_once_for_each_code_and_counted(small, tmp_path: Path, capsys) -> None:
    FAULTS["cut_pixels"].make(small.visit(0), tmp_path / "bad")
    found = gather(Request((tmp_path / "bad",)))
    assert found.held == 1
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("held, ")]
    assert len(said) == 1
    assert "1 file, such as" in said[0]


def test_no_visit_with_a_day_is_a_refusal() -> None:
    with pytest.raises(Refusal) as refused:
        dated([Study("P", None, uid=("1.2",))])
    assert refused.value.code == "no_date"
    assert dated([Study("P", None), Study("P", date(2024, 1, 1))])[0].day == date(2024, 1, 1)
