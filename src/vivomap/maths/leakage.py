"""A curve as so much of a reference curve, less so much of that reference's running integral.

    y(t) = K1 ref(t) - K2 ∫ref          A = ∫y dt + K2 ∫∫ref dt   (both over the same frames)

The reference is shared by all curves, so that K1, K2 and A are three fixed weights of y(t): one small pseudo-inverse
and one matrix product serve any number of curves. (A curve taken as its own reference is fitted by K1 = 1 and K2 = 0,
whatever it is: nothing is then corrected.) For white scatter s about the fit, u(A) = s |weights of A|; where the mean
of n frames of baseline was taken off y, those frames weigh in A with what they took off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array


@dataclass(frozen=True, eq=False)
class Shared:
    """A reference curve (frame,), the step (s), the frames over which areas run, and those of the baseline."""

    curve: Array
    step: float
    during: slice
    before: slice

    @cached_property
    def running(self) -> Array:
        """∫ref up to each frame."""
        steps = (self.curve[1:] + self.curve[:-1]) * self.step / 2
        return np.concatenate(([0.0], np.cumsum(steps)))

    @cached_property
    def design(self) -> Array:
        """The two parts of the fit, (frame, 2)."""
        return np.column_stack((self.curve, -self.running))

    @cached_property
    def over(self) -> Array:
        """Weights of an area from the start to the end, by the trapezoid rule."""
        weights = np.zeros(self.curve.size)
        weights[self.during] = self.step
        weights[[self.during.start, self.during.stop - 1]] /= 2
        return weights

    @cached_property
    def weights(self) -> Array:
        """The rows that give K1, K2 and A from a curve, (3, frame)."""
        inverse = np.linalg.pinv(self.design)
        return np.vstack((inverse, self.over + float(self.over @ self.running) * inverse[1]))

    def spread(self, row: int) -> float:
        """How much a scatter of 1 about the fit moves K1 (0), K2 (1) or A (2)."""
        moved = self.weights[row].copy()
        moved[self.before] -= moved.sum() / (self.before.stop - self.before.start)
        return float(np.linalg.norm(moved))


class Parts(NamedTuple):
    """K1 (1), K2 (1/s), the corrected area A, and the scatter about the fit, each (voxel,)."""

    k1: Array
    k2: Array
    area: Array
    scatter: Array


def split(curves: Array, shared: Shared) -> Parts:
    """K1, K2, A and scatter of each of the curves (frame, voxel)."""
    kind = curves.dtype if curves.dtype in (np.float32, np.float64) else np.float64
    k1, k2, area = shared.weights.astype(kind) @ curves
    both = shared.design.T @ shared.design
    fitted = k1 * k1 * both[0, 0] + 2 * k1 * k2 * both[0, 1] + k2 * k2 * both[1, 1]
    rest = np.einsum("tn,tn->n", curves, curves) - fitted
    return Parts(k1, k2, area, np.sqrt(np.maximum(rest, 0.0) / (len(curves) - 2)))
