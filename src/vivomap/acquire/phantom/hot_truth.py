"""The truth of the hot lesion: what every number of PET, CT and MR must be, and how far the voxels may stray.

Lean body mass after Janmahasatian 2005 (methods A3): male 9270 W/(6680 + 216 BMI), female 9270 W/(8780 + 244 BMI) kg.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.acquire.phantom.hot_sphere import HotSphere
from vivomap.acquire.phantom.outlines import Drawn
from vivomap.acquire.phantom.series import Person
from vivomap.acquire.phantom.truth import Known, Lesion

VOXEL_ML = 3.0 * 2.6 * 2.6 / 1000
CT_PIXEL = 1.2  # mm
LIVER, BLOOD, LIVER_ADC = 2.2, 1.6, 1.1e-3
COUNTED = 0.025  # of a volume: how far counting voxels of this size strays from the solid; tested
BW, LBM = "g/ml{SUVbw}", "g/ml{SUVlbm}"


@dataclass(frozen=True)
class Seen:
    """What was there at one visit; `drawn` is the radius (mm) of the lesion's outline on PET."""

    sphere: HotSphere
    adc: float
    hu: float
    person: Person
    weight_kg: float
    drawn: float


def lean_share(person: Person, weight_kg: float) -> float:
    """Lean body mass over weight."""
    bmi = weight_kg / person.height_m**2
    return 9270 / (6680 + 216 * bmi) if person.sex == "M" else 9270 / (8780 + 244 * bmi)


def lesions(drawn: Sequence[Drawn], seen: Seen, noise: float) -> tuple[Lesion, ...]:
    """The truth of the lesion and of the two reference regions."""
    lean = lean_share(seen.person, seen.weight_kg)
    liver = (
        Known("suv_mean", LIVER, BW, LIVER * (0.005 + noise), "uniform"),
        Known("liver_sul", LIVER * lean, LBM, LIVER * lean * (0.005 + noise), "suv_mean times lean share"),
        Known("mean_adc", LIVER_ADC, "mm2/s", 0.06 * LIVER_ADC, "uniform but for its veins"),
    )
    blood = (Known("suv_mean", BLOOD, BW, BLOOD * (0.02 + noise), "the blur takes up to 1 %"),)
    numbers = (_lesion(seen, lean, noise), liver, blood)
    return tuple(
        Lesion(each.name, each.site, "present", each.tracking, known, each.solids[0].centre)
        for each, known in zip(drawn, numbers, strict=False)
    )


def _lesion(seen: Seen, lean: float, noise: float) -> tuple[Known, ...]:
    sphere = seen.sphere
    top, radius = sphere.hot, sphere.radius
    sd = noise * math.sqrt(top * LIVER)
    core = 4 / 3 * math.pi * (radius - 2 * sphere.spread) ** 3 / 1000 / VOXEL_ML
    lifted = sd * (math.sqrt(2 * math.log(core)) + 1)  # how far the highest of so many voxels may lie above
    volume, whole = sphere.volume_over(0.41 * top), 4 / 3 * math.pi * radius**3 / 1000
    less = volume - sphere.volume_over(0.41 * (top + lifted)) + COUNTED * volume
    glycolysis = sphere.glycolysis_over(0.41 * top)
    fixed = sphere.volume_over(4.0)
    return (
        Known("suv_max", top, BW, round(lifted + 0.001 * top, 4), "uniform core; noise lifts the highest voxel"),
        Known("suv_mean", sphere.mean_within(seen.drawn), BW, 0.02 * top, "the profile over the drawn sphere"),
        Known("sul_peak", sphere.peak * lean, LBM, round((0.005 * top + sd) * lean, 4), "1 cm3 within the core"),
        Known("mtv_41", volume, "mL", round(less, 4), "where the profile is 41 % of SUVmax"),
        Known("mtv_fixed", fixed, "mL", round(COUNTED * fixed + sd * fixed / top, 4), "where the profile is 4.0"),
        Known("tlg", glycolysis, "g", round(less * top, 3), "mean SUV within mtv_41, times mtv_41"),
        Known("volume", whole, "mL", COUNTED * whole, "4/3 pi R3"),
        Known("long_axis", 2 * radius, "mm", CT_PIXEL, "2R, on CT"),
        Known("short_axis", 2 * radius, "mm", CT_PIXEL, "2R, on CT"),
        Known("density", seen.hu, "[hnsf'U]", 4.0, "mean of the core, on CT"),
        Known("mean_adc", seen.adc, "mm2/s", 0.04 * seen.adc, "uniform"),
    )
