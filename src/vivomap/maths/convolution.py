"""An inflow carried through an exponential: exact for an inflow that runs straight from sample to sample.

    I(t) = ∫ c(u) exp(-k (t - u)) du  from the first sample to t

With x = k h over a step h, I goes on by exp(-x) I + h (A(x) c_before + B(x) c_now), where

    A(x) = (1 - (1 + x) exp(-x)) / x²      B(x) = (x - 1 + exp(-x)) / x²

and both have power series for small x. Steps need not be even, and no finer grid is laid over the samples: a sum of
products on the sampled grid would be wrong by half a step.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from scipy import interpolate

from vivomap.core.image import Array

compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp"})


class Carried(NamedTuple):
    """The integral for each rate at each time (rate, time), and its derivative by the rate."""

    integral: Array
    slope: Array


@compiled
def weights(x: float, left: float) -> tuple[float, float, float, float]:
    """A, B and their derivatives at x, where `left` is exp(-x); the series below 0.05 are exact to 1e-9 of them."""
    if x < 0.05:
        return (
            0.5 - x * (1 / 3 - x * (1 / 8 - x * (1 / 30 - x * (1 / 144 - x / 840)))),
            0.5 - x * (1 / 6 - x * (1 / 24 - x * (1 / 120 - x * (1 / 720 - x / 5040)))),
            -1 / 3 + x * (1 / 4 - x * (1 / 10 - x * (1 / 36 - x / 168))),
            -1 / 6 + x * (1 / 12 - x * (1 / 40 - x * (1 / 180 - x / 1008))),
        )
    a, b = (1 - (1 + x) * left) / (x * x), (x - 1 + left) / (x * x)
    return a, b, left / x - 2 * a / x, (1 - left) / (x * x) - 2 * b / x


@compiled
def _carry(times: Array, inflow: Array, rates: Array, integral: Array, slope: Array) -> None:
    for k in range(rates.size):
        integral[k, 0] = slope[k, 0] = last = left = a = b = da = db = 0.0
        for i in range(1, times.size):
            h = times[i] - times[i - 1]
            if abs(h - last) > 1e-9 * h:
                last, left = h, math.exp(-rates[k] * h)
                a, b, da, db = weights(rates[k] * h, left)
            before, now = inflow[i - 1], inflow[i]
            slope[k, i] = left * (slope[k, i - 1] - h * integral[k, i - 1]) + h * h * (da * before + db * now)
            integral[k, i] = left * integral[k, i - 1] + h * (a * before + b * now)


def carried(times: Array, inflow: Array, rates: Array) -> Carried:
    """The inflow (time,) carried through an exponential of each rate (rate,), in the units of time and 1/time."""
    integral, slope = np.empty((len(rates), len(times))), np.empty((len(rates), len(times)))
    at, brought, each = (np.ascontiguousarray(v, float) for v in (times, inflow, rates))
    _carry(at, brought, each, integral, slope)
    return Carried(integral, slope)


def response(times: Array, rate: float) -> Array:
    """The matrix (time, time) that takes any inflow to its integral at one rate: column i is of a hat at sample i."""
    hats, one = np.eye(len(times)), np.array([rate])
    return np.column_stack([carried(times, hat, one).integral[0] for hat in hats])


def delayed(times: Array, inflow: Array, delay: float) -> Array:
    """The inflow as it arrives later by a delay; nothing before its first sample.

    Between samples it runs as a cubic spline, which, unlike a straight line, does not flatten a peak by being moved.
    """
    at = times - delay
    moved = interpolate.CubicSpline(times, inflow)(np.minimum(at, times[-1]))
    return np.where(at < times[0], 0.0, moved)
