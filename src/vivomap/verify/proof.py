"""The row of a deed that is no biomarker: an alignment, a proposal, a harmonisation, a call over a cohort."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vivomap.core import Refusal, discover
from vivomap.verify.numbers import Subject, prove
from vivomap.verify.row import Row
from vivomap.verify.runs import LEAST
from vivomap.verify.trial import Found, Trial


class Given(NamedTuple):
    """What a deed on its phantom must give, what it gave, and its standard uncertainty (0 where none is stated)."""

    truth: float
    result: float
    uncertainty: float = 0.0


@dataclass(frozen=True)
class Proof:
    """A deed that is shown right on a phantom of its own.

    `attempt(seed, noise)` makes the phantom and does the deed. A result with an uncertainty is judged as a biomarker
    is; one with a `tolerance` must lie so near to the truth, with a `floor` not below it, with a `ceiling` not above,
    at each of the first seeds. `coverage` says why stated intervals hold the truth too often.
    """

    name: str
    family: str
    unit: str
    source: str
    attempt: Callable[[int, float], Given]
    tolerance: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    coverage: str = ""

    @property
    def bounded(self) -> bool:
        """Whether a bound judges it, not its own uncertainty."""
        return any(bound is not None for bound in (self.tolerance, self.floor, self.ceiling))

    @property
    def seeds(self) -> int | None:
        """How many seeds are enough; None for as many as there is time for."""
        return LEAST if self.bounded else None


def deeds() -> dict[str, Proof]:
    """Every proof: adding a file with a card adds one."""
    return discover("vivomap.verify.proofs", Proof)


def carried_out(trial: Trial) -> tuple[Found, ...]:
    """One attempt of each proof that a trial names. One that breaks is told as the reason of its row."""
    return tuple(_one(deeds()[name], trial) for name in trial.cards)


def _one(proof: Proof, trial: Trial) -> Found:
    try:
        given = proof.attempt(trial.seed, trial.noise)
    except Exception as broken:  # a proof must say that something broke, whatever it was
        said = broken.summary if isinstance(broken, Refusal) else f"{type(broken).__name__}: {broken}"
        return Found(proof.name, trial, reason=f"it broke: {said}")
    return Found(proof.name, trial, float(given.truth), float(given.result), float(given.uncertainty))


def of_proof(proof: Proof, found: Sequence[Found], noise: float) -> Row:
    """The row of a proof from its attempts."""
    if not proof.bounded:
        subject = Subject(proof.family, proof.name, proof.unit, proof.source, proof.coverage)
        return prove(subject, found, noise, scalable=True)
    tried = sorted(found, key=lambda f: f.trial.seed)
    worst = next((f for f in tried if _fault(proof, f)), tried[0])
    fault = _fault(proof, worst)
    return Row(
        proof.family,
        proof.name,
        worst.truth,
        worst.value,
        proof.unit,
        uncertainty=worst.uncertainty or None,
        tolerance=proof.tolerance,
        source=proof.source,
        ok=not fault,
        reason="; ".join(part for part in (fault, _bound(proof)) if part),
    )


def _fault(proof: Proof, found: Found) -> str:
    """What is wrong with one attempt; "" where nothing is."""
    if found.value is None or found.truth is None:
        return found.reason
    if proof.tolerance is not None and abs(found.value - found.truth) > proof.tolerance:
        return "further from the truth than its tolerance"
    if proof.floor is not None and found.value < proof.floor:
        return "below what is asked"
    return "above what is allowed" if proof.ceiling is not None and found.value > proof.ceiling else ""


def _bound(proof: Proof) -> str:
    """The bound, as a remark."""
    low = f"at least {proof.floor:g}" if proof.floor is not None else ""
    high = f"at most {proof.ceiling:g}" if proof.ceiling is not None else ""
    return ", ".join(part for part in (low, high) if part)
