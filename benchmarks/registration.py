"""Registration of two volumes of 256 × 256 × 120: ours against the peers that are here, as ratios of CPU time.

A known affine motion (start 10.5 mm off) and a known smooth warp (start 3.3 mm off), noise a third of the texture; the
error is that of 5,000 points inside the body. The variable VIVOMAP_REGISTRATION names an interpreter with picsl_greedy
and antspyx (several with ":" between); a peer that is in none is named as absent. Then memory, and cost by voxels.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter, map_coordinates

from vivomap.acquire.align import align, points
from vivomap.acquire.align.deformable import in_mm, warped
from vivomap.acquire.align.linear import laid
from vivomap.acquire.align.pyramid import pyramid, volume
from vivomap.core import Alignment, Image, Voxels, affine_of

SHAPE, STEPS = (120, 256, 256), (1.5, 1.0, 1.0)
OWED = {"affine": 0.5, "deformable": 4.0}
PEERS = {
    ("greedy", "affine"): """
from picsl_greedy import Greedy3D
g = Greedy3D()
work = lambda: g.execute(f"-d 3 -a -dof 12 -m SSD -i {f} {m} -ia-identity -n 60x30x5 -threads 2 -o {o}.mat -V 0")
take = lambda: np.diag([-1, -1, 1, 1.]) @ np.loadtxt(o + ".mat") @ np.diag([-1, -1, 1, 1.])
put = lambda p, t: p @ t[:3, :3].T + t[:3, 3]
""",
    ("greedy", "deformable"): """
from picsl_greedy import Greedy3D
import SimpleITK as sitk
g = Greedy3D()
work = lambda: g.execute(f"-d 3 -m SSD -i {f} {m} -n 60x30x8 -s 2vox 0.7vox -threads 2 -o {o}.nii.gz -V 0")
take = lambda: sitk.DisplacementFieldTransform(sitk.Cast(sitk.ReadImage(o + ".nii.gz"), sitk.sitkVectorFloat64))
put = lambda p, t: np.array([t.TransformPoint(q) for q in p.tolist()])
""",
    ("ants", "deformable"): """
import ants, pandas as pd
a, b = ants.image_read(f), ants.image_read(m)
kept = []
work = lambda: kept.append(ants.registration(a, b, "SyNOnly", reg_iterations=(40, 20, 5), initial_transform="Identity"))
take = lambda: kept[-1]["fwdtransforms"]
put = lambda p, t: ants.apply_transforms_to_points(3, pd.DataFrame(p, columns=list("xyz")), t).values
""",
}
HEAD = "import sys, time, os, resource, numpy as np; f, m, o, p = sys.argv[1:5]\n"
TAIL = """
def cpu():
    both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in both)
