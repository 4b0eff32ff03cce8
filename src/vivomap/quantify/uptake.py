"""Uptake on PET: how much tracer a lesion takes up, and in how much tissue.

    SUVmax, SUVmean   the highest voxel, and the mean, of the region                    g/mL
    SULpeak           SUV lean/weight, mean of the sphere of 1 cm3 (radius 6.20 mm) with the highest mean that is
                      centred on a voxel of the region; a voxel counts by the fraction of it in the sphere
    MTV               volume of the region's voxels at or above 41 % of SUVmax, or above SUV 4    mL
    TLG               sum of SUV times volume over the 41 % voxels = their SUVmean times MTV      g

The lean body mass is Janmahasatian's. Every SUV carries the calibration of the scanner in its doubt: 5 % (project)
unless the image's setting `calibration_percent` declares another.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from vivomap.core import (
    FLAGGED,
    NOT_COMPARABLE,
    Asked,
    Biomarker,
    Estimate,
    Flag,
    Image,
    Limits,
    Refusal,
    Region,
    Settings,
    limits,
)
from vivomap.core.image import Array
from vivomap.maths.body import lean_body_mass_kg
from vivomap.maths.geometry import Cut, cut
from vivomap.maths.peak import Threshold, above, deepest_sphere, highest, sphere_peak
from vivomap.maths.sampling import Place, noise, region_mean
from vivomap.maths.solid import sphere_weights, steps_of

PEAK_RADIUS_MM = float(np.cbrt(1000 * 3 / (4 * np.pi)))  # 6.20 mm: the sphere of 1 cm3
LIVER_RADIUS_MM = 15.0  # PERCIST 1.0: a sphere of 3 cm; definition seen in open audit code
FRACTION = 0.41  # of SUVmax; from memory
FIXED = 4.0  # SUV; from memory
CALIBRATION = 5.0  # %, project: cross-calibration of scanner and dose calibrator
LODGE = "tumour wCV 10 %: Lodge, J Nucl Med 2017;58:523"
PERCIST = "PERCIST 1.0, Wahl et al., J Nucl Med 2009 (tables seen); lean mass: Janmahasatian, Clin Pharmacokinet 2005"
METABOLIC = "metabolic tumour volume; its thresholds are parameters (from memory)"
NOT_FITTING = Flag("peak_at_edge", "part of the lesion lies too near the edge of the image for the 1 cm3 sphere")


class Lesion(NamedTuple):
    """SUV and mask (z, y, x) in the box of a region, with the region's place, noise and calibration."""

    values: Array
    mask: Array
    place: Place
    noise: float
    calibration: float


def _lesion(suv: Image, region: Region) -> Lesion:
    """What every uptake starts from. Raises Refusal if the region is empty, or holds a voxel without a number."""
    box, mask = cut(region.mask)
    values = np.asarray(suv.voxels.array[box], float)
    if not np.isfinite(values[mask]).all():
        raise Refusal("nan_voxels", "SUV: voxels of the region hold no number")
    declared = suv.setting("calibration_percent")
    calibration = CALIBRATION if declared is None else suv.number("calibration_percent")
    place = Place(steps_of(region.affine), region.edge_mm, suv.residual_mm)
    return Lesion(values, mask, place, noise(values, mask), calibration / 100)


def suv_max(suv: Image, region: Region) -> Estimate:
    """The highest SUV in the region, as read; noise makes it too high, and its doubt says by how much."""
    lesion = _lesion(suv, region)
    top = highest(lesion.values, lesion.mask, lesion.noise)
    return Estimate(top.value, _calibrated(lesion, top.value, top.uncertainty), settings=_said(lesion))


def suv_mean(suv: Image, region: Region) -> Estimate:
    """The mean SUV of the region."""
    lesion = _lesion(suv, region)
    mean = region_mean(lesion.values, lesion.mask, lesion.place)
    doubt = _calibrated(lesion, mean.value, mean.uncertainty)
    return Estimate(mean.value, doubt, settings=(*_said(lesion), ("sd", mean.spread), ("voxels", float(mean.voxels))))


def _calibrated(lesion: Lesion, value: float, doubt: float) -> float:
    """The doubt with that of the calibration."""
    return float(np.hypot(doubt, lesion.calibration * value))


def _said(lesion: Lesion) -> Settings:
    return (("noise", lesion.noise), ("calibration_percent", 100 * lesion.calibration))


