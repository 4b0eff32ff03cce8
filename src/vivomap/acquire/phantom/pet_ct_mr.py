"""A patient with one hot lung lesion, seen by PET-CT and diffusion MR before and after treatment.

The lesion is a sphere of uniform uptake, density and diffusion. Its uptake falls by 40 % and its ADC rises, so that
PERCIST must call a partial metabolic response. Signal at b (s/mm2) is S0 exp(−b ADC), mixed at the edges as signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from vivomap.acquire.phantom import hot_truth, outlines, series
from vivomap.acquire.phantom.chest import CONTRAST_CT, LUMP, Values, paint
from vivomap.acquire.phantom.hot_sphere import HotSphere
from vivomap.acquire.phantom.noise import blurred, rician, speckled
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
ROOM = 5.0  # mm by which the lesion is drawn wider on PET, as a reader does: thresholds find its edge
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
    visits = tuple(_visit(folder, Told(seed, scan, person, k)) for k in range(len(STATES)))
    first = STATES[0].day + timedelta(days=4)
    line = f"{person.id},pembrolizumab,200,mg,{first},{first + timedelta(weeks=6)},phantom"
    (folder / "treatments.csv").write_text(f"patient,what,dose,unit,start,end,source\n{line}\n", "utf-8")
    truth = Truth("pet_ct_mr", seed, person.id, PET_CT_MR.says, visits)
    truth.write(folder)
    return truth


@dataclass(frozen=True)
class Told:
    """One visit of one patient: the seed of its noise, how it is scanned, who it is, and what has become of it."""

    seed: int
    scan: Scan
    person: Person
    k: int

    @property
    def state(self) -> State:
        return STATES[self.k]

    @property
    def lesion(self) -> Solid:
        return Solid(CENTRE, (self.state.radius,) * 3).moved(self.state.shift)

    def drawn(self, room: float = 0.0) -> list[Drawn]:
        """The lesion, `room` mm wider than it is, and the reference regions of PERCIST."""
        wide = replace(self.lesion, half=(self.state.radius + room,) * 3)
        shift, own = self.state.shift, self.person.id
        return [
            Drawn("lesion_1 lung", "lung", uid(own, "lesion_1 lung"), (wide,)),
            Drawn("liver", "liver", uid(own, "liver"), (LIVER.moved(shift),), normal=True),
            Drawn("blood_pool", "aorta", uid(own, "blood_pool"), (BLOOD.moved(shift),), normal=True),
        ]

    def session(self, scanner: Scanner, hours: int) -> Session:
        """A study of this day on one scanner."""
        words = ("pet_ct_mr", str(self.seed), repr(self.scan), scanner.model, f"visit {self.k + 1}")
        start = datetime(self.state.day.year, self.state.day.month, self.state.day.day, 10 + hours, 5)
        return Session(words, self.person, scanner, start, self.state.weight_kg)


def _visit(folder: Path, told: Told) -> Visit:
    """Write one visit: PET-CT in one study, MR an hour later in another; gives its truth."""
    state, place = told.state, folder / told.state.folder
    rng = np.random.default_rng([told.seed, told.k, 23])
    _pet_ct(place, told, rng)
    _mr(place, told, rng)
    seen = hot_truth.Seen(sphere(state), state.adc, HU, told.person, state.weight_kg, state.radius + ROOM)
    lesions = hot_truth.lesions(told.drawn(), seen, told.scan.pet_noise)
    label = f"{PET_CT.model} {PET_CT.serial}, {MR.model} {MR.serial}"
    return Visit(state.day, state.folder, label, lesions, (Call("percist", *state.percist),))


def _pet_ct(place: Path, told: Told, rng: np.random.Generator) -> None:
    """Low-dose CT and PET with their outlines."""
    session, state, scan = told.session(PET_CT, 0), told.state, told.scan
    hu = paint(told.seed, _seen(CT_GRID, state), PLAIN_CT)
    fill(hu, CT_GRID.axes, told.lesion, HU)
    hu += ct_noise(CT_GRID.shape, (told.seed, told.k), scan.ct_noise)
    about = Series("ct", 2, "CT low dose 3 mm", (("ConvolutionKernel", "STANDARD"), ("KVP", 100)))
    images = series.ct(place / "a", session, CT_GRID, about, hu)
    outlines.write(scan.regions, place / "d", session, images, told.drawn()[:2])
    suv = speckled(uptake(told.seed, state), scan.pet_noise, LIVER_SUV, rng)
    left = state.injected_bq * 2 ** (-SETTLED * 60 / FLUORINE_18_HALF_LIFE)
    about = Series("pt", 4, "PET FDG WB AC", (("injected_bq", state.injected_bq), ("ReconstructionMethod", "OSEM")))
    images = series.pt(place / "b", session, PET_GRID, about, suv * left / (state.weight_kg * 1000))
    outlines.write(scan.regions, place / "d", session, images, told.drawn(ROOM))


def _mr(place: Path, told: Told, rng: np.random.Generator) -> None:
    """Diffusion MR with its outlines; at the first visit also the scanner's own map, without a unit."""
    session, noise = told.session(MR, 1), told.scan.mr_noise
    dwi = rician(diffusion(told.seed, told.state), noise, rng)
    about = Series("dwi", 5, "DWI b50 400 800", (("b_values", B_VALUES),))
    images = series.mr(place / "c", session, MR_GRID, about, dwi)
    if told.k == 0:
        about = Series("adc", 6, "DWI ADC", (("ImageType", ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]),))
        series.mr(place / "c", session, MR_GRID, about, scanner_map(dwi, 3 * noise))
    outlines.write(told.scan.regions, place / "d", session, images[: _once(images)], told.drawn()[:2])


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


PET_CT_MR = Patient(
    "pet_ct_mr",
    "PET, CT and diffusion MR before and after immunotherapy: one hot lung lesion cools by 40 %, its ADC rises.",
    write,
    "pet_response",
)
