import numpy as np
import pytest

from vivomap.acquire.phantom.page import Page, grain, standing

ROWS = COLUMNS = np.arange(-60, 60.1, 1.5)
PAGE = Page.of(ROWS, COLUMNS)


def test_a_filled_ellipse_has_its_area() -> None:
    canvas = np.zeros(PAGE.x.shape, np.float32)
    PAGE.put(canvas, PAGE.ellipse((5, -4), (30, 20)), 1.0)
    assert canvas.sum() * 1.5**2 == pytest.approx(np.pi * 600, rel=0.01)


def test_a_spot_paints_what_the_whole_plane_would() -> None:
    one, two = np.zeros(PAGE.x.shape, np.float32), np.zeros(PAGE.x.shape, np.float32)
    PAGE.spot(one, (12, 8), (9, 6), 7.0)
    PAGE.put(two, PAGE.ellipse((12, 8), (9, 6)), 7.0)
    assert np.allclose(one, two)


def test_a_rod_paints_what_the_whole_plane_would() -> None:
    ends = ((-20.0, 5.0), (14.0, -9.0))
    one, two = np.zeros(PAGE.x.shape, np.float32), np.zeros(PAGE.x.shape, np.float32)
    PAGE.rod(one, ends, 4.0, 7.0)
    PAGE.put(two, PAGE.bar(ends, 4.0), 7.0)
    assert np.allclose(one, two)


def test_a_ball_is_gone_above_its_pole() -> None:
    assert PAGE.ball((0, 0, 0), (20, 20, 20), 25.0).min() > 100
    assert (PAGE.ball((0, 0, 0), (20, 20, 20), 12.0) < 0).sum() * 1.5**2 == pytest.approx(np.pi * 256, rel=0.02)


def test_a_standing_ellipse_is_reckoned_once() -> None:
    assert standing(PAGE, (0, 0), (10, 5)) is standing(PAGE, (0, 0), (10, 5))


def test_the_bend_is_small() -> None:
    assert np.abs(PAGE.bent().x - PAGE.x).max() < 3.2
    assert np.abs(PAGE.bent().y - PAGE.y).max() < 3.2


def test_the_grain_stays_with_the_patient_and_has_its_spread() -> None:
    z, y = np.arange(-60, 60, 3.0), np.arange(-100, 100, 2.0)
    texture = grain(4, (z, y, y), 9.0)
    assert texture.std() == pytest.approx(1, abs=0.1)
    assert np.allclose(grain(4, (z[3:], y, y), 9.0), texture[3:], atol=1e-5)
    assert not np.allclose(grain(5, (z, y, y), 9.0), texture)