def _lean(suv: Image) -> float:
    """SUL over SUV: lean body mass over weight. Raises Refusal if weight, height or sex is not in the images."""
    weight, height, sex = suv.number("weight_kg"), suv.number("height_m"), suv.text("sex")
    if not sex:
        raise Refusal("setting_absent", "SUL: the setting 'sex' is not in the images", expected="M, F or O")
    return lean_body_mass_kg(weight, height, sex) / weight


def _in_mm(suv: Image) -> None:
    """Raises Refusal if the image's spacing is not to be trusted: a sphere of 1 cm3 cannot be placed."""
    for flag in suv.refusals:
        if flag.denies == "mm":
            raise Refusal(flag.code, flag.reason)


def sul_peak(suv: Image, region: Region) -> Estimate:
    """The highest mean SUL of a 1 cm3 sphere centred in the region.

    Raises Refusal if no such sphere lies within the image, or if the lean body mass cannot be known.
    """
    _in_mm(suv)
    lean, lesion = _lean(suv), _lesion(suv, region)
    box, mask = cut(region.mask)
    sphere = sphere_weights(PEAK_RADIUS_MM, steps_of(suv.affine))
    top, inside = sphere_peak(suv.voxels.array, Cut(box, mask), sphere, lesion.noise)
    doubt = _calibrated(lesion, top.value, top.uncertainty)
    where: Settings = (("centre_z_y_x", " ".join(f"{n:d}" for n in top.at)), ("lean_over_weight", lean))
    flags = () if inside == np.count_nonzero(mask) else (NOT_FITTING,)
    return Estimate(lean * top.value, lean * doubt, flags=flags, settings=(*_said(lesion), *where))


def mtv_41(suv: Image, region: Region) -> Estimate:
    """Volume of the region's voxels at or above 41 % of its SUVmax, mL."""
    return _relative(suv, region)[0]


def tlg(suv: Image, region: Region) -> Estimate:
    """Total lesion glycolysis in the voxels at or above 41 % of SUVmax, g; `threshold` in its settings is the SUV.

    Its edge voxels hold the threshold's SUV, so the doubt of the volume counts with that weight.
    """
    volume, hot = _relative(suv, region)
    lesion = _lesion(suv, region)
    threshold = float(dict(volume.settings)["threshold"])
    inside = lesion.values[hot]
    total = float(inside.sum()) * region.voxel_mm3 / 1000
    noisy = lesion.noise * float(np.sqrt(inside.size)) * region.voxel_mm3 / 1000
    doubt = _calibrated(lesion, total, float(np.hypot(threshold * volume.uncertainty, noisy)))
    return Estimate(total, doubt, settings=volume.settings)


def mtv_fixed(suv: Image, region: Region) -> Estimate:
    """Volume of the region's voxels at or above SUV 4, mL; 0 where none is."""
    lesion = _lesion(suv, region)
    return _above(lesion, region, FIXED, FIXED * lesion.calibration)[0]


def _relative(suv: Image, region: Region) -> tuple[Estimate, Array]:
    """The volume at or above 41 % of SUVmax, whose own doubt moves the threshold, and its mask.

    Raises Refusal if no voxel of the region takes up any tracer: of nothing there is no part.
    """
    lesion = _lesion(suv, region)
    top = highest(lesion.values, lesion.mask, lesion.noise)
    if top.value <= 0:
        raise Refusal("no_uptake", "the region takes up no tracer, so that 41 % of its SUVmax is no threshold")
    return _above(lesion, region, FRACTION * top.value, FRACTION * top.uncertainty)


def _above(lesion: Lesion, region: Region, threshold: float, doubt: float) -> tuple[Estimate, Array]:
    """The volume above a threshold in mL, with what it rests on, and its mask in the box of the region."""
    found = above(lesion.values, lesion.mask, Threshold(threshold, doubt, lesion.noise), lesion.place)
    settings: Settings = (*_said(lesion), ("threshold", threshold), ("voxels", float(np.count_nonzero(found.mask))))
    return Estimate(found.mm3 / 1000, found.uncertainty_mm3 / 1000, settings=settings), found.mask


def liver_sul(suv: Image, liver: Region) -> Estimate:
    """Mean SUL of healthy liver, the reference of PERCIST; its settings hold the spread `sd`.

    A larger region is measured in the 3 cm sphere that lies deepest in it; a smaller one whole.
    """
    return _reference(suv, liver)


