"""Carries trials out, here or on several processes, for as many seeds as fit in the time."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace

from vivomap.verify.trial import Found, Trial, attempt

LEAST, USUAL, ALL = 3, 100, 1000  # seeds: fewest, most within the time, and of the whole proof
SECONDS = 15.0  # of one family on two cores
LONGER = 60.0  # s, for a phantom whose count was not right in that time; project

Told = Callable[[int, int], None]
Deed = Callable[[Trial], tuple[Found, ...]]
Groups = Mapping[str, tuple[str, ...]]  # the cards of each phantom
Levels = Mapping[str, tuple[float, ...]]  # the levels of noise of each phantom


@dataclass(frozen=True)
class Plan:
    """Seeds from `first` to below `most`, in how many seconds a family (None: without limit), noise, and cores."""

    most: int = USUAL
    seconds: float | None = SECONDS
    noise: float = 1.0
    workers: int = 1
    first: int = 0


def enough(
    groups: Groups,
    levels: Levels,
    plan: Plan,
    pool: ProcessPoolExecutor | None,
    right: Callable[[str, Sequence[Found]], bool],
    deed: Deed = attempt,
) -> list[Found]:
    """The trials of one family, and more of those phantoms of which a card is not `right` when the time is up.

    Of some 200 rows, two honest ones fall outside limits of 99 % by chance, and on fixed seeds always the same two. So
    none is called wrong before it was looked at with up to all seeds, for a minute at most; the limits stay.
    """
    found = [f for some in carry_out(groups, levels, plan, pool, deed) for f in some]
    doubtful = {t: names for t, names in groups.items() if not all(right(name, found) for name in names)}
    if not doubtful or plan.seconds is None:
        return found
    more = replace(plan, most=ALL, seconds=LONGER, first=1 + max(f.trial.seed for f in found))
    return found + [f for some in carry_out(doubtful, levels, more, pool, deed) for f in some]


def carry_out(
    groups: Groups,
    levels: Levels,
    plan: Plan,
    pool: ProcessPoolExecutor | None,
    deed: Deed = attempt,
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


def _trials(groups: Groups, levels: Levels, plan: Plan) -> Iterator[Trial]:
    """Whole seeds, in their order; none is begun after the time, but for the first few."""
    start = time.monotonic()
    for seed in range(plan.first, plan.most):
        if seed >= plan.first + LEAST and plan.seconds is not None and time.monotonic() - start > plan.seconds:
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
