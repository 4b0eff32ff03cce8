"""Each compiled count against the same count by plain loops over coordinates."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from vivomap.maths.texture.counting import IN_PLANE, IN_SPACE, neighbours, padded, pairs, runs, zones

HIGHEST = 4
GRIDS = [np.random.default_rng(s).integers(0, HIGHEST + 1, shape) for s, shape in enumerate([(4, 5, 6), (3, 7, 2)])]
EVERY = pytest.mark.parametrize("levels", GRIDS, ids=["larger", "thin"])
BOTH = pytest.mark.parametrize("directions", [IN_PLANE, IN_SPACE], ids=["in plane", "in space"])


def at(levels, place):
    inside = all(0 <= p < n for p, n in zip(place, levels.shape, strict=True))
    return int(levels[tuple(place)]) if inside else 0


def places(levels):
    return (np.array(p) for p in product(*map(range, levels.shape)) if levels[p])


def test_half_of_the_neighbours_and_their_opposites_are_all_of_them():
    for directions, many in ((IN_PLANE, 8), (IN_SPACE, 26)):
        assert len({*directions, *(tuple(-d for d in e) for e in directions)}) == many


@EVERY
@BOTH
def test_pairs_are_those_of_plain_loops(levels, directions):
    plain = np.zeros((len(directions), HIGHEST, HIGHEST), int)
    for place in places(levels):
        for s, direction in enumerate(directions):
            for sign in (1, -1):
                other = at(levels, place + sign * np.array(direction))
                if other:
                    plain[s, levels[tuple(place)] - 1, other - 1] += 1
    assert np.array_equal(pairs(padded(levels, HIGHEST, directions)), plain)


@EVERY
@BOTH
def test_runs_are_those_of_plain_loops(levels, directions):
    plain = np.zeros((len(directions), HIGHEST, max(levels.shape)), int)
    for place in places(levels):
        level = int(levels[tuple(place)])
        for s, direction in enumerate(np.array(directions)):
            if at(levels, place - direction) != level:
                length = 1
                while at(levels, place + length * direction) == level:
                    length += 1
                plain[s, level - 1, length - 1] += 1
    assert np.array_equal(runs(padded(levels, HIGHEST, directions)), plain)


@EVERY
@BOTH
def test_neighbourhoods_are_those_of_plain_loops(levels, directions):
    around = [np.array(d) * sign for d in directions for sign in (1, -1)]
    found, apart, alike = np.zeros(HIGHEST), np.zeros(HIGHEST), np.zeros((HIGHEST, len(around) + 1))
    for place in places(levels):
        level = int(levels[tuple(place)])
        near = [n for n in (at(levels, place + d) for d in around) if n]
        alike[level - 1, near.count(level)] += 1
        if near:
            found[level - 1] += 1
            apart[level - 1] += abs(level - np.mean(near))
    given = neighbours(padded(levels, HIGHEST, directions))
    assert np.array_equal(given[0], found)
    assert given[1] == pytest.approx(apart)
    assert np.array_equal(given[2], alike)


@EVERY
@BOTH
def test_zones_are_those_of_labelling_level_by_level(levels, directions):
    touching = np.zeros((3, 3, 3), bool)
    for direction in np.array([*directions, (0, 0, 0)]):
        touching[tuple(1 + direction)] = touching[tuple(1 - direction)] = True
    distance = np.random.default_rng(9).integers(1, 9, levels.shape)
    plain = []
    for level in range(1, HIGHEST + 1):
        labels, count = ndimage.label(levels == level, structure=touching)
        plain += [(level, int((labels == k).sum()), int(distance[labels == k].min())) for k in range(1, count + 1)]
    found = zones(padded(levels, HIGHEST, directions), distance)
    assert sorted(zip(*map(np.ndarray.tolist, found), strict=True)) == sorted(plain)


def test_a_snake_is_one_zone():
    levels = np.zeros((1, 9, 9), int)
    levels[0, ::2] = 1
    levels[0, 1::4, -1] = levels[0, 3::4, 0] = 1
    found = zones(padded(levels, 1, IN_PLANE), np.ones_like(levels))
    assert found.size.tolist() == [int(levels.sum())]
