"""A slice of a map as a colour picture: on its anatomy, and alone beside it, with a colour bar.

Left, the anatomy in grey with the map in colour inside the outlined lesions; right, the whole map. Both lie as a
radiologist reads them, in the patient's proportions, with the patient's sides at the edges; every pixel has the same
size in mm, so lengths measured on the picture are true. No name and no date of the patient is in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from vivomap.core import Affine, Region
from vivomap.report.colour import coloured
from vivomap.report.plane import Plane, plane_of
from vivomap.report.trace import rings

PANEL = 256  # pixels: the longer side of a panel; project
HEAD, FOOT, GAP, BAR = 44, 26, 12, 150  # pixels above, below, between the panels, and for the colour bar
LEAST = 500  # pixels: room for the words above
LETTERS = 13  # size of the type
WORDS = "Research use only, not a medical device"
WHITE, DIM, BLACK = (255, 255, 255), (190, 190, 190), (0, 0, 0)
Grey = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Slice:
    """What a picture is made of: map and grey anatomy (y, x), outlined regions by letter, what is said, warnings."""

    values: NDArray[np.float32]
    anatomy: Grey
    masks: tuple[tuple[str, NDArray[np.bool_]], ...]
    said: tuple[str, str]
    warned: str = ""


@dataclass(frozen=True)
class Canvas:
    """How the slices of one map are drawn: its grid, the ends of the colours, and the words at the bar."""

    affine: Affine
    shape: tuple[int, int]
    low: float
    high: float
    ticks: tuple[str, str, str]  # at the low end, the middle and the high end
    unit: str

    @cached_property
    def panel(self) -> tuple[int, int]:
        """Width and height of a panel in pixels."""
        down, across = self._extent
        return max(1, round(across / self.pixel_mm)), max(1, round(down / self.pixel_mm))

    @property
    def pixel_mm(self) -> float:
        """The side of a pixel of the picture, mm."""
        return max(self._extent) / PANEL

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a picture in pixels."""
        return max(2 * self.panel[0] + GAP, LEAST) + BAR, HEAD + self.panel[1] + FOOT

    @cached_property
    def plane(self) -> Plane:
        """How its slices are read."""
        return plane_of(self.affine)

    @property
    def _extent(self) -> tuple[float, float]:
        rows = self.plane.lay(np.empty(self.shape, bool)).shape
        return self.plane.extent_mm((rows[0], rows[1]))

    def draw(self, slice_: Slice) -> Grey:
        """The picture (rows, columns, 3)."""
        picture = Picture.new("RGB", self.size, BLACK)
        pen = ImageDraw.Draw(picture)
        inside = np.any([m for _, m in slice_.masks], axis=0) if slice_.masks else np.zeros(self.shape, bool)
        colour = coloured(slice_.values, self.low, self.high)
        shown = np.repeat(slice_.anatomy[..., None], 3, axis=2)
        lit = inside & np.isfinite(slice_.values)
        shown[lit] = colour[lit]
        for left, pixels in ((0, shown), (self.panel[0] + GAP, colour)):
            picture.paste(self._laid(pixels), (left, HEAD))
            self._outline(pen, slice_, left)
            self._sides(pen, left)
        self._bar(picture, pen)
        font = ImageFont.load_default(LETTERS)
        for line, text in enumerate(slice_.said):
            pen.text((4, 4 + 18 * line), text, WHITE, font)
        words = f"{WORDS}.  {slice_.warned}" if slice_.warned else WORDS
        pen.text((4, self.size[1] - FOOT + 5), words, WHITE, font)
        return np.asarray(picture)

    def _laid(self, pixels: Grey) -> Picture.Image:
        """A slice in colour as it is seen, each pixel in one colour, so that it can be read against the bar."""
        seen = np.stack([self.plane.lay(pixels[..., c]) for c in range(3)], axis=-1)
        return Picture.fromarray(np.ascontiguousarray(seen)).resize(self.panel, Picture.Resampling.NEAREST)

    def _outline(self, pen: ImageDraw.ImageDraw, slice_: Slice, left: int) -> None:
        """Every lesion that the slice cuts, in white on black, with its letter."""
        plane, font = self.plane, ImageFont.load_default(LETTERS)
        scale = np.array([plane.across_mm, plane.down_mm]) / self.pixel_mm
        for letter, mask in slice_.masks:
            lines = [(p[:, ::-1] + 0.5) * scale + (left, HEAD) for p in rings(np.asarray(plane.lay(mask), bool))]
            for ink, width in ((BLACK, 3), (WHITE, 1)):
                for line in lines:
                    pen.line([tuple(point) for point in (*line, line[0])], ink, width)
            if lines:
                x, y = np.concatenate(lines).max(axis=0)
                pen.text((x + 3, y - 4), letter, WHITE, font, stroke_width=1, stroke_fill=BLACK)

    def _sides(self, pen: ImageDraw.ImageDraw, left: int) -> None:
        """The patient's sides at the edges of a panel."""
        font, (width, height) = ImageFont.load_default(LETTERS), self.panel
        places = ((4, height / 2, "lm"), (width - 4, height / 2, "rm"), (width / 2, 3, "ma"), (width / 2, height, "md"))
        for letter, (x, y, anchor) in zip(self.plane.edges, places, strict=True):
            pen.text((left + x, HEAD + y), letter, WHITE, font, anchor=anchor, stroke_width=1, stroke_fill=BLACK)

    def _bar(self, picture: Picture.Image, pen: ImageDraw.ImageDraw) -> None:
        """The colours from low (below) to high (above), with three values and the unit."""
        font, height = ImageFont.load_default(LETTERS), min(self.panel[1], 160)
        left = self.size[0] - BAR + 14
        rise = np.linspace(self.high, self.low, height)[:, None] * np.ones((1, 18))
        picture.paste(Picture.fromarray(coloured(rise, self.low, self.high)), (left, HEAD))
        pen.rectangle((left - 1, HEAD - 1, left + 18, HEAD + height), outline=DIM)
        for tick, y, anchor in zip(self.ticks, (height - 1, height / 2, 0), ("ld", "lm", "la"), strict=True):
            pen.text((left + 24, HEAD + y), tick, WHITE, font, anchor=anchor)
        pen.text((left - 2, HEAD - 20), self.unit, WHITE, font)


def masks(regions: Sequence[Region], letters: Sequence[str], k: int) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
    """The sections of slice k, each with its letter; those that the slice does not cut are left out."""
    cut = ((letter, np.asarray(r.mask.array[k]) > 0) for letter, r in zip(letters, regions, strict=True))
    return tuple((letter, mask) for letter, mask in cut if mask.any())
