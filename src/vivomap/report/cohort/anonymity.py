"""k-anonymity: nobody in the table can be told from fewer than k - 1 others by what somebody else may know of them.

A patient is known by the whole row of such values, over all visits: two patients are alike only if age band, sex, site
and month are, and at each visit scanner and time. First all values are made coarser, the most telling column first,
until few patients (5 % by default) are still too rare; then cells of those few are suppressed, column by column; who is
too rare even then (only the number of visits is left) is left out. Full-domain generalisation after Sweeney 2002,
doi:10.1142/S021848850200165X; the limit for suppression is a choice of this project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vivomap.core import Refusal
from vivomap.report.cohort.hierarchies import EACH, FIXED, HIDDEN, Hierarchy

SHARE = 0.05  # project: of the patients, may need suppressed cells before everything is made coarser
FEWEST = 2


@dataclass(frozen=True)
class Subject:
    """What could point at one patient: `fixed` by FIXED, `visits` each by EACH, oldest first."""

    patient: str
    fixed: tuple[Any, ...]
    visits: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Shown:
    """The same as the table may show it, as text."""

    fixed: tuple[str, ...]
    visits: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Anonymous:
    """What may be shown of each patient; how coarse each column is; how many of its cells are suppressed, by column.

    `rare` are the patients who cannot be shown at all.
    """

    shown: Mapping[str, Shown]
    levels: Mapping[str, str]
    suppressed: Mapping[str, int]
    rare: tuple[str, ...]


def anonymise(subjects: Sequence[Subject], k: int, share: float = SHARE) -> Anonymous:
    """What may be shown of a cohort so that nobody is alike fewer than k - 1 others.

    Raises Refusal `bad_setting` if k is below 2, or if a patient is named twice.
    """
    if k < FEWEST or len({s.patient for s in subjects}) < len(subjects):
        raise Refusal("bad_setting", "k is a whole number from 2 on, and each patient is named once", found=f"k = {k}")
    levels = _levels(subjects, k, share)
    told = {s.patient: _told(s, levels) for s in subjects}
    suppressed: Counter[str] = Counter()
    for hierarchy in sorted((*FIXED, *EACH), key=lambda h: -_distinct(told.values(), h)):
        if levels[hierarchy.column] == hierarchy.top:
            continue
        for patient in _rare(told, k):
            told[patient], cells = _hidden(told[patient], hierarchy)
            suppressed[hierarchy.column] += cells
    rare = _rare(told, k)
    for patient in rare:
        gone = told.pop(patient)
        for hierarchy in (*FIXED, *EACH):
            suppressed[hierarchy.column] -= sum(text == HIDDEN for text in _cells(gone, hierarchy))
    names = {h.column: h.name(levels[h.column]) for h in (*FIXED, *EACH)}
    return Anonymous(told, names, {c: n for c, n in suppressed.items() if n}, tuple(rare))


def _levels(subjects: Sequence[Subject], k: int, share: float) -> dict[str, int]:
    """How coarse each column has to be."""
    levels = {h.column: 0 for h in (*FIXED, *EACH)}
    while True:
        told = {s.patient: _told(s, levels) for s in subjects}
        finer = [h for h in (*FIXED, *EACH) if levels[h.column] < h.top]
        if len(_rare(told, k)) <= share * len(subjects) or not finer:
            return levels
        levels[max(finer, key=lambda h: _distinct(told.values(), h)).column] += 1


def _told(subject: Subject, levels: Mapping[str, int]) -> Shown:
    def texts(hierarchies: tuple[Hierarchy, ...], values: tuple[Any, ...]) -> tuple[str, ...]:
        return tuple(h.text(v, levels[h.column]) for h, v in zip(hierarchies, values, strict=True))

    return Shown(texts(FIXED, subject.fixed), tuple(texts(EACH, visit) for visit in subject.visits))


def _rare(told: Mapping[str, Shown], k: int) -> list[str]:
    """The patients who are alike too few others."""
    sizes = Counter(told.values())
    return [patient for patient, shown in told.items() if sizes[shown] < k]


def _cells(shown: Shown, hierarchy: Hierarchy) -> tuple[str, ...]:
    """What is shown in one column: one cell for a patient, or one for each visit."""
    if hierarchy in FIXED:
        return (shown.fixed[FIXED.index(hierarchy)],)
    return tuple(visit[EACH.index(hierarchy)] for visit in shown.visits)


def _distinct(told: Iterable[Shown], hierarchy: Hierarchy) -> int:
    return len({_cells(shown, hierarchy) for shown in told})


def _hidden(shown: Shown, hierarchy: Hierarchy) -> tuple[Shown, int]:
    """The same with one column suppressed, and how many cells that were."""
    if hierarchy in FIXED:
        place = FIXED.index(hierarchy)
        return Shown((*shown.fixed[:place], HIDDEN, *shown.fixed[place + 1 :]), shown.visits), 1
    place = EACH.index(hierarchy)
    visits = tuple((*visit[:place], HIDDEN, *visit[place + 1 :]) for visit in shown.visits)
    return Shown(shown.fixed, visits), len(visits)
