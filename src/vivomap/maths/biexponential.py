"""Two exponentials in every voxel: a slow one, and a fast one that carries the share f of the signal.

    S(b) = S0 (f exp(-b fast) + (1 - f) exp(-b slow)),  fast > slow, both in the inverse unit of b

*Segmented*: the slow rate from the signals at b of `split` and more, where the fast part has died away, by weighted
least squares on ln S; the fast rate by search, with f from what that line leaves at b = 0; then S0 and f anew.
*Full*: least squares on S in all four at once. For given rates the amplitudes S0 f and S0 (1 - f) are the solution of
a two-by-two system, kept from falling below 0; the logarithms of the two rates are stepped by Levenberg-Marquardt on
what the amplitudes leave over (variable projection; Golub, Pereyra 1973; the Jacobian of Kaufman 1975; from memory).
All sums over b are matrix products over many voxels at once, so that the cost is bound by the exponentials.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

AT_ONCE = 1 << 14  # voxels: keeps the work in the cache
STEPS = 24  # of the search for the fast rate, in equal ratios
MOST_ROUNDS = 30
SETTLED = 1e-4  # of a rate: smaller steps end the fit, far below any noise
GAIN = 1e-4  # of the squares left over: what gains less has settled
MOST_DAMPING = 1e4
LONGEST = 1.5  # of one step of a log rate
TINY = 1e-30
USUAL = (0.03, 1.2e-3)  # mm2/s, perfusion and tissue: the middle of 14 tissues of OSIPI (methods A4)
SPREAD = np.array([[1.0], [2.0]])  # project: of the logarithm of each rate among tissues, standard deviation
MIDDLE = np.log(np.array(USUAL))[:, None]


class Bounds(NamedTuple):
    """The lowest and highest rates that are looked for, in the inverse unit of b; f lies between 0 and 1."""

    slow: tuple[float, float] = (1e-5, 4e-3)
    fast: tuple[float, float] = (4e-3, 0.2)


BOUNDS = Bounds()


class Fit(NamedTuple):
    """S0, share, fast and slow rate of each voxel, all of one shape; `rest`: squares left over, and the pull."""

    s0: Array
    share: Array
    fast: Array
    slow: Array
    rest: Array


def segmented(signals: Array, b: Array, split: float, bounds: Bounds = BOUNDS) -> Fit:
    """The fit in two steps of signals (frame, voxel); NaN where no line runs through the signals from `split` on."""
    return _in_parts(signals, lambda part: _segmented(part, np.asarray(b, float), split, bounds))


def full(signals: Array, b: Array, split: float, noise: float = 0.0, bounds: Bounds = BOUNDS) -> Fit:
    """The fit of signals (frame, voxel) in all four at once, begun at the segmented one; `noise` of one signal.

    Without noise it is least squares. With noise the rates are also drawn towards `USUAL`, as strongly as the noise
    leaves them undetermined: the most probable rates, if their logarithms are normal about the usual ones.
    """
    return _in_parts(signals, lambda part: _full(part, np.asarray(b, float), split, noise, bounds))


def inverse(fit: Fit, b: Array, noise: float) -> tuple[Array, Array]:
    """How the signals tell S0, share, ln fast and ln slow: the inverse of their normal matrix (voxel, 4, 4), and the
    slopes of the signals in them (voxel, frame, 4).

    `noise`² times the inverse is the covariance of the four, drawn towards the usual rates as in `full`.
    """
    s0, share, fast, slow = (np.atleast_1d(v)[:, None] for v in fit[:4])
    quick, late = np.exp(-b * fast), np.exp(-b * slow)
    model = share * quick + (1 - share) * late
    by_rate = (-s0 * share * b * fast * quick, -s0 * (1 - share) * b * slow * late)
    slopes = np.stack((model, s0 * (quick - late), *by_rate), axis=-1)
    drawn = np.concatenate(([0.0, 0.0], (max(noise, TINY) / SPREAD[:, 0]) ** 2))
    normal = np.swapaxes(slopes, 1, 2) @ slopes + np.diag(drawn)
    scale = 1 / np.sqrt(np.einsum("nii->ni", normal) + TINY)
    sound = np.linalg.inv(normal * scale[:, :, None] * scale[:, None, :] + 1e-12 * np.eye(4))
    return sound * scale[:, :, None] * scale[:, None, :], slopes


def _in_parts(signals: Array, fit: Callable[[Array], Fit]) -> Fit:
    parts = [
        fit(np.asarray(signals[:, start : start + AT_ONCE], float)) for start in range(0, signals.shape[1], AT_ONCE)
    ]
    return Fit(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _segmented(s: Array, b: Array, split: float, bounds: Bounds) -> Fit:
    late = b >= split
    weight = np.where(s[late] > 0, s[late] ** 2, 0.0)
    log = np.log(np.where(s[late] > 0, s[late], 1.0))
    w, wb, wbb = np.stack((np.ones(late.sum()), b[late], b[late] ** 2)) @ weight
    wy, wby = np.stack((np.ones(late.sum()), b[late])) @ (weight * log)
    spread = w * wbb - wb * wb
    lined = spread > 0
    spread = np.where(lined, spread, 1.0)
    slow = np.clip((wb * wy - w * wby) / spread, *bounds.slow)
    height = np.exp((wy + slow * wb) / np.where(w > 0, w, 1.0))
    s0 = s[b == b.min()].mean(axis=0)
    share = np.clip(1 - height / np.where(s0 > 0, s0, 1.0), 0.0, 1.0)
    fast = _search(s, b, Fit(s0, share, slow, slow, slow), bounds)
    found = _weighed(s, b, fast, slow)
    return Fit(*(np.where(lined & (s0 > 0), v, np.nan) for v in found))


def _search(s: Array, b: Array, fit: Fit, bounds: Bounds) -> Array:
    """The fast rate that leaves least, by steps in equal ratios and a parabola through the best three."""
    rates = np.geomspace(*bounds.fast, STEPS)
    shapes = np.exp(-np.outer(rates, b))
    tissue = s - fit.s0 * (1 - fit.share) * np.exp(-b[:, None] * fit.slow)
    height = fit.s0 * fit.share
    cost = height * ((shapes**2).sum(axis=1)[:, None] * height - 2 * (shapes @ tissue))
    best = np.clip(cost.argmin(axis=0), 1, STEPS - 2)
    before, at, after = np.take_along_axis(cost, best + np.array([[-1], [0], [1]]), axis=0)
    bend = before - 2 * at + after
    shift = np.clip(np.where(bend > 0, (before - after) / 2 / np.where(bend > 0, bend, 1.0), 0.0), -1.0, 1.0)
    return np.asarray(rates[0] * (rates[1] / rates[0]) ** (best + shift))


def _weighed(s: Array, b: Array, fast: Array, slow: Array) -> Fit:
    """S0 and the share by least squares on all signals, for known rates."""
    e1, e2 = np.exp(-b[:, None] * fast), np.exp(-b[:, None] * slow)
    q11, q12, q22, y1, y2 = (np.einsum("fv,fv->v", *pair) for pair in ((e1, e1), (e1, e2), (e2, e2), (s, e1), (s, e2)))
    quick, late = _amplitudes((q11, q12, q22), y1, y2)
    total = np.maximum(quick + late, TINY)
    rest = np.einsum("fv,fv->v", s, s) - quick * y1 - late * y2
    return Fit(total, quick / total, fast, slow, rest)


class _Task(NamedTuple):
    """Signals over their S0 (frame, voxel), b, and the variance of their noise, which pulls towards the usual rates."""

    y: Array
    b: Array
    pull: Array


class _State(NamedTuple):
    """Where the fit of each voxel stands: amplitudes and log rates of both parts, what is left, the next step."""

    amplitude: Array
    rates: Array
    rest: Array
    slope: Array
    bend: Array


def _full(s: Array, b: Array, split: float, noise: float, bounds: Bounds) -> Fit:
    start = _segmented(s, b, split, bounds)
    low, high = np.log(np.array([bounds.fast, bounds.slow])).T[:, :, None]
    scale = np.maximum(s[b == b.min()].mean(axis=0), TINY)
    known = np.isfinite(start.slow)
    y = s / scale
    first = np.where(known, np.stack((start.fast, start.slow)), np.sqrt(np.exp(low + high)))
    pull = (noise / scale) ** 2
    rates = _settle(_Task(y, b, pull), np.clip(np.log(first), low, high), (low, high))
    done = _stand(_Task(y, b, pull), rates)
    quick, slow = done.amplitude
    total = np.maximum(quick + slow, TINY)
    found = Fit(total * scale, quick / total, np.exp(rates[0]), np.exp(rates[1]), done.rest * scale**2)
    return Fit(*(np.where(known, v, np.nan) for v in found))


def _settle(task: _Task, rates: Array, ends: tuple[Array, Array]) -> Array:
    """The log rates (fast and slow, voxel) of least squares from a first guess; voxels that have settled rest."""
    state, busy = _stand(task, rates), np.arange(task.y.shape[1])
    damping = np.full(task.y.shape[1], 1e-2)
    for _ in range(MOST_ROUNDS):
        tried = _stand(task, np.clip(state.rates + _step(state, damping, *ends), *ends))
        better = tried.rest < state.rest
        gain = (state.rest - tried.rest) > GAIN * state.rest
        moved = np.abs(tried.rates - state.rates).max(axis=0) > SETTLED
        rates[:, busy[better]] = tried.rates[:, better]
        left = np.where(better, gain & moved, moved & (damping < MOST_DAMPING))
        if not left.any():
            break
        state = _State(*(np.where(better, new, old)[..., left] for new, old in zip(tried, state, strict=True)))
        damping = np.where(better, damping * 0.1, damping * 10)[left]
        busy, task = busy[left], _Task(task.y[:, left], task.b, task.pull[left])
    return rates


def _stand(task: _Task, rates: Array) -> _State:
    """Amplitudes, what they leave over, its slope and bend in the log rates."""
    y, b = task.y, task.b
    fast, slow = np.exp(rates)
    e1, e2 = np.exp(-b[:, None] * fast), np.exp(-b[:, None] * slow)
    powers = np.stack((np.ones_like(b), b, b * b))
    q11, q12, q22 = powers @ (e1 * e1), powers @ (e1 * e2), powers @ (e2 * e2)
    y1, y2 = powers[:2] @ (y * e1), powers[:2] @ (y * e2)
    a1, a2 = _amplitudes((q11[0], q12[0], q22[0]), y1[0], y2[0])
    rest = (y * y).sum(axis=0) - a1 * (2 * y1[0] - a1 * q11[0]) - a2 * (2 * y2[0] - a2 * q22[0]) + 2 * a1 * a2 * q12[0]
    k1, k2 = -a1 * fast, -a2 * slow  # the log rate changes the model by k b e
    slope = np.stack((k1 * (y1[1] - a1 * q11[1] - a2 * q12[1]), k2 * (y2[1] - a1 * q12[1] - a2 * q22[1])))
    away, firm = rates - MIDDLE, task.pull / SPREAD**2
    rest, slope = rest + (firm * away * away).sum(axis=0), slope - firm * away
    cross = (k1 * q11[1], k1 * q12[1], k2 * q12[1], k2 * q22[1])
    own = (k1 * k1 * q11[2] + firm[0], k1 * k2 * q12[2], k2 * k2 * q22[2] + firm[1])
    return _State(np.stack((a1, a2)), rates, rest, slope, _left_over(own, cross, (q11[0], q12[0], q22[0])))


def _amplitudes(q: tuple[Array, Array, Array], y1: Array, y2: Array) -> tuple[Array, Array]:
    """The two amplitudes of least squares; where one would be negative it is 0 and the other stands alone."""
    q11, q12, q22 = q
    whole = np.maximum(q11 * q22 - q12 * q12, TINY)
    a1, a2 = (y1 * q22 - y2 * q12) / whole, (y2 * q11 - y1 * q12) / whole
    alone1, alone2 = np.maximum(y1 / q11, 0.0), np.maximum(y2 / np.maximum(q22, TINY), 0.0)
    return np.where(a1 < 0, 0.0, np.where(a2 < 0, alone1, a1)), np.where(a2 < 0, 0.0, np.where(a1 < 0, alone2, a2))


def _left_over(own: tuple[Array, ...], cross: tuple[Array, ...], q: tuple[Array, ...]) -> Array:
    """The bend in the log rates that remains when the amplitudes follow: (3, voxel) of a symmetric matrix."""
    q11, q12, q22 = q
    whole = np.maximum(q11 * q22 - q12 * q12, 1e-12 * q11 * q22 + TINY)
    c11, c12, c21, c22 = cross
    h11, h12 = (c11 * q22 - c12 * q12) / whole, (c12 * q11 - c11 * q12) / whole
    h21, h22 = (c21 * q22 - c22 * q12) / whole, (c22 * q11 - c21 * q12) / whole
    return np.stack((own[0] - h11 * c11 - h12 * c12, own[1] - h11 * c21 - h12 * c22, own[2] - h21 * c21 - h22 * c22))


def _step(state: _State, damping: Array, low: Array, high: Array) -> Array:
    """The damped step of the log rates; a rate that would leave its bounds stands still."""
    g1, g2 = state.slope
    m11, m12, m22 = state.bend
    held = ((state.rates <= low) & (state.slope < 0)) | ((state.rates >= high) & (state.slope > 0))
    m11, m22 = m11 * (1 + damping) + TINY, m22 * (1 + damping) + TINY
    m12 = np.where(held.any(axis=0), 0.0, m12)
    g1, g2 = np.where(held, 0.0, (g1, g2))
    whole = np.maximum(m11 * m22 - m12 * m12, TINY * m11 * m22 + TINY**2)
    step = np.stack(((g1 * m22 - g2 * m12) / whole, (g2 * m11 - g1 * m12) / whole))
    return np.asarray(np.clip(step, -LONGEST, LONGEST))
