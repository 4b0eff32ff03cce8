"""The rows of tracers: what their files say, held against physics and against the scale that they are tied to.

A tracer that nothing shows right is no failure of a proof: its file says so, and it is told as not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from vivomap.acquire.suv.injection import NUCLIDES
from vivomap.core.tracer import Tracer
from vivomap.verify.row import Absent, Row

FAMILY = "tracers"
HALF_LIFE_WITHIN = 0.01  # of the nuclide's half-life; headers write 67.7 min and 68 min for Ga-68
ANCHORS = ((1.009, 0.0), (2.076, 100.0))  # SUVR of PiB and Centiloids of the young, and of typical disease, Klunk 2015
ANCHOR_WITHIN = 1.0  # Centiloids: what the rounding of published lines leaves


def of_tracer(tracer: Tracer) -> Iterator[Row | Absent]:
    """The rows of one tracer: its half-life, its Centiloids at both anchors, and whether nothing shows it right."""
    yield _half_life(tracer)
    yield from _centiloids(tracer)
    if not tracer.validation:
        reason = f"no validation: its file names none; evidence {tracer.evidence}, {tracer.readiness}"
        yield Absent(f"tracer {tracer.name}", tracer.source, reason)


def _half_life(tracer: Tracer) -> Row | Absent:
    true = NUCLIDES.get(tracer.isotope.rpartition("-")[2])
    name = f"{tracer.name}: half-life"
    if true is None:
        return Absent(name, tracer.source, f"no half-life of {tracer.isotope} to hold it against")
    within = HALF_LIFE_WITHIN * true
    right = abs(tracer.half_life_s - true) <= within
    why = "" if right else "its file has another half-life than its nuclide"
    source = f"half-life of {tracer.isotope}"
    return Row(FAMILY, name, true, tracer.half_life_s, "s", tolerance=within, source=source, ok=right, reason=why)


def _centiloids(tracer: Tracer) -> Iterator[Row]:
    """Through the published line to PiB, the anchors of the scale must come out as 0 and 100."""
    line = tracer.centiloid
    if line is None or not line.pib_slope:
        return
    for pib, true in ANCHORS:
        found = line.slope * (line.pib_slope * pib + line.pib_intercept) + line.intercept
        right = abs(found - true) <= ANCHOR_WITHIN
        why = "" if right else "its equation does not meet the anchors of the scale"
        name = f"{tracer.name}: Centiloids at {true:g}"
        yield Row(FAMILY, name, true, found, "{CL}", tolerance=ANCHOR_WITHIN, source=line.source, ok=right, reason=why)
