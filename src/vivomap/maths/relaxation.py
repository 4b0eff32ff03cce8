"""How magnetisation comes back and fades: T1 and T2 from signals, and concentration from the change of R1 = 1/T1.

A spoiled gradient echo of flip angle a and repetition time TR gives, with E = exp(-TR R1),

    S = M sin a (1 - E) / (1 - cos a E)

R1 from two or more angles starts from the straight line S/sin a = E S/tan a + M (1 - E), and is then fitted to S;
a train of spin echoes gives S = M exp(-TE R2). Rates are per second, times in seconds, angles in degrees.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.least_squares import Fit, fit

FASTEST = 100.0  # /s, project: R1 above 10 ms⁻¹ is no tissue; R2 up to ten times that
AT_ONCE = 1 << 14  # voxels: keeps the work in the cache


class Relaxed(NamedTuple):
    """Of each voxel: the rate (1/s) and its standard uncertainty, the signal at full magnetisation, the mean residual.

    NaN where there is none. The uncertainty is that of the residuals, where there are more signals than two.
    """

    rate: Array
    uncertainty: Array
    full: Array
    residual: Array


def spoiled(full: Array, rate: Array, tr: float, flip: Array) -> Array:
    """The signal of a spoiled gradient echo."""
    left, angle = np.exp(-tr * rate), np.deg2rad(flip)
    return np.asarray(full * np.sin(angle) * (1 - left) / (1 - np.cos(angle) * left))


def enhanced_rate(ratio: Array, rate: Array, tr: float, flip: float) -> Array:
    """R1 of a voxel whose signal is `ratio` times the one at its own R1; NaN where no R1 could give such a signal."""
    left, cosine = np.exp(-tr * rate), np.cos(np.deg2rad(flip))
    share = ratio * (1 - left) / (1 - cosine * left)
    now = (1 - share) / (1 - cosine * share)
    possible = (now > 0) & (share * cosine < 1)
    return np.where(possible, -np.log(np.where(possible, now, 1.0)) / tr, np.nan)


def by_flip_angles(signals: Array, flips: Array, tr: float) -> Relaxed:
    """R1 of signals (voxel, angle) at flip angles, (angle,) or (voxel, angle) where B1 is known."""
    angles = np.deg2rad(np.broadcast_to(np.asarray(flips, float), signals.shape))
    return _in_parts(signals, lambda part: _flips(signals[part].astype(float), angles[part], tr))


def by_echoes(signals: Array, echo_s: Array) -> Relaxed:
    """R2 of signals (voxel, echo) at echo times."""
    echo = np.asarray(echo_s, float)
    return _in_parts(signals, lambda part: _echoes(signals[part].astype(float), echo))


def _in_parts(signals: Array, work: object) -> Relaxed:
    parts = [slice(s, s + AT_ONCE) for s in range(0, max(len(signals), 1), AT_ONCE)]
    found = [work(part) for part in parts]  # type: ignore[operator]
    return Relaxed(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _flips(seen: Array, angles: Array, tr: float) -> Relaxed:
    sine, cosine = np.sin(angles), np.cos(angles)
    across, up = seen * cosine / sine, seen / sine
    x, y = across - across.mean(axis=1, keepdims=True), up - up.mean(axis=1, keepdims=True)
    spread = (x * x).sum(axis=1)
    slope = (x * y).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    left = np.clip(slope, np.exp(-tr * FASTEST), np.exp(-tr * 0.05))
    full = (up.mean(axis=1) - left * across.mean(axis=1)) / (1 - left)
    size = np.maximum(seen.max(axis=1), 1e-30)  # signals are scaled, so that both parameters are of order one

    def model(p: Array, who: Array) -> tuple[Array, Array]:
        e = np.exp(-tr * p[:, :1])
        below = 1 - cosine[who] * e
        shape = sine[who] * (1 - e) / below
        by_rate = p[:, 1:] * sine[who] * (1 - cosine[who]) / below**2 * tr * e
        return p[:, 1:] * shape, np.stack((by_rate, shape), axis=2)

    start = np.column_stack((-np.log(left) / tr, np.maximum(full / size, 1e-3)))
    low, high = np.array([1e-3, 0.0]), np.array([FASTEST, np.inf])
    return _rated(fit(model, seen / size[:, None], start, low, high), size, seen, (1e-3, FASTEST))


def _echoes(seen: Array, echo: Array) -> Relaxed:
    size = np.maximum(seen.max(axis=1), 1e-30)
    scaled = seen / size[:, None]
    weight = np.maximum(scaled, 1e-6) ** 2
    log = np.log(np.maximum(scaled, 1e-6))
    total = weight.sum(axis=1)
    at, mean = (weight @ echo) / total, (weight * log).sum(axis=1) / total
    spread = (weight * (echo - at[:, None]) ** 2).sum(axis=1)
    rate = -(weight * (echo - at[:, None]) * (log - mean[:, None])).sum(axis=1) / np.where(spread > 0, spread, 1.0)

    def model(p: Array, who: Array) -> tuple[Array, Array]:
        shape = np.exp(-p[:, :1] * echo)
        return p[:, 1:] * shape, np.stack((-p[:, 1:] * echo * shape, shape), axis=2)

    start = np.column_stack((rate, np.exp(mean + rate * at)))
    low, high = np.array([1e-3, 0.0]), np.array([10 * FASTEST, np.inf])
    return _rated(fit(model, scaled, start, low, high), size, seen, (1e-3, 10 * FASTEST))


def _rated(found: Fit, size: Array, seen: Array, bounds: tuple[float, float]) -> Relaxed:
    """The rates of a fit; none where signals are not positive or the rate lies on a bound."""
    rate = found.values[:, 0]
    good = (seen > 0).all(axis=1) & (rate > bounds[0]) & (rate < bounds[1])
    free = seen.shape[1] - 2
    variance = found.squares / free if free else np.full(len(seen), np.nan)
    columns = (rate, np.sqrt(found.inverse[:, 0, 0] * variance), found.values[:, 1] * size, np.sqrt(variance) * size)
    return Relaxed(*(np.where(good, c, np.nan) for c in columns))