c = cpu(); work(); c = cpu() - c
pts = np.load(p); np.save(o + ".npy", put(pts, take())); print("RESULT", c)
"""


def cpu() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def image(values: np.ndarray) -> Image:
    """A CT-like image with the origin in its middle."""
    rows = np.zeros((4, 4))
    rows[2, 0], rows[1, 1], rows[0, 2] = STEPS
    rows[:3, 3] = -(rows[:3, :3] @ np.array(SHAPE)) / 2
    rows[3, 3] = 1
    return Image("ct", Voxels.of(values.astype(np.float32)), "[hnsf'U]", affine_of(rows))


def made() -> tuple[Image, dict[str, Image], dict[str, np.ndarray], np.ndarray]:
    """The fixed image, the moving ones, where points of the fixed one lie in each, and the points (mm)."""
    rng = np.random.default_rng(4)
    z, y, x = (np.indices(SHAPE) - np.array(SHAPE)[:, None, None, None] / 2) * np.array(STEPS)[:, None, None, None]
    values = 100.0 * ((x / 95) ** 2 + (y / 75) ** 2 + (z / 78) ** 2 < 1)
    body = values > 0
    for _ in range(60):
        c, r = rng.uniform(-60, 60, 3), rng.uniform(6, 18, 3)
        blob = ((x - c[0]) / r[0]) ** 2 + ((y - c[1]) / r[1]) ** 2 + ((z - c[2]) / r[2]) ** 2 < 1
        values += rng.uniform(-60, 80) * blob * body
    grain = gaussian_filter(rng.standard_normal(SHAPE), [3 / s for s in STEPS])
    values = gaussian_filter(values + body * grain / grain.std() * 12, [1 / s for s in STEPS])
    still = image(values)
    grid = np.asarray(still.affine)
    a, b = np.radians(4.6), np.radians(-2.9)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    matrix, shift = turn @ np.diag([1.03, 0.98, 1.02]), np.array([6.0, -4.0, 3.0])
    field = np.stack([gaussian_filter(rng.standard_normal(SHAPE), (14, 21, 21), mode="wrap") for _ in range(3)])
    field *= 8 / np.abs(field).max()  # where a voxel of the moving image shows the fixed one, voxels
    inside = np.argwhere(body)
    chosen = inside[rng.choice(len(inside), 5000, False)].astype(float)
    place = chosen @ grid[:3, :3].T + grid[:3, 3]
    index = np.indices(SHAPE).reshape(3, -1)
    back = np.linalg.inv(matrix)
    undone = back @ (grid[:3, :3] @ index + grid[:3, 3:] - shift[:, None])
    affine = map_coordinates(values, np.linalg.inv(grid[:3, :3]) @ (undone - grid[:3, 3:]), order=3).reshape(SHAPE)
    warp = map_coordinates(values, np.indices(SHAPE) + field, order=3)
    lies = chosen.copy()
    for _ in range(40):
        lies = chosen - np.stack([map_coordinates(part, lies.T, order=1, mode="nearest") for part in field], axis=1)
    truth = {"affine": place @ matrix.T + shift, "deformable": lies @ grid[:3, :3].T + grid[:3, 3]}
    noisy = {n: image(v + 4 * rng.standard_normal(SHAPE)) for n, v in (("affine", affine), ("deformable", warp))}
    return image(values + 4 * rng.standard_normal(SHAPE)), noisy, truth, place


def ours(kind: str, fixed: Image, moving: Image) -> Alignment:
    """The alignment alone, as the peers are asked for it: without the residual, and a warp without an affine start."""
    levels = pyramid(volume(fixed), volume(moving), True)
    if kind == "affine":
        return Alignment(None, affine_of(np.linalg.inv(laid(levels, "affine").transform)), 0.0)
    ground = levels[-1].ground
    field = in_mm(warped(levels, np.eye(4)), ground)
    return Alignment(
        None, affine_of(np.eye(4)), 0.0, warp=Image("displacement", Voxels.of(field), "mm", affine_of(ground))
    )


def demons(fixed: sitk.Image, moving: sitk.Image) -> sitk.Transform:
    """SimpleITK's diffeomorphic demons on three levels."""
    way = sitk.DiffeomorphicDemonsRegistrationFilter()
    way.SetStandardDeviations(1.5)
    out = None
    for shrink, rounds in ((4, 40), (2, 20), (1, 6)):
        one, two = (
            sitk.Shrink(sitk.SmoothingRecursiveGaussian(i, 0.5 * shrink), [shrink] * 3) if shrink > 1 else i
            for i in (fixed, moving)
        )
        way.SetNumberOfIterations(rounds)
        if out is None:
            out = way.Execute(one, two)
        else:
            out = way.Execute(
                one, two, sitk.Resample(out, one, sitk.Transform(), sitk.sitkLinear, 0.0, out.GetPixelID())
            )
    return sitk.DisplacementFieldTransform(sitk.Cast(out, sitk.sitkVectorFloat64))


def linear(fixed: sitk.Image, moving: sitk.Image) -> sitk.Transform:
    """SimpleITK's affine registration by mean squares of 5 % of the voxels on three levels."""
    way = sitk.ImageRegistrationMethod()
    way.SetMetricAsMeanSquares()
    way.SetMetricSamplingStrategy(way.REGULAR)
    way.SetMetricSamplingPercentage(0.05, 1)
    way.SetInterpolator(sitk.sitkLinear)
    way.SetOptimizerAsGradientDescentLineSearch(1.0, 60, 1e-5, 8)
    way.SetOptimizerScalesFromPhysicalShift()
    way.SetShrinkFactorsPerLevel([4, 2, 1])
    way.SetSmoothingSigmasPerLevel([2, 1, 0])
    way.SetInitialTransform(sitk.AffineTransform(3))
    return way.Execute(fixed, moving)


def held(one: Image) -> sitk.Image:
    """An image of ours as SimpleITK holds it."""
    out = sitk.GetImageFromArray(np.asarray(one.voxels.array))
    out.SetSpacing(STEPS[::-1])
    out.SetOrigin([row[3] for row in one.affine[:3]])
    return out


