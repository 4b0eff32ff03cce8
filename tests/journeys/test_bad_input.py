"""Bad input, as a user meets it: a refusal of five lines or a missing number with its reason, and nothing harmed.

After each: the input has the bytes that it had, what was on record before is still there, and the next good input
is taken.
"""

import contextlib
import html.parser
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

from vivomap.acquire.phantom.faults import FAULTS
from vivomap.acquire.phantom.twins import each_slice
from vivomap.core.errors import codes

LESION = ("--region", "lesion_1")
# what a fault costs: the code of the missing volume (of SUVmax for a PET), or of the refusal; "" where it costs nothing
COSTS = {
    "half": "absent_slices",
    "two_slices": "absent_slices",
    "missing_slice": "missing_slice",
    "uneven": "uneven_slices",
    "step": "uneven_slices",
    "jitter": "",
    "tilt": "off_plane",
    "duplicate": "absent_slices",
    "again": "",
    "two_patients": "unknown_name",
    "localiser": "",
    "turned": "missing_slice",
    "magnified": "missing_slice",
    "no_slope": "slope_missing",
    "zero_slope": "slope_invalid",
    "slopes": "",
    "no_spacing": "no_calibration",
    "no_serial": "",
    "no_weight": "no_weight",
    "no_tracer": "no_dose",
    "wrong_frame": "wrong_frame",
    "corrupt": "missing_slice",
    "cut_pixels": "missing_slice",
    "cut_header": "missing_slice",
    "no_preamble": "",
    "among_others": "",
    "impossible_date": "",
    "partial_date": "",
}


def refused(answer, code: str) -> list[str]:
    """The five lines of a refusal, proved to be of the form of rule U4."""
    lines = answer.err.strip().splitlines()[-5:]
    assert answer.code in (2, 3, 6, 7, 8), answer.err
    assert lines[0].startswith(f"{code}: "), answer.err
    assert [line.split(":")[0] for line in lines[1:2] + lines[3:]] == ["where", "computed", "try"]
    assert lines[4].endswith(f"vivomap explain {code}")
    assert code in codes()
    return lines


def test_every_fault_of_the_catalogue_has_its_cost() -> None:
    assert set(COSTS) == set(FAULTS)


@pytest.mark.parametrize("name", COSTS)
def test_a_faulty_series_costs_what_its_reason_says_and_no_byte(
    run, small, small_pet: Path, tmp_path: Path, untouched, name: str
) -> None:
    pet = FAULTS[name].modality == "PT"
    good, number = (small_pet, "suv_max") if pet else (small.visit(0), "volume")
    FAULTS[name].make(good, tmp_path / "bad")
    same = untouched(tmp_path / "bad")
    asked = ("quantify", tmp_path / "bad", *LESION, "--biomarker", number, "--json")
    answer = run(*asked)
    assert same()
    if answer.code in (2, 3):
        refused(answer, COSTS[name])
        assert COSTS[name]
        assert answer.data["code"] == COSTS[name]
        return
    said = answer.data
    assert answer.code == (4 if said["missing"] or "held, " in answer.err else 0)
    assert [m["code"] for m in said["missing"]] == [COSTS[name]] * bool(COSTS[name])
    assert all(m["reason"] for m in said["missing"])
    if not COSTS[name]:
        truth = run("quantify", good, *LESION, "--biomarker", number, "--json").data["measurements"]
        assert [m["value"] for m in said["measurements"]] == pytest.approx([m["value"] for m in truth], rel=1e-4)


