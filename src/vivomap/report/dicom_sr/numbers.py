"""A measurement with its doubt, its change and its origin, as TID 300 with the properties of TID 310.

The standard uncertainty has no code and is 99VIVOMAP STD_UNCERTAINTY; the 95 % interval is given as the ranges of upper
and lower uncertainty of TID 310, 1.96 standard uncertainties each, in the unit of the number. Repeatability has no
template: reference, difference, limits of no change and the chance that the change is real are properties under our own
codes, and once more a text of the group, since few readers show properties.
"""

from __future__ import annotations

from collections.abc import Iterator

from highdicom.sr import AlgorithmIdentification, ContentItem, FindingSite
from highdicom.sr import Measurement as Measured

from vivomap.core import Change, Measurement, identify
from vivomap.report import codes
from vivomap.report.codes import MINUS, OWN, PLUS
from vivomap.report.dicom_sr.items import coded, day, number, text, under, warning
from vivomap.report.forms import Filed
from vivomap.report.words import Z95, chance, name, reading, scale, short_day
from vivomap.report.words import number as written
from vivomap.report.words import places as decimals


def measured(found: Measurement, filed: Filed) -> Measured:
    """One number of a group."""
    said = codes.biomarker(found.name)
    made = Measured(
        name=coded(said.name),
        value=float(found.value),
        unit=coded(codes.unit(found.unit)),
        derivation=coded(said.derivation) if said.derivation else None,
        method=coded(said.method) if said.method else None,
        finding_sites=[FindingSite(coded(said.site))] if said.site else None,
        algorithm_id=AlgorithmIdentification(
            found.provenance.maker or "not said", found.provenance.version or "not said"
        ),
    )
    under(made[0], *_doubt(found))
    if found.day is not None and found.day != filed.assessment.study.day:
        under(made[0], day(OWN["ACQUIRED_ON"], found.day))
    changes = [c for c in filed.story.changes if c.after == found]
    for change in changes:
        under(made[0], *_changed(change))
    under(made[0], *(warning(flag) for flag in found.flags))
    return made


def _doubt(found: Measurement) -> Iterator[ContentItem]:
    half = Z95 * found.uncertainty
    yield number(OWN["STD_UNCERTAINTY"], found.uncertainty, found.unit)
    yield number(PLUS, half, found.unit)
    yield number(MINUS, half, found.unit)
    yield text(OWN["CLAIM"], identify(found))


def _changed(change: Change) -> Iterator[ContentItem]:
    unit = change.after.unit
    if change.before.day is not None:
        yield day(OWN["REFERENCE_DAY"], change.before.day)
    yield number(OWN["REFERENCE_VALUE"], change.before.value, unit)
    yield number(OWN["DIFFERENCE"], change.difference, unit)
    yield number(OWN["NO_CHANGE_LOW"], change.low, unit)
    yield number(OWN["NO_CHANGE_HIGH"], change.high, unit)
    yield number(OWN["CHANCE_REAL"], change.chance_real, "1")
    yield text(OWN["NO_CHANGE_SOURCE"], change.limits)
    yield from (text(OWN["TREATMENT"], t.what) for t in change.treatments)
    yield from (warning(flag) for flag in change.flags)


def in_words(change: Change) -> str:
    """A change in one line: both numbers, the difference, its limits, and the chance that it is real."""
    before, after = reading(change.before), reading(change.after)
    factor, unit = scale(change.after.unit)
    low, high = change.low * factor, change.high * factor
    digits = decimals(Z95 * change.after.uncertainty * factor, change.difference * factor)
    moved, lowest, highest = (written(v, digits, signed=True) for v in (change.difference * factor, low, high))
    read = "beyond" if change.real else "within"
    return (
        f"{name(change.name)}: {before.value} ± {before.half} ({short_day(change.before.day, True)}) to "
        f"{after.value} ± {after.half} {unit}".rstrip()
        + f"; difference {moved}, {read} the limits of no change "
        f"{lowest} to {highest} ({change.limits}); P (real change) {chance(change.chance_real)}"
    )
