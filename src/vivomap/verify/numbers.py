"""The row of a biomarker: its result on its phantom, and how often its intervals held the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vivomap.core import Biomarker
from vivomap.verify.row import Coverage, Row
from vivomap.verify.trial import Found

REACH = 2.0  # standard uncertainties that a result may lie from the truth
NARROWER = 0.9  # project: of the uncertainty at usual noise; a scatter that is estimated may fall so far by chance
WIDEST = 0.15  # of the truth: a number in wider doubt would find any truth


def family(card: Biomarker) -> str:
    """The file or folder of the room that a card lies in; of a plug-in its package."""
    words = card.compute.__module__.split(".")
    return words[2] if words[:2] == ["vivomap", "quantify"] and len(words) > 2 else words[0]


class Subject(NamedTuple):
    """What a row is of: the number of a card, or a deed; `coverage` says why its intervals are wide."""

    family: str
    name: str
    unit: str
    source: str
    coverage: str = ""


def subject(card: Biomarker) -> Subject:
    """What the row of a card is of."""
    source = f"phantom {card.truth.removeprefix('vivomap.acquire.phantom.')}; {card.source}"
    return Subject(family(card), card.name, card.unit, source, card.coverage)


def unproven(card: Biomarker) -> Row:
    """The row of a card that names no phantom."""
    return Row(family(card), card.name, None, None, card.unit, source=card.source, reason="the card names no phantom")


def prove(shown: Subject, found: Sequence[Found], noise: float, scalable: bool) -> Row:
    """The row of a card or a deed from its trials; those at other noise are what it is compared with."""
    asked = noise if scalable else 1.0
    here = sorted((f for f in found if f.trial.noise == asked), key=lambda f: f.trial.seed)
    calm = [f for f in found if f.trial.noise == 1.0]
    first = here[0]
    given = [f for f in here if f.value is not None]
    coverage = Coverage(len(given), sum(f.held for f in given), shown.coverage) if given else None
    widened = _widened(given, calm) if asked != 1.0 else None
    faults = _faults(first, here, coverage, asked, widened)
    notes = () if scalable or noise == 1.0 else ("noise not scalable",)
    notes = (*notes, *(f"at noise x{asked:g} {f.reason}" for f in (first,) if f.reason and asked > 1.0))
    return Row(
        shown.family,
        shown.name,
        first.truth,
        first.value,
        shown.unit,
        uncertainty=first.uncertainty if first.value is not None else None,
        tolerance=REACH * first.uncertainty if first.value is not None else None,
        coverage=coverage,
        source=shown.source,
        ok=not faults,
        reason="; ".join((*faults, *notes)),
        widened=widened,
    )


def _faults(
    first: Found, here: Sequence[Found], coverage: Coverage | None, noise: float, widened: float | None
) -> tuple[str, ...]:
    """Everything that is wrong with a row. A refusal is right where more noise than usual was asked for."""
    faults = []
    refused = [f for f in here if f.value is None]
    if refused and (noise <= 1.0 or first.truth is None):
        faults.append(f"nothing found in {len(refused)} of {len(here)}: {refused[0].reason}")
    if first.value is not None and first.truth is not None:
        apart = abs(first.value - first.truth)
        if apart > REACH * first.uncertainty + 1e-9:
            faults.append(f"the result lies further from the truth than {REACH:g} standard uncertainties")
        if noise <= 1.0 and first.uncertainty > WIDEST * abs(first.truth):
            faults.append(f"the uncertainty is above {WIDEST:.0%} of the truth")
    if coverage and not coverage.ok:
        low, high = coverage.limits
        faults.append(f"the 95 % interval held in {coverage.held} of {coverage.n}, not {low} to {high}")
    wide = bool(coverage and coverage.why)  # by more than noise
    if widened is not None and noise > 1.0 and widened < NARROWER and not wide:
        faults.append("the interval narrows as noise grows")
    return tuple(faults)


def _widened(given: Sequence[Found], calm: Sequence[Found]) -> float | None:
    """Mean uncertainty over that at the phantom's own noise, of the seeds that gave both."""
    before = {f.trial.seed: f.uncertainty for f in calm if f.value is not None}
    both = [(f.uncertainty, before[f.trial.seed]) for f in given if f.trial.seed in before]
    less = sum(b for _, b in both)
    return sum(a for a, _ in both) / less if less > 0 else None
