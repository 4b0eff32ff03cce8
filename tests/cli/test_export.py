"""`vivomap export`: who allows it, who has withdrawn, and a table in which nobody can be told from too few."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vivomap.cli.ending import ending
from vivomap.cli.export import export
from vivomap.cli.talk import Manner, behave
from vivomap.core import Assessment, Consent, Image, Measurement, Provenance, Recommendation, Study, Voxels
from vivomap.store import Project, open_project
from vivomap.store.audit import place, records

Call = Callable[..., tuple[int, str, str]]
DAY = date(2026, 3, 1)
GUARDED = ("age", "sex", "site", "month", "scanner", "after")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve patients with one CT each; all but the last two allow research."""
    made = open_project(tmp_path_factory.mktemp("recorded") / "project")
    settings = (("manufacturer", "GE"), ("model", "Discovery"), ("sex", "F"))
    image = Image("ct", Voxels.of(np.zeros((1, 2, 2))), "1", ((1, 0, 0, 0),) * 4, settings=settings)
    for k in range(12):
        study = Study(f"P{k:02}", DAY, (image,), uid=(f"1.{k}",))
        volume = Measurement("volume", 10.0 + k, "mL", 0.4, "node", DAY, Provenance("size:volume", "0.1.0"))
        made.record(Assessment("lung_response", "e" * 64, study, (volume,), Recommendation((), None)), study)
        if k < 10:
            made.keep(Consent(study.patient, "research", True, "Dr A", DAY))
    return made.path


@pytest.fixture
def project(recorded: Path, tmp_path: Path) -> Project:
    """A copy of it, for one test."""
    return open_project(shutil.copytree(recorded, tmp_path / "project"))


