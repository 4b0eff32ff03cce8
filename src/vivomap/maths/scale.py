"""A scale set right by what is known: two points, or a straight line through several inserts.

    two points   x = x0 + (y - y0) (x1 - x0)/(y1 - y0)
    inserts      y = a + b x over the inserts, and then x = (y - a)/b

Each with the standard uncertainty that the doubts of all its parts leave.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from vivomap.core import Image, Refusal
from vivomap.core.image import Array
from vivomap.maths.sampling import Mean

AIR_HU = -1000.0  # by definition of HU
BLOOD_HU, BLOOD_U = 45.0, 5.0  # project, from memory: it follows the haematocrit; settings blood_hu and blood_hu_u
AIR_BELOW, BLOOD_RANGE = -900.0, (0.0, 100.0)  # project: HU as read
FEWEST_VOXELS = 20  # project: of a reference


class Known(NamedTuple):
    """A reference: what was read of it, what it truly is, and the standard uncertainties of both."""

    read: float
    true: float
    read_u: float = 0.0
    true_u: float = 0.0


class Line(NamedTuple):
    """y = intercept + slope x with the covariance of both (2, 2), and the largest residual in y."""

    intercept: float
    slope: float
    covariance: Array
    apart: float


def two_points(read: float, read_u: float, low: Known, high: Known) -> tuple[float, float]:
    """The true value of a reading between (or beyond) two references, and its standard uncertainty."""
    share = (read - low.read) / (high.read - low.read)
    gain = (high.true - low.true) / (high.read - low.read)
    parts = (
        gain * read_u,
        gain * (1 - share) * low.read_u,
        gain * share * high.read_u,
        (1 - share) * low.true_u,
        share * high.true_u,
    )
    return low.true + share * (high.true - low.true), float(np.linalg.norm(parts))


def air_and_blood(ct: Image, air: Mean, blood: Mean) -> tuple[Known, Known]:
    """Air and unenhanced blood of a CT as its references, from the mean HU of both.

    Raises Refusal if the blood holds contrast agent, a reference is too small, or it cannot be what it is said to be.
    """
    agent = ct.text("contrast")
    if agent:
        raise Refusal("contrast_in_blood", "blood holds contrast agent, so that its HU are not known", found=agent)
    fewest = min(air.voxels, blood.voxels)
    if fewest < FEWEST_VOXELS:
        found, least = f"{fewest} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "air or blood: too few voxels", found=found, expected=least)
    if air.value > AIR_BELOW or not BLOOD_RANGE[0] <= blood.value <= BLOOD_RANGE[1]:
        found = f"air {air.value:.0f} HU, blood {blood.value:.0f} HU"
        expected = f"air below {AIR_BELOW:g} HU, blood {BLOOD_RANGE[0]:g} to {BLOOD_RANGE[1]:g} HU"
        raise Refusal("reference_implausible", "air or blood is not what was drawn", found=found, expected=expected)
    true = ct.number("blood_hu") if ct.setting("blood_hu") is not None else BLOOD_HU
    sure = ct.number("blood_hu_u") if ct.setting("blood_hu_u") is not None else BLOOD_U
    return Known(air.value, AIR_HU, air.uncertainty), Known(blood.value, true, blood.uncertainty, sure)


def line(true: Array, read: Array, read_u: Array) -> Line:
    """The weighted straight line through inserts. Scatter surely beyond their doubts widens its covariance.

    Doubts of zero count as equal; then the scatter alone speaks.
    """
    surely = bool((read_u > 0).all())
    weights = 1 / read_u**2 if surely else np.ones_like(read)
    design = np.column_stack((np.ones_like(true), true))
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    intercept, slope = covariance @ design.T @ (weights * read)
    rest = read - intercept - slope * true
    freedom = max(len(true) - 2, 1)
    scatter = float((weights * rest**2).sum()) / freedom
    usual = surely and scatter <= stats.chi2.ppf(0.975, freedom) / freedom
    widened = covariance * (1.0 if usual else scatter)
    return Line(float(intercept), float(slope), widened, float(np.abs(rest).max()))


def back(found: Line, read: float, read_u: float) -> tuple[float, float]:
    """The x of a reading y on a line, and its standard uncertainty."""
    x = (read - found.intercept) / found.slope
    slopes = np.array((1.0, x))
    return x, float(np.sqrt(read_u**2 + slopes @ found.covariance @ slopes) / abs(found.slope))
