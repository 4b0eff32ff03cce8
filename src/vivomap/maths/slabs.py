"""A volume cut into slabs, one for each core: compiled work that lets go of Python's lock runs on all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np

T = TypeVar("T")
FEWEST = 2  # planes that are worth a thread of their own


def over(count: int, work: Callable[[int, int], T]) -> list[T]:
    """What `work(first, last)` gives for slabs that make up range(count), in order."""
    workers = max(1, min(os.cpu_count() or 1, count // FEWEST))
    cuts = [int(c) for c in np.linspace(0, count, workers + 1)]
    if workers == 1:
        return [work(0, count)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda part: work(*part), pairwise(cuts)))
