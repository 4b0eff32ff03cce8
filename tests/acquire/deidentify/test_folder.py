import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage, EncapsulatedPDFStorage

from vivomap import read
from vivomap.acquire.deidentify import Order, Summary, deidentify, read_key, rules
from vivomap.acquire.phantom import series, suv_cases
from vivomap.acquire.phantom.series import save
from vivomap.core import Refusal, Studies

Cleaned = Callable[..., tuple[Path, Summary]]
CANARY = "Xanthippe"
TEXT = ("LO", "SH", "LT", "ST", "UT", "UC", "UR", "PN", "AE")
LENGTH = {"SH": 16, "AE": 16}


def told(studies: Studies) -> list[tuple[Any, ...]]:
    """What was read, without who and when: voxels, places, roles, flags, regions."""
    return [
        (
            sorted((i.role, i.unit, i.voxels.digest, str(i.affine), i.flags, i.refusals) for i in s.images),
            sorted((r.name, r.mask.digest) for r in s.regions),
        )
        for s in studies
    ]


def canaries(depth: int = 0) -> Dataset:
    """A data set with a canary in every attribute of text that no option keeps, and in the places between them."""
    ds = Dataset()
    for tag, (vr, *_, keyword) in DicomDictionary.items():
        if not keyword or tag >> 16 <= 4 or vr not in TEXT or rules.action(tag, vr) == rules.KEEP:
            continue
        ds[tag] = DataElement(Tag(tag), vr, f"{CANARY}{tag:08x}"[: LENGTH.get(vr, 64)])
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.BodyPartExamined = CANARY  # a code string, but no code
    ds.add_new(0x60000022, "LO", CANARY)
    ds.add_new(0x60003000, "OW", CANARY.encode() + b" ")
    ds.add_new(0x50003000, "OW", CANARY.encode() + b" ")
    ds.add_new(0x00100011, "LO", CANARY)  # known to no dictionary
    ds.add_new(0x00191001, "LO", CANARY)  # private, without a creator
    for group, creator in ((0x0029, CANARY), (0x7053, "Philips PET Private Group"), (0x0009, "GEMS_PETD_01")):
        block = ds.private_block(group, creator, create=True)
        for place, vr in ((0x00, "LO"), (0x09, "UN"), (0x0D, "LT"), (0x20, "OB")):
            block.add_new(place, vr, CANARY if vr in TEXT else CANARY.encode() * 4)
    if depth < 2:
        for keyword in (
            "ReferencedImageSequence",
            "RequestAttributesSequence",
            "ContentSequence",
            "ProcedureCodeSequence",
        ):
            setattr(ds, keyword, [canaries(depth + 1)])
    return ds


def item(kind: str, concept: str, **values: Any) -> Dataset:
    ds, name = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = concept, "99" + CANARY, f"{CANARY} finding"
    ds.RelationshipType, ds.ValueType, ds.ConceptNameCodeSequence = "CONTAINS", kind, [name]
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def plant(folder: Path) -> None:
    """An image, a report and a document full of canaries, under a name and in a folder that are ones."""
    image = canaries()
    image.SOPClassUID, image.SOPInstanceUID, image.Modality = CTImageStorage, "1.2.3.1", "CT"
    image.Rows = image.Columns = 2
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelData = 1, "MONOCHROME2", bytes(8)
    report = canaries()
    report.SOPClassUID, report.SOPInstanceUID, report.Modality, report.ValueType = (
        ComprehensiveSRStorage,
        "1.2.3.2",
        "SR",
        "CONTAINER",
    )
    report.ContentSequence = [
        item("TEXT", "121106", TextValue=f"seen by {CANARY}"),
        item("TEXT", "112039", TextValue=f"{CANARY} 1"),
        item("PNAME", "121008", PersonName=f"{CANARY}^Anna"),
        item("CODE", CANARY[:9], ConceptCodeSequence=item("CODE", CANARY).ConceptNameCodeSequence),
        item("CONTAINER", "1", ContentSequence=[item("TEXT", "121071", TextValue=CANARY)]),
    ]
    document = canaries()
    document.SOPClassUID, document.SOPInstanceUID, document.Modality = EncapsulatedPDFStorage, "1.2.3.3", "DOC"
    document.EncapsulatedDocument = b"%PDF-1.4 " + CANARY.encode()
    with pydicom.config.disable_value_validation():
        for k, ds in enumerate((image, report, document)):
            ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3", f"1.2.3.9.{k}"
            path = save(folder / CANARY / f"{CANARY}{k}.dcm", ds)
            ds.file_meta.SourceApplicationEntityTitle = ds.file_meta.ImplementationVersionName = CANARY
            ds.file_meta.PrivateInformationCreatorUID, ds.file_meta.PrivateInformation = "1.2.3", CANARY.encode()
            ds.save_as(path, enforce_file_format=True)
            path.write_bytes(CANARY.encode().ljust(128, b"\0") + path.read_bytes()[128:])
    (folder / f"{CANARY}.txt").write_text(CANARY)


