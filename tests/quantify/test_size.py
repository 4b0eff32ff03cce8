"""Sizes against ellipsoids, the IBSI phantom, and the laws that any size must keep."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vivomap.acquire.phantom.size import Ellipsoid, ellipsoid
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.size import density, long_axis, mesh_volume, short_axis, volume, voxel_count

SIZES = {
    "volume": volume,
    "mesh_volume": mesh_volume,
    "long_axis": long_axis,
    "short_axis": short_axis,
    "voxel_count": voxel_count,
}
MASKS = arrays(bool, (4, 7, 8)).filter(lambda m: m.any())


def drawn(mask: np.ndarray, *spacing: float, **more: float) -> Region:
    return Region("lesion", Voxels.of(mask), affine=affine_of(np.diag([*(spacing or (1, 1, 1)), 1.0])), **more)


SHAPES = [
    ((6.0, 6.0, 6.0), (1.0, 1.0, 1.0)),
    ((10.0, 10.0, 10.0), (2.5, 0.7, 0.7)),
    ((14.0, 11.0, 16.0), (2.5, 0.7, 0.7)),
    ((8.0, 6.0, 9.0), (5.0, 0.7, 0.7)),
    ((5.0, 5.0, 5.0), (2.0, 2.0, 2.0)),
    ((20.0, 10.0, 15.0), (3.0, 1.0, 1.0)),
]


@pytest.mark.parametrize(("semi", "spacing"), SHAPES)
def test_the_stated_interval_covers_the_truth_anywhere_on_the_grid(semi, spacing):
    rng = np.random.default_rng(10)
    held = dict.fromkeys(SIZES, 0)
    for _ in range(60):
        offset = tuple(rng.uniform(-0.5, 0.5, 3))
        _, (region,), truth = ellipsoid(Ellipsoid(semi, spacing, offset, rng.uniform(0, 180)))
        for name, size in SIZES.items():
            found = size(region)
            held[name] += abs(found.value - truth[name]) < 1.96 * found.uncertainty
    assert all(n / 60 >= 0.93 for n in held.values()), held


def test_the_doubt_is_small_where_voxels_are_small():
    _, (region,), truth = ellipsoid()
    assert volume(region).uncertainty < 0.01 * truth["volume"]
    assert long_axis(region).uncertainty < 0.02 * truth["long_axis"]


@pytest.mark.parametrize("turn", [0.0, 30.0, 60.0, 90.0])
def test_a_turn_in_the_plane_changes_no_axis(turn):
    _, (region,), _ = ellipsoid(Ellipsoid(turn_deg=turn))
    assert long_axis(region).value == pytest.approx(32, abs=0.7)
    assert short_axis(region).value == pytest.approx(22, abs=0.7)


@given(MASKS, st.permutations([1, 2]), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_flips_and_swaps_and_moves_change_no_size(mask, order, down, back, left):
    other = np.transpose(mask, (0, *order))[:: -1 if down else 1, :: -1 if back else 1, :: -1 if left else 1]
    other = np.pad(other, ((2, 1), (0, 3), (1, 0)))
    for name, size in SIZES.items():
        if name == "short_axis":
            continue  # two chords may be equally long, and the ones across them differ
        assert size(drawn(other)).value == pytest.approx(size(drawn(mask)).value, rel=1e-6), name


@given(MASKS, st.floats(0.3, 4.0))
@settings(max_examples=30, deadline=None)
def test_larger_voxels_make_sizes_larger_by_the_known_power(mask, factor):
    powers = {"volume": 3, "mesh_volume": 3, "long_axis": 1, "voxel_count": 0}
    for name, power in powers.items():
        one, other = SIZES[name](drawn(mask, 2, 1, 1)), SIZES[name](drawn(mask, 2 * factor, factor, factor))
        assert other.value == pytest.approx(one.value * factor**power, rel=1e-6), name
        assert other.uncertainty == pytest.approx(one.uncertainty * factor**power, rel=1e-6), name


@given(arrays(bool, (3, 5, 6)), arrays(bool, (3, 5, 6)))
@settings(max_examples=30, deadline=None)
def test_a_larger_region_is_not_smaller(one, other):
    if not one.any():
        return
    for name in ("volume", "voxel_count"):
        assert SIZES[name](drawn(one | other)).value >= SIZES[name](drawn(one)).value


def test_a_region_drawn_empty_has_vanished_and_measures_zero_in_doubt_of_a_voxel():
    empty = drawn(np.zeros((3, 4, 5), bool), 3, 1, 2)
    found = {name: size(empty) for name, size in SIZES.items()}
    assert all(f.value == 0 and f.flags[0].code == "vanished" for f in found.values())
    assert found["long_axis"].uncertainty == pytest.approx(2 / np.sqrt(3))
    assert found["volume"].uncertainty == pytest.approx(0.006 / np.sqrt(3))


def test_an_outline_in_doubt_widens_every_size_by_its_law():
    _, (region,), truth = ellipsoid(Ellipsoid((10.0, 10.0, 10.0), (1.0, 1.0, 1.0)))
    unsure = replace(region, edge_mm=0.5)
    added = {n: np.sqrt(s(unsure).uncertainty ** 2 - s(region).uncertainty ** 2) for n, s in SIZES.items()}
    assert added["volume"] == pytest.approx(4 * np.pi * 100 * 0.5 / 1000, rel=0.03)
    assert added["long_axis"] == pytest.approx(1.0)
    assert truth["volume"] == pytest.approx(4.18879, rel=1e-5)


def test_parts_and_thick_slices_are_flagged():
    mask = np.zeros((3, 30, 30), bool)
    mask[1, 2:12, 2:12] = mask[1, 18:28, 18:28] = True
    codes = [f.code for f in long_axis(drawn(mask, 6, 1, 1)).flags]
    assert codes == ["several_parts", "thick_slices"]
    assert volume(drawn(mask, 6, 1, 1)).value == pytest.approx(1.2)


def test_density_leaves_the_rim_out():
    (ct,), (region,), _ = ellipsoid(Ellipsoid(noise_hu=0.0))
    blurred = np.array(ct.voxels.array)
    edge = region.mask.array & ~np.roll(region.mask.array, 1, 2)
    blurred[edge] = -400  # partial volume
    found = density(replace(ct, voxels=Voxels.of(blurred)), region)
    assert found.value == pytest.approx(40, abs=3)
    assert blurred[region.mask.array].mean() < 25
    assert dict(found.settings)["voxels"] < region.voxel_count


def test_density_of_a_flat_region_erodes_in_the_plane_and_of_a_small_one_is_refused():
    ct = Image("ct", Voxels.of(np.full((4, 9, 9), 50.0)), "[hnsf'U]", affine_of(np.eye(4)))
    mask = np.zeros((4, 9, 9), bool)
    mask[1, 1:8, 1:8] = True
    flat = density(ct, drawn(mask))
    assert (flat.value, flat.flags[0].code) == (50.0, "eroded_in_plane")
    with pytest.raises(Refusal) as refused:
        density(ct, drawn(mask & (np.indices(mask.shape)[1] < 4)))
    assert refused.value.code == "too_few_voxels"


def test_the_ibsi_phantom_has_its_published_volumes(data: Path):
    nibabel = pytest.importorskip("nibabel")
    file = next((data / "ibsi1_digital_phantom" / "nifti" / "mask").glob("*.nii*"))
    found = nibabel.load(file)
    mask = np.asarray(found.dataobj).T > 0
    region = drawn(mask, *(float(s) for s in found.header.get_zooms()[::-1]))
    assert voxel_count(region).value == 74
    assert volume(region).value == pytest.approx(0.592, abs=0.004)
    assert mesh_volume(region).value == pytest.approx(0.556, abs=0.004)
