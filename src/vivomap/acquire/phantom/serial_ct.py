"""A patient followed by CT: lesions of known size that shrink, grow, vanish, appear, split or stay as they are.

Every lesion is an ellipsoid of uniform density in a painted chest; its edge voxels are mixed, and the outline of each
visit is cut from the ellipsoid itself. Noise has the spectrum of filtered back projection: no power at frequency
zero, so the mean of a region is surer than independent voxels would make it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom import outlines, story
from vivomap.acquire.phantom.chest import CONTRAST_CT, paint
from vivomap.acquire.phantom.outlines import Drawn
from vivomap.acquire.phantom.series import Grid, Person, Scanner, Series, Session, ct, uid
from vivomap.acquire.phantom.solids import Point, Solid, fill
from vivomap.acquire.phantom.story import Growth, Plot
from vivomap.acquire.phantom.truth import Call, Known, Lesion, Patient, Truth, Visit

PIXEL, STEP, SLICES, SIDE = 1.12, 2.5, 68, 256  # mm, mm, slices, pixels: 287 mm across, 170 mm down
FIRST_DAY, APART = date(2024, 3, 4), timedelta(weeks=8)
FOLDERS = ("scan_c", "scan_a", "scan_e", "scan_b", "scan_d")  # not in the order of the visits
SCANNER = Scanner("VIVOMAP PHANTOM WORKS", "Demo CT 64", "CT-1001", "VX 3.1")
OTHER = Scanner("VIVOMAP PHANTOM WORKS", "Demo CT 128", "CT-2002", "VX 4.0")
SHIFTS: tuple[Point, ...] = (  # how the patient lies on the table, mm: never twice the same
    (0.0, 0.0, 0.0),
    (2.3, -1.4, 2.7),
    (-1.7, 0.8, -2.4),
    (1.1, 1.9, 0.3),
    (-2.6, -0.9, 2.3),
)


@dataclass(frozen=True)
class Scan:
    """How the patient is scanned and drawn: `regions` is "rtstruct" or "seg"; another scanner at the second visit."""

    noise_hu: float = 12.0
    regions: str = "rtstruct"
    other_scanner: bool = False


def write(folder: Path, seed: int = 0, plot: Plot = story.FIVE, scan: Scan | None = None) -> Truth:
    """Write the visits of a plot below a folder, with the treatment between and the truth beside them."""
    scan = scan or Scan()
    person = Person(f"VM-{plot.name.upper()}-{seed}", "Demo^Serial", "F", date(1957, 5, 17), 1.66)
    visits = tuple(_visit(folder, (plot, seed, scan, person), k) for k in range(plot.visits))
    day = FIRST_DAY + timedelta(days=7)
    last = FIRST_DAY + APART - timedelta(days=4)
    line = f"{person.id},carboplatin and pemetrexed,500,mg/m2,{day},{last},phantom"
    (folder / "treatments.csv").write_text(f"patient,what,dose,unit,start,end,source\n{line}\n", "utf-8")
    truth = Truth(plot.name, seed, person.id, plot.says, visits)
    truth.write(folder)
    return truth


def _visit(folder: Path, told: tuple[Plot, int, Scan, Person], k: int) -> Visit:
    """Write one visit; gives its truth."""
    plot, seed, scan, person = told
    day = FIRST_DAY + k * APART
    scanner = OTHER if scan.other_scanner and k >= 1 else SCANNER
    words = (plot.name, str(seed), scan.regions, f"noise {scan.noise_hu}", scanner.serial, f"visit {k + 1}")
    session = Session(words, person, scanner, datetime.combine(day, time(9, 15 + k)), 64.0 - k)
    grid = Grid((-(SIDE - 1) / 2 * PIXEL, -(SIDE - 1) / 2 * PIXEL, -97.5), (STEP, PIXEL, PIXEL), (SLICES, SIDE, SIDE))
    lesions = [(growth, part) for growth in plot.lesions for part in growth.drawn(k)]
    solids = [(growth, solid.moved(SHIFTS[k])) for growth, (_, solid) in lesions if solid is not None]
    hu = volume(grid, seed, SHIFTS[k], solids)
    hu += noise(grid.shape, (seed, k), scan.noise_hu)
    about = Series(
        "ct",
        3,
        "Chest portal venous 2.5 mm soft",
        (
            ("ConvolutionKernel", "SOFT B"),
            ("ContrastBolusAgent", "iohexol"),
            ("KVP", 120),
            ("BodyPartExamined", "CHEST"),
        ),
    )
    images = ct(folder / FOLDERS[k] / "series_3", session, grid, about, hu)
    drawn = [
        Drawn(name, growth.site, uid(person.id, name), () if solid is None else (solid.moved(SHIFTS[k]),))
        for growth, (name, solid) in lesions
    ]
    outlines.write(scan.regions, folder / FOLDERS[k] / "outlines", session, images, drawn)
    found = tuple(_lesion(growth, each, k, scan.noise_hu) for (growth, _), each in zip(lesions, drawn, strict=True))
    calls = (Call("recist", *plot.recist[k]),)
    label = f"{scanner.manufacturer} {scanner.model} {scanner.serial}"
    return Visit(day, FOLDERS[k], label, found, calls, (plot.total(k, PIXEL),))


def volume(grid: Grid, seed: int, shift: Point, solids: list[tuple[Growth, Solid]]) -> NDArray[np.float32]:
    """The patient without noise in HU (z, y, x), lying `shift` mm from the middle of the table."""
    z, y, x = grid.axes
    hu = paint(seed, (z - shift[2], y - shift[1], x - shift[0]), CONTRAST_CT)
    for growth, solid in solids:
        fill(hu, grid.axes, solid, growth.hu)
    return hu


def noise(shape: tuple[int, int, int], seed: tuple[int, ...], sd: float) -> NDArray[np.float32]:
    """Noise of a reconstructed CT (z, y, x), standard deviation `sd`, independent from slice to slice.

    Its spectrum over the in-plane frequency f (1/pixel) is f · exp(−(f / 0.25)²).
    """
    white = np.random.default_rng([*seed, 11]).standard_normal(shape, np.float32)
    f = np.hypot(np.fft.fftfreq(shape[1])[:, None], np.fft.rfftfreq(shape[2])[None]).astype(np.float32)
    shape_of_power = np.sqrt(f * np.exp(-((f / 0.25) ** 2)))
    coloured = np.fft.irfft2(np.fft.rfft2(white) * shape_of_power, s=shape[1:])
    return np.asarray(coloured * (sd / coloured.std()), np.float32)


def _lesion(growth: Growth, drawn: Drawn, k: int, noise_hu: float) -> Lesion:
    """The truth of one lesion as drawn."""
    state = growth.state(k)
    if not drawn.solids:
        return Lesion(drawn.name, drawn.site, state, drawn.tracking)
    solid = drawn.solids[0]
    parent = growth.name if state == "part" else ""
    return Lesion(
        drawn.name, drawn.site, state, drawn.tracking, sizes(solid, growth.hu, noise_hu), solid.centre, parent
    )


def sizes(solid: Solid, hu: float, noise_hu: float) -> tuple[Known, ...]:
    """The true sizes of an ellipsoid; tolerances: a pixel in plane, a shell of 0.06 voxels, 4 sd of the core's mean."""
    steps = (PIXEL, PIXEL, STEP)
    missed = solid.long_axis * (1 - np.sqrt(max(1 - (STEP / 2 / solid.half[2]) ** 2, 0)))
    shell = solid.volume * sum(0.06 * step / half for step, half in zip(steps, solid.half, strict=True))
    a, b, c = (max(half - 1.5 * step, step / 2) for step, half in zip(steps, solid.half, strict=True))
    core = replace(solid, half=(a, b, c))
    apart = 1 + 4 * noise_hu / np.sqrt(max(core.volume / (PIXEL * PIXEL * STEP), 4))
    return (
        Known("long_axis", solid.long_axis, "mm", round(PIXEL + float(missed), 3), "2a"),
        Known("short_axis", solid.short_axis, "mm", round(PIXEL + float(missed), 3), "2b"),
        Known("volume", round(solid.volume / 1000, 6), "mL", round(shell / 1000, 6), "4/3 pi a b c"),
        Known("density", hu, "[hnsf'U]", round(float(apart), 3), "mean of the core, away from the mixed edge"),
    )


def _serial(folder: Path, seed: int) -> Truth:
    return write(folder, seed, story.FIVE)


def _two(folder: Path, seed: int) -> Truth:
    return write(folder, seed, story.TWO)


SERIAL_CT = Patient("serial_ct", story.FIVE.says, _serial, "lung_response")
TWO_VISIT = Patient("two_visit", story.TWO.says, _two, "lung_response")
