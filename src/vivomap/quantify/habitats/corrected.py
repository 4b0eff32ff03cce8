"""Uptake of a lesion without partial volume: what blur carries over its outline is brought back.

The lesion and what lies around it are two regions of a geometric transfer matrix (Rousset), whose solution is the mean
uptake of each without the other's spill; the map is the iterative Yang correction of every voxel.
"""

from __future__ import annotations

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.maths.partial_volume import true_means
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of
from vivomap.quantify.habitats.count import PHANTOM
from vivomap.quantify.habitats.resolution import blur_of, spot_of, uptake, values_of

CALIBRATION = 5.0  # %, project: as for every SUV, unless the image's `calibration_percent` says another
BLUR_DOUBT = 0.1  # project: of the FWHM; reconstruction and place in the scanner change it
SOURCE = "geometric transfer matrix: Rousset 1998; iterative Yang: Erlandsson 2012 (both from memory)"


def suv_mean_corrected(suv: Image, region: Region) -> Estimate:
    """The mean SUV of the region without spill, and the map "suv_corrected" of the region and around it.

    In doubt are the mean, the blur and the calibration. Raises Refusal if the blur is larger than the region.
    """
    fwhm, flags = blur_of(suv)
    spot = spot_of(region, fwhm)
    seen = np.asarray(values_of(suv)[spot.box], float)
    corrected = uptake(suv, spot, fwhm)
    around = ~spot.mask
    if not around.any():
        raise Refusal("outside_image", "the region fills the image: nothing around it tells what spills in")

    def mean(width: float) -> float:
        if width <= 0:
            return float(seen[spot.mask].mean())
        return float(true_means(seen, (spot.mask, around), spot.spacing, width)[0])

    value = mean(fwhm)
    place = Place(steps_of(region.affine), region.edge_mm, suv.residual_mm)
    noisy = region_mean(corrected, spot.mask, place)
    blur = (mean(fwhm * (1 + BLUR_DOUBT)) - mean(fwhm * (1 - BLUR_DOUBT))) / 2
    percent = CALIBRATION if suv.setting("calibration_percent") is None else suv.number("calibration_percent")
    doubt = float(np.linalg.norm((noisy.uncertainty, blur, percent / 100 * value)))
    stack = np.full(suv.shape, np.nan, np.float32)
    stack[spot.box] = corrected
    said: Settings = (("psf_mm", fwhm), ("seen", float(seen[spot.mask].mean())), ("calibration_percent", percent))
    return Estimate(value, doubt, suv.like("suv_corrected", stack, suv.unit), flags, said)


CORRECTED = Biomarker(
    name="suv_mean_corrected",
    unit="g/ml{SUVbw}",
    needs=("suv", "region"),
    compute=suv_mean_corrected,
    source=SOURCE,
    title="SUVmean without partial volume",
    acquisition=(
        Asked("suv", "uptake_min", "methods A0: 50 to 70 min", FLAGGED, "min", 50.0, 70.0, told="uptake_time_off"),
        Asked("suv", "uptake_min", "PERCIST: less than 15 min between visits", NOT_COMPARABLE, "min", apart=15.0),
    ),
    truth=PHANTOM,
    gives=("suv_corrected",),
    better="lower",
    coverage="the blur counts as known to a tenth, which the phantom knows exactly",
)
