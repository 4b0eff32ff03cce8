"""Whether a form still says what the record says: value, unit, uncertainty, code and lesion of every number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from vivomap.core import Change, Measurement, Refusal, discover, identify, spoken
from vivomap.report.forms import Filed
from vivomap.report.naming import concept, title, tracked, visits
from vivomap.report.readback.number import Number, Numbers, Reader

CLOSE = 1e-9  # relative: nine digits, which every form holds


@cache
def readers() -> dict[str, Reader]:
    """Every reader by the name of its form."""
    return discover("vivomap.report.readback", Reader)


def on_record(filed: Filed) -> Numbers:
    """The numbers of a visit by claim, as every form must hold them."""
    claims = filed.assessment.claims
    return {identify(c): _number(filed, c) for c in claims if isinstance(c, Measurement)}


def wrong(filed: Filed, form: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """What the files of a form say otherwise than the record, or do not say, one sentence for each number.

    A form without a reader holds no numbers to compare, and nothing is wrong with it here.
    """
    reader = readers().get(form)
    if reader is None:
        return ()
    try:
        found = reader.read(files)
    except Refusal:
        raise
    except Exception as error:  # a damaged file makes its parser raise whatever it raises
        return (f"its numbers cannot be read ({type(error).__name__}: {error})",)
    return tuple(_compared(filed, found))


def _compared(filed: Filed, found: Numbers) -> Iterator[str]:
    now, names = on_record(filed), _names(filed)
    known = _referred(filed)
    for visit in visits(filed):
        known |= on_record(visit)
    yield from (f"{names[key]} is absent" for key in now if key not in found)
    for key, number in found.items():
        if key not in known:
            yield f"a number {number.value!r} {number.unit} is there that is not on record (claim {key[:12]})"
            continue
        for said in _differences(number, known[key]):
            yield f"{names[key]}: {said}"


def _differences(found: Number, known: Number) -> Iterator[str]:
    for what in ("value", "uncertainty"):
        here, there = getattr(found, what), getattr(known, what)
        if not math.isclose(here, there, rel_tol=CLOSE, abs_tol=0.0):
            unit = spoken(known.unit)
            yield f"{what} {here!r} {unit}".rstrip() + f", on record {there!r} {unit}".rstrip()
    if found.unit != known.unit:
        yield f"unit {found.unit!r}, on record {known.unit!r}"
    if found.code != known.code:
        yield f"code {found.code!r}, on record {known.code!r}"
    if known.tracking and found.tracking != known.tracking:
        yield f"tracking UID {found.tracking!r}, on record {known.tracking!r}"


def _number(filed: Filed, m: Measurement) -> Number:
    return Number(m.value, m.unit, m.uncertainty, concept(m.name).value, tracked(filed, m.region).uid)


def _referred(filed: Filed) -> Numbers:
    """The earlier numbers that a change of this visit holds in itself."""
    return {identify(m): _number(filed, m) for m in _before(filed)}


def _before(filed: Filed) -> Iterable[Measurement]:
    return (c.before for c in filed.assessment.claims if isinstance(c, Change))


def _names(filed: Filed) -> dict[str, str]:
    """What a person calls each number: its title, its lesion and its day."""
    claims = [c for visit in visits(filed) for c in visit.assessment.claims if isinstance(c, Measurement)]
    said = (f"{title(m.name)}{f' of {m.region}' if m.region else ''} on {m.day or 'an unknown day'}" for m in claims)
    names = dict(zip(map(identify, claims), said, strict=True))
    return {**{identify(m): title(m.name) for m in _before(filed)}, **names}
