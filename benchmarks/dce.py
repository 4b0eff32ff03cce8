"""Extended Tofts in every voxel: ours against the peers that are here, as ratios of CPU time from one run.

128 × 128 × 20 voxels of 60 frames, 5 s apart, noise 0.02 mmol/L. The truth is made on a grid twenty times finer than
the frames, so that no model here is its own judge. scipy and dcmri go voxel by voxel and are timed on a few, scaled up;
osipy needs Python 3.12: a second interpreter is asked for it where the variable VIVOMAP_OSIPY names one that has it.
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import curve_fit

from vivomap.maths.convolution import carried
from vivomap.maths.tofts import tofts

VOXELS, FRAMES, STEP, FINER, NOISE = 128 * 128 * 20, 60, 5.0, 20, 0.02
OWED = {"osipy": 100, "scipy": 100, "dcmri": 100}
PEER = """
import contextlib, io, sys, time
import numpy as np
from osipy.dce.fitting import fit_model
held = np.load(sys.argv[1])
seen, plasma, times = held["seen"], held["plasma"], held["times"]
def fit():
    with contextlib.redirect_stdout(io.StringIO()):
        return fit_model("extended_tofts", seen.reshape(len(seen), 1, 1, -1), plasma, times)
best = 1e9
for _ in range(2):
    start = time.process_time()
    found = fit()
    best = min(best, time.process_time() - start)
maps = {k: np.asarray(v.values).ravel() for k, v in found.parameter_maps.items()}
print("RESULT", best, *maps["Ktrans"])
"""


def artery(seconds: np.ndarray) -> np.ndarray:
    """Plasma, mmol/L: a bolus that arrives at 20 s and fades."""
    t = np.maximum(seconds - 20, 0) / 60
    bolus = 5.7 * np.exp(-((t - 0.17) ** 2) / 0.00634) + 1.0 * np.exp(-((t - 0.365) ** 2) / 0.0348)
    return np.where(seconds > 20, (bolus + 1.05 * np.exp(-0.1685 * t) / (1 + np.exp(-38 * (t - 0.483)))) / 0.58, 0)


def made(count: int) -> tuple[np.ndarray, ...]:
    """Frame times, plasma there, noisy concentrations, and the true Ktrans (/min) and vp."""
    rng = np.random.default_rng(2)
    fine = np.arange(FRAMES * FINER) * STEP / FINER
    ktrans, ve, vp = rng.uniform(0.03, 0.35, count) / 60, rng.uniform(0.1, 0.5, count), rng.uniform(0.005, 0.1, count)
    plasma, seen = artery(fine), np.empty((count, FRAMES))
    for part in range(0, count, 4096):
        own = slice(part, part + 4096)
        inner = carried(fine, plasma, ktrans[own] / ve[own]).integral[:, ::FINER]
        seen[own] = ktrans[own, None] * inner + vp[own, None] * plasma[::FINER]
    return fine[::FINER], plasma[::FINER], seen + rng.normal(0, NOISE, seen.shape), 60 * ktrans, vp


def timed(work: Callable[[], object], runs: int) -> tuple[float, object]:
    """The least CPU time of some runs, s, and what came out."""
    best, found = np.inf, None
    for _ in range(runs):
        start = time.process_time()
        found = work()
        best = min(best, time.process_time() - start)
    return best, found


def by_scipy(times: np.ndarray, plasma: np.ndarray, seen: np.ndarray) -> np.ndarray:
    def curve(_t: np.ndarray, k: float, e: float, v: float) -> np.ndarray:
        return k * carried(times, plasma, np.array([e])).integral[0] + v * plasma

    bounds = (0, [5 / 60, 50 / 60, 1])
    return np.array([curve_fit(curve, times, own, (0.002, 0.007, 0.02), bounds=bounds)[0] for own in seen])


def by_dcmri(times: np.ndarray, plasma: np.ndarray, seen: np.ndarray) -> np.ndarray:
    import dcmri

    def curve(_t: np.ndarray, k: float, ve: float, v: float) -> np.ndarray:
        parts = dcmri.conc_tissue(plasma, t=times, kinetics="HF", vi=ve, PS=k, vb=v, H=0.0)
        return np.sum(np.atleast_2d(parts), axis=0)

    bounds = ((1e-6, 0.01, 0), (0.05, 1, 1))
    return np.array([curve_fit(curve, times, own, (0.002, 0.3, 0.02), bounds=bounds)[0] for own in seen])


def by_osipy(times: np.ndarray, plasma: np.ndarray, seen: np.ndarray) -> tuple[float, np.ndarray] | str:
    """CPU time and Ktrans (/min) of osipy in its own interpreter, or why it is absent."""
    python = os.environ.get("VIVOMAP_OSIPY")
    if not python:
        return "absent: set VIVOMAP_OSIPY to a Python 3.12 that has osipy"
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "curves.npz"
        np.savez(held, seen=seen, plasma=plasma, times=times)
        done = subprocess.run([python, "-c", PEER, str(held)], capture_output=True, text=True, check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if not said:
        return f"absent: {(done.stderr.strip().splitlines() or ['no answer'])[-1][:90]}"
    numbers = np.array(said[-1].split()[1:], float)
    return float(numbers[0]), numbers[1:]


def row(name: str, seconds: float, ours: float, off: float) -> None:
    owed = f"owed {OWED[name]}" if name in OWED else ""
    print(f"{name:8s} {seconds:10.2f} s CPU   {seconds / ours:9.0f} ×   Ktrans off by {off:.1%} (median)   {owed}")


def main() -> None:
    warnings.simplefilter("ignore")  # peers that divide by zero on their way
    times, plasma, seen, ktrans, vp = made(VOXELS)
    first, _ = timed(lambda: tofts(times, plasma, seen[:10]), 1)
    print(f"first call {first:.1f} s CPU (compiled once, then read from the cache)")
    ours, found = timed(lambda: tofts(times, plasma, seen), 3)
    half, _ = timed(lambda: tofts(times, plasma, seen[: VOXELS // 4]), 3)
    print(f"extended Tofts, {VOXELS} voxels × {FRAMES}; a quarter of the voxels takes {half / ours:.2f} of the time")
    print(f"vp off by {np.median(np.abs(found.vp - vp)):.4f} (median)")
    row("vivomap", ours, ours, float(np.median(np.abs(60 * found.ktrans / ktrans - 1))))
    spent, values = timed(lambda: by_scipy(times, plasma, seen[:200]), 1)
    row("scipy", spent * VOXELS / 200, ours, float(np.median(np.abs(60 * values[:, 0] / ktrans[:200] - 1))))
    try:
        spent, values = timed(lambda: by_dcmri(times, plasma, seen[:40]), 1)
        row("dcmri", spent * VOXELS / 40, ours, float(np.median(np.abs(60 * values[:, 0] / ktrans[:40] - 1))))
    except ImportError:
        print("dcmri    absent: it is not installed here")
    few = 16384
    peer = by_osipy(times, plasma, seen[:few])
    if isinstance(peer, str):
        print(f"osipy    {peer}")
    else:
        row("osipy", peer[0] * VOXELS / few, ours, float(np.median(np.abs(peer[1] / ktrans[:few] - 1))))


if __name__ == "__main__":
    sys.exit(main())
