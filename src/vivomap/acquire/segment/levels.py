"""The levels of a lesion and of what lies around it, how blurred its edge is, and what outline they give.

With the level I_in inside and I_out around, every voxel has the share h = (I - I_out) / (I_in - I_out). The edge is
where h is the share that a sphere of the same volume over surface shows at its surface (maths/edge.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.edge import share_at_surface, shares, width_between
from vivomap.maths.solid import Steps, faces, surface_mm2

Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]
EVERY = np.ones((3, 3, 3), bool)
LEAST_CONTRAST = 3.0  # project: noise standard deviations between lesion and surroundings
RING = (2.0, 5.0)  # mm beyond the edge where the surroundings are looked for; project
PLANE = 1.3490  # blurs between the shares 1/4 and 3/4 of a plane edge
FEWEST_INNER = 8  # voxels that tell the level inside; project
ROUNDS = 4  # in which levels, blur and edge settle
NEVER_MM = 1e-9  # a width that no edge has; keeps a quotient finite


@dataclass(frozen=True)
class Window:
    """The part of an image around a click: smoothed values (z, y, x), their noise, grid, and the voxel clicked on."""

    values: NDArray[np.float64]
    noise: float
    steps: Steps
    click: tuple[int, int, int]

    @property
    def spacing(self) -> Spacing:
        """Steps along (z, y, x) in mm."""
        z, y, x = np.linalg.norm(np.asarray(self.steps), axis=0)
        return float(z), float(y), float(x)

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, mm3."""
        return float(abs(np.linalg.det(np.asarray(self.steps))))


@dataclass(frozen=True)
class Levels:
    """Inside and around with their standard uncertainties, the blur of the edge (sd, mm) and the share it lies at."""

    inside: float
    around: float
    inside_doubt: float
    around_doubt: float
    blur: float = 0.0
    share: float = 0.5

    @property
    def contrast(self) -> float:
        """What the lesion has more, or less, than its surroundings."""
        return self.inside - self.around

    def shares(self, values: Array) -> NDArray[np.float64]:
        """Values as shares of the contrast."""
        return np.asarray((values - self.around) / self.contrast)


def hung_together(mask: Mask, click: tuple[int, int, int]) -> Mask:
    """The part of a mask that hangs together with the voxel clicked on, or with the nearest within two voxels."""
    labels, _ = ndimage.label(mask)
    box = tuple(slice(max(c - 2, 0), c + 3) for c in click)
    near = labels[click] or next((int(v) for v in labels[box].ravel() if v), 0)
    return np.asarray(labels == near) if near else np.zeros(mask.shape, bool)


