"""T2: the truth of the block, a real phantom with three echoes, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from vivomap.acquire.phantom.relaxation import Train, fading
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.relaxation import mapped, t2


@pytest.mark.parametrize("snr", [0, 100, 40])
@pytest.mark.parametrize("seed", range(3))
def test_the_mean_of_the_block_is_found(snr, seed):
    (echo,), (region,), truth = fading(Train(snr=snr), seed)
    found = t2(echo, region)
    assert abs(found.value - truth["t2"]) < 2.5 * found.uncertainty + 1e-6
    assert found.uncertainty < 0.01 * found.value


def test_the_doubt_of_each_voxel_is_how_far_voxels_scatter():
    (echo,), (region,), _ = fading(Train(t2=(80.0, 80.0)))
    values, doubts = mapped(echo).voxels.array
    inside = region.mask.array
    stated = np.sqrt(np.mean(doubts[inside] ** 2))
    assert values[inside].std() == pytest.approx(stated, rel=0.1)
    assert dict(t2(echo, region).settings)["voxel_u"] == pytest.approx(stated, rel=0.2)


def test_scaling_the_signal_leaves_t2():
    (echo,), (region,), _ = fading()
    scaled = replace(echo, voxels=Voxels.of(37 * echo.voxels.array))
    assert t2(scaled, region).value == pytest.approx(t2(echo, region).value, rel=1e-6)


def test_a_voxel_that_has_faded_into_the_noise_has_none():
    (echo,), (region,), _ = fading(Train(t2=(8.0, 100.0)))
    found = t2(echo, region)
    assert "left_out" in [f.code for f in found.flags]
    assert np.nanmin(found.detail.voxels.array[0][region.mask.array]) > 15


def test_one_echo_or_too_few_voxels_are_refused():
    (echo,), (region,), _ = fading()
    one = replace(echo, voxels=Voxels.of(echo.voxels.array[:1]), frames=(15.0,))
    few = np.zeros_like(region.mask.array)
    few[2, 5, 5:15] = True
    cases = ((one, region, "few_echoes"), (echo, replace(region, mask=Voxels.of(few)), "too_few_voxels"))
    for image, where, code in cases:
        with pytest.raises(Refusal) as refused:
            t2(image, where)
        assert refused.value.code == code


def test_a_real_phantom_with_three_echoes_fades_as_one_exponential(data):
    pydicom = pytest.importorskip("pydicom")
    planes = [pydicom.dcmread(f) for f in (data / "t2_multiecho_dicom").glob("*_SlcPos_-[23]3*.dcm")]
    places = sorted({float(p.ImagePositionPatient[2]) for p in planes})
    echoes = sorted({float(p.EchoTime) for p in planes})
    assert (len(places), echoes) == (2, [20.0, 40.0, 60.0])
    at = {(float(p.EchoTime), float(p.ImagePositionPatient[2])): p.pixel_array for p in planes}
    series = np.array([[at[e, z] for z in places] for e in echoes], float)
    grid = affine_of(np.diag([10.5, 0.667, 0.667, 1.0])[[2, 1, 0, 3]])
    echo = Image("echo", Voxels.of(series), "1", grid, tuple(echoes), "ms")
    bright = series[2] > 0.5 * np.percentile(series[2], 99)
    found = t2(echo, Region("phantom", Voxels.of(bright), affine=grid))
    inside, own = series[:, bright].astype(float).T, found.detail.voxels.array[0][bright]
    for voxel in range(0, len(inside), len(inside) // 30):
        peer = optimize.curve_fit(lambda t, s, t2: s * np.exp(-t / t2), echoes, inside[voxel], (3000, 80))[0]
        assert own[voxel] == pytest.approx(peer[1], rel=0.01)
    assert 50 < found.value < 400
    assert found.uncertainty < 0.05 * found.value
