"""A voxel of brain or tumour whose molecules are known, seen by PRESS with its water reference.

Each molecule gives C R s(t), with R = exp(-TE/T2)(1 - exp(-TR/T1)) and a common Voigt line; water gives what grey
matter, white matter and fluid hold of it. Residual water stays in the suppressed signal. Noise is white and complex:
its SD makes the creatine line `snr` times as high as the noise of the spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from vivomap.acquire.phantom.spin_echo import CENTRE_PPM, macromolecules, molecule
from vivomap.core import Image, Region, Voxels, affine_of
from vivomap.core.image import MRS_VOXEL, Array

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
HEALTHY = {"NAA": 12.0, "Cr": 8.0, "GPC": 1.2, "PCh": 0.6, "Glu": 9.0, "Gln": 2.5, "mI": 6.0}  # mmol/L
GLIOMA = {"NAA": 5.0, "Cr": 6.0, "GPC": 1.5, "PCh": 1.5, "Glu": 4.0, "Gln": 3.0, "mI": 6.0, "Lac": 3.0, "2HG": 5.0}
NECROTIC = {"NAA": 4.0, "Cr": 5.0, "GPC": 1.2, "PCh": 1.8, "Glu": 3.0, "Gln": 2.0, "mI": 3.0, "Lac": 8.0}
# T1 and T2 in s at 3 T (from memory: Mlynarik 2001; water Wansapura 1999)
RELAXATION = {"NAA": (1.47, 0.247), "Cr": (1.46, 0.152), "GPC": (1.30, 0.207), "PCh": (1.30, 0.207)}
OTHERS = (1.30, 0.180)
WATER = {"grey": (43.3, 1.331, 0.110), "white": (36.1, 0.832, 0.0792), "fluid": (53.8, 3.817, 0.503)}  # mol/L, s, s
FRACTIONS = {"grey": 0.55, "white": 0.38, "fluid": 0.07}


@dataclass(frozen=True)
class Voxel:
    """What is in the voxel (mmol/L), and how it was seen; times in s, widths and shift in Hz, phase in rad."""

    content: dict[str, float] = field(default_factory=lambda: dict(HEALTHY))
    macromolecules: float = 4.0
    echoes: tuple[float, float] = (0.015, 0.015)
    repetition: float = 2.0
    mhz: float = 127.75
    samples: int = 2048
    dwell: float = 5e-4
    lorentz: float = 3.7
    gauss: float = 3.6  # together a line of 6 Hz
    snr: float = 20.0
    residual: float = 1000.0  # of water that was not suppressed, in protons of 1 mmol/L


def seen(voxel: Voxel = Voxel(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The suppressed spectrum, the water reference, the voxel as region, and the truth by biomarker name."""
    dice = np.random.default_rng(seed)
    signal, water = _signals(voxel, dice)
    deviation = noise * height(voxel) / voxel.snr / np.sqrt(voxel.samples) if voxel.snr else 0.0
    images = []
    for role, made in (("mrs", signal), ("mrs_water", water)):
        grain = dice.normal(0, deviation, (2, voxel.samples))
        images.append(_image(role, made + grain[0] + 1j * grain[1], voxel))
    region = Region("voxel", Voxels.of(np.ones((1, 1, 1), bool)), MRS_VOXEL, "brain", images[0].affine)
    return tuple(images), (region,), _truth(replace(voxel, snr=voxel.snr / noise))


def line(voxel: Voxel) -> Array:
    """The decay of the Voigt line, (sample,)."""
    clock = np.arange(voxel.samples) * voxel.dwell
    return np.asarray(np.exp(-np.pi * voxel.lorentz * clock - (np.pi * voxel.gauss * clock) ** 2 / np.log(16)))


def kept(name: str, voxel: Voxel) -> float:
    """What relaxation leaves of a molecule's signal."""
    t1, t2 = RELAXATION.get(name, OTHERS)
    return float(np.exp(-sum(voxel.echoes) / t2) * (1 - np.exp(-voxel.repetition / t1)))


def height(voxel: Voxel) -> float:
    """How high the creatine line at 3.03 ppm stands in the spectrum."""
    return float(3 * voxel.content["Cr"] * kept("Cr", voxel) * line(voxel).sum() * _tissue())


def _tissue() -> float:
    """The share of the voxel that holds molecules."""
    return 1 - FRACTIONS["fluid"]


