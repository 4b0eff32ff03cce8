"""FA, MD, AD and RD of a bundle of known tensor, and of a real brain."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import Bundle, whole
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.tensor.gradients import used_frames
from vivomap.quantify.tensor.scalars import (
    axial_diffusivity,
    fractional_anisotropy,
    mean_diffusivity,
    radial_diffusivity,
)

EACH = (fractional_anisotropy, mean_diffusivity, axial_diffusivity, radial_diffusivity)


@pytest.mark.parametrize("snr", [0, 100, 30, 15, 10])
def test_the_numbers_of_the_bundle_are_found_whatever_the_noise(snr):
    (dwi,), (region,), truth = whole(Bundle(snr=snr), 5)
    for compute in EACH:
        found = compute(dwi, region)
        true = truth[compute.__name__]
        assert abs(found.value - true) < 2.5 * found.uncertainty + 1e-6 * true
        assert found.uncertainty < 0.02 * true


def test_noise_lifts_the_map_and_not_the_number():
    (dwi,), (region,), _ = whole(Bundle(snr=10), 2)
    found = fractional_anisotropy(dwi, region)
    lifted = found.detail.voxels.array[0][region.mask.array].mean()
    assert lifted - found.value == pytest.approx(dict(found.settings)["lifted_by_noise"], rel=1e-3)
    assert lifted > found.value + 0.01


@pytest.mark.long  # 1,000 phantoms
@pytest.mark.timeout(1800)
def test_the_interval_holds_the_truth_as_often_as_it_says():
    held = dict.fromkeys(EACH, 0)
    for seed in range(1000):
        (dwi,), (region,), truth = whole(seed=seed)
        for compute in EACH:
            found = compute(dwi, region)
            held[compute] += abs(found.value - truth[compute.__name__]) <= 1.96 * found.uncertainty
    assert all(930 <= n <= 975 for n in held.values()), held


def test_the_map_carries_its_doubt():
    (dwi,), (region,), _ = whole(Bundle(fa=(0.5, 0.5 + 1e-9)), 3)
    inside = region.mask.array
    value, doubt = fractional_anisotropy(dwi, region).detail.voxels.array[:, inside]
    assert 0.93 < np.mean(np.abs(value - 0.5) < 1.96 * doubt) < 0.97
    chart = mean_diffusivity(dwi, region).detail
    assert (chart.role, chart.unit, chart.frames) == ("md", "mm2/s", (0.0, 1.0))


def test_the_order_of_the_images_is_irrelevant_and_high_b_is_left_out():
    (dwi,), (region,), _ = whole(seed=4)
    order = np.random.default_rng(1).permutation(len(dwi.frames))
    said = dwi.text("directions").split(";")
    mixed = replace(
        dwi,
        voxels=Voxels.of(dwi.voxels.array[order]),
        frames=tuple(dwi.frames[k] for k in order),
        settings=(("directions", ";".join(said[k] for k in order)),),
    )
    assert fractional_anisotropy(mixed, region).value == pytest.approx(
        fractional_anisotropy(dwi, region).value, rel=0.01
    )
    more = replace(
        dwi,
        voxels=Voxels.of(np.concatenate((dwi.voxels.array, dwi.voxels.array[-1:]))),
        frames=(*dwi.frames, 3000.0),
        settings=(("directions", ";".join((*said, said[-1]))),),
    )
    assert used_frames(more)[1].max() == 1000
    assert fractional_anisotropy(more, region).value == fractional_anisotropy(dwi, region).value


def test_what_does_not_suffice_is_refused():
    (dwi,), (region,), _ = whole()
    said = dwi.text("directions").split(";")
    few = replace(
        dwi,
        voxels=Voxels.of(dwi.voxels.array[:20]),
        frames=dwi.frames[:20],
        settings=(("directions", ";".join(said[:20])),),
    )
    alike = replace(dwi, settings=(("directions", ";".join((*said[:3], *([said[4]] * 33)))),))
    moved = replace(dwi, settings=(*dwi.settings, ("motion_mm", 3.0)))
    for image, code in (
        (replace(dwi, settings=()), "no_directions"),
        (few, "few_directions"),
        (alike, "few_directions"),
        (moved, "moved"),
    ):
        with pytest.raises(Refusal) as refused:
            mean_diffusivity(image, region)
        assert refused.value.code == code


def test_a_series_with_lost_slices_is_refused():
    (dwi,), (region,), _ = whole()
    lost = dwi.voxels.array.copy()
    lost[5:9] *= 0.3
    with pytest.raises(Refusal) as refused:
        fractional_anisotropy(replace(dwi, voxels=Voxels.of(lost)), region)
    assert refused.value.code == "residual_outliers"


def test_air_in_the_region_is_left_out_and_said():
    (dwi,), (region,), _ = whole()
    dark = dwi.voxels.array.copy()
    dark[:, :, :, :12] *= 0.01
    found = mean_diffusivity(replace(dwi, voxels=Voxels.of(dark)), region)
    assert [f.code for f in found.flags] == ["left_out"]


def real(data: Path, name: str, ending: str) -> tuple[Image, np.ndarray, np.ndarray]:
    """A series of the DIPY project: the image, its b-values and its directions as they lie in the files."""
    nibabel = pytest.importorskip("nibabel")
    folder = data / "dwi_dipy"
    values = np.asanyarray(nibabel.load(folder / f"{name}{ending}").dataobj, dtype=np.float32)
    b = np.loadtxt(folder / f"{name}.bval").ravel()
    vectors = np.loadtxt(folder / f"{name}.bvec")
    vectors = np.nan_to_num(vectors.T if vectors.shape[0] == 3 else vectors)
    said = ";".join(" ".join(repr(float(v)) for v in vector) for vector in vectors)
    array = Voxels.of(np.ascontiguousarray(values.transpose(3, 2, 1, 0)))
    rows = affine_of(np.diag([2.0, 2.0, 2.0, 1.0])[[2, 1, 0, 3]])
    return Image("dwi", array, "1", rows, tuple(map(float, b)), "s/mm2", (("directions", said),)), b, vectors


def test_a_real_brain_has_the_maps_of_the_library(data: Path):
    reconst = pytest.importorskip("dipy.reconst.dti")
    gradients = pytest.importorskip("dipy.core.gradients")
    dwi, b, vectors = real(data, "small_64D", ".nii")
    region = Region("brain", Voxels.of(np.ones(dwi.shape, bool)), "tract", "brain", dwi.affine)
    found = fractional_anisotropy(dwi, region)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.where(length > 0.5, vectors / np.maximum(length, 0.5), 0.0)
    table = gradients.gradient_table(b, bvecs=units)
    peer = reconst.TensorModel(table, fit_method="WLS").fit(dwi.voxels.array.transpose(3, 2, 1, 0).astype(float))
    ours = found.detail.voxels.array[0].transpose(2, 1, 0)
    lit = np.isfinite(ours) & (dwi.voxels.array.min(axis=0) > 0).transpose(2, 1, 0)
    lit &= peer.evals.min(axis=-1) > 1e-8  # the library lifts eigenvalues below 0, ours shows them
    assert lit.sum() > 850
    assert np.abs(ours - peer.fa)[lit].max() < 4e-7
    assert 0 < found.uncertainty < 0.05


def test_a_real_series_of_many_shells_uses_its_low_ones_or_is_refused(data: Path):
    dwi, b, _ = real(data, "small_101D", ".nii.gz")
    assert b.max() > 1500
    with pytest.raises(Refusal) as refused:
        used_frames(dwi)
    assert refused.value.code == "few_directions"
    with pytest.raises(Refusal) as refused:
        used_frames(real(data, "small_25", ".nii.gz")[0])
    assert refused.value.code == "few_directions"
