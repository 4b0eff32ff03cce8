"""A share of cases with its 95 % interval after Wilson, which holds for few cases and near 0 and 1.

(p + z²/2n ± z sqrt(p (1 - p)/n + z²/4n²)) / (1 + z²/n)
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy import stats

from vivomap.core import Refusal

TWO_SIDED = float(stats.norm.ppf(0.975))


class Share(NamedTuple):
    """So many of all, the share, and its 95 % interval."""

    some: int
    of: int
    share: float
    low: float
    high: float


def wilson(some: int, of: int) -> Share:
    """The share of so many of all. Raises Refusal if there is no case."""
    if of < 1 or not 0 <= some <= of:
        raise Refusal("too_few_cases", "a share needs at least one case", found=f"{some} of {of}")
    p, z = some / of, TWO_SIDED
    middle = p + z * z / (2 * of)
    reach = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return Share(some, of, p, max((middle - reach) / whole, 0.0), min((middle + reach) / whole, 1.0))
