"""A level for each subject: variances and slopes of a known world."""

import numpy as np
import pytest

from vivomap.maths.combat.levels import level, with_levels


def world(between: float, people: int = 400, visits: int = 4) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(people), visits)
    time = np.tile(np.arange(float(visits)), people)
    y = 2 + 0.5 * time + rng.normal(0, between, people)[person] + rng.normal(0, 0.5, len(person))
    return np.column_stack((np.ones_like(time), time)), y, tuple(map(str, person))


def test_variances_and_slope_are_found() -> None:
    found = with_levels(*world(1.5))
    assert found.coefficients[1] == pytest.approx(0.5, abs=0.03)
    assert found.variance == pytest.approx(0.25, rel=0.08)
    assert found.ratio * found.variance == pytest.approx(2.25, rel=0.15)


def test_balanced_courses_agree_with_the_closed_form_of_variance_analysis() -> None:
    design, y, people = world(1.0, 50, 3)
    found = with_levels(design, y, people)
    rest = (y - design @ np.linalg.lstsq(design, y, rcond=None)[0]).reshape(50, 3)
    inner = ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum() / (50 * 2 - 1)  # the slope is within subjects
    outer = 3 * rest.mean(axis=1).var(ddof=1)
    assert found.variance == pytest.approx(inner, rel=1e-4)
    assert found.ratio == pytest.approx((outer / inner - 1) / 3, rel=1e-3)


def test_without_levels_the_ratio_is_nothing() -> None:
    rng = np.random.default_rng(5)
    y = np.tile([-1.0, 1.0], 50) + rng.normal(0, 0.1, 100)  # two visits that always differ: less than no level
    found = with_levels(np.ones((100, 1)), y, tuple(str(k // 2) for k in range(100)))
    assert found.ratio == 0.0


def test_a_level_is_the_subjects_mean_drawn_towards_nothing() -> None:
    rest = np.array([[3.0], [3.0], [3.0], [-1.0]])
    found = level(rest, ("a", "a", "a", "b"), np.array([1.0]))
    assert found[:, 0] == pytest.approx([3 * 3 / 4] * 3 + [-1 / 2])
