from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.regions import drawn, parse
from vivomap.core import Flag, Image, Refusal, Study, Voxels, affine_of

VISIT = date(2020, 1, 31)


def image(step: float = 1.0, role: str = "ct", shape: tuple[int, int, int] = (40, 40, 40), **more: object) -> Image:
    """Centred on zero, so that the middle of the image is the origin of space."""
    rows = np.eye(4)
    rows[:3, :3] = np.fliplr(np.eye(3)) * step
    rows[:3, 3] = [-step * (n - 1) / 2 for n in shape[::-1]]
    values = np.zeros(shape, np.int16)
    return Image(role, Voxels.of(more.pop("values", values)), "1", affine_of(rows), **more)  # type: ignore[arg-type]


def visit(*images: Image) -> Study:
    return Study("p", VISIT, images)


def code(spec: str, study: Study) -> str:
    with pytest.raises(Refusal) as refused:
        drawn(spec, study)
    return refused.value.code


def test_a_specification_is_parsed_into_its_parts() -> None:
    said = parse("liver@2020-01-31=sphere:-53,-57,24,12")
    assert (said.name, said.day, said.shape, said.numbers) == ("liver", VISIT, "sphere", (-53, -57, 24, 12))
    assert parse("lesion=seed:ct:1,2,3,-50,150").role == "ct"
    assert parse("a lesion=box:1,2,3,4,5,6").day is None


