from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.visits import ordered, visits
from vivomap.core import Flag, Held, Image, Region, Study, Voxels, affine_of, same_grid


def image(day: date | None) -> Image:
    return Image("ct", Voxels.of(np.zeros((3, 2, 2))), "1", affine_of(np.eye(4)), day=day)


def study(patient: str, day: date | None, uid: str, *days: date | None) -> Study:
    return Study(patient, day, tuple(image(d) for d in days), uid=(uid,), held=(Held(uid, "picture", "x"),))


D = date(2020, 1, 31)


def test_studies_of_one_day_are_one_visit() -> None:
    joined = visits([study("P1", D, "1", D), study("P1", D, "2", D), study("P2", D, "3", D)])
    assert [(v.patient, v.uid, len(v.images), len(v.held)) for v in joined] == [
        ("P1", ("1", "2"), 2, 2),
        ("P2", ("3",), 1, 1),
    ]


def test_a_window_counts_from_the_first_study_of_the_visit() -> None:
    days = [D + timedelta(days=k) for k in (0, 2, 3, 4)]
    four = [study("P1", d, str(k), d) for k, d in enumerate(days)]
    assert [v.uid for v in visits(four)] == [("0",), ("1",), ("2",), ("3",)]
    assert [v.uid for v in visits(four, 3)] == [("0", "1", "2"), ("3",)]
    assert [v.day for v in visits(four, 3)] == [D, days[3]]


def test_what_has_no_day_stands_alone_and_last() -> None:
    three = [study("P1", None, "1"), study("P1", D, "2"), study("P1", None, "3")]
    assert [v.uid for v in visits(three, 10_000)] == [("2",), ("1",), ("3",)]


def test_images_more_than_a_week_apart_say_so_and_keep_their_day() -> None:
    (visit,) = visits([study("P1", D, "1", D, D - timedelta(days=28), D - timedelta(days=7))])
    assert [f.code for f in visit.flags] == ["images_far_apart"]
    assert [[f.code for f in i.flags] for i in visit.images] == [[], ["images_far_apart"], []]
    assert visit.images[1].day == D - timedelta(days=28)
    assert "28 days" in visit.flags[0].reason


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.none() | st.integers(0, 9)), max_size=8), st.integers(0, 4))
def test_nothing_is_lost_and_the_order_changes_nothing(plan: list[tuple[str, int | None]], window: int) -> None:
    made = [study(p, None if k is None else D + timedelta(days=k), str(i)) for i, (p, k) in enumerate(plan)]
    joined = visits(made, window)
    assert sorted(u for v in joined for u in v.uid) == sorted(s.uid[0] for s in made)
    assert joined == visits(made[::-1], window)
    assert joined == tuple(ordered(joined))
    assert all(s.patient == v.patient for v in joined for s in made if s.uid[0] in v.uid)


def test_a_mask_of_another_study_is_laid_on_the_image_of_the_visit() -> None:
    """A NIfTI mask of a DICOM image, its rows the other way round, as converters write them."""
    rows = np.diag([3.0, 2.0, 2.0, 1.0])
    there = Image("ct", Voxels.of(np.zeros((3, 4, 5))), "1", affine_of(rows), day=D)
    mask = np.zeros((3, 4, 5), bool)
    mask[1, 0, 2] = True
    turned = rows @ np.array([[1, 0, 0, 0], [0, -1, 0, 3], [0, 0, 1, 0], [0, 0, 0, 1]])
    own = (Flag("own_grid", "fits no image"),)
    drawn = Region("lesion", Voxels.of(mask), affine=affine_of(turned), flags=own)
    afar = replace(drawn, name="afar", affine=affine_of(turned + np.diag([0.5, 0.0, 0.0, 0.0])))
    (visit,) = visits([Study("P1", D, (there,)), Study("P1", D, regions=(drawn, afar))])
    laid, apart = visit.regions
    assert same_grid(laid, there)
    assert np.argwhere(laid.mask.array).tolist() == [[1, 3, 2]]
    assert laid.flags == ()
    assert apart == afar