def everything(folder: Path) -> bytes:
    """Every name and every byte below a folder."""
    paths = sorted(folder.rglob("*"))
    return b"\n".join(
        [*(str(p.relative_to(folder)).encode() for p in paths), *(p.read_bytes() for p in paths if p.is_file())]
    )


@pytest.mark.filterwarnings("ignore")
def test_no_canary_leaves_by_any_door(tmp_path: Path, cleaned: Cleaned, key_file: Path) -> None:
    plant(tmp_path / "in")
    before = everything(tmp_path / "in")
    assert before.count(CANARY.encode()) > 3000
    out, summary = cleaned(tmp_path / "in")
    assert summary.objects == 2
    assert Counter(h.code for h in summary.held) == {"document_held": 1, "not_an_image": 1}
    left = everything(out) + everything(key_file.parent)
    for form in (CANARY, CANARY.upper(), CANARY.lower()):
        for coded in (form.encode(), form.encode("utf-16-le"), form.encode().hex().encode()):
            assert coded not in left
    assert everything(tmp_path / "in") == before


def test_the_report_tree_keeps_its_shape(tmp_path: Path, cleaned: Cleaned) -> None:
    report = Dataset()
    report.SOPClassUID, report.SOPInstanceUID, report.StudyInstanceUID = ComprehensiveSRStorage, "1.2.3", "1.2"
    report.SeriesInstanceUID, report.Modality, report.ValueType = "1.2.9", "SR", "CONTAINER"
    report.ContentSequence = [
        item("TEXT", "1", TextValue="Meier"),
        item("UIDREF", "2", UID="1.2.3"),
        item("DATE", "3", Date="20240310"),
    ]
    save(tmp_path / "in" / "sr.dcm", report)
    out, _ = cleaned(tmp_path / "in")
    left = pydicom.dcmread(next(out.rglob("*.dcm")))
    assert [i.ValueType for i in left.ContentSequence] == ["TEXT", "UIDREF", "DATE"]
    assert left.ContentSequence[0].TextValue == "removed"
    assert left.ContentSequence[1].UID == left.SOPInstanceUID != "1.2.3"
    assert left.file_meta.MediaStorageSOPInstanceUID == left.SOPInstanceUID


CASES = {
    case.name: case
    for case in (*suv_cases.PUBLISHED, *suv_cases.PUBLISHED_FAULTS, *suv_cases.OWN, *suv_cases.OWN_FAULTS)
}


@pytest.mark.filterwarnings("ignore")
def test_every_way_of_writing_a_suv_gives_the_same_suv_before_and_after(tmp_path: Path, cleaned: Cleaned) -> None:
    for name, case in CASES.items():
        suv_cases.write(case, tmp_path / "in" / name)
    out, summary = cleaned(tmp_path / "in")
    assert not [h for h in summary.held if "uid" in h.code]
    before, after = read(tmp_path / "in"), read(out)
    key = read_key_of(tmp_path)
    by_uid = {s.uid: s for s in after}
    assert len(before) == len(after) >= 60
    for study in before:
        twin = by_uid[tuple(key.uid(u) for u in study.uid)]
        assert [(i.role, i.voxels.digest, i.flags, i.refusals) for i in study.images] == [
            (i.role, i.voxels.digest, i.flags, i.refusals) for i in twin.images
        ], study.patient


