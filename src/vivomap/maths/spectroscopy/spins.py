"""Coupled spins in a pulse sequence, by the density matrix: which lines they give, and how strong.

    H = 2π Σ ν_k Iz_k + 2π Σ J_kl I_k·I_l,   ρ(t) = exp(-iHt) ρ exp(iHt),   s(t) = Tr(ρ(t) F+) / (2^n / 4)

Pulses are ideal. A spin without coupling gives exp(2πi ν t) with amplitude 1 in every sequence, so that a methyl
counts 3; what coupling does at the echo time is what is left.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.spectroscopy.molecules import Spins

FAINT = 1e-5  # of one proton: weaker lines are left out
HALF = np.pi / 2


class Sequence(NamedTuple):
    """PRESS (two refocusing pulses), STEAM (three of 90°), SE (one refocusing pulse) or FID; times in s.

    `first` is the part of the echo time that belongs to the first echo of PRESS; `mixing` the mixing time of STEAM.
    """

    kind: str
    echo: float
    first: float = 0.0
    mixing: float = 0.0


class Lines(NamedTuple):
    """Frequencies in Hz and their complex amplitudes."""

    hz: Array
    amplitude: Array


class _System(NamedTuple):
    """Energies in rad/s, magnetic number of each state, and the states as columns."""

    energy: Array
    magnetic: Array
    states: Array


def lines(spins: Spins, mhz: float, centre_ppm: float, sequence: Sequence) -> Lines:
    """The lines of one spin system. Raises Refusal for a sequence that is not known."""
    system = _system(spins, mhz, centre_ppm)
    rho = _played(system, sequence)
    alone = _system(Spins((centre_ppm,)), mhz, centre_ppm)
    unit = complex(np.sum(_played(alone, sequence) * _raising(alone).T)) * 2
    detect = _raising(system).T
    weight = rho * detect * (4 / detect.shape[0]) / unit
    seen = np.abs(weight) > FAINT
    apart = system.energy[:, None] - system.energy[None, :]
    return _merged(-apart[seen] / (2 * np.pi), weight[seen] * spins.copies)


def _merged(hz: Array, amplitude: Array) -> Lines:
    """Lines within a hundredth of a hertz as one."""
    places, which = np.unique(np.round(hz, 2), return_inverse=True)
    total = np.zeros(places.size, complex)
    np.add.at(total, which.ravel(), amplitude)
    return Lines(places, total)


def _system(spins: Spins, mhz: float, centre_ppm: float) -> _System:
    """Energies and states, block by block of the magnetic number, which H keeps."""
    count = len(spins.ppm)
    up = np.array([[(k >> i) & 1 for i in range(count)] for k in range(2**count)]) - 0.5  # Iz of spin i in state k
    matrix = np.diag(up @ ((np.asarray(spins.ppm) - centre_ppm) * mhz)).astype(float)
    for a, b, hz in spins.hz:
        matrix += np.diag(up[:, a] * up[:, b] * hz)
        flip = np.flatnonzero(up[:, a] != up[:, b])
        matrix[flip, flip ^ ((1 << a) | (1 << b))] += hz / 2
    magnetic = up.sum(axis=1)
    energy, states = np.zeros(2**count), np.zeros((2**count, 2**count))
    for value in np.unique(magnetic):
        block = np.flatnonzero(magnetic == value)
        energy[block], states[np.ix_(block, block)] = np.linalg.eigh(matrix[np.ix_(block, block)])
    return _System(2 * np.pi * energy, magnetic, states)


def _raising(system: _System) -> Array:
    """F+ between the states."""
    count = int(np.log2(len(system.energy)))
    plain = np.zeros_like(system.states)
    for spin in range(count):
        down = np.flatnonzero(~(np.arange(2**count) >> spin) & 1)
        plain[down | (1 << spin), down] += 1.0
    return np.asarray(system.states.T @ plain @ system.states)


def _turn(system: _System, angle: float) -> Array:
    """A pulse about x on all spins, between the states."""
    one = np.array([[np.cos(angle / 2), -1j * np.sin(angle / 2)], [-1j * np.sin(angle / 2), np.cos(angle / 2)]])
    count = int(np.log2(len(system.energy)))
    return np.asarray(system.states.T @ reduce(np.kron, [one] * count) @ system.states)


def _played(system: _System, sequence: Sequence) -> Array:
    """The density matrix when sampling begins."""
    raising = _raising(system)
    rho: Array = (raising + raising.T).astype(complex) / 2

    def wait(time: float) -> None:
        nonlocal rho
        turn = np.exp(-1j * system.energy * time)
        rho = turn[:, None] * rho * turn.conj()[None, :]

    def pulse(angle: float) -> None:
        nonlocal rho
        by = _turn(system, angle)
        rho = by @ rho @ by.conj().T

    def keep(order: int) -> None:
        nonlocal rho
        rho = np.where(np.isclose(system.magnetic[:, None] - system.magnetic[None, :], order), rho, 0)

    if sequence.kind == "PRESS":
        second = sequence.echo - sequence.first
        for time in (sequence.first / 2, sequence.echo / 2):
            wait(time)
            pulse(np.pi)
        wait(second / 2)
    elif sequence.kind == "SE":
        wait(sequence.echo / 2)
        pulse(np.pi)
        wait(sequence.echo / 2)
    elif sequence.kind == "STEAM":
        wait(sequence.echo / 2)
        keep(1)
        pulse(HALF)
        keep(0)
        wait(sequence.mixing)
        pulse(HALF)
        wait(sequence.echo / 2)
    elif sequence.kind != "FID":
        expected = "PRESS, STEAM, SE or FID"
        raise Refusal("setting_absent", "MRS: the sequence is not known", found=sequence.kind, expected=expected)
    return rho
