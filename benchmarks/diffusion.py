"""How fast diffusion is fitted in every voxel: IVIM, and the tensor, against the libraries that do the same.

`OPENBLAS_NUM_THREADS=1 python benchmarks/diffusion.py` makes noisy signals of known truth, fits them in turns with
every library that is installed, and prints the least CPU seconds of each with its ratio to vivomap, and how near to
the truth it came. A library that is slow is given a part of the voxels and its time is scaled (said in its row); one
that is absent is named. The collection of the OSIPI task force (osipi-ivim, with joblib) expects to be called `src`:
OSIPI_IVIM names the folder that it was installed in. Targets of the project: segmented 1,000 times OSIPI's, full 25
times the fastest with a better D*, tensor 20 times DIPY's. Last, that the cost grows with the voxels and no faster.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import time
import types
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivomap.maths import biexponential, tensor

RUNS = 3
Array = NDArray[Any]
B_IVIM = np.array([0, 10, 20, 40, 80, 150, 250, 400, 600, 800.0])
SPLIT = 150.0
IVIM_NOISE = 1 / 40
IVIM_VOXELS = 128 * 128 * 30
TENSOR_VOXELS = 128 * 128 * 60
LOW, HIGH = (0.2, 0.0, 0.004, 1e-5), (3.0, 0.9, 0.2, 4e-3)  # S0, f, D*, D
OSIPI = ("PvH_KB_NKI_IVIMfit", "OGC_AmsterdamUMC_biexp", "IAR_LU_biexp")
OSIPI_SEGMENTED = ("OGC_AmsterdamUMC_biexp_segmented", "IAR_LU_segmented_2step")


class Row(NamedTuple):
    """What was called, CPU seconds for all voxels, and what it found: f, D*, D or FA and MD."""

    name: str
    seconds: float
    found: tuple[Array, ...]


def timed(name: str, deed: Callable[[], tuple[Array, ...]], runs: int = RUNS, scale: float = 1.0) -> Row:
    """The least CPU seconds of some runs, scaled to all voxels."""
    least, found = float("inf"), ()
    for _ in range(runs):
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            found = deed()
        least = min(least, time.process_time() - start)
    return Row(name, least * scale, found)


def ivim_signals(count: int) -> tuple[Array, tuple[Array, ...]]:
    """Signals (frame, voxel) and their truth f, D*, D."""
    rng = np.random.default_rng(1)
    truth = (rng.uniform(0.05, 0.35, count), rng.uniform(0.008, 0.06, count), rng.uniform(0.6e-3, 1.8e-3, count))
    share, fast, slow = truth
    b = B_IVIM[:, None]
    clean = share * np.exp(-b * fast) + (1 - share) * np.exp(-b * slow)
    return np.abs(clean + rng.normal(0, IVIM_NOISE, clean.shape)), truth


def ours(fit: biexponential.Fit) -> tuple[Array, ...]:
    """f, D* and D of a fit."""
    return fit.share, fit.fast, fit.slow


def dipy_ivim(signals: Array, count: int) -> Row:
    """The two-stage trust-region fit of DIPY."""
    gradients = importlib.import_module("dipy.core.gradients")
    ivim = importlib.import_module("dipy.reconst.ivim")
    vectors = np.tile((0.0, 0.0, 1.0), (len(B_IVIM), 1))
    model = ivim.IvimModel(gradients.gradient_table(B_IVIM, bvecs=vectors, b0_threshold=0), split_b_D=200.0)

    def deed() -> tuple[Array, ...]:
        found = np.asarray(model.fit(signals[:, :count].T).model_params)
        return found[:, 1], found[:, 2], found[:, 3]

    return timed(f"DIPY trust region ({count} voxels, scaled)", deed, 1, signals.shape[1] / count)


def scipy_ivim(signals: Array, count: int) -> Row:
    """`curve_fit` of SciPy, voxel by voxel, bounded."""
    optimize = importlib.import_module("scipy.optimize")

    def model(b: Array, s0: float, share: float, fast: float, slow: float) -> Array:
        return np.asarray(s0 * (share * np.exp(-b * fast) + (1 - share) * np.exp(-b * slow)))

    def deed() -> tuple[Array, ...]:
        begin = (1.0, 0.15, 0.02, 1e-3)
        each = [optimize.curve_fit(model, B_IVIM, s, begin, bounds=(LOW, HIGH))[0] for s in signals[:, :count].T]
        found = np.array(each)
        return found[:, 1], found[:, 2], found[:, 3]

    return timed(f"SciPy curve_fit ({count} voxels, scaled)", deed, 1, signals.shape[1] / count)


def osipi_ivim(signals: Array, count: int, name: str) -> Row:
    """One algorithm of the OSIPI collection."""
    folder = os.environ.get("OSIPI_IVIM", "")
    if not folder:
        raise ModuleNotFoundError("OSIPI_IVIM is not set", name="osipi-ivim")
    if "src" not in sys.modules:
        alias = types.ModuleType("src")
        alias.__path__ = [folder]
        sys.modules["src"] = alias
    with contextlib.redirect_stdout(io.StringIO()):
        kind = getattr(importlib.import_module(f"src.standardized.{name}"), name)
        names = ("S0", "f", "Dp", "D")
        bounds = {n: [low, high] for n, low, high in zip(names, LOW, HIGH, strict=True)}
        begin = dict(zip(names, (1.0, 0.15, 0.02, 1e-3), strict=True))
        model = kind(bvalues=B_IVIM, thresholds=[SPLIT], bounds=bounds, initial_guess=begin)

    def deed() -> tuple[Array, ...]:
        found = model.osipi_fit(np.ascontiguousarray(signals[:, :count].T))
        return tuple(np.ravel(found[n]) for n in ("f", "Dp", "D"))

    return timed(f"OSIPI {name} ({count} voxels, scaled)", deed, 2, signals.shape[1] / count)


def tried(what: str, deed: Callable[[], Row]) -> list[Row]:
    """A peer's row, or its name where it is not installed or fails."""
    try:
        return [deed()]
    except Exception as error:  # a peer that fails is a finding too
        print(f"  {what}: absent ({type(error).__name__} {str(error)[:60]})")
        return []