def read_key_of(tmp_path: Path) -> Any:
    return read_key(tmp_path / "keys" / "trial.key")


def test_a_real_pet_has_the_same_suv_and_regions(data: Path, tmp_path: Path, cleaned: Cleaned, untouched: Any) -> None:
    source = data / "sts001_raw_pet_bqml"
    same = untouched(source)
    out, summary = cleaned(source)
    before, after = read(source), read(out)
    assert summary.objects == sum(1 for p in source.rglob("*") if p.is_file()) - len(summary.held)
    assert told(before) == told(after)
    assert len(after[0].regions) == 2
    assert {i.role for i in after[0].images} == {"suv"}
    key = read_key_of(tmp_path)
    header = pydicom.dcmread(next(p for p in source.rglob("*") if p.is_file()), stop_before_pixels=True)
    days = key.days("", str(header.PatientID))
    assert before[0].day - after[0].day == timedelta(days)
    assert same()


def test_contours_and_segments_still_find_their_images(data: Path, tmp_path: Path, cleaned: Cleaned) -> None:
    for name in ("sts_petctmr_dicom", "dce_breast_nact"):
        shutil.copytree(
            data / name, tmp_path / "in" / name, ignore=shutil.ignore_patterns("*.nii*", "*.json", "*.csv", "*.md")
        )
    out, _ = cleaned(tmp_path / "in")
    before, after = read(tmp_path / "in"), read(out)
    assert sorted(map(str, told(before))) == sorted(map(str, told(after)))
    assert sum(len(s.regions) for s in after) == sum(len(s.regions) for s in before) >= 4


@pytest.mark.filterwarnings("ignore")
def test_no_object_has_a_new_error_of_dciodvfy(data: Path, tmp_path: Path, cleaned: Cleaned) -> None:
    if not shutil.which("dciodvfy"):
        if os.environ.get("CI"):
            pytest.fail("in CI dciodvfy must be there: apt-get install dicom3tools")
        pytest.skip("no dciodvfy: apt-get install dicom3tools brings it")
    kinds: dict[tuple[str, str], Path] = {}
    for name in (
        "dicom_seg_sr_pm",
        "rt_dose_plan_struct",
        "sts_petctmr_dicom",
        "dce_breast_nact",
        "adc_two_visits_cmb_crc",
    ):
        for path in sorted(p for p in (data / name).rglob("*.dcm")):
            ds = pydicom.dcmread(path, specific_tags=["SOPClassUID", "Manufacturer"], force=True)
            kinds.setdefault((str(ds.get("SOPClassUID")), str(ds.get("Manufacturer"))), path)
    for k, path in enumerate(kinds.values()):
        (tmp_path / "in").mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / "in" / f"{k:03}.dcm")
    out, _ = cleaned(tmp_path / "in")
    key = read_key_of(tmp_path)
    after = {str(pydicom.dcmread(p).SOPInstanceUID): p for p in out.rglob("*.dcm")}
    checked = 0
    for path in sorted((tmp_path / "in").iterdir()):
        twin = after.get(key.uid(str(pydicom.dcmread(path, force=True).SOPInstanceUID)))
        if twin:
            assert not errors(twin) - errors(path), path
            checked += 1
    assert checked >= 10


def errors(path: Path) -> Counter[str]:
    said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, errors="replace", check=False).stderr
    return Counter(re.sub(r"<[0-9.]+>", "", line) for line in said.splitlines() if line.startswith("Error"))


def visit(folder: Path, patient: str, words: str, dates: dict[str, str]) -> None:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, series.uid(words, "object")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = series.uid(words, "study"), series.uid(words, "series")
    ds.PatientID, ds.Modality = patient, "CT"
    for keyword, value in dates.items():
        setattr(ds, keyword, value)
    save(folder / f"{words}.dcm", ds)


