"""Two compartments that exchange: plasma that is flowed through, and the space outside the vessels.

    vp dcp/dt = Fp (ca - cp) + PS (ce - cp)      ve dce/dt = PS (cp - ce)      C = vp cp + ve ce

has the solution C = ca carried through A exp(-K- t) + B exp(-K+ t), with A + B = Fp. In A and B it is linear: the two
rates are sought on a grid, which gives a start that no guess can, and all four are then fitted. What returns from them:

    1/Tb = K+ - E (K+ - K-)   E = A/Fp   vp = Fp Tb   1/Te = K+ K- Tb   PS = vp (K+ + K- - 1/Te) - Fp   ve = PS Te

A slow rate of 0 is uptake without return, in which ve cannot be known. Rates are per second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.convolution import carried
from vivomap.maths.least_squares import Fit, fit

SLOW = np.concatenate(([0.0], np.geomspace(1e-4, 0.2, 24)))  # /s: where K- may lie
FAST = np.geomspace(0.005, 5.0, 28)  # /s: and K+
HIGHEST = 20.0  # /s, project: plasma that is renewed within 50 ms is not seen in seconds


class Exchange(NamedTuple):
    """Of each voxel: Fp and PS (1/s), vp and ve, the sum of squared residuals, and covariance over noise variance."""

    flow: Array
    permeability: Array
    vp: Array
    ve: Array
    squares: Array
    covariance: Array  # (voxel, 4, 4) in the order Fp, PS, vp, ve


def exchange(times: Array, plasma: Array, seen: Array, returning: bool = True) -> Exchange:
    """The fit of concentrations (voxel, time) to the artery's plasma (time,), times in s; ve is NaN without return."""
    start = _start(times, plasma, seen, returning)
    highest_slow = HIGHEST if returning else 0.0

    def model(p: Array, who: Array) -> tuple[Array, Array]:
        slow, fast = carried(times, plasma, p[:, 2]), carried(times, plasma, p[:, 3])
        curve = p[:, :1] * slow.integral + p[:, 1:2] * fast.integral
        by_rates = (p[:, :1] * slow.slope, p[:, 1:2] * fast.slope)
        return curve, np.stack((slow.integral, fast.integral, *by_rates), axis=2)

    low, high = np.array([0.0, 0.0, 0.0, 0.0]), np.array([np.inf, np.inf, highest_slow, HIGHEST])
    found = fit(model, seen, start, low, high)
    return _physiology(found, returning)


def _start(times: Array, plasma: Array, seen: Array, returning: bool) -> Array:
    """The best pair of rates on the grid with the amplitudes that belong to it."""
    slows = SLOW if returning else SLOW[:1]
    slow, fast = carried(times, plasma, slows).integral, carried(times, plasma, FAST).integral
    best, start = np.full(len(seen), np.inf), np.zeros((len(seen), 4))
    fit_slow, fit_fast = seen @ slow.T, seen @ fast.T
    for i, k in enumerate(slows):
        for j, rate in enumerate(FAST):
            if rate <= 1.2 * k:
                continue
            aa, ab, bb = slow[i] @ slow[i], slow[i] @ fast[j], fast[j] @ fast[j]
            a, b = _positive((aa, ab, bb), fit_slow[:, i], fit_fast[:, j])
            squares = a * a * aa + 2 * a * b * ab + b * b * bb - 2 * a * fit_slow[:, i] - 2 * b * fit_fast[:, j]
            better = squares < best
            best[better] = squares[better]
            start[better] = np.column_stack((a, b, np.full(len(seen), k), np.full(len(seen), rate)))[better]
    return start


def _positive(square: tuple[float, float, float], ya: Array, yb: Array) -> tuple[Array, Array]:
    """The two amplitudes, neither below 0, that come nearest."""
    aa, ab, bb = square
    d = max(aa * bb - ab * ab, 1e-12 * aa * bb)
    a, b = (ya * bb - yb * ab) / d, (yb * aa - ya * ab) / d
    only_a, only_b = np.maximum(ya / aa, 0), np.maximum(yb / bb, 0)
    return np.where(b < 0, only_a, np.where(a < 0, 0.0, a)), np.where(a < 0, only_b, np.where(b < 0, 0.0, b))


def _physiology(found: Fit, returning: bool) -> Exchange:
    """Fp, PS, vp and ve with their covariance, from the amplitudes and rates, by differences of the formula."""
    p = found.values
    swap = p[:, 2] > p[:, 3]
    order = np.where(swap[:, None], np.array([1, 0, 3, 2]), np.arange(4))
    p = np.take_along_axis(p, order, axis=1)
    inverse = np.take_along_axis(np.take_along_axis(found.inverse, order[:, :, None], 1), order[:, None, :], 2)
    values = _tissue(p, returning)
    turn = np.zeros((len(p), 4, 4))
    for k in range(4):
        step = 1e-6 * np.maximum(np.abs(p[:, k]), 1e-6)
        moved = p.copy()
        moved[:, k] += step
        turn[:, :, k] = (_tissue(moved, returning) - values) / step[:, None]
    covariance = turn @ inverse @ turn.transpose(0, 2, 1)
    fp, ps, vp, ve = values.T
    return Exchange(fp, ps, vp, ve, found.squares, covariance)


def _tissue(p: Array, returning: bool) -> Array:
    a, b, slow, fast = p.T
    flow = np.maximum(a + b, 1e-30)
    through = np.maximum(fast - a / flow * (fast - slow), 1e-30)
    vp = flow / through
    if not returning:
        return np.column_stack((flow, vp * (fast + slow) - flow, vp, np.full(len(p), np.nan)))
    back = slow * fast / through
    permeability = vp * (fast + slow - back) - flow
    return np.column_stack((flow, permeability, vp, permeability / np.maximum(back, 1e-30)))
