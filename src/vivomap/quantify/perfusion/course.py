"""The course of the signal of a region: how much of it comes back after the bolus, and when the bolus is at its peak.

    PSR = 100 (S_end - S_min) / (S_before - S_min)        %, S_end the mean of the last ten frames, S_min the lowest
    TTP = time of the highest ΔR2* - arrival              s, by a parabola through the highest frame and its neighbours

Both are of the region's mean. The bolus arrives when brain that does not leak is at a tenth of its peak.
"""

from __future__ import annotations

import numpy as np

from vivomap.core import Biomarker, Curve, Estimate, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.quantify.perfusion.series import ASKED, Series, prepared, within
from vivomap.quantify.perfusion.volume import PHANTOM

LAST = 10  # project: frames at the end of the series
SURE = 3.0  # project: a fall of the mean signal below so many noises is none
ARRIVED = 0.1  # project: of the peak of the reference
CHA = "percentage of signal recovery: Cha et al., AJNR 2007 (from memory)"


def signal_recovery(dsc: Image, region: Region) -> Estimate:
    """PSR of the region's mean signal, %, with the curve of the signal over that before the bolus.

    Raises Refusal if the signal of the region does not fall.
    """
    series = prepared(dsc)
    inside = within(series, region, dsc, "PSR")
    te = dsc.number("te_ms") / 1000
    level = series.level[inside.columns]
    signal = (np.exp(-te * series.curves[:, inside.columns]) * level).mean(axis=1) / level.mean()
    before = signal[series.passage.before]
    single = float(np.sqrt(np.mean(series.noise[inside.columns] ** 2) / level.size)) / float(level.mean())
    noise = max(float(before.std(ddof=1)), single)  # noise that voxels share is in the first alone
    peak = int(signal[series.passage.last :].argmin()) + series.passage.last
    fall, back = 1 - float(signal[peak]), float(signal[-LAST:].mean() - signal[peak])
    if fall < SURE * noise:
        raise Refusal("bolus_absent", "PSR: the signal of the region does not fall as it does when a bolus passes")
    share = back / fall
    parts_of = (share / fall * noise / np.sqrt(before.size), (1 - share) / fall * noise, noise / fall / np.sqrt(LAST))
    detail = Curve("signal", tuple(dsc.frames), tuple(signal.tolist()), "s", "1")
    settings = (("voxels", float(inside.columns.size)), ("noise", noise), ("lowest_s", dsc.frames[peak]))
    return Estimate(100 * share, 100 * float(np.linalg.norm(parts_of)), detail, inside.flags, settings)


def time_to_peak(dsc: Image, region: Region) -> Estimate:
    """Seconds from the arrival of the bolus in the brain to the peak of ΔR2* in the region, with the curve of ΔR2*.

    In doubt is where between the frames the two lie, and what noise does to the parabola.
    """
    series = prepared(dsc)
    inside = within(series, region, dsc, "TTP")
    curve = series.curves[:, inside.columns].mean(axis=1).astype(float)
    noise = float(curve[series.passage.before].std(ddof=1))
    peak = int(curve[:-1].argmax())
    if curve[peak] < SURE * noise or peak <= series.passage.last:
        raise Refusal("bolus_absent", "TTP: no bolus is seen in the region")
    before, top, after = curve[peak - 1 : peak + 2]
    bend = max(2 * top - before - after, 1e-12)
    at = peak + float(np.clip((after - before) / 2 / bend, -0.5, 0.5))
    value = series.step * (at - _arrival(series))
    doubt = series.step * float(np.sqrt(2 / 12 + min(noise**2 / 2 / bend**2, 1.0)))
    detail = Curve("delta_r2star", tuple(dsc.frames), tuple(curve.tolist()), "s", "/s")
    return Estimate(value, doubt, detail, inside.flags, (("voxels", float(inside.columns.size)),))


def _arrival(series: Series) -> float:
    """The frame, with its part, at which the reference is at a tenth of its peak."""
    curve: Array = series.shared.curve
    goal = ARRIVED * float(curve.max())
    late = int(np.argmax(curve[series.passage.last :] >= goal)) + series.passage.last
    return late - float((curve[late] - goal) / (curve[late] - curve[late - 1]))


SIGNAL_RECOVERY = Biomarker(
    name="signal_recovery",
    unit="%",
    needs=("dsc", "region"),
    compute=signal_recovery,
    source=CHA,
    title="Percentage of signal recovery",
    acquisition=ASKED,
    truth=PHANTOM,
    dimensions=2,
)
TIME_TO_PEAK = Biomarker(
    name="time_to_peak",
    unit="s",
    needs=("dsc", "region"),
    compute=time_to_peak,
    source="time from arrival to the peak of the curve (methods A7); arrival: a tenth of the peak (project)",
    title="Time to peak",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage="conservative: where between two frames a bolus comes is the same in all phantoms",
    dimensions=2,
    code=("113069", "DCM", "Time To Peak"),
)
