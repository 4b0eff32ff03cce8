import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.affines import to_nifti
from vivomap.acquire.phantom import nodules, white_matter
from vivomap.acquire.propose.listing import loads
from vivomap.cli.propose import accept, find, list_, t1_beside
from vivomap.cli.talk import Manner, behave
from vivomap.core import Image, Refusal, Study, Voxels, affine_of
from vivomap.store import open_project
from vivomap.store.shelf import of_kind


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Any]]:
    """Calls one of the commands in an empty folder and gives its JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("VIVOMAP_PROJECT", "VIVOMAP_BY"):
        monkeypatch.delenv(name, raising=False)

    def call(command: Callable[..., Any], *words: Any, dry: bool = False, **flags: Any) -> Any:
        behave(Manner(json=True, dry_run=dry))
        command(*words, **flags)
        return json.loads(capsys.readouterr().out)

    yield call
    behave(Manner())


def scans(folder: Path, image: Image, day: str, role: str, **said: str) -> Path:
    """An image as NIfTI with its sidecar."""
    folder.mkdir(parents=True)
    values = np.asarray(image.voxels.array, np.float32).transpose(2, 1, 0)
    nib.save(nib.Nifti1Image(values, to_nifti(image.affine)), folder / "scan.nii.gz")
    told = {"patient": "P1", "date": day, "role": role, "SeriesDescription": "FLAIR" if role == "mr" else "CT"}
    told |= said
    (folder / "scan.json").write_text(json.dumps(told))
    return folder


@pytest.fixture
def chest(tmp_path: Path) -> tuple[Path, nodules.Planted]:
    made = nodules.lung(0)
    return scans(tmp_path / "chest", made.image, "2026-03-01", "ct"), made


def test_from_a_proposal_to_a_region_that_is_measured_goes_by_a_person(
    told: Callable[..., Any], chest: tuple[Path, nodules.Planted], tmp_path: Path
) -> None:
    folder, made = chest
    said = told(find, "lung_nodules", [folder], tmp_path / "chest" / "list.json")
    assert len(said["proposals"]) >= len(made.lesions)
    assert not any(p["accepted"] for p in said["proposals"])
    assert not [r for study in read([folder]) for r in study.regions], "a proposal is no region"
    wanted = said["proposals"][0]["id"]
    project = open_project(tmp_path / ".vivomap")
    done = told(accept, folder / "list.json", wanted[:8], "nodule_1", folder / "nodule_1.nii.gz", by="Dr A")
    assert (done["name"], done["by"], done["date"]) == ("nodule_1", "Dr A", date.today().isoformat())
    (study,) = read([folder])
    (region,) = study.regions
    assert region.name == "nodule_1"
    assert region.edge_mm > 0
    (entry,) = of_kind(project.path, "accepted")
    assert (entry.noun.proposal, entry.noun.by, entry.noun.patient) == (wanted, "Dr A", "P1")
    shown = told(list_, folder / "list.json")
    assert [p["accepted"]["by"] for p in shown["proposals"] if p["accepted"]] == ["Dr A"]


def test_nobody_accepts_without_a_name_and_a_dry_run_changes_nothing(
    told: Callable[..., Any], chest: tuple[Path, nodules.Planted], tmp_path: Path
) -> None:
    told(find, "lung_nodules", [chest[0]], tmp_path / "list.json")
    before = (tmp_path / "list.json").read_bytes()
    one = loads(before.decode()).proposals[0].id
    with pytest.raises(Refusal):
        told(accept, tmp_path / "list.json", one, "n", tmp_path / "n.nii.gz")
    told(accept, tmp_path / "list.json", one, "n", tmp_path / "n.nii.gz", by="Dr A", dry=True)
    assert (tmp_path / "list.json").read_bytes() == before
    assert not (tmp_path / "n.nii.gz").exists()


@pytest.mark.slow  # two heads, laid on each other
def test_changes_are_looked_for_on_the_visit_before_laid_on_this_one(told: Callable[..., Any], tmp_path: Path) -> None:
    made = white_matter.head(0)
    shifted = np.asarray(made.first.affine) + np.array([[0, 0, 0, 3.0], [0, 0, 0, -2.0], [0, 0, 0, 1.0], [0, 0, 0, 0]])
    rows = tuple(tuple(float(v) for v in row) for row in shifted)
    one = scans(tmp_path / "one", replace(made.first, affine=rows), "2025-03-01", "mr")  # type: ignore[arg-type]
    two = scans(tmp_path / "two", made.second, "2026-03-01", "mr")
    said = told(find, "changes", [one, two], tmp_path / "list.json")
    lesions = (*made.new, *made.grown)
    found = {
        k
        for p in said["proposals"]
        for k, s in enumerate(lesions)
        if np.linalg.norm(np.subtract(p["at"], s.centre)) < max(s.half) + 3
    }
    assert len(found) == len(lesions)
    assert len(said["proposals"]) <= len(lesions) + 3


def t1(made: white_matter.Head, **more: Any) -> Image:
    """The head of a phantom on T1, on which the scalp and one lesion (an artefact of FLAIR) are bright."""
    values = 600 - np.minimum(np.asarray(made.second.voxels.array, float), 600)
    z, y, x = np.meshgrid(*(np.arange(n) for n in values.shape), indexing="ij")
    at = np.stack((x, y, z, np.ones_like(x)), -1) @ np.asarray(made.second.affine)[:, [2, 1, 0, 3]].T
    artefact = made.now[0]
    values[np.linalg.norm(at[..., :3] - artefact.centre, axis=-1) < max(artefact.half) + 3] = 590
    settings = (("series_description", "T1 axial"),)
    return replace(made.second, voxels=Voxels.of(values.astype(np.float32)), settings=settings, **more)


@pytest.mark.slow  # a head is looked at twice
def test_the_t1_of_the_visit_leaves_out_what_is_bright_on_it(
    told: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = white_matter.head(2)
    flair = scans(tmp_path / "scans" / "flair", made.second, "2026-03-01", "mr")
    alone = told(find, "white_matter_lesions", [flair], tmp_path / "alone.json")
    scans(tmp_path / "scans" / "t1", t1(made), "2026-03-01", "mr", SeriesDescription="T1 axial")
    behave(Manner(json=True))
    find("white_matter_lesions", [tmp_path / "scans"], tmp_path / "both.json", image="FLAIR")
    out = capsys.readouterr()
    both = json.loads(out.out)
    assert "what is bright on T1 axial (T1) is left out" in out.err

    def hit(said: Any, lesion: Any) -> bool:
        away = (np.linalg.norm(np.subtract(p["at"], lesion.centre)) for p in said["proposals"])
        return any(d < max(lesion.half) + 3 for d in away)

    artefact, *lesions = made.now
    assert hit(alone, artefact)
    assert not hit(both, artefact)
    assert all(hit(both, s) for s in lesions)


@pytest.mark.parametrize(
    ("says", "taken", "line"),
    [
        ([{"series_description": "T1 axial"}], True, "what is bright on T1 axial (T1) is left out"),
        ([{"series_description": "sag", "protocol": "t1_mprage_sag"}], True, "what is bright on sag"),
        ([{"series_description": "MPRAGE"}, {"series_description": "T1 SE"}], False, "no T1 is used: 2 lie on"),
        ([{"series_description": "T1 SE", "contrast": "Gadovist"}], False, ""),
        ([{"series_description": "T1 post"}], False, ""),
        ([{"series_description": "t1ce"}], False, ""),
        ([{"series_description": "T1 MAP"}], False, ""),
        ([{"series_description": "T2"}], False, ""),
    ],
)
def test_one_t1_without_contrast_is_taken(says: list[dict[str, str]], taken: bool, line: str) -> None:
    grid = Image("mr", Voxels.of(np.zeros((2, 3, 4), np.float32)), "1", affine_of(np.eye(4)))
    beside = tuple(replace(grid, settings=tuple(said.items())) for said in says)
    found, told = t1_beside(Study("P", None, (grid, *beside)), grid)
    assert (found is beside[0]) is taken
    assert told.startswith(line)
    assert bool(told) == bool(line)


def test_a_t1_of_another_grid_is_told_and_not_taken() -> None:
    grid = Image("mr", Voxels.of(np.zeros((2, 3, 4), np.float32)), "1", affine_of(np.eye(4)))
    far = replace(grid, voxels=Voxels.of(np.zeros((3, 3, 4), np.float32)), settings=(("series_description", "T1"),))
    assert t1_beside(Study("P", None, (grid, far)), grid) == (None, "no T1 is used: T1 lies on another grid")


@pytest.mark.parametrize(
    ("words", "flags", "code"),
    [
        (("everything",), {}, "unknown_name"),
        (("changes",), {}, "no_history"),
        (("liver_lesions",), {}, "not_drawn"),
        (("lung_nodules",), {"image": "FLAIR"}, "unknown_name"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(
    words: tuple[str, ...], flags: dict[str, Any], code: str, told: Callable[..., Any], chest: tuple[Path, Any]
) -> None:
    with pytest.raises(Refusal) as refused:
        told(find, *words, [chest[0]], Path("list.json"), **flags)
    assert refused.value.code == code


def test_a_file_that_is_no_list_is_refused(told: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        told(list_, tmp_path / "absent.json")
    assert refused.value.code == "file_absent"
    (tmp_path / "other.json").write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal) as refused:
        told(list_, tmp_path / "other.json")
    assert refused.value.code == "bad_proposals"
