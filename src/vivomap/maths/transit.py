"""How high a deconvolved residue stands for a transit time: what sampling and cutting take off it, put back.

A volume of 1 with residue exp(-t / m) has the curve C = Q ⊗ exp(-t / m) / m, exact for an input Q that runs straight
from frame to frame. Sampled and deconvolved as data are, its residue stands at H(m) instead of 1/m: lower, for its
first value counts half and its sharp edge is cut off; and the areas of C and Q over the same frames are as G(m) < 1,
for part of the bolus has not yet left. So from a seen height f and a seen ratio of areas a

    f / a = H(m) / G(m)      gives m, and      volume = a / G(m)      flow = volume / m

H is the mean over delays of a part of a frame; their spread is part of its doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.convolution import carried
from vivomap.maths.deconvolution import Circulant

TRANSITS = np.geomspace(1.0, 40.0, 40)  # s, project
FLATTEST = 0.05  # project: where H is flatter still, a transit time is not told at all
DELAYS = 4  # delays of a part of a frame


@dataclass(frozen=True, eq=False)
class Heights:
    """H (part kept, transit) with its spread over delays, and G (transit,), at the transits `TRANSITS`."""

    height: Array
    spread: Array
    held: Array

    def transit(self, seen: Array, kept: Array) -> Array:
        """The transit time (s) of each seen f / a with so many parts kept; NaN where none of the table fits."""
        found = np.full(np.shape(seen), np.nan)
        for level in np.unique(kept):
            at = kept == level
            ratio = self.height[level - 1] / self.held
            last = int(np.argmin(ratio)) + 1  # so short a transit cannot be told where H no longer rises
            first = int(np.argmax(ratio))
            line = ratio[first:last][::-1]
            found[at] = np.interp(seen[at], line, TRANSITS[first:last][::-1], left=np.nan, right=np.nan)
        return found

    def at(self, transit: Array) -> Array:
        """G at a transit time."""
        return np.asarray(np.interp(transit, TRANSITS, self.held))

    def steepness(self, transit: Array, kept: Array) -> Array:
        """How fast f / a falls as the transit time grows, both as logarithms."""
        steep = np.full(np.shape(transit), np.nan)
        for level in np.unique(kept):
            slope = np.abs(np.gradient(np.log(self.height[level - 1] / self.held), np.log(TRANSITS)))
            steep[kept == level] = np.interp(transit[kept == level], TRANSITS, slope)
        return np.asarray(np.maximum(steep, FLATTEST))

    def doubt(self, transit: float, kept: int, height: float) -> float:
        """The relative doubt of a transit time: of a seen height (relative), and of the delay, over the slope of H."""
        spread = float(np.interp(transit, TRANSITS, self.spread[kept - 1] / self.height[kept - 1]))
        return float(np.hypot(height, spread)) / float(self.steepness(np.array([transit]), np.array([kept]))[0])


def heights(input_curve: Array, step: float, parts: Circulant, during: slice) -> Heights:
    """The table for an input (frame,), its singular parts, and the frames that areas run over."""
    fine = np.arange(DELAYS * (input_curve.size - 1) + 1) / DELAYS
    inflow = np.interp(fine, np.arange(input_curve.size), input_curve)
    whole = carried(fine * step, inflow, 1 / TRANSITS).integral / TRANSITS[:, None]
    tops = []
    for delay in range(DELAYS):
        late = np.concatenate((np.zeros((len(TRANSITS), delay)), whole), axis=1)[:, : whole.shape[1] : DELAYS]
        read = late.astype(np.float32) @ parts.reads.T
        grown = np.cumsum(read[:, :, None] * parts.builds[None], axis=1)
        tops.append(grown.max(axis=2).T)
    curves = whole[:, ::DELAYS]
    held = np.trapezoid(curves[:, during], dx=step, axis=1) / np.trapezoid(input_curve[during], dx=step)
    return Heights(np.mean(tops, axis=0), np.std(tops, axis=0), held)
