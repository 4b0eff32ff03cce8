"""Where the edge of a blurred solid lies: at which share of its contrast, and how surely.

A sphere of radius R, blurred by a Gaussian of standard deviation s, shows at the distance r from its middle the share

    p(r) = (erf((R - r) / (sqrt(2) s)) + erf((R + r) / (sqrt(2) s))) / 2
           - s / (sqrt(2 pi) r) (exp(-(R - r)² / (2 s²)) - exp(-(R + r)² / (2 s²)))

of its contrast: at its surface less than a half, the more so the smaller it is. At a plane edge the share falls by
1 / (s sqrt(2 pi)) per mm.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

SLOPE = math.sqrt(2 * math.pi)  # mm of shift per share of contrast, in units of the blur
NEAR_MIDDLE = 1e-3  # of the radius: closer, the formula divides nothing by nothing
POINTS = 400  # of a profile


def shares(r: NDArray[np.float64], radius: float, blur: float) -> NDArray[np.float64]:
    """The share of its contrast that a sphere shows at distances r from its middle; all lengths in mm, blur above 0."""
    far = np.maximum(r, NEAR_MIDDLE * radius)
    wide = math.sqrt(2) * blur
    flat = (erf((radius - far) / wide) + erf((radius + far) / wide)) / 2
    near = np.exp(-(((radius - far) / wide) ** 2)) - np.exp(-(((radius + far) / wide) ** 2))
    return np.asarray(flat - blur / (SLOPE * far) * near)


def share_at_surface(radius: float, blur: float) -> float:
    """The share at the surface of a sphere."""
    return float(shares(np.array([radius]), radius, blur)[0])


def width_between(radius: float, blur: float, low: float = 0.25, high: float = 0.75) -> float:
    """The volume between two shares over the surface of the sphere, mm."""
    r = np.linspace(0, radius + 5 * blur, POINTS)
    found = shares(r, radius, blur)
    outer, inner = (float(np.interp(-level, -found, r)) for level in (low, high))
    return (outer**3 - inner**3) / (3 * radius**2)
