"""The alignment of bodies whose every point is known after they moved."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from vivomap.acquire import read
from vivomap.acquire.align import align, linear, points, resample
from vivomap.acquire.align.pyramid import pyramid, volume
from vivomap.acquire.phantom.warp import Body, Motion, lump, moved
from vivomap.core import Refusal, Voxels, affine_of, same_grid
from vivomap.core.codec import dumps, loads

SPEC = importlib.util.spec_from_file_location("pairs", Path(__file__).with_name("conftest.py"))
PAIRS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PAIRS)
made, SMALL, TURNED, WARPED = PAIRS.made, PAIRS.SMALL, PAIRS.TURNED, PAIRS.WARPED


def test_a_turned_body_is_found_within_a_twentieth_of_a_millimetre(turned):
    assert turned.distance < 0.05
    assert turned.distance < 2 * turned.found.number("distance_mm")


def test_a_turn_keeps_every_length(turned):
    turn = np.asarray(turned.found.transform)[:3, :3]
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert turned.found.number("inverse_consistency_mm") < 0.1


def test_a_stretched_body_needs_an_affine_alignment():
    stretched = replace(TURNED, stretch=(1.03, 0.97, 1.02))
    pair = made(stretched, "affine")
    assert pair.distance < 0.1
    growth = np.prod(stretched.stretch) ** -1
    assert pair.found.number("jacobian_low") == pytest.approx(growth, rel=0.005)


def test_two_kinds_of_image_lie_on_each_other_by_what_they_tell_of_each_other():
    pair = made(TURNED, "rigid", other=True)
    assert pair.fixed.role != pair.moving.role
    assert pair.distance < 0.15


def test_a_warp_is_found_within_half_a_millimetre(warped):
    assert warped.distance < 0.5


def test_the_stated_residual_is_the_true_one_within_a_fifth(warped):
    assert warped.found.residual_mm * np.sqrt(3) == pytest.approx(warped.distance, rel=0.2)


def test_the_residual_is_known_by_place(warped):
    place = warped.found.residual.voxels.array
    assert place.min() > 0
    assert place.max() > 1.3 * place.min()


def test_the_warp_is_read_back_from_json(warped):
    arrays = {v.voxels.digest: v.voxels.array for v in (warped.found.warp, warped.found.residual)}
    assert loads(dumps(warped.found), arrays.__getitem__) == warped.found


def test_a_rigid_alignment_is_written_as_before(turned):
    assert '"warp"' not in dumps(turned.found)


def test_a_lesion_is_carried_from_visit_to_visit(warped):
    drawn = lump(warped.body, warped.motion, np.zeros(3), 9.0, there=True)
    carried = resample(drawn, warped.found, warped.fixed)
    truth = lump(warped.body, warped.motion, np.zeros(3), 9.0).mask.array
    both = np.count_nonzero(carried.mask.array & truth)
    assert 2 * both / (carried.voxel_count + np.count_nonzero(truth)) > 0.93
    assert carried.edge_mm > 0
    assert any(f.code == "carried_over" for f in carried.flags)
    assert same_grid(carried, warped.fixed)


def test_images_without_anything_in_common_are_refused():
    fixed, moving = moved(SMALL, TURNED)
    noise = np.random.default_rng(0).normal(size=moving.voxels.array.shape).astype(np.float32)
    with pytest.raises(Refusal) as refused:
        align(fixed, replace(moving, voxels=Voxels.of(noise)), "rigid")
    assert refused.value.code == "not_alike"


def test_a_piece_of_an_image_is_laid_where_it_belongs():
    """Of a small field of view its own share counts: a ninth of the other image may lie wholly within it."""
    fixed, moving = moved(SMALL, TURNED)
    part = tuple(slice(n // 4, n // 4 + max(8, int(n * 0.45))) for n in moving.voxels.array.shape)
    ground = np.array(moving.affine)
    ground[:3, 3] += ground[:3, :3] @ [s.start for s in part]
    piece = replace(moving, voxels=Voxels.of(moving.voxels.array[part]), affine=affine_of(ground))
    place = np.zeros((1, 3))
    assert np.linalg.norm(points(align(fixed, piece, "rigid"), place) - TURNED.done(place)) < 0.2


def test_places_that_tell_as_much_far_apart_are_refused(monkeypatch):
    levels = pyramid(*map(volume, moved(SMALL, TURNED)), True)
    far = np.eye(4)
    far[0, 3] = 12.0
    found = linear._best(levels)[0]
    monkeypatch.setattr(linear, "_best", lambda levels: (found, [found.transform @ far]))
    with pytest.raises(Refusal) as refused:
        linear.laid(levels, "rigid")
    assert refused.value.code == "not_alike"
    far[0, 3] = 3.0
    assert linear.laid(levels, "rigid").doubt(np.zeros((1, 3))).max() > 1.7


def test_an_image_that_shows_nothing_is_refused():
    fixed, moving = moved(SMALL, TURNED)
    flat = replace(moving, voxels=Voxels.of(np.zeros_like(moving.voxels.array)))
    with pytest.raises(Refusal) as refused:
        align(fixed, flat)
    assert refused.value.code == "nothing_to_align"


def test_a_fourth_kind_is_refused():
    fixed, moving = moved(SMALL, TURNED)
    with pytest.raises(Refusal):
        align(fixed, moving, "elastic")


@pytest.mark.slow  # five alignments of a million voxels
def test_a_real_ct_that_was_warped_is_found(data: Path):
    """A patient's thigh (STS_008), warped by a known field, with noise added to both."""
    study = read([data / "sts_petctmr_dicom"])[0]
    ct = next(i for i in study.images if i.role == "ct")
    array = np.asarray(ct.voxels.array, np.float32)
    steps = ct.spacing_mm
    motion = Motion(turn=(1.0, 0.0, 0.5), shift=(2.0, -1.5, 1.0), wave_mm=0.8, length_mm=70.0)
    grid = Body(shape=array.shape, steps=steps)
    back = np.linalg.inv(grid.affine)
    q = motion.undone(grid.points())
    index = np.moveaxis(q @ back[:3, :3].T + back[:3, 3], -1, 0)
    rng = np.random.default_rng(1)
    there = map_coordinates(array, index, order=3, mode="nearest") + rng.normal(0, 5, array.shape)
    placed = tuple(map(tuple, grid.affine.tolist()))
    fixed = replace(ct, affine=placed, voxels=Voxels.of(array + rng.normal(0, 5, array.shape).astype(np.float32)))
    moving = replace(ct, affine=placed, voxels=Voxels.of(there.astype(np.float32)))
    found = align(fixed, moving, "deformable")
    core = tuple(slice(n // 6, n - n // 6) for n in array.shape)
    place = grid.points()[core][array[core] > -200]
    apart = np.linalg.norm(points(found, place) - motion.done(place), axis=1)
    assert apart.mean() < 0.5
    assert found.residual_mm * np.sqrt(3) > 0.9 * np.sqrt(
        np.mean(apart**2)
    )  # of real CT it is too wide, not too narrow
