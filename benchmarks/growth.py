"""How cost grows: CPU seconds and memory of each heavy deed at n, 2n and 4n voxels.

Owed are a cost that grows with the voxels and no faster, and memory of at most three times the input beyond it. Each
job has a process of its own, which is warm before it is timed. The exponent is the slope of log seconds over log
voxels; it is marked above 1.15, which leaves room for noise and caches. Memory is by how much the resident memory of
one run rose at its peak, over the input as the deed is given it (float32, as an image lies in memory), at the largest
size. It is told on Linux, where the kernel keeps the peak and lets it be reset. Registration works at steps of about
2 mm: of voxels that large it uses every one, which is its dearest case; of voxels of 1 mm it takes means of eight.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.acquire.align import align
from vivomap.acquire.phantom.spectral_ct import Rod, Scan, scanned
from vivomap.core import Image, Region, Voxels, affine_of
from vivomap.maths import biexponential, geometry, tensor
from vivomap.maths.convolution import carried
from vivomap.maths.deconvolution import OSCILLATION, circulant, deconvolve
from vivomap.maths.leakage import Shared, split
from vivomap.maths.monoexponential import decay_rate
from vivomap.maths.tofts import tofts
from vivomap.quantify.spectral_ct.agents import iodine
from vivomap.quantify.spectral_ct.mixture import mixture
from vivomap.quantify.texture.features import read
from vivomap.quantify.texture.processing import Processing, prepare

OWED_EXPONENT, OWED_MEMORY = 1.15, 3.0
RUNS, PATIENCE_S = 5, 4.0  # of one size: after so many CPU seconds it is run no more
CARD = Processing("benchmark", "1", number=32)
FAMILIES = ("shape", "statistics", "histogram", "texture")
Array = NDArray[Any]


class Task(NamedTuple):
    """What is run, how many voxels it is given, and how many bytes those are."""

    run: Callable[[], object]
    voxels: int
    size: int


class Seen(NamedTuple):
    """Voxels, the least CPU seconds, and bytes above the input over the input (None where it cannot be told)."""

    voxels: int
    seconds: float
    memory: float | None


def noisy(clean: Array, sd: float) -> Array:
    """Float32 with noise that is the same each time."""
    rng = np.random.default_rng(1)
    return np.asarray(clean, np.float32) + rng.standard_normal(clean.shape, dtype=np.float32) * np.float32(sd)


def shares(count: int, low: float, high: float, seed: int = 0) -> Array:
    """A number for each voxel, even between two ends."""
    return np.random.default_rng(seed).uniform(low, high, count).astype(np.float32)


def adc(count: int) -> Task:
    b = np.array([0, 100, 400, 800.0])
    planes = count // 128**2
    clean = np.exp(-b[:, None] * shares(planes * 128**2, 0.6e-3, 1.8e-3))
    signals = noisy(clean, 0.02).reshape(len(b), planes, 128, 128)
    return Task(lambda: decay_rate(signals, b, 0.05), signals[0].size, signals.nbytes)


def ivim(count: int, full: bool) -> Task:
    b = np.array([0, 10, 20, 40, 80, 150, 250, 400, 600, 800.0], np.float32)
    f, quick, slow = shares(count, 0.05, 0.35), shares(count, 0.008, 0.06, 1), shares(count, 0.6e-3, 1.8e-3, 2)
    signals = noisy(f * np.exp(-b[:, None] * quick) + (1 - f) * np.exp(-b[:, None] * slow), 1 / 40)
    if full:
        return Task(lambda: biexponential.full(signals, b, 150.0, 1 / 40), count, signals.nbytes)
    return Task(lambda: biexponential.segmented(signals, b, 150.0), count, signals.nbytes)


def tensors(count: int) -> Task:
    rng = np.random.default_rng(0)
    vectors, b = rng.standard_normal((33, 3)), np.repeat((0.0, 1.0), (3, 30))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix = tensor.design(b, vectors)
    along = shares(count, 1.0, 1.7)
    signals = noisy(np.exp(-b[:, None] * (0.5 + (along - 0.5) * vectors[:, :1].astype(np.float32) ** 2)), 0.025)
    return Task(lambda: tensor.scalars(tensor.fit(signals, matrix)[:6]), count, signals.nbytes)


def dce(count: int) -> Task:
    times = np.arange(60) * 5.0
    late = np.maximum(times - 20, 0)
    plasma = 6 * (late / 10) * np.exp(1 - late / 10) + 1.5 * (1 - np.exp(-late / 20))
    ktrans, ve, vp = shares(count, 5e-4, 6e-3), shares(count, 0.1, 0.5, 1), shares(count, 0.005, 0.1, 2)
    seen = np.empty((count, len(times)), np.float32)
    for start in range(0, count, 4096):
        own = slice(start, start + 4096)
        inner = carried(times, plasma, ktrans[own] / ve[own]).integral
        seen[own] = ktrans[own, None] * inner + vp[own, None] * plasma
    seen = noisy(seen, 0.02)
    return Task(lambda: tofts(times, plasma, seen), count, seen.nbytes)


def bolus(count: int) -> tuple[Array, Array]:
    """The artery (frame,) and curves (voxel, frame) of 80 frames, 1.5 s apart."""
    times = np.arange(80, dtype=np.float32) * 1.5
    late = np.maximum(times - 15, 0)
    artery = late**3 * np.exp(-late / 1.5)
    artery *= 60 / artery.max()
    mtt, flow = np.linspace(3, 7, 64), shares(count, 0.005, 0.015)
    shapes = np.stack([np.convolve(artery, np.exp(-times / m))[:80] * 1.5 for m in mtt]).astype(np.float32)
    return artery, noisy(shapes[np.arange(count) % 64] * flow[:, None], 0.15)


def leakage(count: int) -> Task:
    curves = np.ascontiguousarray(bolus(count)[1].T)
    reference = curves.mean(axis=1)
    shared = Shared(reference, 1.5, slice(9, 80), slice(0, 9))
    return Task(lambda: split(curves, shared), count, curves.nbytes)


def flow(count: int) -> Task:
    artery, curves = bolus(count)
    return Task(lambda: deconvolve(curves, circulant(artery, 1.5), OSCILLATION), count, curves.nbytes)


def radiomics(count: int) -> Task:
    radius = (3 * count / 4 / np.pi) ** (1 / 3)
    n = int(radius) + 4
    z, y, x = np.ogrid[-n : n + 1, -n : n + 1, -n : n + 1]
    mask = z * z + y * y + x * x <= radius**2
    values = np.rint(2000 * ndimage.gaussian_filter(noisy(np.zeros(mask.shape), 1), 1.5))
    size = values.nbytes + mask.nbytes
    return Task(lambda: read(prepare(values, mask, (1.0, 1.0, 1.0), CARD), CARD, FAMILIES), int(mask.sum()), size)


def alignment(count: int, kind: str, step: float) -> Task:
    """Textured tissue in voxels of `step` mm, moved by 3 mm and 2 degrees, or bent by up to 4 mm."""
    shape = np.rint(np.array([2, 3, 3]) * (count / 18) ** (1 / 3)).astype(int)
    index = np.indices(shape, np.float32)
    middle = shape[:, None, None, None] / 2
    body = (((index - middle) / (0.42 * shape[:, None, None, None])) ** 2).sum(axis=0) < 1
    grain = ndimage.gaussian_filter(noisy(np.zeros(shape), 1), 3 / step)
    clean = ndimage.gaussian_filter(body * (100 + 12 * grain / grain.std()), 1 / step)
    if kind == "rigid":
        turn = np.array([[1, 0, 0], [0, np.cos(0.035), -np.sin(0.035)], [0, np.sin(0.035), np.cos(0.035)]])
        middle = shape / 2
        moved = ndimage.affine_transform(
            clean, turn, middle - turn @ middle + np.array([2.0, 1.6, -1.8]) / step, order=1
        )
    else:
        rng = np.random.default_rng(2)
        bend = np.stack(
            [ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 20 / step) for _ in range(3)]
        )
        moved = ndimage.map_coordinates(clean, index + bend * (4 / step / np.abs(bend).max()), order=1)
    grid = affine_of(np.diag([step, step, step, 1.0])[[2, 1, 0, 3]])
    noise = np.random.default_rng(3)
    pair = [
        Image(
            "ct", Voxels.of(v.astype(np.float32) + 3 * noise.standard_normal(shape, dtype=np.float32)), "[hnsf'U]", grid
        )
        for v in (clean, moved)
    ]
    return Task(lambda: align(*pair, kind), int(np.prod(shape)), sum(i.voxels.array.nbytes for i in pair))


def spectral(count: int) -> Task:
    side = round((count / 12) ** (1 / 3))
    drawn, regions = scanned(Scan(shape=(side, 3 * side, 2 * side)), (Rod(5.0), Rod(12.0)))
    array = drawn.voxels.array.astype(np.float32)
    image = replace(drawn, voxels=Voxels.of(array))
    lesion = lesion_of(regions[0])

    def run() -> object:
        mixture.cache_clear()
        geometry.cut.cache_clear()
        return iodine(image, lesion)

    return Task(run, array[0].size, array.nbytes)


def lesion_of(region: Region) -> Region:
    """An eighth of a region: its first half along every axis."""
    whole = region.mask.array
    box = ndimage.find_objects(whole.astype(np.uint8))[0]
    mask = np.zeros_like(whole)
    mask[tuple(slice(s.start, (s.start + s.stop) // 2) for s in box)] = True
    return Region(region.name, Voxels.of(mask), region.finding, "phantom", region.affine)


K = 1 << 10
JOBS: dict[str, tuple[Callable[[int], Task], int, int]] = {  # how it is made, n, and how often it is doubled
    "ADC": (adc, 256 * K, 3),
    "IVIM segmented": (lambda n: ivim(n, False), 128 * K, 3),
    "IVIM full": (lambda n: ivim(n, True), 64 * K, 2),
    "tensor WLS": (tensors, 64 * K, 3),
    "DCE extended Tofts": (dce, 64 * K, 2),
    "DSC leakage and CBV": (leakage, 64 * K, 3),
    "DSC oSVD": (flow, 64 * K, 2),
    "radiomics": (radiomics, 256 * K, 2),
    "rigid, 1 mm voxels": (lambda n: alignment(n, "rigid", 1.0), 1024 * K, 2),
    "rigid, 2 mm voxels": (lambda n: alignment(n, "rigid", 2.0), 256 * K, 2),
    "deformable, 1 mm voxels": (lambda n: alignment(n, "deformable", 1.0), 1024 * K, 2),
    "deformable, 2 mm voxels": (lambda n: alignment(n, "deformable", 2.0), 128 * K, 2),
    "iodine": (spectral, 512 * K, 3),
}


def resident(what: str) -> int:
    """Bytes of this process that the kernel counts as `VmRSS` (now) or `VmHWM` (at its peak)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024


