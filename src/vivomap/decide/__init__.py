"""From claims to options: rules that hold, choices weighed, or a silence with its reason. A clinician decides."""

from __future__ import annotations

from vivomap.core import Condition, Course, Option, Pathway, Prediction, Proposal, Recommendation, Said, identify
from vivomap.decide.value import weigh
from vivomap.decide.when import ABSTAIN

__all__ = ["recommend"]


def recommend(course: Course, pathway: Pathway) -> Recommendation:
    """Options in order with their grounds; an abstention when any condition of silence holds."""
    for silence in (*ABSTAIN, *pathway.abstain):
        because = silence.reasons(course)
        if because:
            return Recommendation((), pathway.look_again_days, _ids(because), str(silence))
    proposals = (*_by_rules(course, pathway), *_by_choices(course, pathway))
    if not proposals:
        proposals = (_proposal(pathway.otherwise, (), "no rule of this pathway holds"),)
    return Recommendation(proposals, pathway.look_again_days, proposals[0].because)


def _by_rules(course: Course, pathway: Pathway) -> tuple[Proposal, ...]:
    held = [(rule, rule.when.reasons(course)) for rule in pathway.rules]
    return tuple(_proposal(rule.option, because, str(rule.when)) for rule, because in held if because)


def _by_choices(course: Course, pathway: Pathway) -> tuple[Proposal, ...]:
    """Each choice is weighed by the highest chance that its model gives any lesion."""
    proposals: list[Proposal] = []
    for choice in pathway.choices:
        chances = course.of(Prediction, choice.model.name)
        if chances:
            proposals += weigh(choice, max(chances, key=lambda p: p.chance))
    return tuple(proposals)


def _proposal(option: Option, because: tuple[Said, ...], reason: str) -> Proposal:
    return Proposal(
        option.name,
        option.grade,
        option.source,
        _ids(because),
        reasons=(reason,),
        gain=option.benefit,
        harm=option.harm,
    )


def _ids(claims: tuple[Said, ...]) -> tuple[str, ...]:
    return tuple(identify(claim) for claim in claims)


def conditions(pathway: Pathway) -> tuple[Condition, ...]:
    """Every condition that a pathway asks, its silences first."""
    return (*ABSTAIN, *pathway.abstain, *(rule.when for rule in pathway.rules))
