"""What an option is worth to this patient, and whether imaging again first is worth its price.

With chance p of the outcome and utilities u (if it comes) and v (if not), the expected utility of an option is

    E = p u + (1 - p) v

and a scan with sensitivity and specificity adds EVSI = sum over its results of P(result) max E(result) - max E
(methods B9). Utilities are on one scale per choice; benefit is counted from the first option, the reference.
"""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Choice, Option, Prediction, Proposal, Refusal, identify


def expected(option: Option, chance: float) -> float:
    """Expected utility of an option. Raises Refusal if it has no utilities."""
    if option.utility_if is None or option.utility_if_not is None:
        raise Refusal("bad_setting", f"the option {option.name!r} of a choice needs both its utilities")
    return chance * option.utility_if + (1 - chance) * option.utility_if_not


def best(options: tuple[Option, ...], chance: float) -> Option:
    """The option of highest expected utility; of equals, the one that the pathway lists first."""
    return max(options, key=lambda option: expected(option, chance))


def evsi(choice: Choice, chance: float) -> float:
    """Expected value of one more scan before choosing, gross of its own cost. Raises Refusal without its accuracy."""
    if choice.sensitivity is None or choice.specificity is None:
        raise Refusal("bad_setting", f"the scan of the choice on {choice.model.name} needs sensitivity and specificity")
    positive = chance * choice.sensitivity + (1 - chance) * (1 - choice.specificity)
    results = (
        (positive, chance * choice.sensitivity),
        (1 - positive, chance * (1 - choice.sensitivity)),
    )
    after = sum(
        share * expected(best(choice.options, joint / share), joint / share) for share, joint in results if share > 0
    )
    return after - expected(best(choice.options, chance), chance)


def weigh(choice: Choice, prediction: Prediction) -> tuple[Proposal, ...]:
    """The options in order of expected utility, each with its interval over the chance's interval.

    Where that interval spans two best options and the scan is worth more than it costs, imaging again comes first.
    """
    because = (identify(prediction),)
    reference = choice.options[0]
    ranked = sorted(choice.options, key=lambda o: -expected(o, prediction.chance))
    proposals = tuple(_proposal(o, reference, prediction, because) for o in ranked)
    spans = best(choice.options, prediction.low) != best(choice.options, prediction.high)
    if not spans or choice.scan is None:
        return proposals
    worth = evsi(choice, prediction.chance) + expected(choice.scan, prediction.chance)
    if worth <= 0:
        return proposals
    reason = f"the interval spans two options, and one more scan is worth {worth:.2g} after its cost"
    return (replace(_said(choice.scan, because), benefit=worth, reasons=(reason,)), *proposals)


def _proposal(option: Option, reference: Option, prediction: Prediction, because: tuple[str, ...]) -> Proposal:
    gains = [expected(option, p) - expected(reference, p) for p in (prediction.low, prediction.chance, prediction.high)]
    return replace(_said(option, because), benefit=gains[1], low=min(gains), high=max(gains))


def _said(option: Option, because: tuple[str, ...]) -> Proposal:
    return Proposal(option.name, option.grade, option.source, because, gain=option.benefit, harm=option.harm)
