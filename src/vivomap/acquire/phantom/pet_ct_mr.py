"""A patient with one hot lung lesion, seen by PET-CT and diffusion MR before and after treatment.

The lesion is a sphere of uniform uptake, density and diffusion. Its uptake falls by 40 % and its ADC rises, so that
PERCIST must call a partial metabolic response. Signal at b (s/mm2) is S0 exp(−b ADC), mixed at the edges as signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from vivomap.acquire.phantom import hot_truth, outlines, series
from vivomap.acquire.phantom.chest import CONTRAST_CT, LUMP, Values, paint
from vivomap.acquire.phantom.hot_sphere import HotSphere
from vivomap.acquire.phantom.outlines import Drawn
from vivomap.acquire.phantom.page import grain
from vivomap.acquire.phantom.serial_ct import noise as ct_noise
from vivomap.acquire.phantom.series import FLUORINE_18_HALF_LIFE, SETTLED, Grid, Person, Scanner, Series, Session, uid
from vivomap.acquire.phantom.solids import Axes, Floats, Point, Solid, fill
from vivomap.acquire.phantom.truth import Call, Patient, Truth, Visit

PET_CT = Scanner("VIVOMAP PHANTOM WORKS", "Demo PET-CT", "PC-3003", "VP 2.0")
MR = Scanner("VIVOMAP PHANTOM WORKS", "Demo MR 3T", "MR-4004", "VM 5.2")
PET_GRID = Grid((-144.3, -144.3, -96.0), (3.0, 2.6, 2.6), (56, 112, 112))
CT_GRID = Grid((-143.4, -143.4, -97.0), (3.0, 1.2, 1.2), (56, 240, 240))
MR_GRID = Grid((-144.3, -144.3, -90.0), (5.0, 2.6, 2.6), (28, 112, 112))
SPREAD = 2.55  # mm, sd of the point spread of the PET scanner: 6 mm full width at half maximum
B_VALUES = (50.0, 400.0, 800.0)
LIVER_SUV, BLOOD_SUV, LUNG_SUV = 2.2, 1.6, 0.5
LIVER_ADC = 1.1e-3
LIVER = Solid((-58.0, 2.0, -68.0), (15.0, 15.0, 15.0))  # the 3 cm sphere of PERCIST
BLOOD = Solid((23.0, 37.0, -18.0), (5.0, 5.0, 10.0), straight=True)  # 1 cm wide and 2 cm long, in the aorta
CENTRE: Point = (-68.0, 0.0, 12.0)
HU = 40.0

SUV: Values = {
    **dict.fromkeys(CONTRAST_CT, 0.0), "skin": 0.4, "fat": 0.3, "muscle": 0.75, "cortex": 0.8, "marrow": 1.2,
    "disc": 0.7, "cord": 1.3, "lung": LUNG_SUV, "vessel": LUNG_SUV, "blood": BLOOD_SUV, "heart": 3.2, "gullet": 1.1,
    "liver": LIVER_SUV, "vein": LIVER_SUV, "spleen": 1.8, "stomach": 1.2,
}  # fmt: skip
PLAIN_CT: Values = {**CONTRAST_CT, "blood": 42, "heart": 46, "liver": 58, "vein": 42, "spleen": 50, "vessel": 35}
SIGNAL: Mapping[str, tuple[float, float]] = {  # S0, and ADC in mm2/s
    "skin": (160, 1.2e-3), "fat": (70, 0.2e-3), "muscle": (330, 1.5e-3), "cortex": (40, 0.8e-3),
    "marrow": (190, 0.5e-3), "disc": (260, 1.4e-3), "cord": (620, 0.9e-3), "lung": (25, 1.5e-3),
    "vessel": (25, 1.5e-3), "blood": (160, 3e-3), "heart": (300, 2e-3), "gullet": (330, 1.6e-3),
    "liver": (520, LIVER_ADC), "vein": (120, 2.8e-3), "spleen": (760, 0.8e-3), "stomach": (700, 2.8e-3),
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """The lesion and the patient at one visit."""

    day: date
    folder: str
    radius: float
    suv: float
    adc: float
    weight_kg: float
    injected_bq: float
    shift: Point
    percist: tuple[str, str]


STATES = (
    State(date(2024, 5, 6), "visit_q", 16.0, 10.0, 1.00e-3, 72.0, 251e6, (0.0, 0.0, 0.0),
          ("baseline", "hottest lesion, SUL over 1.5 times that of the liver: measurable")),
    State(date(2024, 7, 1), "visit_d", 15.0, 6.0, 1.45e-3, 70.5, 243e6, (3.1, -2.2, 1.6),
          ("PMR", "SULpeak falls by 39 to 40 % and by more than 0.8; no new lesion; liver unchanged")),
)  # fmt: skip


@dataclass(frozen=True)
class Scan:
    """How the patient is scanned: noise of the liver on PET (share of its SUV), of CT (HU), of MR (signal)."""

    pet_noise: float = 0.03
    ct_noise: float = 26.0
    mr_noise: float = 10.0
    regions: str = "rtstruct"


def write(folder: Path, seed: int = 0, scan: Scan | None = None) -> Truth:
    """Write both visits below a folder, with the treatment between and the truth beside them."""
    scan = scan or Scan()
    person = Person(f"VM-PET_CT_MR-{seed}", "Demo^Hybrid", "M", date(1961, 11, 2), 1.78)
    visits = tuple(_visit(folder, (seed, scan, person), k) for k in range(len(STATES)))
    first = STATES[0].day + timedelta(days=4)
    line = f"{person.id},pembrolizumab,200,mg,{first},{first + timedelta(weeks=6)},phantom"
    (folder / "treatments.csv").write_text(f"patient,what,dose,unit,start,end,source\n{line}\n", "utf-8")
    truth = Truth("pet_ct_mr", seed, person.id, PET_CT_MR.says, visits)
    truth.write(folder)
    return truth


def _visit(folder: Path, told: tuple[int, Scan, Person], k: int) -> Visit:
    """Write one visit: PET-CT in one study, MR an hour later in another; gives its truth."""
    seed, scan, person = told
    state, place = STATES[k], folder / STATES[k].folder
    words = ("pet_ct_mr", str(seed), repr(scan), f"visit {k + 1}")
    start = datetime(state.day.year, state.day.month, state.day.day, 10, 5)
    hybrid = Session(words, person, PET_CT, start, state.weight_kg)
    magnet = Session((*words, "mr"), person, MR, start + timedelta(hours=1), state.weight_kg)
    lesion = Solid(CENTRE, (state.radius,) * 3).moved(state.shift)
    liver, blood = LIVER.moved(state.shift), BLOOD.moved(state.shift)
    drawn = [
        Drawn("lesion_1 lung", "lung", uid(person.id, "lesion_1 lung"), (lesion,)),
        Drawn("liver", "liver", uid(person.id, "liver"), (liver,), normal=True),
        Drawn("blood_pool", "aorta", uid(person.id, "blood_pool"), (blood,), normal=True),
    ]
    rng = np.random.default_rng([seed, k, 23])
    hu = paint(seed, _seen(CT_GRID, state), PLAIN_CT)
    fill(hu, CT_GRID.axes, lesion, HU)
    hu += ct_noise(CT_GRID.shape, (seed, k), scan.ct_noise)
    about = Series("ct", 2, "CT low dose 3 mm", (("ConvolutionKernel", "STANDARD"), ("KVP", 100)))
    of_ct = series.ct(place / "a", hybrid, CT_GRID, about, hu)
    suv = speckled(uptake(seed, state), scan.pet_noise, rng)
    left = state.injected_bq * 2 ** (-SETTLED * 60 / FLUORINE_18_HALF_LIFE)
    about = Series("pt", 4, "PET FDG WB AC", (("injected_bq", state.injected_bq), ("ReconstructionMethod", "OSEM")))
    of_pt = series.pt(place / "b", hybrid, PET_GRID, about, suv * left / (state.weight_kg * 1000))
    dwi = rician(diffusion(seed, state), scan.mr_noise, rng)
    of_mr = series.mr(place / "c", magnet, MR_GRID, Series("dwi", 5, "DWI b50 400 800", (("b_values", B_VALUES),)), dwi)
    if k == 0:  # the scanner's own map, without a unit, as some scanners send it
        kind = (("ImageType", ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]),)
        series.mr(place / "c", magnet, MR_GRID, Series("adc", 6, "DWI ADC", kind), scanner_map(dwi, 3 * scan.mr_noise))
    for session, images, regions in ((hybrid, of_ct, drawn[:2]), (hybrid, of_pt, drawn), (magnet, of_mr, drawn[:2])):
        outlines.write(scan.regions, place / "d", session, images[: _once(images)], regions)
    lesions = hot_truth.lesions(
        drawn, hot_truth.Seen(sphere(state), state.adc, HU, person, state.weight_kg), scan.pet_noise
    )
    label = f"{PET_CT.model} {PET_CT.serial}, {MR.model} {MR.serial}"
    return Visit(state.day, state.folder, label, lesions, (Call("percist", *state.percist),))


def _once(images: tuple[Dataset, ...]) -> int:
    """How many slices stand before the places repeat: a diffusion series holds each place once per b-value."""
    return len({float(ds.ImagePositionPatient[2]) for ds in images})


def _seen(grid: Grid, state: State) -> Axes:
    """The axes of a grid in the coordinates of the patient."""
    z, y, x = grid.axes
    return z - state.shift[2], y - state.shift[1], x - state.shift[0]


def sphere(state: State) -> HotSphere:
    """The lesion as the PET scanner sees it."""
    return HotSphere(state.radius, state.suv, LUNG_SUV, SPREAD)


def uptake(seed: int, state: State) -> Floats:
    """SUV without noise (z, y, x): the patient blurred by the scanner, the lesion by its closed form."""
    axes = _seen(PET_GRID, state)
    around = blurred(paint(seed, axes, SUV).astype(float), PET_GRID.spacing, SPREAD)
    z, y, x = (axis - c for axis, c in zip(axes, CENTRE[::-1], strict=True))
    away = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None] ** 2)
    r, share = sphere(state).profile()
    own = np.interp(away, r, share, right=0.0)
    return np.asarray(around + own * (state.suv - around))


def diffusion(seed: int, state: State) -> Floats:
    """Signals without noise (b, z, y, x)."""
    axes = _seen(MR_GRID, state)
    lesion = Solid(CENTRE, (state.radius,) * 3).moved(state.shift)
    coil = 1 + 0.05 * grain(seed, axes, LUMP)
    frames = []
    for b in B_VALUES:
        values = {name: s0 * np.exp(-b * adc) for name, (s0, adc) in SIGNAL.items()}
        signal = paint(seed, axes, {**dict.fromkeys(CONTRAST_CT, 0.0), **values})
        fill(signal, MR_GRID.axes, lesion, 900 * float(np.exp(-b * state.adc)))
        frames.append(signal * coil)
    return np.asarray(frames, float)


def scanner_map(dwi: Floats, least: float) -> Floats:
    """ADC from a straight line through ln S (1e-6 mm2/s); 0 where a signal is under `least`."""
    b = np.asarray(B_VALUES) - np.mean(B_VALUES)
    slope = -np.tensordot(b, np.log(np.maximum(dwi, 1)), (0, 0)) / (b @ b)
    return np.where(dwi.min(axis=0) >= least, np.clip(slope, 0, 4e-3), 0) * 1e6


def blurred(volume: Floats, spacing: Point, sd: float) -> Floats:
    """The volume (z, y, x) as a Gaussian point spread of `sd` mm shows it; the edges go on as they are."""
    for axis, step in enumerate(spacing):
        reach = int(np.ceil(4 * sd / step))
        kernel = np.exp(-((np.arange(-reach, reach + 1) * step / sd) ** 2) / 2)
        wide = np.pad(volume, [(reach, reach) if a == axis else (0, 0) for a in range(3)], mode="edge")
        weights = kernel / kernel.sum()
        parts = [np.roll(wide, k - reach, axis) * weight for k, weight in enumerate(weights)]
        volume = np.take(np.sum(parts, axis=0), range(reach, wide.shape[axis] - reach), axis)
    return volume


def speckled(suv: Floats, share: float, rng: np.random.Generator) -> Floats:
    """SUV with noise whose variance grows with the uptake; `share` of the SUV in the liver, neighbours alike."""
    rough = blurred(rng.standard_normal(suv.shape), (1.0, 1.0, 1.0), 0.7)
    sd = share * np.sqrt(np.maximum(suv, 0) * LIVER_SUV)
    return np.asarray(np.maximum(suv + rough / rough.std() * sd, 0))


def rician(signal: Floats, sd: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Magnitude of a signal with noise of `sd` in both channels."""
    return np.asarray(np.hypot(signal + sd * rng.standard_normal(signal.shape), sd * rng.standard_normal(signal.shape)))


PET_CT_MR = Patient(
    "pet_ct_mr",
    "PET, CT and diffusion MR before and after immunotherapy: one hot lung lesion cools by 40 %, its ADC rises.",
    write,
    "pet_response",
)
