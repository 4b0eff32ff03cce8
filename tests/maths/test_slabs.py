"""Slabs of a volume on all cores."""

from vivomap.maths.slabs import over


def test_slabs_make_up_the_whole_in_order():
    parts = over(17, lambda a, b: list(range(a, b)))
    assert [n for part in parts for n in part] == list(range(17))


def test_one_plane_is_one_slab():
    assert over(1, lambda a, b: (a, b)) == [(0, 1)]
