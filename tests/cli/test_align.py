"""The command: an image laid on another, and measured with its residual."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.align.filing import put_image, put_region
from vivomap.acquire.phantom.warp import Body, Motion, lump, moved
from vivomap.cli.align import align
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal

BODY = Body(shape=(24, 32, 32), noise=5.0)
MOTION = Motion(turn=(3.0, 0.0, 2.0), shift=(3.0, -2.0, 1.0))


@pytest.fixture
def visits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIVOMAP_PROJECT", raising=False)
    behave(Manner(quiet=True))
    fixed, moving = moved(BODY, MOTION)
    for name, image, day in (("now", fixed, date(2026, 3, 1)), ("then", moving, date(2026, 1, 1))):
        (tmp_path / name).mkdir()
        put_image(replace(image, day=day), "P1", tmp_path / name / "ct.nii.gz")
    drawn = replace(lump(BODY, MOTION, np.zeros(3), 9.0, there=True), name="lump 1")
    put_region(drawn, "P1", replace(moving, day=date(2026, 1, 1)), tmp_path / "then" / "lump.nii.gz")
    return tmp_path


def test_the_aligned_image_and_its_outline_are_read_back_with_their_residual(visits, capsys):
    assert align(visits / "now", visits / "then", "rigid", out=visits / "out") == 0
    said = capsys.readouterr().out
    assert "residual" in said
    study = read([visits / "out"])[0]
    (image,) = study.images
    (region,) = study.regions
    assert image.role == "ct"
    assert 0 < image.residual_mm < 0.2
    assert image.day == date(2026, 1, 1)
    assert not any(f.denies == "region" for f in image.refusals)
    assert region.edge_mm > 0
    truth = lump(BODY, MOTION, np.zeros(3), 9.0).mask.array
    assert 2 * np.count_nonzero(region.mask.array & truth) / (region.voxel_count + truth.sum()) > 0.93
    assert (visits / "out" / "report.html").read_text().count("data:image/png") == 3
    assert json.loads((visits / "out" / "alignment.json").read_text())["kind"] == "rigid"


def test_a_dry_run_writes_nothing_and_json_is_one_object(visits, capsys):
    behave(Manner(dry_run=True, quiet=True))
    align(visits / "now", visits / "then", "rigid", out=visits / "out")
    assert "would write" in capsys.readouterr().out
    assert not (visits / "out").exists()
    behave(Manner(json=True, quiet=True))
    align(visits / "now", visits / "then", "rigid", out=visits / "out")
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "vivomap.align/1"
    assert told["residual_mm"] > 0


def test_what_is_there_is_not_written_over(visits):
    (visits / "out").mkdir()
    (visits / "out" / "mine.txt").write_text("x")
    with pytest.raises(Refusal) as refused:
        align(visits / "now", visits / "then", "rigid", out=visits / "out")
    assert refused.value.code == "folder_not_empty"


def test_an_outline_that_is_not_there_and_a_kind_that_is_none_are_refused(visits):
    with pytest.raises(Refusal) as refused:
        align(visits / "now", visits / "then", "rigid", region=["liver"], out=visits / "out")
    assert refused.value.code == "not_drawn"
    with pytest.raises(Refusal) as refused:
        align(visits / "now", visits / "then", "elastic", out=visits / "out")
    assert refused.value.code == "bad_setting"