DATES = (
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
    "PerformedProcedureStepStartDate",
    "DateOfLastCalibration",
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dates(date(1950, 1, 1), date(2100, 1, 1)), min_size=6, max_size=6))
def test_intervals_of_a_patient_are_kept_over_all_objects(tmp_path: Path, key_file: Path, days: list[Any]) -> None:
    folder = tmp_path / f"case{len(list(tmp_path.iterdir()))}"
    for k in range(2):
        visit(
            folder / "in",
            "P1",
            f"v{k}",
            {n: d.strftime("%Y%m%d") for n, d in zip(DATES[k * 3 :], days[k * 3 :], strict=False)},
        )
    deidentify(Order((folder / "in",), folder / "out", read_key(key_file), key_file))
    key = read_key(key_file)
    shift = key.days("", "P1")
    found = {}
    for path in (folder / "out").rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        found.update({str(e.keyword): e.value for e in ds if e.VR == "DA"})
    for name, day in zip(DATES, days, strict=True):
        if name in found:
            assert found[name] == (day - timedelta(shift)).strftime("%Y%m%d")
    assert len(found) == 6


def test_different_patients_move_by_different_days_and_purposes_do_not_meet(tmp_path: Path, key_file: Path) -> None:
    for patient in ("P1", "P2"):
        visit(tmp_path / "in", patient, patient, {"StudyDate": "20240310"})
    days, names = set(), set()
    for purpose in ("one", "other"):
        out = tmp_path / purpose
        deidentify(Order((tmp_path / "in",), out, read_key(key_file, purpose), key_file))
        for path in out.rglob("*.dcm"):
            ds = pydicom.dcmread(path)
            days.add(ds.StudyDate)
            names |= {ds.PatientID, ds.StudyInstanceUID}
    assert len(days) == 4
    assert len(names) == 8


def test_the_same_input_and_key_give_the_same_bytes(small: Any, cleaned: Cleaned) -> None:
    one, _ = cleaned(small.folder, "one")
    other, _ = cleaned(small.folder, "other")
    assert everything(one) == everything(other)


def test_a_patient_over_two_visits_measures_the_same(small: Any, cleaned: Cleaned) -> None:
    out, summary = cleaned(small.folder)
    before, after = read(small.folder), read(out)
    assert told(before) == told(after)
    assert after[1].day - after[0].day == before[1].day - before[0].day
    assert {s.patient for s in after} == {next(iter(after)).patient}
    assert summary.patients == 1
    assert [h.code for h in summary.held] == ["not_an_image"]  # the table of treatments


@pytest.mark.parametrize("place", ["in/out", ".", "in"])
def test_the_output_never_lies_in_the_input(tmp_path: Path, key_file: Path, place: str) -> None:
    visit(tmp_path / "in", "P1", "v", {})
    with pytest.raises(Refusal) as refused:
        deidentify(Order((tmp_path / "in",), tmp_path / place, read_key(key_file), key_file))
    assert refused.value.code == "bad_setting"


def test_an_output_that_is_there_is_not_touched(tmp_path: Path, key_file: Path) -> None:
    visit(tmp_path / "in", "P1", "v", {})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(Refusal) as refused:
        deidentify(Order((tmp_path / "in",), tmp_path / "out", read_key(key_file), key_file))
    assert refused.value.code == "folder_not_empty"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]


def test_a_dry_run_says_the_same_and_writes_nothing(
    small: Any, tmp_path: Path, key_file: Path, cleaned: Cleaned
) -> None:
    order = Order((small.folder,), tmp_path / "dry", read_key(key_file), key_file, dry=True)
    dry = deidentify(order)
    assert not (tmp_path / "dry").exists()
    assert not list(tmp_path.glob(".*"))
    assert [p.name for p in key_file.parent.iterdir()] == [key_file.name]
    assert cleaned(small.folder)[1] == dry


