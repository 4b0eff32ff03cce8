"""One assessment: a study goes through a pathway, step by step. Read this first.

Each step takes a course and a pathway and gives a course with more said; so each can be read, tested and replaced
alone. Pure: no disk, no clock, no network; the same study, history and pathway give the same bytes.
"""

from collections.abc import Sequence

from vivomap.core import Assessment, Course, Pathway, Study, identify
from vivomap.decide import recommend
from vivomap.predict import forecast
from vivomap.quantify import measure
from vivomap.track import compare, follow, judge


def assess(pathway: Pathway, study: Study, history: Sequence[Assessment] = ()) -> Assessment:
    """Take one study through a pathway, in the light of the assessments before it, oldest first."""
    course = Course(study, tuple(history), study.facts)
    for step in (follow, measure, compare, judge, forecast):
        course = step(course, pathway)
    proposed = recommend(course, pathway)
    return Assessment(pathway.name, identify(pathway), course.study, course.claims, proposed)
