"""The area under the first minute of enhancement: how much contrast came, whatever the model of its kinetics.

    iAUC60 = ∫ C dt over 60 s from arrival      mmol/L min

Concentration runs straight from frame to frame. Arrival is where Parker's artery, through the extended Tofts model,
explains the region's mean curve best: the knee of a tissue's curve comes later than the contrast.
"""

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.quantify.permeability.signal import constants
from vivomap.quantify.permeability.tissue import ASKED, Tissue, averaged, charted, tissue

SOURCE = "initial area under the curve (methods A6); Evelhoch 1999, from memory"
PER_MIN = 60.0
UNIT = "mmol.min/L"


def _areas(ready: Tissue, start: float, end: float) -> Array:
    """The exact integral of the straight lines between frames, from start to end, of each voxel."""
    times = ready.artery.times
    at = np.concatenate(([start], times[(times > start) & (times < end)], [end]))
    right = np.clip(np.searchsorted(times, at, side="right"), 1, len(times) - 1)
    share = (at - times[right - 1]) / (times[right] - times[right - 1])
    height = ready.seen[:, right - 1] * (1 - share) + ready.seen[:, right] * share
    return np.asarray(((height[:, 1:] + height[:, :-1]) / 2) @ np.diff(at) / PER_MIN)


def _noise(ready: Tissue, start: float, end: float) -> Array:
    """The doubt of each voxel's area: noise as before the contrast, and that of its T1 and baseline."""
    frames = ready._replace(seen=np.eye(len(ready.artery.times)))
    before = ready.seen[:, : int(dict(ready.settings)["baseline_frames"])]
    own = _areas(ready._replace(seen=np.stack((ready.per_t1, ready.per_baseline))), start, end)
    return np.asarray(
        np.hypot(before.std(axis=1, ddof=1) * np.linalg.norm(_areas(frames, start, end)), np.linalg.norm(own))
    )


def _estimate(dce: Image, t1: Image, region: Region, seconds: float) -> Estimate:
    ready, given = tissue(dce, t1, None, region), constants(dce)
    times = ready.artery.times
    start = max(float(dict(ready.settings)["onset_s"]) + ready.delay, float(times[0]))
    if start + seconds > times[-1]:
        summary = f"iAUC: the series ends before {seconds:g} s after arrival"
        raise Refusal("series_too_short", summary, found=f"{times[-1] - start:.0f} s", expected=f"{seconds:g} s")
    areas = _areas(ready, start, start + seconds)
    mean, flags = averaged(dce, region, ready, areas)
    ends = np.interp((start, start + seconds), times, ready.mean)
    late = float(ends[1] - ends[0]) * float(np.median(np.diff(times))) / np.sqrt(12) / PER_MIN
    own = float(np.hypot(late, mean.value * given.relaxivity_doubt))
    role = f"iauc{seconds:g}"
    kept = tuple(f for f in ready.flags if f.code != "population_aif")
    settings = (*ready.settings, ("arrival_s", start), ("sd", mean.spread))
    doubt = float(np.hypot(mean.uncertainty, own))
    chart = charted(dce, ready, (areas, _noise(ready, start, start + seconds)), (role, UNIT))
    return Estimate(mean.value, doubt, chart, (*kept, *flags), settings)


def iauc60(dce: Image, t1: Image, region: Region) -> Estimate:
    """Mean area under the first 60 s, mmol/L min, with its map. Raises Refusal if the series ends before."""
    return _estimate(dce, t1, region, 60.0)


def iauc90(dce: Image, t1: Image, region: Region) -> Estimate:
    """Mean area under the first 90 s, mmol/L min, with its map. Raises Refusal if the series ends before."""
    return _estimate(dce, t1, region, 90.0)


ANYWHERE = "conservative: the contrast is taken to arrive anywhere within a frame, and the delay knows it better"
PHANTOM = "vivomap.acquire.phantom.permeability:enhancing"
IAUC60 = Biomarker(
    name="iauc60",
    unit=UNIT,
    needs=("dce", "t1", "region"),
    compute=iauc60,
    source=SOURCE,
    title="iAUC, 60 s",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("iauc60",),
    dimensions=2,
    coverage=ANYWHERE,
    code=("126321", "DCM", "IAUC60"),
)
IAUC90 = Biomarker(
    name="iauc90",
    unit=UNIT,
    needs=("dce", "t1", "region"),
    compute=iauc90,
    source=SOURCE,
    title="iAUC, 90 s",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("iauc90",),
    dimensions=2,
    coverage=ANYWHERE,
    code=("126322", "DCM", "IAUC90"),
)