def test_a_run_that_fails_leaves_nothing_half_done(small: Any, tmp_path: Path, key_file: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deidentify(Order((small.folder,), tmp_path / "out", read_key(key_file), key_file), stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys"]


def test_one_uid_with_two_contents_is_a_conflict_and_the_same_twice_is_once(tmp_path: Path, cleaned: Cleaned) -> None:
    visit(tmp_path / "in" / "a", "P1", "v", {"StudyDate": "20240310"})
    shutil.copytree(tmp_path / "in" / "a", tmp_path / "in" / "b")
    visit(tmp_path / "in" / "c", "P1", "v", {"StudyDate": "20240311"})
    _, summary = cleaned(tmp_path / "in")
    assert summary.objects == 1
    assert [h.code for h in summary.held] == ["uid_conflict"]


def test_file_names_and_order_change_nothing(small: Any, tmp_path: Path, cleaned: Cleaned) -> None:
    rng = np.random.default_rng(1)
    (tmp_path / "shuffled").mkdir()
    paths = sorted(p for p in small.folder.rglob("*.dcm"))
    for k, place in enumerate(rng.permutation(len(paths))):
        shutil.copy(paths[k], tmp_path / "shuffled" / f"{place}")
    one, other = cleaned(small.folder, "one")[0], cleaned(tmp_path / "shuffled", "other")[0]
    assert sorted(p.name for p in one.rglob("*.dcm")) == sorted(p.name for p in other.rglob("*.dcm"))
    for path in one.rglob("*.dcm"):
        assert path.read_bytes() == (other / path.relative_to(one)).read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_real_ultrasound_is_blanked_or_held(data: Path, cleaned: Cleaned) -> None:
    out, summary = cleaned(data / "ultrasound")
    assert {Path(h.path).name: h.code for h in summary.held if h.code == "no_regions"} == {
        "GH364.dcm": "no_regions",
        "US1_J2KR.dcm": "no_regions",
    }
    left = [pydicom.dcmread(p) for p in out.rglob("*.dcm")]
    assert len(left) >= 2
    for ds in left:
        region = ds.SequenceOfUltrasoundRegions[0]
        frame = ds.pixel_array.reshape(-1, ds.Rows, ds.Columns, ds.SamplesPerPixel)[0]
        assert ds.BurnedInAnnotation == "NO"
        assert "113101" in [c.CodeValue for c in ds.DeidentificationMethodCodeSequence]
        above = frame[: min(r.RegionLocationMinY0 for r in ds.SequenceOfUltrasoundRegions)]
        assert (above == above[:1, :1]).all()
        assert frame[region.RegionLocationMinY0 : region.RegionLocationMaxY1].any()


@pytest.mark.filterwarnings("ignore")
def test_damaged_objects_are_held_or_written_and_nothing_breaks(data: Path, tmp_path: Path, cleaned: Cleaned) -> None:
    rng = np.random.default_rng(7)
    whole = [
        data / "dicom_seg_sr_pm" / "dcmqi" / "sr-example" / "sr.dcm",
        data / "dicom_seg_sr_pm" / "highdicom" / "seg_image_ct_binary.dcm",
        data / "rt_dose_plan_struct" / "rtplan.dcm",
    ]
    (tmp_path / "in").mkdir()
    for k in range(60):
        damaged = bytearray(whole[k % 3].read_bytes())
        for place in rng.integers(0, min(len(damaged), 6000), int(rng.choice([1, 3, 10]))):
            damaged[place] = int(rng.integers(256))
        (tmp_path / "in" / f"{k}").write_bytes(
            damaged[: int(rng.integers(400, len(damaged)))] if k % 4 == 0 else damaged
        )
    out, summary = cleaned(tmp_path / "in")
    held = {
        "bad_header",
        "header_cut",
        "no_identity",
        "not_an_image",
        "private_object",
        "uid_conflict",
        "duplicate_element",
    }
    assert {h.code for h in summary.held} <= held | {
        "not_approved",
        "document_held",
        "bad_number",
        "undecodable_pixels",
    }
    assert summary.objects == len(list(out.rglob("*.dcm"))) >= 3
