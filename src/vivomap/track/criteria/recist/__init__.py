"""RECIST 1.1: does the tumour respond? The sum of the target lesions, the other lesions, and new ones.

The label follows the published rules alone; beside it stand how often measurement error would give it, and a remark
where the change that it rests on lies within measurement error. The label is never altered.
"""

from __future__ import annotations

from collections.abc import Mapping

from vivomap.core import Category, Course, Criterion, Match, Measurement, Threshold, identify
from vivomap.track.criteria.recist.noise import noise
from vivomap.track.criteria.recist.reading import Reading, read
from vivomap.track.criteria.recist.rules import Visit, respond, size

PREFIX = "recist_"
PAPER = "RECIST 1.1, Eisenhauer et al., Eur J Cancer 2009, doi:10.1016/j.ejca.2008.10.026"
ZHAO = "same-day rescan of 32 lung tumours, one-dimensional limits -7.3 to +6.2 %, Zhao et al., Radiology 2009"


def _limit(name: str, value: float, unit: str, source: str = PAPER, seen: bool = True) -> Threshold:
    return Threshold(PREFIX + name, value, unit, source, "B", seen=seen)


PARAMETERS = (
    _limit("response_percent", 30, "%"),
    _limit("progression_percent", 20, "%"),
    _limit("progression_mm", 5, "mm"),
    _limit("measurable_mm", 10, "mm"),
    _limit("measurable_node_mm", 15, "mm"),
    _limit("node_normal_mm", 10, "mm"),
    _limit("slice_mm", 5, "mm", seen=False),  # above it a lesion must measure twice the slice: from memory
    _limit("too_small_mm", 5, "mm"),
    _limit("most_targets", 5, "1"),
    _limit("most_per_organ", 2, "1"),
    _limit("confirm_weeks", 0, "wk", f"{PAPER}: 4 in a non-randomised trial whose end point is response, else none"),
    _limit("repeat_percent", 6.75, "%", ZHAO),
)


def recist(course: Course, parameters: Mapping[str, float]) -> Category:
    """The overall response of this visit: CR, PR, SD, PD, NE or, without targets, non-CR/non-PD; or "baseline".

    Raises Refusal if this visit has no date, or if no lesion was drawn or searched for at any visit.
    """
    values = {name.removeprefix(PREFIX): value for name, value in parameters.items()}
    reading = read(course, values)
    if len(reading.visits) == 1:
        return _baseline(reading, values)
    response = respond(reading.visits, values)[-1]
    doubt = noise(response, reading, course, values)
    chosen = f"targets, chosen at baseline: {_names(reading.visits[0])}"
    matches = tuple(m for m in course.of(Match) if m.kind != "matched")
    because = dict.fromkeys(identify(claim) for claim in (*doubt.because, *matches))
    reasons = (*response.reasons, chosen, *reading.remarks, *doubt.remarks)
    return Category(response.overall, reasons, tuple(because), doubt.chance)


def _baseline(reading: Reading, values: Mapping[str, float]) -> Category:
    visit = reading.visits[0]
    total = sum((size(t, values) or 0 for t in visit.targets), start=0)
    sizes: tuple[Measurement, ...] = tuple(m for mine in reading.sizes[0].values() for m in mine)
    reasons = (f"targets: {_names(visit)}; sum {round(float(total), 2):g} mm", f"non-target lesions: {visit.nontarget}")
    return Category("baseline", reasons, tuple(identify(m) for m in sizes))


def _names(visit: Visit) -> str:
    return ", ".join(t.lesion for t in visit.targets) or "none"


RECIST = Criterion(
    name="recist",
    compute=recist,
    parameters=PARAMETERS,
    source=PAPER,
    needs=("long_axis", "short_axis"),
    title="RECIST 1.1",
    truth="vivomap.acquire.phantom.response:recist",
)
