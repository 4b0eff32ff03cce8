import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.walker import chance

ONE = (1.0, 1.0, 1.0)


def line(values: list[float], seeds: list[int]) -> np.ndarray:
    shape = (1, 1, len(values))
    return chance(np.reshape(values, shape), np.reshape(seeds, shape), 1.0, ONE)[0, 0]


def test_on_a_flat_line_the_chance_falls_evenly_from_seed_to_seed() -> None:
    assert line([5.0] * 5, [1, 0, 0, 0, 2]) == pytest.approx([1, 0.75, 0.5, 0.25, 0], abs=1e-3)


def test_a_step_of_intensity_holds_the_walker_back() -> None:
    found = line([0, 0, 0, 8, 8, 8], [1, 0, 0, 0, 0, 2])
    assert found[2] > 0.99
    assert found[3] < 0.01


def test_a_step_of_two_noise_deviations_is_e_times_as_hard() -> None:
    """Conductances 1, 1/e and 1 in a row: what falls over each step is its resistance over their sum, e + 2."""
    assert line([0, 0, 2, 2], [1, 0, 0, 2])[1:3] == pytest.approx([(np.e + 1) / (np.e + 2), 1 / (np.e + 2)], abs=1e-5)


def test_a_longer_step_in_mm_is_a_harder_one() -> None:
    values, seeds = np.zeros((3, 1, 3)), np.zeros((3, 1, 3), int)
    seeds[1, 0, 0], seeds[0, 0, 1], seeds[1, 0, 2], seeds[2, 0, 1] = 1, 2, 1, 2
    assert chance(values, seeds, 1.0, (3.0, 1.0, 1.0))[1, 0, 1] == pytest.approx(0.9, abs=1e-3)


def test_where_nobody_walks_the_chance_is_nothing() -> None:
    assert line([1.0] * 4, [1, 0, -1, 2])[2] == 0


def test_without_a_seed_of_both_kinds_it_is_refused() -> None:
    with pytest.raises(Refusal, match="inside and outside"):
        line([1.0, 1.0], [1, 0])
