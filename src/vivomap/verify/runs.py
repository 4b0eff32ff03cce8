"""Carries trials out, here or on several processes, for as many seeds as fit in the time."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from vivomap.verify.trial import Found, Trial, attempt

LEAST, USUAL, ALL = 3, 100, 1000  # seeds: fewest, most within the time, and of the whole proof
SECONDS = 15.0  # of one family on two cores

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """How many seeds at most, in how many seconds a family (None: without limit), at which noise, on how many cores."""

    most: int = USUAL
    seconds: float | None = SECONDS
    noise: float = 1.0
    workers: int = 1


def carry_out(
    groups: dict[str, tuple[str, ...]],
    levels: dict[str, tuple[float, ...]],
    plan: Plan,
    pool: ProcessPoolExecutor | None,
    deed: Callable[[Trial], tuple[Found, ...]] = attempt,
) -> Iterator[tuple[Found, ...]]:
    """The trials of one family, by phantom and its cards, at each level of noise; seed after seed until time is up."""
    trials = _trials(groups, levels, plan)
    if pool is None:
        yield from map(deed, trials)
        return
    running: set[Future[tuple[Found, ...]]] = set()
    for trial in trials:
        running.add(pool.submit(deed, trial))
        if len(running) >= 2 * plan.workers:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)
    yield from (each.result() for each in wait(running).done)


def _trials(groups: dict[str, tuple[str, ...]], levels: dict[str, tuple[float, ...]], plan: Plan) -> Iterator[Trial]:
    """Whole seeds, in their order; none is begun after the time, but for the first few."""
    start = time.monotonic()
    for seed in range(plan.most):
        if seed >= LEAST and plan.seconds is not None and time.monotonic() - start > plan.seconds:
            return
        for phantom, cards in groups.items():
            yield from (Trial(phantom, cards, seed, noise) for noise in levels[phantom])


@contextmanager
def crew(workers: int) -> Iterator[ProcessPoolExecutor | None]:
    """Processes that have the cards loaded already; none where one worker is asked for."""
    if workers < 2:
        yield None
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([attempt.__module__])
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield pool
