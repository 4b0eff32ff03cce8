"""What is said of the visit as a whole: verdicts, what is missing, warnings, and what is proposed for discussion."""

from __future__ import annotations

import re
from collections.abc import Iterator

from highdicom.sr import ContentItem

from vivomap.core import Flag, Missing, Prediction, Verdict
from vivomap.report import codes
from vivomap.report.codes import OWN
from vivomap.report.dicom_sr.items import MODIFIER, PART, code, number, text, under, warning
from vivomap.report.forms import Filed
from vivomap.report.words import category, chance, name

TARGETS = re.compile(r"targets: (CR|PR|SD|PD)\b")  # the first reason that our RECIST gives


def evaluations(filed: Filed) -> list[ContentItem]:
    """The qualitative evaluations of the report, each a code or a text."""
    said: list[ContentItem] = []
    for verdict in filed.story.verdicts:
        said += _verdict(verdict)
    said += [not_given(m) for m in filed.story.missing if m.what == "verdict"]
    said += [text(OWN["CHANCE"], _chance(p), PART) for p in filed.story.course.of(Prediction)]
    said += [warning(flag, PART) for flag in dict.fromkeys(_flags(filed))]
    return said + list(_proposed(filed))


def not_given(missing: Missing) -> ContentItem:
    """A number, change, verdict or chance that is not given: what, why in words, and the code of the reason."""
    what = name(missing.name) if missing.what == "number" else f"{missing.what} of {name(missing.name)}"
    where = f" ({missing.region})" if missing.region else ""
    item = text(OWN["NOT_GIVEN"], f"{what}{where}: {missing.reason}", PART)
    return under(item, code(OWN["REASON"], codes.reason(missing.code), MODIFIER))


def _verdict(verdict: Verdict) -> Iterator[ContentItem]:
    called = codes.category(verdict.category)
    item = code(codes.CURRENT_RESPONSE, called, PART)
    yield under(
        item,
        code(codes.METHOD, codes.criterion(verdict.name), MODIFIER),
        number(OWN["CHANCE_NOISE"], verdict.chance_noise, "1"),
    )
    for reason in verdict.reasons:
        found = TARGETS.match(reason)
        if found and verdict.name == "recist":
            yield code(OWN["TARGET_RESPONSE"], codes.TARGETS[found[1]], PART)
    words = f"{name(verdict.name)}: {category(verdict.category)}"
    doubt = f"P (measurement error alone gives this label) {chance(verdict.chance_noise)}"
    yield text(OWN["VERDICT"], "; ".join((words, *verdict.reasons, doubt)), PART)


def _chance(found: Prediction) -> str:
    of = f" ({found.region})" if found.region else ""
    return f"{name(found.name)}{of}: {found.chance:.2f} ({found.low:.2f} to {found.high:.2f}), {found.horizon_days} d"


def _flags(filed: Filed) -> Iterator[Flag]:
    study = filed.assessment.study
    yield from study.flags
    for image in study.images:
        yield from image.flags
        yield from image.refusals


def _proposed(filed: Filed) -> Iterator[ContentItem]:
    proposed = filed.assessment.recommendation
    if proposed.abstained:
        yield text(OWN["ABSTAINED"], proposed.abstained, PART)
    for place, proposal in enumerate(proposed.proposals, 1):
        yield text(OWN["PROPOSAL"], f"{place}. {proposal.option} ({'; '.join(proposal.reasons)})", PART)
