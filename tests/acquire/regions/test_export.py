from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.regions import export
from vivomap.core import Refusal, Region, Voxels, affine_of

RAS = np.diag([-1, -1, 1])


def region(seed: int) -> Region:
    """An oblique grid with a mask that has no symmetry."""
    rng = np.random.default_rng(seed)
    rows = np.eye(4)
    rows[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] * rng.uniform(0.5, 5, 3)
    rows[:3, 3] = rng.uniform(-300, 300, 3)
    return Region("liver", Voxels.of(rng.random((4, 5, 6)) > 0.6), affine=affine_of(rows))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_nibabel_reads_the_same_voxels_in_the_same_places(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    one, path = region(seed), tmp_path_factory.mktemp("mask") / "mask.nii.gz"
    export(one, path)
    read = nib.load(path)
    theirs = np.argwhere(np.asarray(read.dataobj)[...] > 0) @ read.affine[:3, :3].T + read.affine[:3, 3]
    rows = np.asarray(one.affine)
    ours = (np.argwhere(one.mask.array) @ rows[:3, :3].T + rows[:3, 3]) @ RAS
    order = [np.lexsort(np.round(points, 2).T) for points in (theirs, ours)]
    assert np.allclose(theirs[order[0]], ours[order[1]], atol=2e-3)
    assert np.allclose(read.get_qform(), read.get_sform(), atol=2e-3)


def test_the_same_mask_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        export(region(5), tmp_path / name / "mask.nii.gz")
    assert (tmp_path / "a" / "mask.nii.gz").read_bytes() == (tmp_path / "b" / "mask.nii.gz").read_bytes()


def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for path, code in ((tmp_path / "file" / "m.nii.gz", "cannot_write"), (tmp_path / "m.png", "bad_setting")):
        with pytest.raises(Refusal) as refused:
            export(region(5), path)
        assert refused.value.code == code
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
