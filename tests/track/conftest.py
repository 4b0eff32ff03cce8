"""Patients on paper: visits whose regions and numbers are written down, walked through the steps of this room."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from vivomap.core import (
    Assessment,
    Biomarker,
    Course,
    Estimate,
    Limits,
    Measurement,
    Option,
    Pathway,
    Provenance,
    Recommendation,
    Region,
    Study,
    Voxels,
)
from vivomap.track import compare, follow, judge

START = date(2026, 1, 1)
SCANNER = (("manufacturer", "Maker"), ("model", "M1"), ("serial", "77"), ("software", "v2"))
UNITS = {"long_axis": "mm", "short_axis": "mm", "mean_adc": "mm2/s", "sul_peak": "g/ml{SUVlbm}", "tlg": "g"}
UNITS |= {"liver_sul": "g/ml{SUVlbm}", "density": "[hnsf'U]"}


def day(weeks: float) -> date:
    return START + timedelta(weeks=weeks)


def number(name: str, value: float, region: str, at: date | None, **more: Any) -> Measurement:
    """One number of one lesion; settings are those of one scanner unless others are given."""
    made = Provenance(more.get("maker", "table"), "1", settings=more.get("settings", SCANNER))
    unit = more.get("unit", UNITS.get(name, "mm"))
    return Measurement(name, value, unit, more.get("uncertainty", 0.0), region, at, made)


def region(name: str, finding: str = "lesion", voxels: int = 8, **more: Any) -> Region:
    mask = np.zeros((1, 4, 4), bool)
    mask.flat[:voxels] = True
    return Region(name, Voxels.of(mask), finding, **more)


def card(name: str, limits: Limits | None = None) -> Biomarker:
    return Biomarker(name, UNITS.get(name, "mm"), ("region",), lambda region: Estimate(0, 0), "test", limits)


def pathway(**more: Any) -> Pathway:
    given = {"regions": (), "measure": (), "organ": "lung", **more}
    return Pathway("test", "?", otherwise=Option("look again", "C", "test"), look_again_days=56, **given)


def table(weeks: float, sizes: dict[str, float], name: str = "long_axis", **more: Any) -> Study:
    """A visit that is a table alone: one number of each lesion; nodes by their short axis."""
    at = day(weeks)
    facts = [number("short_axis" if "node" in k and name == "long_axis" else name, v, k, at) for k, v in sizes.items()]
    return Study("P", at, facts=(*facts, *more.pop("facts", ())), **more)


def step(course: Course, way: Pathway) -> Course:
    return judge(compare(follow(course, way), way), way)


def assessed(course: Course) -> Assessment:
    return Assessment("test", "e", course.study, course.claims, Recommendation((), 56))


def walk(way: Pathway, studies: Sequence[Study]) -> list[Course]:
    """Every visit taken through follow, compare and judge, in the light of those before it."""
    courses: list[Course] = []
    for study in studies:
        past = tuple(assessed(c) for c in courses)
        courses.append(step(Course(study, past, study.facts), way))
    return courses


class Paper:
    """The builders above, for a test to ask for as `paper`."""

    day = staticmethod(day)
    number = staticmethod(number)
    region = staticmethod(region)
    card = staticmethod(card)
    pathway = staticmethod(pathway)
    table = staticmethod(table)
    step = staticmethod(step)
    assessed = staticmethod(assessed)
    walk = staticmethod(walk)
    scanner = SCANNER


@pytest.fixture(scope="session")
def paper() -> type[Paper]:
    return Paper
