"""Tracers have their rows; one that nothing shows right is told, and fails nothing."""

from dataclasses import replace

import pytest

from vivomap.core.tracers import tracers
from vivomap.verify import verify
from vivomap.verify.agents import of_tracer
from vivomap.verify.row import Absent, Row

KNOWN = tracers("")


def test_every_shipped_tracer_has_rows_that_hold():
    evidence = verify("tracers")
    assert evidence.ok
    assert len(evidence.rows) == len(KNOWN) + 6


def test_those_without_a_validation_are_listed():
    told = {each.name for each in verify("tracers").absent}
    assert told == {f"tracer {t.name}" for t in KNOWN.values() if not t.validation}
    assert "tracer FAPI" in told
    assert "tracer FDG" not in told


def test_a_half_life_that_is_not_the_nuclides_fails():
    (row, *_) = of_tracer(replace(KNOWN["PSMA-11"], half_life_s=6586.0))
    assert (row.ok, "nuclide" in row.reason) == (False, True)
    (told, *_) = of_tracer(replace(KNOWN["PSMA-11"], isotope="Tb-152"))
    assert isinstance(told, Absent)


@pytest.mark.parametrize("name", ["PiB", "Florbetaben", "Flutemetamol"])
def test_an_equation_that_misses_the_anchors_fails(name):
    tracer = KNOWN[name]
    wrong = replace(tracer, centiloid=replace(tracer.centiloid, intercept=tracer.centiloid.intercept + 2))
    rows = [r for r in of_tracer(wrong) if isinstance(r, Row) and "Centiloids" in r.biomarker]
    assert [r.ok for r in rows] == [False, False]