def away(mask: Mask, spacing: Spacing) -> NDArray[np.float64]:
    """Signed distance in mm to the surface of a mask, below zero inside; half a step off at voxel centres."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    outside = ndimage.distance_transform_edt(~mask, spacing)
    inside = ndimage.distance_transform_edt(mask, spacing)
    half = min(spacing) / 2
    return np.asarray(np.where(mask, half - inside, outside - half))


def near_to(body: Mask, blur: float, window: Window) -> Mask:
    """A body and what lies within a step and half of its blur along each axis."""
    reach = [step / (step + blur / 2) for step in window.spacing]
    return np.asarray(ndimage.distance_transform_edt(~body, reach) <= 1)


def first_levels(window: Window) -> Levels:
    """What the voxels at the click and the whole window say; the surroundings are what is most unlike the click.

    Raises Refusal `no_edge` if nothing in the window is unlike it.
    """
    box = tuple(slice(max(c - 1, 0), c + 2) for c in window.click)
    inside = float(np.median(window.values[box]))
    apart = np.abs(window.values - inside)
    unlike = apart > apart.max() / 2
    around = float(np.median(window.values[unlike])) if unlike.any() else inside
    return checked(Levels(inside, around, window.noise, window.noise), window)


def checked(levels: Levels, window: Window) -> Levels:
    """The levels. Raises Refusal `no_edge` if lesion and surroundings are no further apart than noise."""
    if abs(levels.contrast) < LEAST_CONTRAST * window.noise:
        found = f"{abs(levels.contrast):.3g}, noise {window.noise:.3g}"
        raise Refusal(
            "no_edge", "what was clicked on is not unlike its surroundings", found=found, expected="3 times the noise"
        )
    return levels


def settled(window: Window, body: Mask, levels: Levels) -> Levels:
    """The levels, blur and edge of a body, in a few rounds: each takes the outline of the one before."""
    for _ in range(ROUNDS):
        near = near_to(body, levels.blur, window)
        inside = hung_together(near & (levels.shares(window.values) >= levels.share), window.click)
        if not inside.any():
            raise Refusal("no_edge", "nothing hangs together with the click", expected="a click inside of the lesion")
        radius = mean_radius(inside, window)
        blur = _blur(window, near, inside, levels)
        levels = _measured(window, inside, (radius, blur))
    return levels


def mean_radius(inside: Mask, window: Window) -> float:
    """Three times volume over surface, mm: the radius of a sphere."""
    found = faces(np.pad(inside, 1))
    return 3 * float(np.count_nonzero(inside)) * window.voxel_mm3 / surface_mm2(found, window.steps)


def _blur(window: Window, near: Mask, inside: Mask, levels: Levels) -> float:
    """The blur of the edge, mm: that with which a sphere has as much between the shares 1/4 and 3/4 as is found."""
    found = levels.shares(window.values)[near]
    between = (np.count_nonzero(found >= 0.25) - np.count_nonzero(found >= 0.75)) * window.voxel_mm3
    width = between / surface_mm2(faces(np.pad(inside, 1)), window.steps)
    radius, least = mean_radius(inside, window), 0.2 * min(window.spacing)
    blur = float(np.clip(width / PLANE, least, radius))
    for _ in range(ROUNDS):
        shown = max(width_between(radius, blur), NEVER_MM)  # a sharp edge may have no step between the two shares
        blur = float(np.clip(blur * width / shown, least, radius))
    return blur


def _measured(window: Window, inside: Mask, shape: tuple[float, float]) -> Levels:
    """The levels inside of an outline and around it, with their doubt; `shape` is its mean radius and blur, mm.

    The level inside is that of the deepest voxels, over the share that a sphere shows so deep.
    """
    radius, blur = shape
    depth = away(inside, window.spacing)
    own = depth <= max(-2 * blur, float(np.sort(depth[inside])[: int(FEWEST_INNER)][-1]))
    low, scale = window.values[own], max(radius, -float(depth.min()))
    full = float(np.median(shares(np.maximum(scale + depth[own], 0.0), scale, blur)))
    out, out_doubt = _around(window, depth, blur)
    top = out + (float(np.median(low)) - out) / full
    spread = (float(low.std()) * 1.25 + window.noise) / np.sqrt(low.size)
    made = Levels(top, out, spread / full, out_doubt, blur, share_at_surface(radius, blur))
    return checked(made, window)


def _around(window: Window, depth: NDArray[np.float64], blur: float) -> tuple[float, float]:
    """The level around an outline and its doubt: the median of eight sectors, each the median of its own."""
    ring = (depth > RING[0] + blur) & (depth < RING[1] + 2 * blur)
    if np.count_nonzero(ring) < 32:
        ring = depth > blur
    z, y, x = (np.argwhere(ring) - np.argwhere(depth < 0).mean(axis=0)).T
    sector = 4 * (z > 0) + 2 * (y > 0) + (x > 0)
    values = window.values[ring]
    middles = [float(np.median(values[sector == k])) for k in range(8) if np.count_nonzero(sector == k) >= 4]
    if not middles:
        raise Refusal("no_edge", "the window holds no surroundings of the lesion", expected="a wider reach")
    spread = 1.4826 * float(np.median(np.abs(np.array(middles) - np.median(middles))))
    return float(np.median(middles)), 1.25 * spread / np.sqrt(len(middles)) + window.noise / np.sqrt(values.size)
