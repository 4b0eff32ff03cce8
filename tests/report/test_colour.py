"""The colours of a map: read back to the value, even in lightness, black where there is nothing."""

import numpy as np

from vivomap.report.colour import POINTS, coloured

GREY = np.array([0.2126, 0.7152, 0.0722])  # share of red, green and blue in lightness, Rec. 709


def test_the_ends_have_the_colours_of_viridis() -> None:
    low, middle, high = coloured(np.array([0.0, 1.5, 3.0]), 0.0, 3.0)
    assert tuple(low) == (0x44, 0x01, 0x54)
    assert tuple(high) == (0xFD, 0xE7, 0x25)
    assert np.abs(middle.astype(int) - (0x21, 0x91, 0x8C)).max() <= 3  # the published middle of 256


def test_lightness_rises_all_the_way_so_that_a_grey_print_keeps_the_order() -> None:
    colours = coloured(np.linspace(0, 1, 200), 0, 1)
    assert (np.diff(colours @ GREY) > -0.5).all()
    assert (np.diff(POINTS @ GREY) > 0).all()


def test_a_colour_belongs_to_one_value() -> None:
    values = np.linspace(0, 1, 128)
    table = coloured(values, 0, 1).astype(int)
    nearest = [int(np.argmin(np.abs(table - c).sum(axis=1))) for c in table]
    assert nearest == list(range(128))


def test_beyond_the_ends_is_the_colour_of_the_end_and_no_value_is_black() -> None:
    assert np.array_equal(coloured(np.array([-9.0, 99.0]), 0, 1), coloured(np.array([0.0, 1.0]), 0, 1))
    assert not coloured(np.array([np.nan, np.inf]), 0, 1)[0].any()
