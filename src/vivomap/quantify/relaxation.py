"""T2: how fast the signal fades from echo to echo; long where there is free water, as in oedema.

    S(TE) = S0 exp(-TE / T2)      T2 and TE in ms

Least squares on S from a weighted straight line of ln S. A signal below three noises is taken as floor, and a voxel
whose last echo lies there has no T2. Echoes of one train that are not perfectly refocused make T2 too long.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from vivomap.core import NOT_COMPARABLE, REFUSED, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.maths.geometry import cut
from vivomap.maths.relaxation import by_echoes
from vivomap.maths.sampling import Place, noise, region_mean
from vivomap.maths.solid import steps_of

FEWEST_VOXELS = 20  # project
TISSUE = 0.05  # project: voxels below this share of the brightest are air
FLOOR = 3.0  # noises, methods A4: below it a magnitude is mostly noise
SOURCE = "mono-exponential T2 of spin echoes; weighted and then non-linear least squares (project)"


@lru_cache(maxsize=2)
def mapped(echo: Image) -> Image:
    """The map "t2" (ms, NaN where there is none), with its standard uncertainty as second frame.

    Raises Refusal without two echoes that differ, in ms.
    """
    series, times = echo.voxels.array, np.asarray(echo.frames, float)
    if series.ndim != 4 or len(np.unique(times)) < 2 or echo.frame_unit != "ms":
        listed = ", ".join(f"{t:g}" for t in times) or "none"
        raise Refusal("few_echoes", "T2 needs two different echo times, in ms", found=listed, expected="two or more")
    first, last = series[int(times.argmin())], series[int(times.argmax())]
    tissue = first > TISSUE * np.percentile(first, 99)
    sigma = noise(last, tissue)
    tissue &= last > FLOOR * sigma
    signals = np.sqrt(np.maximum(series[:, tissue].astype(float) ** 2 - sigma**2, 0.0))  # a magnitude is s²/2S too high
    found = by_echoes(signals.T, times / 1000)
    t2, doubt = np.full(tissue.shape, np.nan), np.full(tissue.shape, np.nan)
    t2[tissue] = 1000 / found.rate
    doubt[tissue] = 1000 * found.uncertainty / found.rate**2
    made = echo.like("t2", np.stack((t2, doubt)), "ms")
    return replace(made, frames=(0.0, 1.0), settings=(*made.settings, ("second_frame", "standard uncertainty")))


def t2(echo: Image, region: Region) -> Estimate:
    """Mean T2 of the region, ms, with its map "t2". Raises Refusal if fewer than `FEWEST_VOXELS` have one."""
    chart = mapped(echo)
    box, mask = cut(region.mask)
    values, doubts = (frame[box] for frame in chart.voxels.array)
    lit = mask & np.isfinite(values)
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "T2: too few voxels fade above their noise", found=found, expected=least)
    place = Place(steps_of(region.affine), region.edge_mm, echo.residual_mm)
    mean = region_mean(np.where(lit, values, 0.0), lit, place)
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels have no T2"),) if count < drawn else ()
    own = doubts[lit]
    known = float(np.median(own[np.isfinite(own)])) if np.isfinite(own).any() else 0.0
    bent = mean.scatter.sd**2 / mean.value  # how much too high the mean of 1/R2 is for the noise of R2
    said: Settings = (("echoes_ms", " ".join(f"{t:g}" for t in echo.frames)), ("sd", mean.spread))
    settings: Settings = (*said, ("voxel_u", known), ("voxels", float(count)))
    return Estimate(mean.value, float(np.hypot(mean.uncertainty, bent)), chart, flags, settings)


ASKED = (
    Asked("echo", "echo_count", "two points make a decay", REFUSED, low=2, told="few_echoes"),
    Asked("echo", "field_t", "T2 moves with the field", NOT_COMPARABLE, "T", apart=0.1),
)
T2 = Biomarker(
    name="t2",
    unit="ms",
    needs=("echo", "region"),
    compute=t2,
    source=SOURCE,
    title="T2",
    acquisition=ASKED,
    truth="vivomap.acquire.phantom.relaxation:fading",
    coverage="a little conservative: the bias that noise makes is doubted beside its scatter",
    gives=("t2",),
    dimensions=2,
)
