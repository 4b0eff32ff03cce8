from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.geometry import lay, normal_of
from vivomap.acquire.dicom.header import Header
from vivomap.acquire.dicom.plane import Plane

Planes = Callable[..., list[Plane]]


def codes(planes: list[Plane]) -> list[tuple[str, str]]:
    return [(f.code, f.denies) for f in lay(planes).refusals]


def moved(ds: Dataset, place: list[float]) -> None:
    ds.ImagePositionPatient = place


def test_slices_are_placed_by_their_positions_and_never_by_thickness(planes: Planes) -> None:
    laid = lay(planes(5)[::-1])
    assert np.allclose(laid.affine, [[0, 0, 0.7, -10], [0, 0.8, 0, -20], [3, 0, 0, 0], [0, 0, 0, 1]])
    assert [p.uid[-1] for p in laid.planes] == list("12345")
    assert laid.refusals == ()


def made(axes: list[float], place: np.ndarray, uid: int) -> Plane:
    facts = {
        "SOPInstanceUID": f"1.{uid}",
        "ImageOrientationPatient": "\\".join(repr(float(a)) for a in axes),
        "ImagePositionPatient": "\\".join(repr(float(a)) for a in place),
        "PixelSpacing": "0.8\\0.7",
    }
    return Plane(Header(Path("x"), facts, "", 0), facts)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.permutations(range(7)), st.floats(0.3, 8), st.integers(0, 3))
def test_any_order_of_the_files_gives_the_same_grid(seed: int, order: list[int], step: float, digits: int) -> None:
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    axes = [*turn[0], *turn[1]]
    start = np.random.default_rng(seed).uniform(-200, 200, 3)
    stack = [made(axes, start + k * step * normal_of(axes), (k * 5) % 7) for k in range(7)]
    straight, shuffled = lay(stack), lay([stack[i] for i in order])
    assert shuffled == straight
    assert straight.refusals == ()
    corner = np.asarray(straight.affine) @ [6, 0, 0, 1]
    assert np.allclose(corner[:3], start + 6 * step * normal_of(axes), atol=1e-9)


def test_jitter_of_a_thousandth_is_even(planes: Planes) -> None:
    assert codes(planes(5, edit=lambda ds, k: moved(ds, [-10, -20, 3 * k + 1e-3 * (-1) ** k]))) == []


def test_a_missing_slice_names_the_two_files_and_the_distance(planes: Planes) -> None:
    stack = planes(6)
    del stack[3]
    (flag,) = lay(stack).refusals
    assert (flag.code, flag.denies) == ("missing_slice", "region")
    for word in ("slice_02.dcm", "slice_04.dcm", "6.00 mm", "3.00 mm"):
        assert word in flag.reason


def test_half_a_series_with_every_second_slice_lost_somewhere_is_refused(planes: Planes) -> None:
    stack = planes(9)
    assert codes([stack[i] for i in (0, 1, 3, 5, 6, 8)]) == [("missing_slice", "region")]


def test_a_drifting_step_is_uneven(planes: Planes) -> None:
    stack = planes(6, edit=lambda ds, k: moved(ds, [-10, -20, 3 * k + 0.2 * k**2]))
    assert codes(stack) == [("uneven_slices", "region")]


def test_a_place_that_comes_twice_is_refused(planes: Planes) -> None:
    stack = planes(5, edit=lambda ds, k: moved(ds, [-10, -20, 3.0 * min(k, 3)]))
    assert codes(stack) == [("duplicate_position", "region")]


def test_a_leaning_stack_gives_no_volume(planes: Planes) -> None:
    stack = planes(5, edit=lambda ds, k: moved(ds, [-10, -20 + 0.5 * k, 3.0 * k]))
    (flag,) = lay(stack).refusals
    assert (flag.code, flag.denies) == ("tilted_slices", "volume")
    assert "9.5 degrees" in flag.reason


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_slices_make_no_volume(count: int, planes: Planes) -> None:
    assert codes(planes(count)) == [("too_few_slices", "volume")]


def test_bad_direction_cosines_are_refused(planes: Planes) -> None:
    def skew(ds: Dataset, k: int) -> None:
        ds.ImageOrientationPatient = [1, 0, 0, 0.2, 0.9, 0]

    assert ("bad_orientation", "region") in codes(planes(4, edit=skew))


def test_slices_without_a_place_make_no_volume(planes: Planes) -> None:
    def lose(ds: Dataset, k: int) -> None:
        del ds.ImagePositionPatient, ds.PixelSpacing

    assert codes(planes(4, edit=lose)) == [("no_position", "volume"), ("no_calibration", "mm")]
