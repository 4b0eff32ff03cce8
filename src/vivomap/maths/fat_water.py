"""Water and fat told apart by how their signals run out of step, with the field and T2* that both share.

    s(t) = e^(iφ) (w + f sum of a_p e^(2πi δ_p γ B0 t)) e^(2πi ψ t) e^(-R t)

with real w and f, one phase φ, the six peaks (δ_p, a_p) of fat, the field ψ (Hz) and R = 1/T2* (/s). Because w and f
are real, noise lifts neither: their share has no bias from magnitudes. A field that is off by the shift of fat would
swap the two; so ψ is first sought over its whole range where the misfit summed over a neighbourhood is least, since the
field is smooth and its misfit tells six peaks from one, and only then fitted in each voxel near by.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core.image import Array
from vivomap.maths.least_squares import fit

GYRO = 42.577  # MHz/T, of hydrogen
SHIFTS = np.array((-3.80, -3.40, -2.60, -1.94, -0.39, 0.60))  # ppm from water; Hamilton et al., NMR Biomed 2011;24:784
AMPLITUDES = np.array((0.087, 0.693, 0.128, 0.004, 0.039, 0.048))  # the same, as open code of many groups has them
RATES = (20.0, 55.0, 90.0, 140.0)  # project: /s, T2* 50 to 7 ms, tried in the search
FIELD_STEP = 10.0  # project: Hz, between fields that are tried
NEIGHBOURS = (3, 5, 5)  # project: voxels (z, y, x) over which the misfit is summed
STRAY = 2  # project: steps by which a voxel may stray from the field of its neighbourhood in the search
REACH = 60.0  # project: Hz, how far a voxel may lie from the field of its neighbourhood
FASTEST = 1000.0  # /s


class FatWater(NamedTuple):
    """Per voxel: fat share f/(w + f) its standard uncertainty, R (/s) and its own, field (Hz), misfit.

    The misfit is the deviation of one sample as a share of w + f."""

    share: Array
    share_u: Array
    rate: Array
    rate_u: Array
    field: Array
    misfit: Array


def fat_signal(times: Array, field_t: float) -> Array:
    """The signal of pure fat at echo times (s) in a field of `field_t` T, 1 at time 0, without its decay."""
    return np.asarray(AMPLITUDES @ np.exp(2j * np.pi * np.outer(SHIFTS * GYRO * field_t, times)) / AMPLITUDES.sum())


def search(signals: Array, times: Array, fat: Array, tissue: Array) -> tuple[Array, Array]:
    """The field (z, y, x) in Hz where the misfit of the neighbourhood is least, and that misfit as a share of signal.

    `signals` (echo, z, y, x) are complex; fields are sought over one turn between the closest echoes.
    """
    half = 0.5 / float(np.diff(times).min())
    step = 2 * half / max(round(2 * half / FIELD_STEP), 8)
    inside = signals[:, tissue]
    power = (np.abs(inside) ** 2).sum(axis=0)
    volume = np.zeros(tissue.shape)
    best, found = np.full(tissue.shape, np.inf), np.zeros(tissue.shape)
    recent: deque[Array] = deque(maxlen=2 * STRAY + 1)
    for k in range(-STRAY, round(2 * half / step) + STRAY):
        recent.append(_misfit(inside, power, times, (fat, k * step - half)))
        if len(recent) == recent.maxlen:
            volume[tissue] = np.min(recent, axis=0)
            summed = ndimage.uniform_filter(volume, NEIGHBOURS, mode="constant")
            better = summed < best
            best[better], found[better] = summed[better], (k - STRAY) * step - half
    volume[tissue] = power
    whole = np.maximum(ndimage.uniform_filter(volume, NEIGHBOURS, mode="constant"), 1e-300)
    return found, best / whole


def _misfit(inside: Array, power: Array, times: Array, tried: tuple[Array, float]) -> Array:
    """What water and fat leave of the power of each voxel (voxel,) at one field, at the best of `RATES`."""
    fat, field = tried
    left = power
    for rate in RATES:
        shape = np.exp((2j * np.pi * field - rate) * times)[:, None] * np.column_stack((np.ones(len(times)), fat))
        basis = np.linalg.qr(shape)[0]
        left = np.minimum(left, power - (np.abs(basis.conj().T @ inside) ** 2).sum(axis=0))
    return left


def separated(signals: Array, times: Array, fat: Array, field: Array) -> FatWater:
    """The fit of each voxel (echo, voxel) from a field (voxel,) near its own. Needs three echoes or more."""
    signals = signals * np.exp(-2j * np.pi * field * times[:, None])
    start = _start(signals, times, fat)
    low, high = np.array((-np.inf, -np.inf, -np.inf, -REACH, 0.0)), np.array((np.inf, np.inf, np.inf, REACH, FASTEST))
    power = np.sqrt(np.mean(np.abs(signals) ** 2)) + 1e-300
    seen = np.concatenate((signals.real, signals.imag)).T / power
    start[:, :2] /= power

    def model(values: Array, which: Array) -> tuple[Array, Array]:
        water, lipid, phase, offset, rate = (v[:, None] for v in values.T)
        turn = np.exp(1j * (phase + 2 * np.pi * offset * times) - rate * times)
        whole = (water + lipid * fat) * turn
        slopes = (turn, fat * turn, 1j * whole, 2j * np.pi * times * whole, -times * whole)
        stacked = np.stack([np.concatenate((s.real, s.imag), axis=1) for s in slopes], axis=2)
        return np.concatenate((whole.real, whole.imag), axis=1), stacked

    found = fit(model, seen, start, low, high)
    water, lipid, _, offset, rate = found.values.T
    variance = found.squares / max(2 * len(times) - 5, 1)
    whole = water + lipid
    safe = np.where(np.abs(whole) > 1e-12, whole, np.nan)
    slopes = np.stack((-lipid / safe**2, water / safe**2), axis=1)
    share_u = np.sqrt(variance * np.einsum("vi,vij,vj->v", slopes, found.inverse[:, :2, :2], slopes))
    rate_u = np.sqrt(variance * found.inverse[:, 4, 4])
    misfit = np.sqrt(variance) / np.maximum(np.abs(whole), 1e-12)
    return FatWater(lipid / safe, share_u, rate, rate_u, field + offset, misfit)


def _start(signals: Array, times: Array, fat: Array) -> Array:
    """First values (voxel, 5): the linear solution without a field, at the rate of `RATES` that fits best."""
    start, best = np.zeros((signals.shape[1], 5)), np.full(signals.shape[1], np.inf)
    for rate in RATES:
        shape = np.exp(-rate * times)[:, None] * np.column_stack((np.ones(len(times)), fat))
        both = np.linalg.lstsq(shape, signals, rcond=None)[0]
        left = (np.abs(signals - shape @ both) ** 2).sum(axis=0)
        phase = np.angle(both.sum(axis=0))
        plain = (both * np.exp(-1j * phase)).real
        better = left < best
        best[better] = left[better]
        tried = np.column_stack((*plain, phase, np.zeros(phase.size), np.full(phase.size, rate)))
        start[better] = tried[better]
    return start