def risen(run: Callable[[], object]) -> int | None:
    """By how many bytes the memory rises at its peak while something runs; None where the kernel does not tell."""
    if sys.platform != "linux":
        return None
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back, so that none of the rise hides in it
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    before = resident("VmRSS")
    kept = run()
    peak = resident("VmHWM")
    del kept
    return peak - before


def measured(name: str) -> list[Seen]:
    """What one job costs at each of its sizes, in this process."""
    make, first, doublings = JOBS[name]
    make(first).run()
    seen = []
    for doubling in range(doublings + 1):
        task, best, spent = make(first << doubling), np.inf, 0.0
        for _ in range(RUNS):
            start = time.process_time()
            task.run()
            took = time.process_time() - start
            best, spent = min(best, took), spent + took
            if spent > PATIENCE_S:
                break
        rise = risen(task.run)
        seen.append(Seen(task.voxels, best, None if rise is None else rise / task.size))
    return seen


def row(name: str, seen: list[Seen]) -> None:
    """One line of the table."""
    slope = np.polyfit(np.log([s.voxels for s in seen]), np.log([s.seconds for s in seen]), 1)[0]
    memory = seen[-1].memory
    faults = [f"exponent above {OWED_EXPONENT:g}"] if slope > OWED_EXPONENT else []
    faults += [f"memory above {OWED_MEMORY:g}"] if memory is not None and memory > OWED_MEMORY else []
    sizes = f"{seen[0].voxels / K:.0f} to {seen[-1].voxels / K:.0f}"
    seconds = " ".join(f"{s.seconds:7.3f}" for s in seen)
    said = "   not told" if memory is None else f"{memory:11.2f}"
    print(
        f"{name:24} {sizes:>13} {seconds:32} {slope:8.2f} {said}   {'NOT MET: ' * bool(faults)}{', '.join(faults)}",
        flush=True,
    )


def main() -> None:
    """Prints the table; names of jobs may be given."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that wait for each other burn time that is no work
    print(f"{'job':24} {'K voxels':>13} {'CPU s at n, 2n, 4n, 8n':32} {'exponent':>8} {'memory/input':>12}")
    fresh = multiprocessing.get_context("spawn")
    for name in sys.argv[1:] or JOBS:
        with ProcessPoolExecutor(1, fresh) as process:
            row(name, process.submit(measured, name).result())


if __name__ == "__main__":
    main()
