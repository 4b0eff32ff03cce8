"""The extended Tofts model in every voxel: what leaks out of the plasma, and the plasma that is there.

    C(t) = Ktrans ∫ cp(u) exp(-kep (t - u)) du + vp cp(t)      ve = Ktrans / kep

The start is the linear solution of Murase, from integrals of C and cp; then Levenberg and Marquardt's steps with the
exact integral of `convolution` and its exact slope. The voxels are walked through one by one in compiled code, so that
nothing but the curves is held in memory. With vp held at 0 it is the plain Tofts model.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.convolution import compiled, weights

STEPS = 40
HIGHEST = (5.0 / 60, 50.0 / 60, 1.0)  # /s, /s, 1: Ktrans 5 /min and vp 1 are bounds of methods A6, kep is project
LOW = (0.0, 1e-6, 0.0)
COLUMNS = 8
Grid = tuple[Array, Array, Array]  # times, plasma, the highest Ktrans, kep and vp


class Tofts(NamedTuple):
    """Of each voxel: Ktrans and kep (1/time), vp, the sum of squared residuals; J'J's inverse for the variances."""

    ktrans: Array
    kep: Array
    vp: Array
    squares: Array
    var_ktrans: Array
    var_kep: Array
    covariance: Array  # of Ktrans and kep
    var_vp: Array


def tofts(times: Array, plasma: Array, seen: Array, extended: bool = True) -> Tofts:
    """The fit of concentrations (voxel, time) to the plasma's (time,); times in s. Variances are for unit noise."""
    high = np.array(HIGHEST) if extended else np.array((*HIGHEST[:2], 0.0))
    out = np.empty((len(seen), COLUMNS))
    whole = np.ascontiguousarray(seen, float)
    grid = (np.ascontiguousarray(times, float), np.ascontiguousarray(plasma, float), high)
    workers = min(os.cpu_count() or 1, 1 + len(whole) // 2048)
    cuts = np.linspace(0, len(whole), workers + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    with ThreadPoolExecutor(workers) as pool:  # the compiled code runs outside Python's lock
        list(pool.map(lambda part: _walk(grid, whole[part], out[part]), parts))
    return Tofts(*out.T)


@compiled
def _model(grid: Grid, y: Array, p: Array, room: Array) -> float:
    """Residuals into the first row of the room, slopes by Ktrans, kep and vp into the others; the sum of squares."""
    times, plasma, _ = grid
    integral = slope = left = a = b = da = db = before = squares = 0.0
    last = -1.0
    for i in range(times.size):
        now = plasma[i]
        if i:
            h = times[i] - times[i - 1]
            if abs(h - last) > 1e-9 * h:
                last, left = h, math.exp(-p[1] * h)
                a, b, da, db = weights(p[1] * h, left)
            slope = left * (slope - h * integral) + h * h * (da * before + db * now)
            integral = left * integral + h * (a * before + b * now)
        rest = y[i] - p[0] * integral - p[2] * now
        room[0, i], room[1, i], room[2, i], room[3, i] = rest, integral, p[0] * slope, now
        squares += rest * rest
        before = now
    return squares


@compiled
def _murase(times: Array, plasma: Array, seen: Array, p: Array) -> None:
    """The start: C = (Ktrans + kep vp) ∫cp - kep ∫C + vp cp, linear in its three factors."""
    aa = ab = ac = bb = bc = cc = ya = yb = yc = ip = iy = 0.0
    for i in range(times.size):
        if i:
            h = times[i] - times[i - 1]
            ip += 0.5 * h * (plasma[i] + plasma[i - 1])
            iy += 0.5 * h * (seen[i] + seen[i - 1])
        aa += ip * ip
        ab -= ip * iy
        ac += ip * plasma[i]
        bb += iy * iy
        bc -= iy * plasma[i]
        cc += plasma[i] * plasma[i]
        ya += seen[i] * ip
        yb -= seen[i] * iy
        yc += seen[i] * plasma[i]
    d = aa * (bb * cc - bc * bc) - ab * (ab * cc - bc * ac) + ac * (ab * bc - bb * ac)
    if d <= 0:
        p[0], p[1], p[2] = 1e-3, 5e-3, 0.02
        return
    x = (ya * (bb * cc - bc * bc) - ab * (yb * cc - bc * yc) + ac * (yb * bc - bb * yc)) / d
    p[1] = (aa * (yb * cc - bc * yc) - ya * (ab * cc - bc * ac) + ac * (ab * yc - yb * ac)) / d
    p[2] = (aa * (bb * yc - yb * bc) - ab * (ab * yc - yb * ac) + ya * (ab * bc - bb * ac)) / d
    p[0] = x - p[1] * p[2]


@compiled
def _normal(room: Array, m: Array, g: Array) -> None:
    """J'J and J'r of the residuals and slopes in a room."""
    for k in range(3):
        for j in range(k + 2):  # the first row is the residuals
            total = 0.0
            for i in range(room.shape[1]):
                total += room[k + 1, i] * room[j, i]
            if j:
                m[k, j - 1] = m[j - 1, k] = total
            else:
                g[k] = total


@compiled
def _invert(m: Array, n: Array) -> None:
    """The inverse of a symmetric 3 × 3 matrix, scaled so that its determinant is one of correlations."""
    s0, s1, s2 = math.sqrt(m[0, 0]), math.sqrt(m[1, 1]), math.sqrt(m[2, 2])
    a, b, c = m[0, 1] / s0 / s1, m[0, 2] / s0 / s2, m[1, 2] / s1 / s2
    d = max(1 + 2 * a * b * c - a * a - b * b - c * c, 1e-14)
    n[0, 0], n[1, 1], n[2, 2] = (1 - c * c) / d / s0 / s0, (1 - b * b) / d / s1 / s1, (1 - a * a) / d / s2 / s2
    n[0, 1] = n[1, 0] = (b * c - a) / d / s0 / s1
    n[0, 2] = n[2, 0] = (a * c - b) / d / s0 / s2
    n[1, 2] = n[2, 1] = (a * b - c) / d / s1 / s2


@compiled
def _hold(m: Array, g: Array, held: Array) -> None:
    """Takes the parameters that stay on their bound out of the equations."""
    for k in range(3):
        if held[k] > 0 or m[k, k] <= 0:
            for j in range(3):
                m[k, j] = m[j, k] = 0.0
            m[k, k], g[k] = 1.0, 0.0


@compiled
def _step(high: Array, p: Array, now: Array, small: Array, damping: float) -> None:
    """Where the damped step from p leads within the bounds, into the last row of the small room."""
    g, m, inverse, held, q = small[0], small[1:4], small[4:7], small[7], small[8]
    _normal(now, m, g)
    for k in range(3):
        held[k] = (p[k] <= LOW[k] and g[k] <= 0) or (p[k] >= high[k] and g[k] >= 0)
    _hold(m, g, held)
    for k in range(3):
        m[k, k] *= 1 + damping
    _invert(m, inverse)
    for k in range(3):
        step = inverse[k, 0] * g[0] + inverse[k, 1] * g[1] + inverse[k, 2] * g[2]
        q[k] = min(max(p[k] + step, LOW[k]), high[k])


@compiled
def _copy(source: Array, onto: Array) -> None:
    """By a loop: an assignment of slices would compile the words of its errors too, which takes longer than the fit."""
    for i in range(source.size):
        onto[i] = source[i]


@compiled
def _descend(grid: Grid, y: Array, p: Array, room: Array, small: Array) -> float:
    """The steps of one voxel from its start, into p; the sum of squares that remains. The room (2, 4, time) is used."""
    q, at, squares, damping = small[8], 0, np.inf, 1e-2
    _copy(p, q)
    for _ in range(STEPS):
        new = _model(grid, y, q, room[1 - at])
        if new < squares:
            settled = squares - new < 1e-8 * squares
            squares, damping, at = new, max(damping * 0.1, 1e-12), 1 - at
            _copy(q, p)
            if settled:
                break
        else:
            damping *= 10.0
            if damping > 1e6:
                break
        _step(grid[2], p, room[at], small, damping)
    if at:
        for row in range(room.shape[1]):
            _copy(room[1, row], room[0, row])
    return squares


@compiled
def _walk(grid: Grid, seen: Array, out: Array) -> None:
    """Every voxel in turn: start, steps, and what is known of its variance."""
    times, plasma, high = grid
    p, small, room = np.empty(3), np.empty((9, 3)), np.empty((2, 4, times.size))
    g, m, inverse, held = small[0], small[1:4], small[4:7], small[7]
    for v in range(seen.shape[0]):
        _murase(times, plasma, seen[v], p)
        for k in range(3):
            p[k] = min(max(p[k], LOW[k]), high[k])
        out[v, 3] = _descend(grid, seen[v], p, room, small)
        _normal(room[0], m, g)
        for k in range(3):
            held[k] = p[k] <= LOW[k] or p[k] >= high[k]
        _hold(m, g, held)
        _invert(m, inverse)
        for k in range(3):
            out[v, k] = p[k]
            if held[k] > 0:
                inverse[k, k] = 0.0
        out[v, 4], out[v, 5], out[v, 6], out[v, 7] = inverse[0, 0], inverse[1, 1], inverse[0, 1], inverse[2, 2]
