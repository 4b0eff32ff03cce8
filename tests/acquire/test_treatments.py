import gzip
from datetime import date
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import treatments
from vivomap.core import Refusal


def table(folder: Path, *lines: str, header: tuple[str, ...] = treatments.TREATMENTS) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join((",".join(header), *lines)) + "\n", encoding="utf-8")
    return path


def test_treatments_are_read_by_patient_and_an_empty_value_is_unknown(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "A,radiotherapy,60,Gy,2020-01-02,20200212,letter of 3 March",
        "B,prednisolone,,,,,",
        "A,prednisolone,40,mg/d,2020-02-01,,",
    )
    found, held = treatments.from_csv(path)
    assert not held
    assert [(t.what, t.dose, t.unit, t.start, t.end) for t in found["A"]] == [
        ("radiotherapy", 60, "Gy", date(2020, 1, 2), date(2020, 2, 12)),
        ("prednisolone", 40, "mg/d", date(2020, 2, 1), None),
    ]
    assert (found["B"][0].dose, found["B"][0].start) == (None, None)


def test_bad_lines_are_named_by_number_and_code_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "A,radiotherapy,sixty,Gy,,,",
        "A,radiotherapy,60,gray,,,",
        "A,radiotherapy,60,Gy,2020-02-30,,",
        "A,radiotherapy,60,Gy,2020-03-01,2020-02-01,",
        ",radiotherapy,60,Gy,,,",
        "A,,60,Gy,,,",
        "A,radiotherapy,-1,Gy,,,",
        "A,surgery,,,2020-01-01,2020-01-01,",
    )
    found, held = treatments.from_csv(path)
    assert [t.what for t in found["A"]] == ["surgery"]
    codes = ["bad_line", "unknown_unit", "bad_date", "bad_date", "bad_line", "bad_line", "bad_line"]
    assert [(h.path.rsplit(":", 1)[1], h.code) for h in held] == list(zip("2345678", codes, strict=True))


def test_findings_are_read_likewise(tmp_path: Path) -> None:
    path = table(tmp_path, "A,MGMT,,methylated,2020-01-01,laboratory", "A,,,x,,", header=treatments.FINDINGS)
    found, held = treatments.findings_from_csv(path)
    (mgmt,) = found["A"]
    assert (mgmt.name, mgmt.value, mgmt.day, mgmt.by) == ("MGMT", "methylated", date(2020, 1, 1), "laboratory")
    assert [h.code for h in held] == ["bad_line"]


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        treatments.from_csv(table(tmp_path, header=("patient", "drug")))
    assert refused.value.code == "bad_table"


def test_real_plans_give_their_prescription_and_day(data: Path) -> None:
    folder = data / "rt_dose_plan_struct"
    paths = [folder / "rtplan.dcm", *sorted((folder / "pymedphys_plans").iterdir())]
    with gzip.open(folder / "rtdose.dcm.gz") as stream:
        dose = pydicom.dcmread(stream, stop_before_pixels=True)
    plans = [pydicom.dcmread(p, force=True) for p in paths]
    found = treatments.from_plans([*plans, dose])
    assert sorted((t.dose, t.start) for t in found if t.start) == [(1.0, date(2019, 9, 13)), (2.0, date(2019, 7, 19))]
    (anonymous,) = [t for t in found if t.start is None]  # its date is 1901-01-01, which stands for none
    assert anonymous.dose == 14.0
    assert "7 fractions" in anonymous.source
    assert all(t.what == "radiotherapy" and "not delivered" in t.source for t in found)
    (lone,) = treatments.from_plans([dose])
    assert lone.dose is None


def plan(beam_dose: float | None, fractions: int | None) -> Dataset:
    ds, group, beam = Dataset(), Dataset(), Dataset()
    ds.Modality, ds.SOPInstanceUID = "RTPLAN", "1.2"
    if beam_dose is not None:
        beam.BeamDose = beam_dose
    if fractions is not None:
        group.NumberOfFractionsPlanned = fractions
    group.ReferencedBeamSequence, ds.FractionGroupSequence = [beam, beam], [group]
    return ds


def test_without_a_prescription_the_beams_are_summed_over_the_fractions_or_nothing_is_said() -> None:
    assert treatments.from_plans([plan(1.0, 30)])[0].dose == 60
    assert treatments.from_plans([plan(None, 30)])[0].dose is None
    assert treatments.from_plans([plan(1.0, None)])[0].dose is None


def test_a_plan_without_a_day_takes_that_of_its_dose() -> None:
    dose, reference = Dataset(), Dataset()
    dose.Modality, dose.SOPInstanceUID, dose.InstanceCreationDate = "RTDOSE", "1.3", "20200131"
    reference.ReferencedSOPInstanceUID = "1.2"
    dose.ReferencedRTPlanSequence = [reference]
    (treatment,) = treatments.from_plans([dose, plan(2.0, 30)])
    assert treatment.start == date(2020, 1, 31)