def _signals(voxel: Voxel, dice: np.random.Generator) -> tuple[Array, Array]:
    """The suppressed and the unsuppressed signal, without noise."""
    times = (voxel.samples, voxel.dwell)
    clock = np.arange(voxel.samples) * voxel.dwell
    each = (
        amount * kept(name, voxel) * molecule(name, voxel.mhz, voxel.echoes, times)
        for name, amount in voxel.content.items()
    )
    body = sum(each) * line(voxel) + voxel.macromolecules * macromolecules(voxel.mhz, times)
    left = voxel.residual * np.exp(2j * np.pi * 0.03 * voxel.mhz * clock - np.pi * 9 * clock + 1j)
    moved = np.exp(1j * (dice.uniform(-np.pi, np.pi) + 2 * np.pi * dice.uniform(-8, 8) * clock))
    water = sum(
        2000 * share * WATER[kind][0] * np.exp(-sum(voxel.echoes) / t2) * (1 - np.exp(-voxel.repetition / t1))
        for kind, share in FRACTIONS.items()
        for _, t1, t2 in (WATER[kind],)
    )
    return (_tissue() * body + left) * moved, water * line(voxel) * moved


def _truth(voxel: Voxel) -> dict[str, float]:
    """Every number that a card may give."""
    content = {**dict.fromkeys(("Lac", "2HG"), 0.0), **voxel.content}
    choline = content["GPC"] + content["PCh"]
    left = {name: amount * kept(name, voxel) for name, amount in content.items()}
    choline_left = left["GPC"] + left["PCh"]
    width = 0.5346 * voxel.lorentz + np.sqrt(0.2166 * voxel.lorentz**2 + voxel.gauss**2)
    return {
        "mrs_cho_naa": choline_left / left["NAA"],
        "mrs_cho_cr": choline_left / left["Cr"],
        "mrs_naa_cr": left["NAA"] / left["Cr"],
        "mrs_lactate_cr": left["Lac"] / left["Cr"],
        "mrs_naa": content["NAA"],
        "mrs_cr": content["Cr"],
        "mrs_cho": choline,
        "mrs_inositol": content["mI"],
        "mrs_lactate": content["Lac"],
        "mrs_2hg": content["2HG"],
        "mrs_linewidth": float(width) / voxel.mhz,
        "mrs_snr": voxel.snr,
    }


def _image(role: str, signal: Array, voxel: Voxel) -> Image:
    affine = affine_of(np.diag([20.0, 20.0, 20.0, 1.0])[[2, 1, 0, 3]])
    said = (
        ("sequence", "PRESS"),
        ("te_ms", 1000 * sum(voxel.echoes)),
        ("te1_ms", 1000 * voxel.echoes[0]),
        ("tr_ms", 1000 * voxel.repetition),
        ("spectrometer_mhz", voxel.mhz),
        ("nucleus", "1H"),
        ("centre_ppm", CENTRE_PPM),
        ("field_t", 3.0),
        ("grey_fraction", FRACTIONS["grey"]),
        ("white_fraction", FRACTIONS["white"]),
        ("fluid_fraction", FRACTIONS["fluid"]),
    )
    times = tuple(float(t) for t in np.arange(voxel.samples) * voxel.dwell)
    return Image(role, Voxels.of(signal.reshape(-1, 1, 1, 1)), "1", affine, times, "s", said)


def healthy(seed: int = 0, noise: float = 1.0) -> Phantom:
    """Normal brain at a short echo time (30 ms), creatine 20 times the noise."""
    return seen(Voxel(), seed, noise)


def glioma(seed: int = 0, noise: float = 1.0) -> Phantom:
    """A glioma with an IDH mutation by PRESS of 32 + 65 ms: 2HG 5 mmol/L."""
    return seen(Voxel(dict(GLIOMA), 0.0, (0.032, 0.065)), seed, noise)


def necrotic(seed: int = 0, noise: float = 1.0) -> Phantom:
    """A necrotic tumour at 144 ms, where the lactate doublet points down."""
    return seen(Voxel(dict(NECROTIC), 0.0, (0.072, 0.072)), seed, noise)


def dosed(amount: float, seed: int = 0, noise: float = 1.0) -> Phantom:
    """The glioma with this much 2HG, mmol/L."""
    voxel = Voxel({**GLIOMA, "2HG": amount}, 0.0, (0.032, 0.065))
    return seen(replace(voxel, snr=40.0), seed, noise)
