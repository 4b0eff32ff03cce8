"""Signals of molecules after PRESS, from whole spin operators: what a spectrum of known content is made of.

Operators of n spins are Kronecker products; H = 2π(Σ ν Iz + Σ J I·I); pulses of 180° are exp(-iπ Fx).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy.linalg import expm

from vivomap.core.image import Array

CENTRE_PPM = 4.65
PAULI = {
    "x": np.array([[0, 0.5], [0.5, 0]], complex),
    "y": np.array([[0, -0.5j], [0.5j, 0]]),
    "z": np.array([[0.5, 0], [0, -0.5]], complex),
}
Group = tuple[tuple[float, ...], tuple[tuple[str, float], ...]]  # shifts in ppm; pairs of spins ("03") and J in Hz
FIVE = ("01", "02", "12", "13", "14", "23", "24", "34")  # couplings of CH–CH2–CH2


def _five(ppm: tuple[float, ...], hz: tuple[float, ...]) -> Group:
    return ppm, tuple(zip(FIVE, hz, strict=True))


def _four(left: float, right: float, hz: tuple[float, ...]) -> Group:
    return (left, left, right, right), tuple(zip(("01", "23", "02", "03", "12", "13"), hz, strict=True))


# Govindaraju 2000 and, for 2HG, Bal 2002, from memory; singlets as (ppm, protons)
SINGLETS: dict[str, tuple[tuple[float, int], ...]] = {
    "NAA": ((2.008, 3),),
    "Cr": ((3.027, 3), (3.913, 2)),
    "GPC": ((3.212, 9),),
    "PCh": ((3.208, 9),),
}
COUPLED: dict[str, tuple[Group, ...]] = {
    "NAA": (((4.3817, 2.6727, 2.4863), (("01", 3.861), ("02", 9.821), ("12", -15.592))),),
    "GPC": (
        _four(4.312, 3.659, (-9.32, -9.32, 3.10, 5.90, 5.90, 3.10)),
        (
            (3.605, 3.672, 3.903, 3.871, 3.946),
            (("01", -14.78), ("02", 5.77), ("12", 4.53), ("23", 5.77), ("24", 4.53), ("34", -14.78)),
        ),
    ),
    "PCh": (_four(4.2805, 3.641, (-14.89, -14.19, 2.284, 7.231, 7.326, 2.235)),),
    "Glu": (
        _five((3.7433, 2.0375, 2.1200, 2.3378, 2.3520), (7.331, 4.651, -14.849, 8.406, 6.875, 6.413, 8.478, -15.915)),
    ),
    "Gln": (
        _five((3.7530, 2.1290, 2.1090, 2.4320, 2.4540), (5.847, 6.500, -14.504, 9.165, 6.347, 6.324, 9.209, -15.371)),
    ),
    "mI": (
        (
            (3.5217, 4.0538, 3.5217, 3.6144, 3.2690, 3.6144),
            (("01", 2.889), ("12", 3.006), ("23", 9.997), ("34", 9.485), ("45", 9.482), ("05", 9.998)),
        ),
    ),
    "Lac": (((1.3142, 1.3142, 1.3142, 4.0974), (("03", 6.933), ("13", 6.933), ("23", 6.933))),),
    "2HG": (_five((4.022, 1.825, 1.977, 2.221, 2.272), (7.6, 4.1, -14.0, 5.3, 10.4, 10.6, 6.0, -15.0)),),
}


def _whole(axis: str, spin: int, count: int) -> Array:
    """One spin's operator among `count`."""
    made = np.eye(1, dtype=complex)
    for k in range(count):
        made = np.kron(made, PAULI[axis] if k == spin else np.eye(2))
    return made


def _signal(group: Group, mhz: float, echoes: tuple[float, float], times: tuple[int, float]) -> Array:
    """What a coupled group gives from the second echo on, in protons."""
    ppm, couplings = group
    count = len(ppm)
    each = {axis: [_whole(axis, k, count) for k in range(count)] for axis in PAULI}
    by_pair = dict(couplings)
    energy: Array = np.zeros((2**count, 2**count), complex)
    for shift, iz in zip(ppm, each["z"], strict=True):
        energy = energy + (shift - CENTRE_PPM) * mhz * iz
    for a, b in combinations(range(count), 2):
        energy = energy + by_pair.get(f"{a}{b}", 0.0) * sum(each[axis][a] @ each[axis][b] for axis in PAULI)
    hamiltonian = 2 * np.pi * np.asarray(energy)
    across = np.sum(each["x"], axis=0)
    turn = expm(-1j * np.pi * across)
    way = np.eye(2**count, dtype=complex)
    for wait in (echoes[0] / 2, sum(echoes) / 2):
        way = turn @ expm(-1j * hamiltonian * wait) @ way
    way = expm(-1j * hamiltonian * echoes[1] / 2) @ way
    value, vector = np.linalg.eigh(hamiltonian)
    state = vector.conj().T @ way @ across @ way.conj().T @ vector
    heard = vector.conj().T @ (across + 1j * sum(each["y"])) @ vector
    strength = (state * heard.T).ravel() * 4 / 2**count
    speed = (value[None, :] - value[:, None]).ravel()
    loud = np.abs(strength) > 1e-6
    return np.asarray(np.exp(1j * np.outer(np.arange(times[0]) * times[1], speed[loud])) @ strength[loud])


@lru_cache(maxsize=64)
def molecule(name: str, mhz: float, echoes: tuple[float, float], times: tuple[int, float]) -> Array:
    """The undamped signal of one molecule, (sample,), one proton gives 1. `echoes` in s; `times` samples and dwell."""
    clock = np.arange(times[0]) * times[1]
    total = np.zeros(times[0], complex)
    for ppm, protons in SINGLETS.get(name, ()):
        total += protons * np.exp(2j * np.pi * (ppm - CENTRE_PPM) * mhz * clock)
    for group in COUPLED.get(name, ()):
        total += _signal(group, mhz, echoes, times)
    return total


# Centre and width in ppm, protons: macromolecules as LCModel simulates them (from memory)
HUMPS = (
    *((0.91, 0.14, 3.0), (1.21, 0.15, 2.0), (1.43, 0.17, 2.0), (1.67, 0.15, 2.0)),
    *((2.08, 0.15, 1.33), (2.25, 0.20, 0.33), (1.95, 0.15, 0.33), (3.00, 0.20, 0.40)),
)


def macromolecules(mhz: float, times: tuple[int, float]) -> Array:
    """The broad signal of macromolecules, (sample,)."""
    clock = np.arange(times[0]) * times[1]
    made = np.zeros(times[0], complex)
    for ppm, width, protons in HUMPS:
        fall = np.exp(-((np.pi * width * mhz * clock) ** 2) / np.log(16))
        made += protons * fall * np.exp(2j * np.pi * (ppm - CENTRE_PPM) * mhz * clock)
    return made
