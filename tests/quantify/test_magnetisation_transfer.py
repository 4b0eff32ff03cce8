"""MTR: the truth of the block, and a real spinal cord against its reference map."""

from dataclasses import replace

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from vivomap.acquire.phantom.magnetisation_transfer import Pair, saturated
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.magnetisation_transfer import mtr


@pytest.mark.parametrize("snr", [0, 100, 30])
@pytest.mark.parametrize("seed", range(3))
def test_the_mean_of_the_block_is_found(snr, seed):
    (off, on), (region,), truth = saturated(Pair(snr=snr), seed)
    found = mtr(off, on, region)
    assert abs(found.value - truth["mtr"]) < 2.5 * found.uncertainty + 1e-9
    assert found.uncertainty < 0.02 * found.value


def test_a_common_scale_leaves_it_and_a_swap_turns_its_sign():
    (off, on), (region,), _ = saturated(Pair(snr=0))
    scaled = [replace(i, voxels=Voxels.of(3 * i.voxels.array)) for i in (off, on)]
    assert mtr(*scaled, region).value == pytest.approx(mtr(off, on, region).value)
    assert mtr(on, off, region).value < 0


def test_a_voxel_without_a_meaningful_ratio_is_left_out_and_counted():
    (off, on), (region,), _ = saturated(Pair(snr=0))
    dark = np.array(off.voxels.array)
    dark[2] = 0
    found = mtr(replace(off, voxels=Voxels.of(dark)), on, region)
    assert "left_out" in [f.code for f in found.flags]
    assert np.isnan(found.detail.voxels.array[:, 2]).all()


def test_a_series_or_too_few_voxels_are_refused():
    (off, on), (region,), _ = saturated()
    many = replace(off, voxels=Voxels.of(np.stack([off.voxels.array] * 2)), frames=(0.0, 1.0))
    few = np.zeros_like(region.mask.array)
    few[2, 5, 5:15] = True
    cases = ((many, region, "several_volumes"), (off, replace(region, mask=Voxels.of(few)), "too_few_voxels"))
    for image, where, code in cases:
        with pytest.raises(Refusal) as refused:
            mtr(image, on, where)
        assert refused.value.code == code


def test_a_real_cord_has_its_reference_once_the_pair_is_aligned(data):
    """The reference was made from a second image moved onto the first, which is not there; a shift of each slice is."""
    folder = data / "spinal_cord_mt_dwi" / "mt"
    off, on, reference, cord = (
        np.asarray(nibabel.load(folder / f"{n}.nii.gz").dataobj, float).T for n in ("mt0", "mt1", "mtr", "mt0_seg")
    )
    aligned, usable = on.copy(), np.isfinite(reference) & (np.abs(reference) < 100) & (off > 60)
    steps = [(y, x) for y in np.arange(-1, 1.1, 0.5) for x in np.arange(-1, 1.1, 0.5)]
    for z in range(len(off)):
        tried = [ndimage.shift(on[z], step, order=3, mode="nearest") for step in steps]
        apart = [np.median(np.abs(100 * (1 - t / off[z]) - reference[z])[usable[z]]) for t in tried]
        aligned[z] = tried[int(np.argmin(apart))]
    grid = affine_of(np.diag([17.0, 0.844, 0.844, 1.0])[[2, 1, 0, 3]])
    region = Region("cord", Voxels.of(cord > 0), affine=grid)
    images = [Image(role, Voxels.of(v), "1", grid) for role, v in (("mt_off", off), ("mt_on", on), ("mt_on", aligned))]
    as_it_is, moved = (mtr(images[0], image, region).value for image in images[1:])
    truth = float(reference[(cord > 0) & np.isfinite(reference)].mean())
    assert truth == pytest.approx(28.32, abs=0.01)
    assert abs(moved - truth) < 2.0
    assert as_it_is < truth - 4  # half a pixel of motion costs a sixth of the ratio
