"""The picture of a map: colours that can be read back, in the lesion on its anatomy, with words and bar."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from vivomap.core import Region, Voxels, affine_of
from vivomap.report.canvas import GAP, HEAD, LEAST, PANEL, WORDS, Canvas, Slice, masks
from vivomap.report.colour import coloured

AXIAL = affine_of(np.array([[0, 0, 2.0, -31], [0, 2.0, 0, -31], [5.0, 0, 0, 0], [0, 0, 0, 1]]))
CANVAS = Canvas(AXIAL, (32, 32), 0.0, 10.0, ("0", "5", "10 and above"), "SUVbw")


def example() -> Slice:
    values = np.tile(np.linspace(0, 12, 32, dtype=np.float32), (32, 1))
    values[3, 4] = np.nan
    mask = np.zeros((32, 32), bool)
    mask[10:22, 8:24] = True
    grey = np.full((32, 32), 77, np.uint8)
    return Slice(values, grey, (("A", mask),), ("SUVbw", "slice 3 of 9"))


def panels(canvas: Canvas, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    width, height = canvas.panel
    rows = picture[HEAD : HEAD + height]
    return rows[:, :width], rows[:, width + GAP : 2 * width + GAP]


def middles(panel: np.ndarray) -> np.ndarray:
    """The colour at the middle of every voxel of the example."""
    step = PANEL // 32
    return panel[step // 2 :: step, step // 2 :: step]


def test_on_the_right_every_voxel_has_the_colour_of_its_value() -> None:
    made = example()
    _, right = panels(CANVAS, CANVAS.draw(made))
    expected = coloured(made.values, 0, 10)
    drawn = middles(right)
    lettered = np.abs(drawn.astype(int) - expected).max(axis=-1) > 0
    assert lettered.sum() < 12  # voxels whose middle a letter covers
    assert not lettered[11:21, 9:23].any()


def test_on_the_left_the_colour_is_in_the_lesion_and_grey_around_it() -> None:
    made = example()
    left, _ = panels(CANVAS, CANVAS.draw(made))
    drawn, mask = middles(left), made.masks[0][1]
    assert np.array_equal(drawn[mask], coloured(made.values, 0, 10)[mask])
    around = drawn[~mask]
    assert np.mean(np.all(around == 77, axis=-1)) > 0.97


def test_the_outline_runs_along_the_edge_of_the_lesion() -> None:
    made = example()
    left, _ = panels(CANVAS, CANVAS.draw(made))
    step = PANEL // 32
    white = np.argwhere(np.all(left == 255, axis=-1))
    on_top = white[(white[:, 0] == 10 * step) & (white[:, 1] >= 8 * step) & (white[:, 1] <= 24 * step)]
    assert len(on_top) == 16 * step + 1


def test_a_hole_has_a_ring_and_no_bridge() -> None:
    made = example()
    ring = made.masks[0][1].copy()
    ring[14:18, 14:18] = False
    left, _ = panels(CANVAS, CANVAS.draw(replace(made, masks=(("A", ring),))))
    step = PANEL // 32
    between = left[16 * step - 3 : 16 * step + 3, 9 * step : 13 * step]
    assert not np.all(between == 255, axis=-1).any()


def test_words_unit_and_bar_can_be_read_by_an_optical_reader(read_by: Callable[..., Path]) -> None:
    picture = Picture.fromarray(255 - CANVAS.draw(replace(example(), warned="Warnings: late")))
    held = io.BytesIO()
    picture.resize((3 * picture.width, 3 * picture.height), Picture.Resampling.BICUBIC).save(held, "PNG")
    said = (read_by("tesseract", held.getvalue(), "object.dcm", "stdout", "--psm", "11") / "said.txt").read_text()
    for words in (WORDS, "Warnings: late", "slice 3 of 9", "SUVbw", "10 and above"):
        assert words in said, said


def test_the_bar_runs_through_every_colour_from_below() -> None:
    picture = CANVAS.draw(example())
    left = max(2 * CANVAS.panel[0] + GAP, LEAST) + 14
    bar = picture[HEAD : HEAD + 160, left + 9]
    assert np.array_equal(bar[0], coloured(np.array(10.0), 0, 10))
    assert np.array_equal(bar[159], coloured(np.array(0.0), 0, 10))


@pytest.mark.parametrize(("spacing", "shape"), [((3.0, 1.0), (20, 60)), ((1.0, 4.0), (90, 20))])
def test_a_pixel_of_the_picture_is_a_square_in_mm(spacing: tuple[float, float], shape: tuple[int, int]) -> None:
    row, column = spacing
    affine = affine_of(np.array([[0, 0, column, 0], [0, row, 0, 0], [5.0, 0, 0, 0], [0, 0, 0, 1]]))
    canvas = replace(CANVAS, affine=affine, shape=shape)
    assert max(canvas.panel) == PANEL
    assert canvas.panel[0] * canvas.pixel_mm == pytest.approx(shape[1] * column, abs=canvas.pixel_mm)
    assert canvas.panel[1] * canvas.pixel_mm == pytest.approx(shape[0] * row, abs=canvas.pixel_mm)
    values = np.zeros(shape, np.float32)
    picture = canvas.draw(Slice(values, values.astype(np.uint8), (), ("a", "b")))
    assert picture.shape == (*canvas.size[::-1], 3)


def test_only_the_sections_of_the_slice_are_outlined() -> None:
    mask = np.zeros((3, 4, 4), bool)
    mask[1, 2, 2] = True
    region = Region("a", Voxels.of(mask), lesion="a")
    assert [letter for letter, _ in masks((region, region), ("A", "B"), 1)] == ["A", "B"]
    assert masks((region,), ("A",), 0) == ()