def liver_sul_sd(suv: Image, liver: Region) -> Estimate:
    """Standard deviation of SUL over the voxels of the liver reference."""
    reference = dict(_reference(suv, liver).settings)
    spread, free = float(reference["sd"]), float(reference["independent"])
    return Estimate(spread, spread / float(np.sqrt(2 * max(free - 1, 1))))


def _reference(suv: Image, liver: Region) -> Estimate:
    """Mean SUL of the reference with its settings. Raises Refusal if the lean body mass cannot be known."""
    _in_mm(suv)
    lean, lesion = _lean(suv), _lesion(suv, liver)
    sphere = deepest_sphere(lesion.mask, LIVER_RADIUS_MM, lesion.place.steps)
    mean = region_mean(lesion.values, sphere, lesion.place)
    doubt = _calibrated(lesion, mean.value, mean.uncertainty)
    place = "whole region" if sphere is lesion.mask else "3 cm sphere deepest in the region"
    settings: Settings = (
        *_said(lesion),
        ("sd", lean * mean.spread),
        ("voxels", float(mean.voxels)),
        ("independent", mean.scatter.independent),
        ("place", place),
    )
    return Estimate(lean * mean.value, lean * doubt, settings=settings)


ASKED = (
    Asked("suv", "uptake_min", "methods A0: 50 to 70 min", FLAGGED, "min", 50.0, 70.0, told="uptake_time_off"),
    Asked("suv", "uptake_min", "PERCIST: less than 15 min between visits", NOT_COMPARABLE, "min", apart=15.0),
)
PHANTOM = "vivomap.acquire.phantom.uptake:hot_sphere"
EARL = "no limits across scanners: they hold between EARL scanners alone (RC 27 % mean and peak, 33 % max)"


def _card(name: str, title: str, unit: str, compute: Callable[..., Estimate], source: str, **more: Any) -> Biomarker:
    """A card of this family: a number of one lesion on SUV."""
    shared = {"needs": ("suv", "region"), "truth": PHANTOM, "better": "lower", "acquisition": ASKED}
    return Biomarker(name=name, title=title, unit=unit, compute=compute, source=source, **{**shared, **more})


def _repeats(name: str) -> Limits:
    """Limits -25/+33 % for the same scanner."""
    return limits(name, "%", f"{LODGE}: -25/+33 %; {EARL}", any=27.7)


BODY, LEAN = "g/ml{SUVbw}", "g/ml{SUVlbm}"
DRAWN_UP = "conservative: noise draws the highest voxel up, and the whole of that counts as doubt"
MOVES = "conservative: the doubt of SUVmax moves the threshold, and its whole size counts"
CANCELS = "conservative: it holds for any outline, and the errors of a smooth closed one partly cancel"
SUV_MAX = _card(
    "suv_max", "SUVmax", BODY, suv_max, PERCIST, real_change=_repeats("suv_max"), dimensions=2, coverage=DRAWN_UP
)
SUV_MEAN = _card(
    "suv_mean", "SUVmean", BODY, suv_mean, PERCIST, real_change=_repeats("suv_mean"), dimensions=2, coverage=CANCELS
)
SUL_PEAK = _card(
    "sul_peak",
    "SULpeak",
    LEAN,
    sul_peak,
    PERCIST,
    real_change=_repeats("sul_peak"),
    code=("126031", "DCM", "Peak Value Within ROI"),
)
MTV_41 = _card(
    "mtv_41", "MTV 41 %", "mL", mtv_41, METABOLIC, code=("126032", "DCM", "Metabolic Volume"), coverage=MOVES
)
MTV_FIXED = _card("mtv_fixed", "MTV SUV 4", "mL", mtv_fixed, METABOLIC, code=("126032", "DCM", "Metabolic Volume"))
TLG = _card("tlg", "TLG", "g", tlg, METABOLIC, code=("126033", "DCM", "Total Lesion Glycolysis"), coverage=MOVES)
LIVER = {"needs": ("suv", "liver"), "better": ""}
LIVER_SUL = _card("liver_sul", "Liver SUL, mean", LEAN, liver_sul, PERCIST, **LIVER)
LIVER_SUL_SD = _card("liver_sul_sd", "Liver SUL, spread", LEAN, liver_sul_sd, PERCIST, **LIVER)
