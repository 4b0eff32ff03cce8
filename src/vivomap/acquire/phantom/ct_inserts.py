"""A body of water with a vertebra, blood and air, on a plate of inserts, by a scanner whose scale is off.

Each seed draws how far the scale is off, and what a site cannot know better: blood (45 ± 5 HU) and the slope of bone
mineral, by the standard uncertainties that the image states.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from vivomap.acquire.phantom.solids import Axes, Solid, fill
from vivomap.core import Affine, Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
AXES: Axes = (np.arange(8, dtype=np.float64) * 3.0, np.arange(64, dtype=np.float64), np.arange(128, dtype=np.float64))
BONE, BLOOD = (
    Solid((40.0, 22.0, 10.0), (11.0, 11.0, 30.0), 0.0, True),
    Solid((84.0, 22.0, 10.0), (9.0, 9.0, 30.0), 0.0, True),
)
AIR = Solid((108.0, 22.0, 10.0), (8.0, 8.0, 30.0), 0.0, True)


@dataclass(frozen=True)
class Plate:
    """Mineral of the inserts and of bone (mg/mL), HU per mg/mL, noise, and how far scale, blood and slope stray."""

    inserts: tuple[float, ...] = (0.0, 50.0, 100.0, 150.0, 200.0)
    bone: float = 120.0
    slope: float = 1.3
    zero: float = 0.0
    noise: float = 15.0
    offset: float = 4.0  # HU
    gain: float = 0.01
    blood_u: float = 5.0  # HU
    slope_u: float = 0.02  # of itself

    @property
    def solids(self) -> tuple[Solid, ...]:
        """The inserts, side by side below the body."""
        places = 14.0 + 100.0 * np.arange(len(self.inserts)) / (len(self.inserts) - 1)
        return tuple(Solid((float(x), 52.0, 10.0), (8.0, 8.0, 30.0), 0.0, True) for x in places)

    def hu(self, mineral: float) -> float:
        """True HU of mineral in water."""
        return self.zero + self.slope * mineral


def rods(plate: Plate = Plate(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The image, the regions (bone first) and the truth by biomarker name."""
    rng = np.random.default_rng(seed)
    blood = 45.0 + plate.blood_u * rng.standard_normal()
    volume = np.zeros(tuple(a.size for a in AXES))
    for solid, value in ((BONE, plate.hu(plate.bone)), (BLOOD, blood), (AIR, -1000.0)):
        fill(volume, AXES, solid, value)
    for solid, mineral in zip(plate.solids, plate.inserts, strict=True):
        fill(volume, AXES, solid, plate.hu(mineral))
    volume = volume * (1 + plate.gain * rng.standard_normal()) + plate.offset * rng.standard_normal()
    volume += rng.normal(0, noise * plate.noise, volume.shape)
    stated = plate.slope * (1 + plate.slope_u * rng.standard_normal())
    settings = (
        ("insert_hu", " ".join(f"{plate.hu(m):g}" for m in plate.inserts)),
        ("insert_mg_ml", " ".join(f"{m:g}" for m in plate.inserts)),
        ("insert_mineral", "hydroxyapatite"),
        ("blood_hu", 45.0),
        ("blood_hu_u", plate.blood_u),
        ("bone_hu", stated),
        ("bone_hu_u", plate.slope_u * plate.slope),
        ("bone_hu_zero", plate.zero),
        ("calibrated_on", "2025-03-01"),
        ("kvp", 120.0),
    )
    affine = affine_of(np.diag([3.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    image = Image("ct", Voxels.of(volume), "[hnsf'U]", affine, settings=settings, day=date(2025, 3, 20))
    return (image,), _regions(plate, affine), _truth(plate)


def _regions(plate: Plate, affine: Affine) -> tuple[Region, ...]:
    """Bone, blood and air two millimetres inside their edges; the inserts with their edges."""
    drawn = []
    for name, solid in (("bone", BONE), ("blood", BLOOD), ("air", AIR)):
        x, y, z = solid.half
        inner = Solid(solid.centre, (x - 2, y - 2, z), 0.0, True)
        drawn.append(Region(name, Voxels.of(inner.inside(AXES)), name, "phantom", affine))
    whole = np.any([s.inside(AXES) for s in plate.solids], axis=0)
    return (*drawn, Region("inserts", Voxels.of(whole), "inserts", "phantom", affine))


def _truth(plate: Plate) -> dict[str, float]:
    hu = plate.hu(plate.bone)
    mineral = {"bone_density": plate.bone, "bone_density_phantomless": plate.bone}
    return {"calibrated_hu": hu, "insert_hu": hu, **mineral}
