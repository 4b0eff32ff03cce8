"""Body composition: areas exact on the phantom, limits included, and height that is asked for."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.abdomen import HEIGHT_M, Belly, cavity, muscle, skin
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.body_composition import (
    imat_area,
    muscle_area,
    muscle_density,
    muscle_index,
    sat_area,
    vat_area,
)

CALM = Belly(noise=0.0, offset=0.0)


def test_without_noise_areas_are_the_pixels_of_each_tissue_exactly():
    for made, measure, hu in (
        (muscle, muscle_area, 55.0),
        (muscle, imat_area, -100.0),
        (cavity, vat_area, -100.0),
        (skin, sat_area, -100.0),
    ):
        (ct,), (region,), truth = made(CALM)
        pixels = np.count_nonzero(ct.voxels.array[region.mask.array] == hu)
        found = measure(ct, region)
        assert found.value == pytest.approx(pixels * 1.5**2 / 100, rel=1e-12)
        assert abs(found.value - truth[measure.__name__]) < 2 * found.uncertainty


def test_both_ends_of_the_limits_are_in():
    plane = np.full((1, 20, 20), -29.0)
    plane[0, :10] = 150.0
    plane[0, 0, :3] = (-29.5, 150.5, -30.0)
    ct = Image("ct", Voxels.of(plane), "[hnsf'U]", affine_of(np.diag([1.0, 10.0, 10.0, 1.0])[[2, 1, 0, 3]]))
    region = Region("muscle", Voxels.of(np.ones(plane.shape, bool)), "muscle", "", ct.affine)
    assert dict(muscle_area(ct, region).settings)["pixels"] == 397
    assert dict(imat_area(ct, region).settings)["pixels"] == 1


def test_a_region_of_three_slices_gives_the_mean_slice():
    (ct,), (region,), _ = muscle(CALM)
    thick = replace(region, mask=Voxels.of(np.broadcast_to(region.mask.array[1], region.mask.array.shape).copy()))
    assert muscle_area(ct, thick).value == pytest.approx(muscle_area(ct, region).value)


def test_the_index_is_area_over_height_squared_and_height_must_be_known():
    (ct,), (region,), _ = muscle(CALM)
    tall = replace(ct, settings=(("height_m", HEIGHT_M),))
    assert muscle_index(tall, region).value == pytest.approx(muscle_area(ct, region).value / HEIGHT_M**2)
    for height in ((), (("height_m", 0.0),), (("height_m", 170.0),), (("height_m", "tall"),)):
        with pytest.raises(Refusal) as refused:
            muscle_index(replace(ct, settings=height), region)
        assert refused.value.code == "no_height"


def test_density_is_of_muscle_alone_and_a_scan_with_contrast_asks_for_its_phase():
    (ct,), (region,), _ = muscle(CALM)
    found = muscle_density(ct, region)
    assert found.value == pytest.approx(55.0)
    given = replace(ct, settings=(("contrast", "IODINE"),))
    assert [f.code for f in muscle_density(given, region).flags] == ["phase_unknown"]
    said = replace(ct, settings=(("contrast", "IODINE"), ("phase", "portal venous")))
    assert muscle_density(said, region).flags == ()
    assert dict(muscle_density(said, region).settings)["phase"] == "portal venous"


def test_an_uncertain_outline_and_a_noisy_image_are_in_doubt_or_refused():
    (ct,), (region,), _ = muscle()
    loose = replace(region, edge_mm=2.0)
    assert muscle_area(ct, loose).uncertainty > 5 * muscle_area(ct, region).uncertainty
    (noisy,), (region,), _ = muscle(Belly(noise=30.0))
    with pytest.raises(Refusal) as refused:
        muscle_area(noisy, region)
    assert refused.value.code == "too_noisy"


def test_too_few_pixels_are_refused_and_no_fat_is_an_area_of_zero():
    (ct,), (region,), _ = muscle(Belly(noise=0.0, offset=0.0, strands=0))
    assert imat_area(ct, region).value == 0.0
    few = np.zeros_like(region.mask.array)
    few[1, 60, 60:80] = True
    with pytest.raises(Refusal) as refused:
        muscle_area(ct, replace(region, mask=Voxels.of(few)))
    assert refused.value.code == "too_few_voxels"


def test_indices_of_215_patients_are_their_areas_over_a_height_of_the_table(data):
    """The heights of this public table stand in other rows than its areas, but each index has its height."""
    with (data / "hnscc_body_composition" / "hnscc.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    heights = np.array(sorted({float(r["Height (m)"]) for r in rows}))
    side = 20
    for row in rows[::20]:
        area = float(row["Pre-RT L3 Skeletal Muscle Cross Sectional Area (cm2)"])
        index = float(row["Pre-RT L3 Skeletal Muscle Index (cm2/m2)"])
        pixel = 10 * np.sqrt(area) / side
        affine = affine_of(np.diag([3.0, pixel, pixel, 1.0])[[2, 1, 0, 3]])
        height = float(heights[np.abs(heights - np.sqrt(area / index)).argmin()])
        plane = np.full((1, side, side), 40.0)
        ct = Image("ct", Voxels.of(plane), "[hnsf'U]", affine, settings=(("height_m", height),))
        region = Region("muscle", Voxels.of(np.ones(plane.shape, bool)), "muscle", "", affine)
        assert muscle_index(ct, region).value == pytest.approx(index, rel=2e-3)


def test_the_doubt_of_an_outline_is_its_length_times_how_loosely_it_lies():
    y, x = np.mgrid[-60:61, -60:61]
    disc = (y**2 + x**2 <= 50**2)[None]
    affine = affine_of(np.diag([5.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    ct = Image("ct", Voxels.of(np.full(disc.shape, 50.0)), "[hnsf'U]", affine)
    firm = Region("muscle", Voxels.of(disc), "muscle", "", affine)
    doubts = [muscle_area(ct, replace(firm, edge_mm=edge)).uncertainty for edge in (0.0, 2.0)]
    assert np.sqrt(doubts[1] ** 2 - doubts[0] ** 2) == pytest.approx(2 * np.pi * 50 * 2 / 100, rel=0.02)


def test_the_doubt_of_the_index_is_that_of_the_area_and_twice_that_of_the_height():
    (ct,), (region,), _ = muscle(CALM)
    tall = replace(ct, settings=(("height_m", HEIGHT_M),))
    area, index = muscle_area(tall, region), muscle_index(tall, region)
    parts = (area.uncertainty / area.value, 2 * 0.01 / HEIGHT_M)
    assert index.uncertainty / index.value == pytest.approx(np.hypot(*parts))