def show(title: str, rows: list[Row], errors: Callable[[Row], str]) -> None:
    """The rows with their ratio to the first."""
    print(title)
    for row in rows:
        print(f"  {row.name:58s} {row.seconds:10.3f} CPU s {row.seconds / rows[0].seconds:10.1f} x   {errors(row)}")


def ivim() -> None:
    """Segmented and full fit against every peer."""
    signals, truth = ivim_signals(IVIM_VOXELS)

    def errors(row: Row) -> str:
        part = slice(0, len(row.found[0]))
        share, fast, slow = (np.abs(f - t[part]) for f, t in zip(row.found, truth, strict=True))
        relative = (np.median(fast / truth[1][part]), np.median(slow / truth[2][part]))
        return f"median error: f {np.median(share):.3f}, D* {relative[0]:.2f}, D {relative[1]:.3f}"

    segmented = timed("vivomap segmented", lambda: ours(biexponential.segmented(signals, B_IVIM, SPLIT)))
    full = timed("vivomap full", lambda: ours(biexponential.full(signals, B_IVIM, SPLIT, IVIM_NOISE)))
    rows = [row for n in OSIPI_SEGMENTED for row in tried(n, lambda n=n: osipi_ivim(signals, 400, n))]  # type: ignore[misc]
    show(f"IVIM segmented, {IVIM_VOXELS:,} voxels x {len(B_IVIM)} b-values, noise 1/40", [segmented, *rows], errors)
    rows = [row for n in OSIPI for row in tried(n, lambda n=n: osipi_ivim(signals, 400, n))]  # type: ignore[misc]
    rows += tried("DIPY", lambda: dipy_ivim(signals, 200)) + tried("SciPy", lambda: scipy_ivim(signals, 400))
    show("IVIM full, the same signals", [full, *sorted(rows, key=lambda r: r.seconds)], errors)


def tensor_signals(count: int) -> tuple[Array, Array, Array, tuple[Array, Array]]:
    """Signals (frame, voxel), b (s/mm2), directions, and their truth FA and MD."""
    rng = np.random.default_rng(0)
    place = np.arange(30)
    polar, turn = np.arccos(1 - (place + 0.5) / 30), np.pi * (1 + 5**0.5) * place
    around = np.column_stack((np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)))
    vectors, b = np.vstack((np.zeros((3, 3)), around)), np.repeat((0.0, 1000.0), (3, 30))
    fibre = rng.standard_normal((count, 3))
    fibre /= np.linalg.norm(fibre, axis=1, keepdims=True)
    along, across = 1e-3 + 7e-4 * rng.random(count), 3e-4 + 4e-4 * rng.random(count)
    signals = np.empty((len(b), count))
    for frame, (weight, vector) in enumerate(zip(b, vectors, strict=True)):
        clean = 1000 * np.exp(-weight * (across + (along - across) * (fibre @ vector) ** 2))
        signals[frame] = np.hypot(clean + rng.normal(0, 25, count), rng.normal(0, 25, count))
    mean = (along + 2 * across) / 3
    fa = np.abs(along - across) / np.sqrt(along**2 + 2 * across**2)
    return signals, b, vectors, (fa, mean)


def our_tensor(signals: Array, b: Array, vectors: Array) -> tuple[Array, Array]:
    """FA and MD (mm2/s)."""
    found = tensor.scalars(tensor.fit(signals, tensor.design(b / 1000, vectors))[:6])
    return found.fa, found.md / 1000


def tensors() -> None:
    """Weighted least squares against DIPY."""
    signals, b, vectors, truth = tensor_signals(TENSOR_VOXELS)

    def errors(row: Row) -> str:
        fa, mean = (np.sqrt(np.mean((f - t) ** 2)) for f, t in zip(row.found, truth, strict=True))
        return f"root mean square error: FA {fa:.4f}, MD {mean:.1e}"

    def dipy(method: str) -> Row:
        gradients = importlib.import_module("dipy.core.gradients")
        dti = importlib.import_module("dipy.reconst.dti")
        model = dti.TensorModel(gradients.gradient_table(b, bvecs=vectors), fit_method=method)
        columns = np.ascontiguousarray(signals.T)

        def deed() -> tuple[Array, ...]:
            found = model.fit(columns)
            return np.asarray(found.fa), np.asarray(found.md)

        return timed(f"DIPY {method}", deed, 1)

    mine = timed("vivomap, weighted", lambda: our_tensor(signals, b, vectors))
    rows = [row for method in ("WLS", "OLS") for row in tried(f"DIPY {method}", lambda m=method: dipy(m))]  # type: ignore[misc]
    show(f"tensor, {TENSOR_VOXELS:,} voxels x {len(b)} images", [mine, *rows], errors)
    for row in rows[:1]:
        print(f"  largest difference of FA to DIPY WLS: {np.abs(row.found[0] - mine.found[0]).max():.1e}")
    for part in (8, 4, 2, 1):
        count = TENSOR_VOXELS // part
        row = timed("", lambda c=count: our_tensor(signals[:, :c], b, vectors))  # type: ignore[misc]
        print(f"  {count:9,} voxels: {1e9 * row.seconds / count:7.0f} ns a voxel")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    ivim()
    tensors()
