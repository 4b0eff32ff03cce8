"""One image laid on another, seen: the fixed and the aligned one in turn, square by square, in three planes.

Where they lie well, edges run on from square to square. What the aligned image did not see is black.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image as Picture

from vivomap.core import Alignment, Image
from vivomap.report.grey import PERCENTILES
from vivomap.report.markup import tag

SQUARE_MM = 20.0
PIXEL_MM = 1.0
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}img{max-width:100%}"
    "td,th{text-align:left;padding:.2rem 1rem .2rem 0}"
)
SAID = {
    "distance_mm": ("expected distance from the true place (root mean square)", "mm"),
    "inverse_consistency_mm": ("a point there and back misses itself by (root mean square)", "mm"),
    "jacobian_low": ("volumes grow by, least", ""),
    "jacobian_high": ("volumes grow by, most", ""),
    "told_before": ("one image tells of the other, before", ""),
    "told": ("one image tells of the other, aligned", ""),
}


def page(fixed: Image, aligned: Image, alignment: Alignment) -> str:
    """The page as HTML that needs nothing else: three pictures and the residual report."""
    head = f"{aligned.role} ({aligned.day or 'no date'}) laid on {fixed.role} ({fixed.day or 'no date'})"
    rows = [tag("tr", tag("th", "kind"), tag("td", alignment.kind))]
    said = f"{alignment.residual_mm:.2f} mm, one standard deviation along any direction"
    rows.append(tag("tr", tag("th", "residual"), tag("td", said)))
    for name, value in alignment.quality:
        words, unit = SAID.get(name, (name, ""))
        shown = f"{value:.2f} {unit}".strip() if isinstance(value, float) else str(value)
        rows.append(tag("tr", tag("th", words), tag("td", shown)))
    pictures = [tag("img", src=_url(board(fixed, aligned, axis)), alt=f"plane {axis + 1}") for axis in range(3)]
    note = "Squares of 2 cm show the fixed and the aligned image in turn. Research use only, not a medical device."
    body = tag("body", tag("h1", head), tag("table", Markup("").join(rows)), *pictures, tag("p", note))
    whole = tag(
        "html", tag("head", tag("meta", charset="utf-8"), tag("title", head), tag("style", STYLE)), body, lang="en"
    )
    return f"<!doctype html>\n{whole}\n"


def board(fixed: Image, aligned: Image, axis: int) -> NDArray[np.uint8]:
    """The middle plane across an axis (z, y or x) as grey pixels of 1 mm, squares in turn."""
    planes = [_plane(image, axis) for image in (fixed, aligned)]
    steps = [s for k, s in enumerate(fixed.spacing_mm) if k != axis]
    sides = [max(1, round(n * s / PIXEL_MM)) for n, s in zip(planes[0].shape, steps, strict=True)]
    places = [(np.arange(n) * PIXEL_MM / s).astype(int) for n, s in zip(sides, steps, strict=True)]
    row, column = (np.minimum(p, n - 1) for p, n in zip(places, planes[0].shape, strict=True))
    ours, theirs = (_grey(p)[np.ix_(row, column)] for p in planes)
    turn = (np.arange(sides[0])[:, None] * PIXEL_MM // SQUARE_MM + np.arange(sides[1]) * PIXEL_MM // SQUARE_MM) % 2 == 1
    return np.asarray(np.where(turn, theirs, ours), np.uint8)


def _plane(image: Image, axis: int) -> NDArray[np.float64]:
    array = image.voxels.array
    array = array[0] if array.ndim == 4 else array
    return np.asarray(np.take(array, array.shape[axis] // 2, axis), float)


def _grey(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grey from 0 to 255 between the percentiles of the plane; black where there is no number."""
    seen = np.isfinite(values)
    low, high = np.percentile(values[seen], PERCENTILES) if seen.any() else (0.0, 1.0)
    return np.where(seen, np.clip((values - low) / max(high - low, 1e-12), 0, 1) * 255, 0)


def _url(grey: NDArray[np.uint8]) -> str:
    held = io.BytesIO()
    Picture.fromarray(grey).save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()