def test_an_empty_folder_is_refused(run, tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    for words in (("inspect",), ("quantify", *LESION), ("assess", "lung_response")):
        refused(
            run(words[0], *words[1:2][: words[0] == "assess"], "empty", *(LESION * (words[0] == "quantify"))),
            "empty_folder",
        )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty"]


def test_a_folder_without_an_image_says_what_is_held(run, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear colleague")
    assert run("inspect", "letters").code == 0
    lines = refused(run("assess", "lung_response", "letters"), "no_study")
    assert "vivomap inspect" in lines[4]


def test_two_patients_in_one_folder_are_never_held_against_each_other(run, small, tmp_path: Path, untouched) -> None:
    shutil.copytree(small.folder, tmp_path / "both")
    for path in (tmp_path / "both" / small.folders[1]).rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        ds.PatientID = "VM-OTHER"
        ds.save_as(path, enforce_file_format=True)
    same = untouched(tmp_path / "both")
    lines = refused(run("assess", "lung_response", "both"), "several_patients")
    assert "VM-OTHER, VM-SMALL" in lines[2]
    assert not (tmp_path / ".vivomap").exists()
    said = run("assess", "lung_response", "both", "--patient", "VM-OTHER", "--json")
    assert said.code == 0
    assert (said.data["patient"], said.data["visits"], said.data["changes"]) == ("VM-OTHER", [small.days[1]], [])
    assert same()


def test_one_bad_visit_does_not_stop_the_others(run, small, tmp_path: Path, untouched) -> None:
    FAULTS["uneven"].make(small.visit(0), tmp_path / "both" / "bad")
    shutil.copytree(small.visit(1), tmp_path / "both" / "good")
    same = untouched(tmp_path / "both")
    answer = run("assess", "lung_response", "both", "--json")
    assert answer.code == 4
    assert answer.data["visits"] == list(small.days)
    history = run("history", "--json").data["assessments"]
    assert "volume" not in {m["name"] for m in history[0]["measurements"]}
    assert "volume" in {m["name"] for m in history[1]["measurements"]}
    assert same()
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "not evenly spaced" in page


def test_a_missing_weight_costs_the_suv_and_nothing_else(run, small_pet: Path, tmp_path: Path) -> None:
    FAULTS["no_weight"].make(small_pet, tmp_path / "bad")
    said = run("quantify", "bad", *LESION, "--biomarker", "suv_max", "--biomarker", "volume", "--json")
    assert said.code == 4
    assert [(m["name"], m["code"]) for m in said.data["missing"]] == [("suv_max", "no_weight")]
    assert [m["name"] for m in said.data["measurements"]] == ["volume"]


def test_a_mask_on_another_grid_is_kept_on_its_own_and_gives_no_number_of_the_image(run, tmp_path: Path) -> None:
    """A CT and a mask whose voxels fall on none of its voxels, as NIfTI with sidecars."""
    folder = tmp_path / "scans"
    folder.mkdir()
    volume = np.random.default_rng(0).normal(40, 5, (20, 20, 10)).astype(np.float32)
    mask = np.zeros((13, 13, 7), np.uint8)
    mask[3:9, 3:9, 2:5] = 1
    for name, array, steps in (("ct", volume, (2.0, 2.0, 3.0)), ("tumour", mask, (2.9, 2.9, 4.1))):
        image = nibabel.Nifti1Image(array, np.diag([*steps, 1.0]))
        image.header.set_xyzt_units("mm")
        image.set_sform(image.affine, 1)
        nibabel.save(image, folder / f"{name}.nii.gz")
    told = {"patient": "P", "date": "2024-01-08"}
    (folder / "ct.json").write_text(json.dumps({**told, "role": "ct", "unit": "[hnsf'U]"}))
    (folder / "tumour.json").write_text(json.dumps({**told, "role": "mask", "region": "tumour", "unit": "1"}))
    answer = run("quantify", folder, "--region", "tumour", "--biomarker", "density", "--biomarker", "volume", "--json")
    assert answer.code == 4
    assert [(m["name"], m["code"]) for m in answer.data["missing"]] == [("density", "other_grid")]
    (size,) = answer.data["measurements"]
    assert size["value"] == pytest.approx(6 * 6 * 3 * 2.9 * 2.9 * 4.1 / 1000, rel=1e-4)
    assert "own_grid" in {f["code"] for f in size["flags"]}
    (region,) = run("inspect", folder, "--json").data["studies"][0]["regions"]
    assert region["image"] is None


def test_a_file_where_a_folder_is_wanted_loses_no_assessment(run, small, tmp_path: Path, untouched) -> None:
    (tmp_path / "taken").write_text("mine")
    same = untouched(small.folder)
    lines = refused(run("assess", "lung_response", small.folder, "--out", "taken"), "cannot_write")
    assert "only its report is not written" in lines[3]
    assert run("assess", "lung_response", small.folder, "--project", "taken").code == 7
    assert run("demo", "--out", "taken").code == 7
    assert run("export-region", small.visit(0), *LESION, "--out", "taken/mask.nii").code == 7
    assert (tmp_path / "taken").read_text() == "mine"
    assert same()
    again = run("assess", "lung_response", small.folder, "--out", "free")
    assert again.code == 0
    assert again.err.count("unchanged") == 2  # what was computed before the refusal is on record
    assert not list(tmp_path.rglob("*.part"))


Mount = Callable[..., Path]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a small or read-only file system; skips where this is not permitted."""
    made: list[Path] = []

    def mount(*how: str) -> Path:
        place = tmp_path / f"mount{len(made)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join(how), "none", place], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("mounting a file system is not permitted here")
        made.append(place)
        return place

    yield mount
    for place in made:
        subprocess.run(["umount", place], check=True)


def test_a_read_only_place_is_refused_and_a_writable_one_then_serves(run, small, mounted: Mount) -> None:
    place = mounted("ro", "size=64k")
    refused(run("assess", "lung_response", small.folder, "--project", place / "project"), "cannot_write")
    refused(run("init", "--project", place / "project"), "cannot_write")
    refused(run("export-region", small.visit(0), *LESION, "--out", place / "mask.nii"), "cannot_write")
    refused(run("demo", "--out", place / "demo"), "cannot_write")
    lines = refused(run("assess", "lung_response", small.folder, "--out", place), "cannot_write")
    assert "only its report is not written" in lines[3]
    assert run("assess", "lung_response", small.folder).err.count("unchanged") == 2


def test_a_full_disk_under_the_report_loses_no_assessment(run, small, mounted: Mount) -> None:
    place = mounted("size=8k")
    answer = run("assess", "lung_response", small.folder, "--out", place / "out")
    assert answer.code == 6
    refused(answer, "disk_full")
    assert not [p for p in place.rglob("*") if p.name.endswith(".part") or p.name == "report.html"]
    assert len(run("history", "--json").data["assessments"]) == 2
    assert run("assess", "lung_response", small.folder).err.count("unchanged") == 2


def test_a_full_disk_under_the_project_keeps_what_was_on_record(run, small, mounted: Mount, untouched) -> None:
    place, same = mounted("size=4m"), untouched(small.folder)
    project = ("--project", place / "project")
    first = run("assess", "lung_response", small.visit(0), *project, "--json").data["assessments"]
    state = run("replay", *project, "--json").data["state"]
    with contextlib.suppress(OSError), (place / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            continue
    answer = run("assess", "lung_response", small.folder, *project)
    assert answer.code == 6, answer.err
    refused(answer, "disk_full")
    assert f"reuse {small.days[0]}: unchanged" in answer.err
    assert run("replay", *project, "--json").data["state"] == state
    assert not list(place.rglob("*.part"))
    (place / "filler").unlink()
    again = run("assess", "lung_response", small.folder, *project, "--json")
    assert again.code == 0
    assert again.data["assessments"][0] == first[0]
    assert again.data["visits"] == list(small.days)
    assert again.err.count("unchanged") == 1
    assert same()


HOSTILE = "<script>alert('x')</script>"
TURNED = "a\u202egpj.exe"
CLIMBING = "../../../outside"
IMAGE = "<img src=x onerror=alert(1)>"


class Elements(html.parser.HTMLParser):
    """Every element of a page, and every attribute that could run something or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.acting: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.acting += [
            (k, v)
            for k, v in attrs
            if k.startswith("on") or (k in ("src", "href", "action") and not (v or "").startswith(("#", "data:image/")))
        ]


@pytest.fixture
def hostile(small, tmp_path: Path) -> Path:
    """The small patient with text in its names that would act, turn or climb if anyone let it."""
    folder = tmp_path / "in" / "scans"

    def rename(ds: pydicom.Dataset) -> None:
        ds.PatientID, ds.PatientName = f"{CLIMBING}{IMAGE}"[:64], HOSTILE
        ds.SeriesDescription, ds.StudyDescription, ds.StationName = HOSTILE, IMAGE, "{{7*7}}"
        ds.ManufacturerModelName = f"{TURNED}<marquee>"

    for k, name in enumerate(small.folders):
        each_slice(rename)(small.visit(k), folder / name)
        for path in (folder / name).rglob("RS*.dcm"):
            ds = pydicom.dcmread(path)
            rename(ds)
            ds.StructureSetROISequence[0].ROIName = f"lesion_1 {IMAGE}"
            ds.StructureSetROISequence[1].ROIName = f"{CLIMBING}{TURNED}\x00=cmd|x"
            ds.save_as(path, enforce_file_format=True)
    person = f"{CLIMBING}{IMAGE}"[:64]
    (folder / "treatments.csv").write_text(
        "patient,what,dose,unit,start,end,source\n"
        f'"{person}","{HOSTILE}",1,mg,2024-01-15,,"{TURNED}"\n'
        f'"{person}","=HYPERLINK(1)",1,mg,2024-01-16,,"{IMAGE}"\n',
        "utf-8",
    )
    return folder


def test_hostile_names_act_nowhere(run, hostile: Path, tmp_path: Path, untouched) -> None:
    same = untouched(hostile)
    asked = ("assess", "lung_response", hostile, "--treatments", hostile / "treatments.csv", "--out", "out")
    text, data = run(*asked), run(*asked, "--json")
    assert text.code == data.code
    assert text.code in (0, 4), text.err
    assert data.data["patient"].startswith(CLIMBING)
    for told in (text.out, text.err, data.out, data.err, run("history").out, run("inspect", hostile).out):
        assert not {"\x1b", "\u202e", "\x00"} & set(told)
    page = Elements()
    page.feed((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert not page.names & {"script", "iframe", "object", "embed", "marquee", "form"}
    assert page.acting == []
    raw = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert HOSTILE not in raw
    assert "49" not in raw.split("{{7*7}}")[0][-3:]
    assert same()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".vivomap", "in", "out"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["assessment.json", "history.json", "report.html"]
    assert not [p for p in (tmp_path / ".vivomap").rglob("*") if "script" in p.name or "outside" in p.name]


def test_a_hostile_region_can_be_named_measured_and_exported(run, hostile: Path, tmp_path: Path) -> None:
    visit = next(p for p in hostile.iterdir() if p.is_dir())
    assert run("quantify", visit, "--region", f"lesion_1 {IMAGE}", "--biomarker", "volume").code == 0
    assert run("export-region", visit, "--region", "lesion_1", "--out", "mask.nii").code == 0
    assert (tmp_path / "mask.nii").is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "mask.nii"]


def test_file_names_that_are_no_text_are_read_and_told(run, small, tmp_path: Path) -> None:
    """A name of bytes that are no UTF-8, and one that steers a terminal."""
    folder = tmp_path / "scans"
    FAULTS["jitter"].make(small.visit(0), folder)
    try:
        (folder / "bad\udcff.dcm").write_bytes(b"DICM" * 40)
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    (folder / "red\x1b[31m.dcm").write_bytes(bytes(200))
    for more in ((), ("--json",), ("-v",)):
        answer = run("inspect", folder, *more)
        assert answer.code in (0, 4), answer.err
        assert "\x1b" not in answer.out + answer.err
    assert run("inspect", folder, "--json").data["held"]
