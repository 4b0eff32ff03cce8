"""T1 from a spoiled gradient echo at two or more flip angles: what the change of signal is measured against.

    S = M sin a (1 - E) / (1 - cos a E)      E = exp(-TR / T1)

The straight line S/sin a over S/tan a gives the start, least squares on S itself the value. The angles are taken as the
scanner names them: an angle that is wrong by a share e makes T1 wrong by about 2 e.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from vivomap.core import NOT_COMPARABLE, REFUSED, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region
from vivomap.maths.geometry import cut
from vivomap.maths.relaxation import by_flip_angles
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of

FEWEST_VOXELS = 20  # project
TISSUE = 0.05  # project: voxels below this share of the brightest are air
SOURCE = "variable flip angle T1 (methods A6); Fram et al. 1987 and Deoni et al. 2003, from memory"
B1 = Flag("b1_uncorrected", "T1 is made with the nominal flip angles: the field's own unevenness is not corrected")


@lru_cache(maxsize=2)
def mapped(vfa: Image) -> Image:
    """The map "t1" of every voxel that is no air, ms, NaN elsewhere, with its standard uncertainty as second frame.

    Raises Refusal without two angles that differ, or without repetition time."""
    series, flips = vfa.voxels.array, np.asarray(vfa.frames, float)
    if series.ndim != 4 or len(np.unique(flips)) < 2:
        listed = ", ".join(f"{f:g}" for f in flips) or "none"
        raise Refusal("few_flip_angles", "T1 needs two different flip angles", found=listed, expected="two or more")
    tr = vfa.number("tr_ms") / 1000
    brightest = series.max(axis=0)
    tissue = brightest > TISSUE * np.percentile(brightest, 99)
    found = by_flip_angles(series[:, tissue].T, flips, tr)
    t1, doubt = np.full(tissue.shape, np.nan), np.full(tissue.shape, np.nan)
    t1[tissue] = 1000 / found.rate
    doubt[tissue] = 1000 * found.uncertainty / found.rate**2
    made = vfa.like("t1", np.stack((t1, doubt)), "ms")
    return replace(made, frames=(0.0, 1.0), settings=(*made.settings, ("second_frame", "standard uncertainty")))


def t1(vfa: Image, region: Region) -> Estimate:
    """Mean T1 of the region, ms, with its map "t1". Raises Refusal if fewer than `FEWEST_VOXELS` have one."""
    chart = mapped(vfa)
    box, mask = cut(region.mask)
    values, doubts = (frame[box] for frame in chart.voxels.array)
    lit = mask & np.isfinite(values)
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        summary = "T1: too few voxels have a signal that a T1 can give"
        raise Refusal("too_few_voxels", summary, found=f"{count} of {drawn}", expected=f"{FEWEST_VOXELS} or more")
    place = Place(steps_of(region.affine), region.edge_mm, vfa.residual_mm)
    mean = region_mean(np.where(lit, values, 0.0), lit, place)
    left = (Flag("left_out", f"{drawn - count} of {drawn} voxels have no T1"),) if count < drawn else ()
    own = doubts[lit]
    known = float(np.median(own[np.isfinite(own)])) if np.isfinite(own).any() else 0.0
    bent = mean.scatter.sd**2 / mean.value  # how much too high the mean of 1/R1 is for the noise of R1
    settings = (("flips", " ".join(f"{f:g}" for f in vfa.frames)), ("sd", mean.spread), ("voxel_u", known))
    doubt = float(np.hypot(mean.uncertainty, bent))
    return Estimate(mean.value, doubt, chart, (B1, *left), (*settings, ("voxels", float(count))))


ASKED = (
    Asked("vfa", "flip_count", "two angles or more (project)", REFUSED, low=2, told="few_flip_angles"),
    Asked("vfa", "field_t", "T1 moves with the field", NOT_COMPARABLE, "T", apart=0.1),
)
T1 = Biomarker(
    name="t1",
    unit="ms",
    needs=("vfa", "region"),
    compute=t1,
    source=SOURCE,
    title="T1",
    acquisition=ASKED,
    truth="vivomap.acquire.phantom.permeability:enhancing",
    gives=("t1",),
    dimensions=2,
)