def asked(name: str, kind: str, files: tuple[Path, Path, Path], folder: Path) -> tuple[float, np.ndarray] | None:
    """CPU s of a peer and where it puts the points, from the first interpreter that has it; else None."""
    out = folder / f"{name}_{kind}"
    code = HEAD + PEERS[name, kind] + TAIL
    for python in os.environ.get("VIVOMAP_REGISTRATION", sys.executable).split(":"):
        words = [python, "-W", "ignore", "-c", code, *map(str, (files[0], files[1], out, files[2]))]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            if line.startswith("RESULT"):
                return float(line.split()[1]), np.load(f"{out}.npy")
    return None


def watched(work: Callable[[], object]) -> tuple[float, float]:
    """Wall s and by how many MiB the memory rose at its peak."""
    process, high, done = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def look() -> None:
        while not done.wait(0.01):
            high[0] = max(high[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=look)
    watcher.start()
    start = time.perf_counter()
    work()
    wall = time.perf_counter() - start
    done.set()
    watcher.join()
    return wall, high[0] / 2**20


def row(name: str, kind: str, seconds: float, apart: np.ndarray, best: float | None) -> None:
    """One line: CPU, error, ratio."""
    ratio = f"  ratio {seconds / best:.1f} (owed {OWED[kind]:g})" if best else ""
    said = f"TRE mean {apart.mean():.3f} rms {np.sqrt(np.mean(apart**2)):.3f} mm"
    print(f"{name:24} {kind:11} {seconds:8.2f} s CPU  {said}{ratio}", flush=True)


def main() -> None:
    """Prints the table."""
    fixed, moving, truth, place = made()
    start = time.perf_counter()
    small = Image("ct", Voxels.of(fixed.voxels.array[:32, :64, :64]), fixed.unit, fixed.affine)
    align(small, small, "deformable")
    print(f"first call, compiled or from the cache: {time.perf_counter() - start:.1f} s (owed: below 10)")
    best = {}
    for kind in OWED:
        begun, found = cpu(), None
        found = ours(kind, fixed, moving[kind])
        best[kind] = cpu() - begun
        row("vivomap", kind, best[kind], np.linalg.norm(points(found, place) - truth[kind], axis=1), None)
        begun = cpu()
        whole = align(fixed, moving[kind], kind)
        name, used = "vivomap with its residual", cpu() - begun
        row(name, kind, used, np.linalg.norm(points(whole, place) - truth[kind], axis=1), None)
        print(f"{'':24} it states {whole.number('distance_mm'):.3f} mm rms over the body")
    one = held(fixed)
    for kind, way in (("affine", linear), ("deformable", demons)):
        begun = cpu()
        transform = way(one, held(moving[kind]))
        used = cpu() - begun
        lies = np.array([transform.TransformPoint(p) for p in place.tolist()])
        row("SimpleITK", kind, used, np.linalg.norm(lies - truth[kind], axis=1), best[kind])
    with tempfile.TemporaryDirectory() as folder:
        paths = {n: Path(folder) / f"{n}.nii.gz" for n in ("fixed", *moving)}
        for name, path in paths.items():
            sitk.WriteImage(held(moving.get(name, fixed)), str(path))
        np.save(Path(folder) / "points.npy", place)
        for name, kind in PEERS:
            answer = asked(name, kind, (paths["fixed"], paths[kind], Path(folder) / "points.npy"), Path(folder))
            if answer is None:
                print(f"{name:24} {kind:11} absent")
                continue
            row(name, kind, answer[0], np.linalg.norm(answer[1] - truth[kind], axis=1), best[kind])
    print("\nvoxels, wall s and memory above the two volumes (float32), as a multiple of them:")
    for part in (4, 2, 1):
        cut = [
            Image("ct", Voxels.of(i.voxels.array[: SHAPE[0] // part]), i.unit, i.affine)
            for i in (fixed, moving["deformable"])
        ]
        wall, rise = watched(lambda pair=cut: align(*pair, "deformable"))
        size = 2 * cut[0].voxels.array.nbytes / 2**20
        count = cut[0].voxels.array.size
        print(
            f"{count:10,} voxels  {wall:6.1f} s  {1e6 * wall / count:.2f} µs a voxel  {rise / size:.1f} times the input"
        )


if __name__ == "__main__":
    main()
