"""Is a process in control? Charts of single values (Shewhart), and the sum that sees a slow drift (CUSUM).

    sigma = mean |x_k - x_(k-1)| / 1.128           over the first values, the baseline
    limits = centre ± 3 sigma
    z = (x - centre)/sigma    S+ = max(0, S+ + z - k)    S- = max(0, S- - z - k)    a drift where either exceeds h

With k = 0.5 and h = 5 a process in control gives one false alarm in 465 values, and a shift of one sigma is seen after
10.4 (methods B10).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

RANGE = 1.128  # mean range of two normal values over their sigma
WIDTH = 3.0  # sigmas of a Shewhart limit
SLACK, DECISION = 0.5, 5.0  # methods B10


class Control(NamedTuple):
    """Centre and sigma of a process, from its baseline."""

    centre: float
    sigma: float

    @property
    def limits(self) -> tuple[float, float]:
        return self.centre - WIDTH * self.sigma, self.centre + WIDTH * self.sigma


def baseline(values: Sequence[float], floor: float = 0.0) -> Control:
    """The process as its first values show it; sigma is at least `floor`."""
    x = np.asarray(values, float)
    spread = float(np.abs(np.diff(x)).mean()) / RANGE if len(x) > 1 else 0.0
    return Control(float(x.mean()), max(spread, floor))


def outside(values: Sequence[float], control: Control) -> list[bool]:
    """Which values lie outside the limits."""
    low, high = control.limits
    return [not low <= v <= high for v in values]


def drifting(values: Sequence[float], control: Control) -> list[bool]:
    """At which values the sum of what goes one way says that the process has drifted; it starts anew after each."""
    up = down = 0.0
    said = []
    for value in values:
        z = (value - control.centre) / control.sigma if control.sigma else 0.0
        up, down = max(0.0, up + z - SLACK), max(0.0, down - z - SLACK)
        said.append(max(up, down) > DECISION)
        if said[-1]:
            up = down = 0.0
    return said
