import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from vivomap.acquire import read, visits
from vivomap.cli.segment import segment
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal

from ..conftest import GROWTH, LUNG, Small

AT = ",".join(str(v) for v in GROWTH[0][LUNG].centre)


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, Any]]:
    """Calls the command in an empty folder and gives its exit code and JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VIVOMAP_PROJECT", raising=False)

    def call(*words: Any, dry: bool = False, **flags: Any) -> tuple[int, Any]:
        behave(Manner(json=True, dry_run=dry))
        code = segment(*words, **flags)
        return code, json.loads(capsys.readouterr().out)

    yield call  # type: ignore[misc]
    behave(Manner())


def test_a_click_writes_a_region_that_quantify_reads_with_its_doubt(
    told: Callable[..., Any], small: Small, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    code, said = told([small.visit(0) / "ct"], tmp_path / "out" / "n.nii.gz", at=AT, name="nodule")
    (region,) = said["regions"]
    truth = GROWTH[0][LUNG].volume / 1000
    assert code == 0
    assert abs(region["volume_ml"] - truth) < 2 * region["uncertainty_ml"]
    (visit,) = visits(read([small.visit(0) / "ct", tmp_path / "out"]))
    (again,) = [r for r in visit.regions if r.name == "nodule"]
    assert again.edge_mm == pytest.approx(region["edge_mm"], abs=1e-4)
    assert again.mask.array.shape == visit.images[0].shape
    assert not again.flags


def test_a_click_writes_a_dicom_segmentation_too(told: Callable[..., Any], small: Small, tmp_path: Path) -> None:
    told([small.visit(0) / "ct"], tmp_path / "n.dcm", at=AT, chances=tmp_path / "c.nii.gz")
    written = pydicom.dcmread(tmp_path / "n.dcm")
    assert written.Modality == "SEG"
    assert (tmp_path / "c.nii.gz").is_file()
    (visit,) = visits(read([small.visit(0) / "ct", tmp_path / "n.dcm"]))
    (region,) = visit.regions
    place = np.linalg.solve(np.asarray(region.affine), (*GROWTH[0][LUNG].centre, 1.0))[:3].round().astype(int)
    assert region.mask.array[tuple(place)]


def test_a_dry_run_writes_nothing(told: Callable[..., Any], small: Small, tmp_path: Path) -> None:
    _, said = told([small.visit(0) / "ct"], tmp_path / "n.nii.gz", at=AT, dry=True)
    assert len(said["steps"]) == 2
    assert not (tmp_path / "n.nii.gz").exists()


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ({"at": "1,2"}, "bad_setting"),
        ({}, "bad_setting"),
        ({"at": AT, "model": Path("m.json")}, "bad_setting"),
        ({"at": AT, "image": "flair"}, "unknown_name"),
        ({"at": "9e3,0,0"}, "outside_image"),
        ({"model": Path("absent.json")}, "file_absent"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    flags: dict[str, Any], code: str, told: Callable[..., Any], small: Small, tmp_path: Path
) -> None:
    with pytest.raises(Refusal) as refused:
        told([small.visit(0) / "ct"], tmp_path / "n.nii.gz", **flags)
    assert refused.value.code == code


def test_the_ending_says_in_which_form(told: Callable[..., Any], small: Small, tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        told([small.visit(0) / "ct"], tmp_path / "n.png", at=AT)


def test_of_two_visits_one_must_be_named(told: Callable[..., Any], small: Small, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        told([small.folder], tmp_path / "n.nii.gz", at=AT)
    assert refused.value.code == "ambiguous_name"
