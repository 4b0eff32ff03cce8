from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset

from vivomap.acquire import read


def test_a_study_has_its_regions_plans_and_what_was_held(data: Path) -> None:
    (study,) = (s for s in read(data / "sts_petctmr_dicom") if s.uid)
    assert sorted(i.role for i in study.images) == ["ct", "mr", "suv"]
    assert {r.name for r in study.regions} == {"GTV_Mass_CT", "GTV_Mass_MR_T1", "GTV_Mass_PET"}
    assert study.held == ()


def test_a_plan_is_a_treatment_of_its_study(data: Path) -> None:
    facts = [f for s in read(data / "rt_dose_plan_struct" / "pymedphys_plans") for f in s.facts]
    assert len(facts) == 2


def test_each_study_is_its_own_and_in_order(series: Callable[..., Path]) -> None:
    def later(ds: Dataset, k: int) -> None:
        ds.StudyInstanceUID, ds.SeriesInstanceUID = f"1.5.{k // 3}", f"1.6.{k // 3}"
        ds.StudyDate = ds.AcquisitionDate = ("20200301", "20200201", "20200101")[k // 3]

    folder = series(9, edit=later)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"20200101", b"20200000"))
    found = read(folder)
    assert [str(s.day) for s in found] == ["2020-02-01", "2020-03-01", "None"]
    assert [f.code for f in found[2].flags] == ["bad_date"]
    assert all(s.patient == "P1" for s in found)


def test_a_header_that_the_library_cannot_read_ends_nothing_but_its_series(series: Callable[..., Path]) -> None:
    """Found by the fuzzer: the length of the file head as two bytes, where the library wants four."""
    path = series(4) / "slice_00.dcm"
    raw = path.read_bytes()
    path.write_bytes(raw[:138] + b"\x02\0\0\1" + raw[144:])

    def other(ds: Dataset, k: int) -> None:
        ds.SeriesInstanceUID, ds.SOPInstanceUID = "1.2.77", f"1.2.77.{k}"

    (study,) = read([path.parent, series(4, edit=other, name="other")])
    assert {h.code for h in study.held} == {"bad_header"}
    assert [i.text("series_uid") for i in study.images] == ["1.2.77"]
