"""Is the number right? Every biomarker and criterion against its truth: the table that a physicist asks for.

A biomarker is measured on its phantom, whose truth is known, for many seeds of noise; its stated 95 % intervals must
hold the truth as often as they say. A criterion must give the published label of every published case. Whatever is
found by discovery has its row; one that names no truth is unproven, and is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from vivomap.core import Biomarker, Criterion, Model, Refusal, discover
from vivomap.core.discover import skipped
from vivomap.core.tracers import tracers
from vivomap.quantify import cards
from vivomap.verify.agents import of_tracer
from vivomap.verify.labels import of_criterion, of_model
from vivomap.verify.numbers import family, prove, subject, unproven
from vivomap.verify.proof import Proof, carried_out, deeds, of_proof
from vivomap.verify.published import data_folder, of_set, sets, shipped
from vivomap.verify.row import Absent, Coverage, Evidence, Row
from vivomap.verify.runs import ALL, SECONDS, USUAL, Plan, Told, crew, enough
from vivomap.verify.trial import Found, scalable

__all__ = ["ALL", "SECONDS", "USUAL", "Absent", "Coverage", "Evidence", "Plan", "Row", "families", "names", "verify"]

CRITERIA, MODELS, TRACERS = "criteria", "models", "tracers"
USUALLY = Plan()


def families() -> tuple[str, ...]:
    """Every family that can be asked for."""
    more = {*(r.family for r in sets().values()), *(r.family for r in shipped())}
    more |= {CRITERIA} if _criteria() else set()
    more |= {MODELS} if _models() else set()
    more |= {p.family for p in deeds().values()} | {TRACERS}
    return tuple(sorted({*map(family, cards().values()), *more}))


def names() -> tuple[str, ...]:
    """Everything that can be asked for: families, biomarkers and deeds."""
    return tuple(dict.fromkeys((*families(), *cards(), *deeds())))


def verify(asked: str = "", plan: Plan = USUALLY, told: Told = lambda done, total: None) -> Evidence:
    """The rows of one family, of one biomarker, or of all; `told` hears of each family that is done.

    Raises Refusal `unknown_name` for a family or biomarker that is not there.
    """
    known = families()
    homes = {card.name: family(card) for card in cards().values()} | {p.name: p.family for p in deeds().values()}
    if asked and asked not in (*known, *homes):
        raise Refusal("unknown_name", f"there is no family or biomarker {asked!r}", expected=", ".join(known))
    chosen = (asked,) if asked in known else (homes[asked],) if asked else known
    rows: list[Row] = []
    absent: list[Absent] = []
    with crew(plan.workers) as pool:
        for done, name in enumerate(chosen):
            told(done, len(chosen))
            found = [*_numbers(name, asked, plan, pool), *_deeds(name, asked, plan, pool)]
            found += [*(_published(name) if asked in ("", name) else ())]
            rows += [each for each in found if isinstance(each, Row)]
            absent += [each for each in found if isinstance(each, Absent)]
    told(len(chosen), len(chosen))
    return Evidence(tuple(rows), tuple(absent), plan.noise, skipped())


def _numbers(name: str, asked: str, plan: Plan, pool: ProcessPoolExecutor | None) -> Iterator[Row]:
    """The rows of the biomarkers of one family, or of the one that was asked for."""
    mine = [c for c in cards().values() if family(c) == name and asked in ("", name, c.name)]
    groups: dict[str, tuple[str, ...]] = {}
    for card in mine:
        if card.truth:
            groups[card.truth] = (*groups.get(card.truth, ()), card.name)
    scales = {truth: _scales(truth) for truth in groups}
    levels = {t: (1.0, plan.noise) if plan.noise != 1.0 and scales[t] else (1.0,) for t in groups}

    def row(card: Biomarker, found: Sequence[Found]) -> Row:
        return prove(subject(card), [f for f in found if f.card == card.name], plan.noise, scales[card.truth])

    found = enough(groups, levels, plan, pool, lambda one, found: _counted(row(cards()[one], found)))
    yield from (row(card, found) if card.truth else unproven(card) for card in mine)


def _deeds(name: str, asked: str, plan: Plan, pool: ProcessPoolExecutor | None) -> Iterator[Row]:
    """The rows of the deeds of one family, or of the one that was asked for."""
    for proof in deeds().values():
        if proof.family == name and asked in ("", name, proof.name):
            yield of_proof(proof, _attempts(proof, plan, pool), plan.noise)


def _attempts(proof: Proof, plan: Plan, pool: ProcessPoolExecutor | None) -> list[Found]:
    """A bounded proof is tried at its first seeds and its own noise, another as often as there is time."""
    levels = {proof.name: (1.0,) if plan.noise == 1.0 or proof.bounded else (1.0, plan.noise)}
    fewer = replace(plan, most=min(plan.most, proof.seeds or plan.most))
    groups = {proof.name: (proof.name,)}
    return enough(
        groups, levels, fewer, pool, lambda _, found: _counted(of_proof(proof, found, plan.noise)), carried_out
    )


def _counted(row: Row) -> bool:
    """Whether the count of a row's intervals is within its limits; one without a count has nothing to look at again."""
    return row.coverage is None or row.coverage.ok


def _scales(truth: str) -> bool:
    """Whether a phantom's noise can be scaled; one that is not there is told as the reason of its rows."""
    try:
        return scalable(truth)
    except Refusal:
        return False


def _published(name: str) -> Iterator[Row | Absent]:
    """The rows of labels and of published values of one family."""
    if name == CRITERIA:
        for criterion in _criteria().values():
            yield from of_criterion(criterion)
    if name == MODELS:
        yield from map(of_model, _models().values())
    if name == TRACERS:
        for tracer in tracers().values():
            yield from of_tracer(tracer)
    yield from (line for line in shipped() if line.family == name)
    for reference in sets().values():
        if reference.family == name:
            found = of_set(reference, data_folder())
            yield from (found,) if isinstance(found, Absent) else found


def _criteria() -> dict[str, Criterion]:
    return discover("vivomap.track.criteria", Criterion)


def _models() -> dict[str, Model]:
    return discover("vivomap.predict", Model)
