"""One substance turned into another while pulses use both up: hyperpolarised pyruvate to lactate.

Between two pulses, h apart, with P running straight from what the first pulse left of it to what the next one finds,

    L goes on by   exp(-R h) L + k h (A(R h) P_left + B(R h) P_found)        A, B of maths/convolution

and pulses of flip angle θ, given N times, leave cos^N θ of it; the first of them shows sin θ of what it found. So the
curve of L is linear in the rate k and in the L that was there at first, and the fit is exact. All magnetisations are
those that a pulse finds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.convolution import weights


class Pulses(NamedTuple):
    """What each pulse shows of a magnetisation, and what it leaves of it, each (frame,)."""

    shown: Array
    left: Array


class Rates(NamedTuple):
    """k of each voxel (voxel,), its variance for noise of variance 1, and the residual (voxel, frame)."""

    rate: Array
    leverage: Array
    rest: Array


def pulses(flip_deg: Array, excitations: float) -> Pulses:
    """Pulses of given flip angles (frame,), each given several times before the next frame."""
    angle = np.deg2rad(np.asarray(flip_deg, float))
    return Pulses(np.sin(angle), np.cos(angle) ** excitations)


def made(times: Array, found: Array, before: Pulses, after: Pulses, loss: float) -> tuple[Array, Array]:
    """The product for k = 1 out of the substrate `found` (voxel, frame), and what one unit of it at first becomes.

    `before` are the pulses of the substrate, `after` those of the product, `loss` its own rate of relaxation.
    """
    count = found.shape[1]
    product, first = np.zeros(found.shape), np.ones(count)
    for k in range(1, count):
        step = float(times[k] - times[k - 1])
        kept = float(np.exp(-loss * step))
        a, b = weights(loss * step, kept)[:2]
        gained = step * (a * before.left[k - 1] * found[:, k - 1] + b * found[:, k])
        product[:, k] = kept * after.left[k - 1] * product[:, k - 1] + gained
        first[k] = kept * after.left[k - 1] * first[k - 1]
    return product, first


def converted(times: Array, signals: tuple[Array, Array], flips: tuple[Pulses, Pulses], loss: float) -> Rates:
    """The rate k at which substrate becomes product, from the signals of both (voxel, frame), by least squares.

    What is there of the product at first is fitted with it, so that a scan may begin after the injection.
    """
    substrate, product = signals
    grown, first = made(times, substrate / flips[0].shown, flips[0], flips[1], loss)
    by_rate, by_first = grown * flips[1].shown, np.broadcast_to(first * flips[1].shown, grown.shape)
    rr, rf = (by_rate * by_rate).sum(axis=1), (by_rate * by_first).sum(axis=1)
    ff = (by_first * by_first).sum(axis=1)
    ry, fy = (by_rate * product).sum(axis=1), (by_first * product).sum(axis=1)
    own = rr * ff - rf * rf
    rate, start = (ry * ff - fy * rf) / own, (fy * rr - ry * rf) / own
    return Rates(rate, ff / own, product - rate[:, None] * by_rate - start[:, None] * by_first)


def area(times: Array, found: Array, flips: Pulses) -> Array:
    """The area under a magnetisation (voxel, frame) over time: from what each pulse left to what the next one found."""
    steps = np.diff(times)
    return np.asarray(((found[:, :-1] * flips.left[:-1] + found[:, 1:]) / 2 * steps).sum(axis=1))
