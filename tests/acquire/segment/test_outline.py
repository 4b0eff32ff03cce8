from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.click import SCENES, clicked
from vivomap.acquire.segment import Click, segment
from vivomap.acquire.segment.levels import Levels, Window
from vivomap.acquire.segment.outline import _edge_mm
from vivomap.core import Image, Refusal, Voxels
from vivomap.quantify.size import volume

REACH = {"ct": 25.0, "mr": 25.0, "suv": 45.0}


@pytest.mark.parametrize("role", SCENES)
@pytest.mark.parametrize("seed", range(2))
def test_a_click_finds_the_lesion_and_its_interval_holds_the_volume(role: str, seed: int) -> None:
    ((image,), (true,), truth), at = clicked(role, seed)
    found = segment(image, Click(at, reach_mm=REACH[role])).region
    size = volume(found)
    assert abs(size.value - truth["volume"]) < 2 * size.uncertainty < 0.3 * truth["volume"]
    both = (found.mask.array & true.mask.array).sum()
    assert 2 * both / (found.voxel_count + true.voxel_count) > 0.9


def test_the_vessel_that_hangs_on_is_not_the_lesion() -> None:
    ((image,), (true,), _), at = clicked("ct", 1)
    found = segment(image, Click(at)).region.mask.array
    x = np.argwhere(found)[:, 2].max() - np.argwhere(true.mask.array)[:, 2].max()
    assert x * 0.8 < 3.0
    assert image.voxels.array[:, :, -3].max() > -300, "the vessel goes on to the border"


def test_chances_are_sure_inside_and_outside_and_a_half_at_the_edge() -> None:
    ((image,), _, _), at = clicked("mr", 2)
    found = segment(image, Click(at))
    chance, mask = found.chances.voxels.array, found.region.mask.array
    assert found.chances.role == "chance"
    assert chance[mask].min() >= 0.5
    assert chance[~mask].max() <= 0.5
    assert ((chance > 0.02) & (chance < 0.98)).sum() < 0.7 * mask.sum()
    assert (chance == 0).sum() > 0.8 * chance.size


def test_a_sum_of_chances_is_the_volume_too() -> None:
    ((image,), _, truth), at = clicked("mr", 4)
    chances = segment(image, Click(at)).chances
    assert chances.voxels.array.sum() * image.voxel_mm3 / 1000 == pytest.approx(truth["volume"], rel=0.08)


def test_more_noise_and_more_blur_widen_the_edge() -> None:
    edges = []
    for noise in (1.0, 4.0):
        ((image,), _, _), at = clicked("mr", 3, noise)
        edges.append(segment(image, Click(at)).region.edge_mm)
    assert edges[1] > 1.3 * edges[0]


def test_doubt_of_the_levels_moves_the_edge_by_the_slope_of_a_blurred_plane() -> None:
    """Half of the root sum of squares of both doubts, as a share of the contrast, times blur and sqrt(2 pi)."""
    mask = np.hypot(*np.mgrid[-9:10, -9:10])[None] + np.abs(np.arange(-9, 10))[:, None, None] < 8
    seen = Window(np.zeros(mask.shape), 0.1, ((1, 0, 0), (0, 1, 0), (0, 0, 1)), (9, 9, 9))
    sure = Levels(300.0, 100.0, 0.0, 0.0, blur=1.5)
    unsure = replace(sure, inside_doubt=12.0, around_doubt=16.0)
    more = np.sqrt(_edge_mm(seen, mask, unsure, 0) ** 2 - _edge_mm(seen, mask, sure, 0) ** 2)
    assert more == pytest.approx(1.5 * np.sqrt(2 * np.pi) * 20 / (2 * 200), rel=1e-6)


def test_a_dark_lesion_is_one_as_well() -> None:
    ((image,), _, truth), at = clicked("mr", 0)
    dark = replace(image, voxels=Voxels.of(1000 - image.voxels.array))
    assert volume(segment(dark, Click(at)).region).value == pytest.approx(truth["volume"], rel=0.05)


def test_a_click_beside_the_lesion_cuts_off_what_it_stands_on() -> None:
    """Two balls that touch: the second is another lesion once it was clicked on."""
    z, y, x = np.mgrid[-20:21, -20:21, -30:31]
    joined = (np.hypot(np.hypot(x + 7, y), z) < 8) | (np.hypot(np.hypot(x - 7, y), z) < 8)
    values = np.where(joined, 200.0, 0.0) + np.random.default_rng(0).normal(0, 5, joined.shape)
    rows = ((0.0, 0.0, 1.0, 0.0), (0.0, 1.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    image = Image("mr", Voxels.of(values), "1", rows)
    one = segment(image, Click((23.0, 20.0, 20.0), ((40.0, 20.0, 20.0),))).region
    assert one.voxel_count < 0.75 * joined.sum()
    assert "outline_cut" in {flag.code for flag in one.flags}
    assert one.edge_mm > 0.05


def test_what_runs_on_all_around_has_no_outline() -> None:
    """A sheet without an end, as muscle around a sarcoma of the same grey: its outline would be a guess."""
    z, _, _ = np.mgrid[-26:27, -26:27, -26:27]
    values = np.where(np.abs(z) < 12, 200.0, 0.0) + np.random.default_rng(0).normal(0, 5, z.shape)
    rows = ((0.0, 0.0, 1.0, 0.0), (0.0, 1.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    with pytest.raises(Refusal, match="runs on") as refused:
        segment(Image("mr", Voxels.of(values), "1", rows), Click((26.0, 26.0, 26.0)))
    assert refused.value.code == "no_edge"
    assert "% of the outline" in refused.value.found