@pytest.fixture
def call(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("VIVOMAP_PROJECT", str(project.path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.path.parent / "config"))
    monkeypatch.chdir(project.path.parent)

    def run(
        out: str = "out", purpose: str = "research", how: Manner | None = None, **flags: object
    ) -> tuple[int, str, str]:
        behave(how or Manner())
        code = ending(lambda: export(Path(out), purpose, **flags), ["export"], ["export"])  # type: ignore[arg-type]
        return (code, *capsys.readouterr())

    return run


def read(out: str) -> list[dict[str, str]]:
    with (Path(out) / "cohort.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def account(out: str) -> dict:
    return json.loads((Path(out) / "export-report.json").read_text())


def test_who_allows_it_is_in_the_table_alike_nine_others_and_without_an_id(call: Call) -> None:
    assert call()[0] == 0
    table = read("out")
    assert len({row["pseudonym"] for row in table}) == 10
    assert min(Counter(tuple(row[c] for c in GUARDED) for row in table).values()) >= 10
    assert sorted(float(row["value"]) for row in table) == [10.0 + k for k in range(10)]
    whole = b"".join(p.read_bytes() for p in Path("out").iterdir())
    assert not any(f"P{k:02}".encode() in whole for k in range(12))
    assert b"2026-03-01" not in whole
    told = account("out")
    assert (told["patients"], told["patients_on_record"]) == (10, 12)
    assert told["left_out"]["no_consent_recorded"] == 2


def test_a_withdrawn_consent_leaves_the_next_export_and_is_listed_by_its_pseudonyms(
    call: Call, project: Project
) -> None:
    call("first", k=9)
    before = {row["pseudonym"]: float(row["value"]) for row in read("first")}
    project.keep(Consent("P03", "research", False, "Dr A", DAY))
    code, _, err = call("second", k=9)
    assert code == 0
    told = account("second")
    assert (told["patients"], told["left_out"]["consent_withdrawn"]) == (9, 1)
    listed = {w["export"]: w["pseudonym"] for w in told["withdrawn"]}
    first = account("first")["export"]
    assert set(listed) == {first, told["export"]}
    assert before[listed[first]] == 13.0, "the pseudonym that holders of the first export know"
    assert listed[told["export"]] not in {row["pseudonym"] for row in read("second")}
    assert "P03" not in err
    assert 13.0 not in {float(row["value"]) for row in read("second")}


def test_each_export_has_other_pseudonyms(call: Call) -> None:
    call("one")
    call("two")
    assert not {row["pseudonym"] for row in read("one")} & {row["pseudonym"] for row in read("two")}


def test_a_refusal_is_no_withdrawal_and_is_not_listed(call: Call, project: Project) -> None:
    project.keep(Consent("P11", "research", False, "Dr A", DAY))
    call()
    told = account("out")
    assert (told["left_out"]["consent_refused"], told["left_out"]["consent_withdrawn"], told["withdrawn"]) == (1, 0, [])


def test_care_needs_no_word_and_a_no_leaves_it(call: Call, project: Project) -> None:
    project.keep(Consent("P00", "care", False, "Dr A", DAY))
    call(purpose="care")
    told = account("out")
    assert (told["patients"], told["left_out"]["consent_withdrawn"]) == (11, 1)


def test_training_without_a_word_is_nobody_and_nothing_is_written(call: Call, project: Project) -> None:
    code, _, err = call(purpose="training")
    assert code == 3
    assert err.startswith("cohort_too_small")
    assert not Path("out").exists()
    assert not (project.path / "exports").exists()


def test_too_few_alike_is_nobody(call: Call) -> None:
    assert call(k=11)[2].startswith("cohort_too_small")


def test_the_audit_log_says_who_left_for_what_before_it_is_written(call: Call, project: Project) -> None:
    call()
    event = tuple(records(project.path))[-1].event
    assert (event.code, len(event.of("patient")), "P00" in event.of("patient")) == ("110106", 10, True)
    assert event.said.startswith("research, k = 10, export ")
    place(project.path).rename(project.path / "audit" / "aside")
    place(project.path).mkdir()
    code, _, err = call("again")
    assert (code, err.split(":")[0]) == (7, "audit_stopped")
    assert not Path("again").exists()


def test_a_dry_run_tells_the_account_and_writes_nothing(call: Call, project: Project) -> None:
    code, out, err = call(how=Manner(dry_run=True))
    assert (code, out) == (0, "would write 10 rows of 10 patients to out\n")
    assert "age is told as: " in err
    assert not Path("out").exists()
    assert not (project.path / "exports").exists()


def test_age_and_site_come_from_a_table(call: Call) -> None:
    lines = "".join(f"P{k:02},{60 + k % 3},F,north\n" for k in range(12))
    Path("people.csv").write_text(f"patient,age,sex,site\n{lines}")
    assert call(people=Path("people.csv"))[0] == 0
    assert {(row["age"], row["site"]) for row in read("out")} == {("60 to 64", "north")}


@pytest.mark.parametrize("line", ["P00,old,F,north", ",60,F,north", "P00,60\nP00,60"])
def test_a_table_that_is_not_understood_is_refused_with_its_line(call: Call, line: str) -> None:
    Path("people.csv").write_text(f"patient,age,sex,site\n{line}\n")
    code, _, err = call(people=Path("people.csv"))
    assert (code, err.split(":")[0]) == (3, "bad_table")
    assert "line" in err


def test_json_and_parquet(call: Call) -> None:
    _, out, _ = call(how=Manner(json=True), form="parquet")
    assert json.loads(out)["account"]["patients"] == 10
    assert sorted(p.name for p in Path("out").iterdir()) == [
        "cohort.parquet",
        "export-report.json",
        "export-report.txt",
    ]


@pytest.mark.parametrize(
    ("flags", "code"), [({"purpose": "money"}, 2), ({"form": "xlsx"}, 2), ({"people": Path("none")}, 3)]
)
def test_what_is_not_known_is_refused(call: Call, flags: dict[str, object], code: int) -> None:
    assert call(**flags)[0] == code


def test_a_folder_that_holds_something_is_refused(call: Call) -> None:
    call()
    assert call()[2].startswith("folder_not_empty")


def test_nothing_leaves_and_nothing_is_on_record_where_the_form_cannot_be_made(
    call: Call, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vivomap.report.cohort.table.importlib.util.find_spec", lambda name: None)
    assert call(form="parquet")[2].startswith("library_absent")
    assert not place(project.path).exists()
    assert not (project.path / "exports").exists()
