"""A hot sphere seen by a PET scanner: what each voxel holds and what SUVmax, SULpeak, MTV and TLG must be.

A sphere of radius R and uptake A in a background B, blurred by a Gaussian point spread of standard deviation s, has at
the distance r from its middle the uptake B + (A − B) p(r),

    p(r) = ½ [erf((R − r)/(√2 s)) + erf((R + r)/(√2 s))]
           − s/(√(2π) r) [exp(−(R − r)²/(2 s²)) − exp(−(R + r)²/(2 s²))].

All lengths in mm, uptake in SUV. With R ≥ 6.2 mm + 3 s the 1 cm3 sphere lies in the flat core: its mean is A.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.solids import Floats

PEAK_RADIUS = (3000 / (4 * math.pi)) ** (1 / 3)  # mm: the sphere of 1 cm3
REACH, FINE = 40.0, 8001  # mm and points of the profile


@dataclass(frozen=True)
class HotSphere:
    """A sphere of `radius` mm and uptake `hot` in a background `cold`, blurred by `spread` mm (one sd)."""

    radius: float
    hot: float
    cold: float
    spread: float

    def profile(self) -> tuple[Floats, Floats]:
        """Distance from the middle (mm) and the share p of the sphere's own uptake there."""
        r = np.linspace(0, self.radius + REACH, FINE)
        s, wide = self.spread, self.radius
        erf = np.vectorize(math.erf, otypes=[float])
        inner = (erf((wide - r) / (math.sqrt(2) * s)) + erf((wide + r) / (math.sqrt(2) * s))) / 2
        near = np.exp(-((wide - r) ** 2) / (2 * s * s)) - np.exp(-((wide + r) ** 2) / (2 * s * s))
        with np.errstate(invalid="ignore", divide="ignore"):
            rim = s / (math.sqrt(2 * math.pi) * r) * near
        rim[0] = math.sqrt(2 / math.pi) * wide / s * math.exp(-(wide**2) / (2 * s * s))
        return r, inner - rim

    def uptake(self) -> tuple[Floats, Floats]:
        """Distance from the middle (mm) and the SUV there."""
        r, share = self.profile()
        return r, self.cold + (self.hot - self.cold) * share

    def radius_at(self, suv: float) -> float:
        """How far out the uptake is as high as this, mm."""
        r, uptake = self.uptake()
        return float(np.interp(-suv, -uptake, r))

    def mean_within(self, radius: float) -> float:
        """Mean SUV of a ball about the middle."""
        r, uptake = self.uptake()
        edge = np.linspace(0, radius, 4001)
        inside = np.interp(edge, r, uptake)
        return float(np.trapezoid(inside * edge**2, edge) / (radius**3 / 3))

    @property
    def peak(self) -> float:
        """Mean SUV of the 1 cm3 sphere about the middle."""
        return self.mean_within(PEAK_RADIUS)

    def volume_over(self, suv: float) -> float:
        """Volume whose uptake is at least this, mL."""
        return float(4 / 3 * math.pi * self.radius_at(suv) ** 3 / 1000)

    def glycolysis_over(self, suv: float) -> float:
        """Mean SUV times volume of what is at least this, g."""
        return self.mean_within(self.radius_at(suv)) * self.volume_over(suv)
