"""Quantitative CT proven: bone of four densities comes out on a line of slope 1, whatever the scanner's scale."""

from __future__ import annotations

import numpy as np

from vivomap.acquire.phantom.ct_inserts import Plate, rods
from vivomap.quantify.quantitative_ct import bone_density
from vivomap.verify.proof import Given, Proof

DENSITIES = (40.0, 80.0, 120.0, 180.0)  # mg/mL
SOURCE = "phantom ct_inserts:rods, bone of 40 to 180 mg/mL; methods A14"


def slope(seed: int, noise: float) -> Given:
    """The slope of measured on true bone density, each scan with a scale of its own."""
    found = []
    for k, density in enumerate(DENSITIES):
        (image,), regions, _ = rods(Plate(bone=density), 10 * seed + k, noise)
        found.append(bone_density(image, regions[0], regions[3]).value)
    return Given(1.0, float(np.polynomial.Polynomial.fit(DENSITIES, found, 1).convert().coef[1]))


SLOPE = Proof("bone_density_slope", "quantitative_ct", "1", SOURCE, slope, tolerance=0.05)
