"""What an amended report says otherwise than the report whose place it takes: every number, label and option.

Two values that read alike but are not equal are shown with all their digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vivomap.core import Change, Measurement, Missing, Prediction, Verdict, identify
from vivomap.report.forms import Filed
from vivomap.report.moves import moved
from vivomap.report.words import capital, category, chance, day, name, reading, sentence

NONE = "not said"


class Difference(NamedTuple):
    """One thing that two versions say differently."""

    what: str
    before: str
    after: str


class Amended(NamedTuple):
    """A report whose place this one takes: its id, when it was recorded, and what has changed since."""

    ident: str
    recorded: str
    differences: tuple[Difference, ...]


class _Said(NamedTuple):
    """A thing that a version says: for people, and exactly."""

    text: str
    exact: str


def amended(filed: Filed) -> tuple[Amended, ...]:
    """The earlier versions of the visit, newest first, each with what this report says otherwise."""
    return tuple(
        Amended(
            identify(old.assessment),
            day(old.recorded.date()) if old.recorded else "at a time that is not on record",
            tuple(_differences(old, filed)),
        )
        for old in filed.replaces
    )


def _differences(old: Filed, new: Filed) -> Iterator[Difference]:
    before, after = dict(_all(old)), dict(_all(new))
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was and now and was.exact == now.exact:
            continue
        alike = bool(was and now and was.text == now.text)
        texts = [(s.exact if alike else s.text) if s else NONE for s in (was, now)]
        what, region, number = key
        letter = new.story.letter(region) or region
        yield Difference(capital(", ".join(w for w in (letter, name(number), what) if w)), *texts)


Key = tuple[str, str, str]  # what it is, of which lesion, of which name


def _all(filed: Filed) -> Iterator[tuple[Key, _Said]]:
    """Everything that a version says, by what it is of."""
    story = filed.story
    for claim in story.assessment.claims:
        match claim:
            case Measurement():
                said = reading(claim)
                text = f"{said.value} ± {said.half} {said.unit}".strip()
                yield (
                    ("", claim.region, claim.name),
                    _Said(text, f"{claim.value!r} {claim.unit} u {claim.uncertainty!r}"),
                )
            case Change():
                seen = moved(claim)
                exact = f"{claim.difference!r} within {claim.low!r} to {claim.high!r}, P {claim.chance_real!r}"
                yield ("change", claim.region, claim.name), _Said(f"{seen.amount} {seen.unit}, {seen.word}", exact)
            case Verdict():
                text = f"{category(claim.category)}; by error alone {chance(claim.chance_noise)}"
                yield ("", claim.region, claim.name), _Said(text, f"{claim.category} {claim.chance_noise!r}")
            case Prediction():
                ends = f"{claim.chance!r} ({claim.low!r} to {claim.high!r})"
                yield ("chance", claim.region, claim.name), _Said(chance(claim.chance), ends)
            case Missing():
                reason = f"none: {story.says(claim.reason)}"
                yield (claim.what, claim.region, claim.name), _Said(reason, reason + claim.code)
    proposed = story.assessment.recommendation
    first = proposed.abstained or "; ".join(p.option for p in proposed.proposals) or NONE
    yield ("options", "", ""), _Said(sentence(first), first)
    yield ("edition of the pathway", "", ""), _Said(filed.assessment.edition[:12], filed.assessment.edition)
