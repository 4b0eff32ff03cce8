"""The outline of what was clicked on: a random walker says what belongs to it, its levels say where its edge is.

Thin things that hang on (a vessel, a strand) are cut off where they are thinner than half of the lesion. The edge is
then known to e mm (one standard deviation, all around alike):

    e²   = (s sqrt(2 pi))² (u_h² + (noise / C)² / m) + (2 u_s s / R)² + (u_cut / S)²
    u_h² = (u_in² + u_out²) / (4 C²)

with the blur s, its doubt u_s (a tenth of it, and what noise adds), the mean radius R, the contrast C, m voxels of
edge, the doubts of both levels, and the volume u_cut that the cuts may have taken or left, over the surface S. A voxel
with the share h of the contrast is inside with the chance

    P = Phi((h - f) / u),   u² = noise² / C² + (e / (s sqrt(2 pi)))².
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtr

from vivomap.acquire.segment.levels import (
    EVERY,
    Levels,
    Mask,
    Window,
    away,
    first_levels,
    hung_together,
    near_to,
    settled,
)
from vivomap.core import Flag, Refusal
from vivomap.maths.edge import SLOPE
from vivomap.maths.solid import faces, surface_mm2
from vivomap.maths.walker import chance

HALF = 0.5
STEEP = 0.05  # of the contrast: a step from voxel to voxel that hinders the walker as noise would; project
SURELY_NOT = 0.25  # project: a share of the contrast below this is not the lesion
THIN = 0.5  # of the lesion's inner radius; what is thinner is cut off; project
BLUR_DOUBT = 0.1  # of the blur, as the phantoms show; project
LEAST_DOUBT = 0.02  # of a voxel; project
FEWEST_VOXELS = 4
RUNS_ON, BOUNDLESS = 0.1, 0.4  # shares of the outline that are cut: said with it; and no outline any more. project


class Outline(NamedTuple):
    """The mask (z, y, x) of a window, the chance of every voxel, the doubt of the edge in mm, and warnings."""

    mask: Mask
    chances: NDArray[np.float64]
    edge_mm: float
    levels: Levels
    flags: tuple[Flag, ...]


def outlined(window: Window, not_lesion: Mask) -> Outline:
    """The outline of the lesion at a window's click; `not_lesion` is what was clicked on as background.

    Raises Refusal `no_edge` if it cannot be told from its surroundings, all around or over much of its outline.
    """
    levels = first_levels(window)
    for _ in range(2):
        body = _walked(window, levels, not_lesion)
        levels = settled(window, _thick(body, window), levels)
    body = _walked(window, levels, not_lesion)
    thick = _thick(body, window)
    shares = levels.shares(window.values)
    near = near_to(thick, levels.blur, window) & ~not_lesion
    mask = hung_together(near & (shares >= levels.share), window.click)
    mask = np.asarray(ndimage.binary_fill_holes(mask))
    if np.count_nonzero(mask) < FEWEST_VOXELS:
        raise Refusal("no_edge", "what was clicked on has fewer than four voxels", expected="a larger lesion")
    cut = _cut_off(mask, shares >= levels.share)
    run_on = _run_on(mask, cut)
    edge = _edge_mm(window, mask, levels, cut)
    return Outline(mask, _chances(window, mask, levels, edge), edge, levels, _warned(mask, run_on))


def _walked(window: Window, levels: Levels, not_lesion: Mask) -> Mask:
    """What a random walker gives to the click, among the voxels that are alike."""
    shares = levels.shares(window.values)
    alike = hung_together((shares >= SURELY_NOT) & ~not_lesion, window.click)
    full = hung_together(alike & (shares >= HALF), window.click)
    if not full.any():
        raise Refusal("no_edge", "nothing hangs together with the click", expected="a click inside of the lesion")
    depth = _depth(full, window)
    middle = _middle(depth, window.click)
    seeds = np.where(alike, 0, -1)
    seeds[np.asarray(ndimage.binary_dilation(alike, EVERY)) & ~alike] = 2
    for axis in range(3):
        for end in (0, -1):
            border = np.moveaxis(seeds, axis, 0)[end]
            border[border == 0] = 2
    seeds[hung_together(depth >= THIN * depth[middle], middle)] = 1
    scale = max(window.noise, STEEP * abs(levels.contrast))
    return np.asarray(chance(window.values, seeds, scale, window.spacing) >= HALF)


def _depth(mask: Mask, window: Window) -> NDArray[np.float64]:
    """How deep every voxel lies in a mask, mm; 0 outside."""
    return np.asarray(ndimage.distance_transform_edt(np.pad(mask, 1), window.spacing)[1:-1, 1:-1, 1:-1])


def _middle(depth: NDArray[np.float64], click: tuple[int, int, int]) -> tuple[int, int, int]:
    """The deepest voxel that can be reached from the click uphill."""
    at = click
    while True:
        box = tuple(slice(max(c - 2, 0), c + 3) for c in at)
        up = np.unravel_index(int(depth[box].argmax()), depth[box].shape)
        z, y, x = (int(b.start + u) for b, u in zip(box, up, strict=True))
        if depth[z, y, x] <= depth[at]:
            return at
        at = (z, y, x)


def _thick(body: Mask, window: Window) -> Mask:
    """The body without what is thinner than half of it: opened, then grown again within itself by as much as one step.

    Raises Refusal `no_edge` if nothing is left.
    """
    own = hung_together(body, window.click)
    if not own.any():
        raise Refusal("no_edge", "nothing hangs together with the click", expected="a click inside of the lesion")
    depth = _depth(own, window)
    middle = _middle(depth, window.click)
    radius = THIN * float(depth[middle])
    core = hung_together(depth >= radius, middle)
    grown = ndimage.distance_transform_edt(~core, window.spacing) < radius + min(window.spacing) / 2
    return np.asarray(grown & own)


def _cut_off(mask: Mask, alike: Mask) -> int:
    """How many voxels of the outline have something alike on their other side."""
    return int(np.count_nonzero(np.asarray(ndimage.binary_dilation(mask)) & ~mask & alike))


def _edge_mm(window: Window, mask: Mask, levels: Levels, cut: int) -> float:
    """The standard uncertainty of the outline's place, mm; the module's text says how."""
    surface = surface_mm2(faces(np.pad(mask, 1)), window.steps)
    radius = 3 * float(np.count_nonzero(mask)) * window.voxel_mm3 / surface
    level = np.hypot(levels.inside_doubt, levels.around_doubt) / (2 * abs(levels.contrast))
    grain = window.noise / abs(levels.contrast)
    bent = 2 * np.hypot(BLUR_DOUBT, grain) * levels.blur**2 / radius
    rough = grain * levels.blur * SLOPE / np.sqrt(np.count_nonzero(mask) ** (2 / 3))
    taken = cut * window.voxel_mm3 * 2 / surface
    least = LEAST_DOUBT * window.voxel_mm3 ** (1 / 3)
    return float(np.sqrt((levels.blur * SLOPE * level) ** 2 + bent**2 + rough**2 + taken**2 + least**2))


def _chances(window: Window, mask: Mask, levels: Levels, edge: float) -> NDArray[np.float64]:
    """The chance of every voxel that it lies inside; 0 and 1 further from the outline than three blurs."""
    doubt = np.hypot(window.noise / abs(levels.contrast), edge / (levels.blur * SLOPE))
    found = ndtr((levels.shares(window.values) - levels.share) / doubt)
    depth = away(mask, window.spacing)
    reach = 3 * levels.blur + max(window.spacing)
    found[depth > reach] = 0.0
    found[depth < -reach] = 1.0
    beyond = ~mask & (found >= HALF)  # alike, and cut off
    found[beyond] = np.minimum(found[beyond], 1 - found[beyond])
    return np.asarray(np.where(mask, np.maximum(found, HALF), found))


def _run_on(mask: Mask, cut: int) -> float:
    """The share of the outline that is cut through something alike. Raises Refusal `no_edge` if that is much of it."""
    rim = int(np.count_nonzero(mask & ~np.asarray(ndimage.binary_erosion(mask))))
    share = min(cut / rim, 1.0)
    if share > BOUNDLESS:
        raise Refusal(
            "no_edge",
            "what was clicked on runs on into something alike, and much of its outline would be a guess",
            found=f"{share:.0%} of the outline",
            expected=f"{BOUNDLESS:.0%} at most",
        )
    return share


def _warned(mask: Mask, run_on: float) -> tuple[Flag, ...]:
    flags = []
    if run_on > RUNS_ON:
        reason = f"over {100 * run_on:.0f} % of its outline the lesion runs on into something alike: look at it"
        flags.append(Flag("outline_cut", reason))
    if any(mask.take(end, axis=axis).any() for axis in range(3) for end in (0, -1) if mask.shape[axis] > 1):
        flags.append(
            Flag("reaches_border", "the outline reaches the border of the image or of the reach around the click")
        )
    return tuple(flags)
