"""The command that finds habitats, on a real patient: PET and T1 alone."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest

from vivomap.cli.habitats import EXAMPLES, habitats, prepared
from vivomap.cli.talk import Manner, behave
from vivomap.core import Image, Region, Study, Voxels, affine_of

MUSCLE = "muscle=sphere:181.64,-18.55,-223.9,5"


def asked(data: Path, **more):
    return habitats([data / "sts_petctmr_dicom"], "GTV_Mass_MR", MUSCLE, "mr", 6.0, patient="STS_008", **more)


@pytest.mark.slow  # reads a real patient and tries 80 mixtures
def test_a_real_sarcoma_says_why_it_has_no_habitats_and_what_it_has(data: Path, tmp_path, capsys):
    behave(Manner(json=True))
    assert asked(data, out=tmp_path / "out") == 4
    said = json.loads(capsys.readouterr().out)
    behave(Manner())
    assert [m["name"] for m in said["measurements"]] == ["suv_mean_corrected"]
    codes = {m["name"]: m["code"] for m in said["missing"]}
    assert codes["habitats"] == "habitats_unstable"
    assert codes["resistant_volume"] == "not_imaged"
    seg = pydicom.dcmread(tmp_path / "out" / "seg-1.dcm")
    assert seg.Modality == "SEG"


def test_a_dry_run_writes_nothing(data: Path, tmp_path, capsys):
    behave(Manner(dry_run=True))
    assert asked(data, out=tmp_path / "out") == 0
    assert "on the grid of mr" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
    behave(Manner())


def test_regions_take_their_parts_and_pet_its_blur():
    affine = affine_of([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    block = Voxels.of(np.ones((4, 4, 4)))
    images = tuple(Image(role, block, "1", affine) for role in ("mr", "suv"))
    drawn = tuple(Region(n, Voxels.of(np.ones((4, 4, 4), bool)), "organ", "", affine) for n in ("Mass", "Muscle", "x"))
    made = prepared(Study("P", None, images, drawn), ("mass", "muscle=sphere:0,0,0,1"), "mr", 5.0)
    assert [r.finding for r in made.regions] == ["lesion", "reference_tissue"]
    assert made.image("suv").number("psf_mm") == 5.0
    assert len(EXAMPLES) == 2