@pytest.mark.parametrize(
    "spec",
    [
        "liver",
        "liver=ball:1,2,3,4",
        "liver=sphere:1,2,3",
        "liver=sphere:1,2,3,-4",
        "liver=sphere:1,2,3,nan",
        "liver=sphere:ct:1,2,3,4",
        "=sphere:1,2,3,4",
        "l=seed:1,2,3,9,4",
        "l=cylinder:1,2,3,4,0",
        "l=sphere:1;2;3;4",
    ],
)
def test_another_form_is_refused_with_the_form_expected(spec: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(spec)
    assert refused.value.code == "bad_setting"
    assert refused.value.expected


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        parse("liver@2020-02-31=sphere:1,2,3,4")
    assert refused.value.code == "bad_date"


@settings(max_examples=20, deadline=None)
@given(st.floats(6, 9), st.tuples(*[st.floats(-1, 1)] * 3))
def test_a_sphere_has_its_volume_as_the_grid_refines(radius: float, centre: tuple[float, float, float]) -> None:
    spec = f"liver=sphere:{centre[0]:.6f},{centre[1]:.6f},{centre[2]:.6f},{radius:.6f}"
    truth = 4 / 3 * np.pi * radius**3
    for step, shape, off in ((2.0, 16, 0.25), (1.0, 32, 0.08), (0.5, 64, 0.03)):
        (region,) = drawn(spec, visit(image(step, shape=(shape,) * 3)))
        assert region.voxel_count * region.voxel_mm3 == pytest.approx(truth, rel=off)


def test_solids_hold_the_voxels_whose_centres_lie_in_them() -> None:
    study = visit(image())
    z, y, x = np.mgrid[:40, :40, :40] - 19.5
    truths = {
        "r=sphere:1,2,3,5": (x - 1) ** 2 + (y - 2) ** 2 + (z - 3) ** 2 <= 25,
        "r=box:0,1,2,10,6,4": (abs(x) <= 5) & (abs(y - 1) <= 3) & (abs(z - 2) <= 2),
        "r=cylinder:1,0,0,4,9": ((x - 1) ** 2 + y**2 <= 16) & (abs(z) <= 4.5),
    }
    for spec, truth in truths.items():
        (region,) = drawn(spec, study)
        assert np.array_equal(region.mask.array, truth), spec
        assert region.flags == ()


def test_an_oblique_grid_holds_the_same_sphere() -> None:
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    rows = np.eye(4)
    rows[:3, :3], rows[:3, 3] = turn, turn @ np.full(3, -19.5)
    slanted = Image("ct", Voxels.of(np.zeros((40, 40, 40))), "1", affine_of(rows))
    (region,) = drawn("r=sphere:0,0,0,8", visit(slanted))
    assert region.voxel_count == drawn("r=sphere:0,0,0,8", visit(image()))[0].voxel_count


def test_a_solid_is_made_once_for_each_grid() -> None:
    study = visit(image(), image(role="mr"), image(2.0, shape=(20, 20, 20), role="suv"))
    found = drawn("liver=sphere:0,0,0,6", study)
    assert [r.mask.array.shape[0] for r in found] == [40, 20]
    assert {(r.name, r.finding, r.site) for r in found} == {("liver", "liver", "liver")}


def test_a_solid_for_another_day_is_none_here() -> None:
    assert drawn("liver@2020-02-01=sphere:0,0,0,6", visit(image())) == ()
    assert len(drawn("liver@2020-01-31=sphere:0,0,0,6", visit(image()))) == 1


def test_a_solid_beyond_every_image_is_refused_and_a_cut_one_flagged() -> None:
    assert code("liver=sphere:500,0,0,6", visit(image())) == "outside_image"
    assert code("liver=sphere:0,0,0,6", visit()) == "no_image"
    (region,) = drawn("liver=sphere:19,0,0,6", visit(image()))
    assert [f.code for f in region.flags] == ["reaches_border"]


def test_where_a_millimetre_is_not_known_no_solid_is_drawn() -> None:
    denied = image(refusals=(Flag("spacing_not_trusted", "spacing was lost", "mm"),))
    assert code("liver=sphere:0,0,0,6", visit(denied)) == "spacing_not_trusted"


def grown_values() -> np.ndarray:
    values = np.zeros((40, 40, 40), np.int16)
    values[10:15, 10:15, 10:15] = 100
    values[14, 12, 15:20] = 60  # a bridge face to face
    values[16:20, 16:20, 25:30] = 100  # apart
    return values


def test_a_seed_grows_into_what_hangs_together_between_its_limits() -> None:
    study = visit(image(values=grown_values()))
    (all_of_it,) = drawn("lesion=seed:-8,-8,-8,50,150", study)
    assert all_of_it.voxel_count == 125 + 5
    (core,) = drawn("lesion=seed:-8,-8,-8,80,150", study)
    assert core.voxel_count == 125
    assert core.flags == ()
    (around,) = drawn("lesion=seed:0,0,0,-10,10", study)
    assert [f.code for f in around.flags] == ["reaches_border"]


def test_a_seed_needs_one_image_and_a_value_within_its_limits() -> None:
    study = visit(image(values=grown_values()))
    assert code("lesion=seed:-8,-8,-8,200,300", study) == "seed_outside_range"
    assert code("lesion=seed:900,0,0,50,150", study) == "outside_image"
    assert code("lesion=seed:mr:0,0,0,50,150", study) == "unknown_name"
    named = image(role="mr", settings=(("series_description", "T1 post"),))
    both = visit(image(values=grown_values()), named)
    assert code("lesion=seed:-8,-8,-8,50,150", both) == "ambiguous_name"
    assert drawn("lesion=seed:ct:-8,-8,-8,50,150", both)[0].voxel_count == 130
    assert code("lesion=seed:T1 post:0,0,0,50,150", both) == "seed_outside_range"


def test_the_liver_spheres_of_a_real_patient_hold_the_voxels_that_were_counted_by_hand(data: Path, stacked) -> None:
    folder = data / "adc_two_visits_cmb_crc"
    counts, means = {}, {}
    for scan, sphere in (("SCAN_002", "-53,-57,24,12"), ("SCAN_001", "-93,-58,2,12")):
        adc = stacked(folder / scan, "adc")
        (liver,) = drawn(f"liver=sphere:{sphere}", visit(adc))
        counts[scan], means[scan] = liver.voxel_count, float(adc.voxels.array[liver.mask.array].mean())
    assert counts == {"SCAN_002": 476, "SCAN_001": 428}
    assert means == pytest.approx({"SCAN_002": 1167, "SCAN_001": 1062}, abs=1)
