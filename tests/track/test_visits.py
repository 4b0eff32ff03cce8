"""The visits of a course in order, and what was said at each."""

from datetime import timedelta

import numpy as np

from vivomap.core import Course, Finding, Image, Study, Voxels
from vivomap.track.visits import earlier, told, unfollowed

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def visit(paper, weeks, *regions, **more):
    return Study("P", paper.day(weeks), regions=regions, **more)


def test_visits_stand_oldest_first_and_end_before_today(paper):
    courses = paper.walk(paper.pathway(), [visit(paper, w) for w in (0, 8, 16)])
    past = tuple(paper.assessed(c) for c in reversed(courses))
    assert [c.study.day for c in earlier(Course(visit(paper, 12), past))] == [paper.day(0), paper.day(8)]
    assert len(earlier(Course(Study("P", None), past))) == 3


def test_a_visit_without_a_date_is_before_nothing(paper):
    (course,) = paper.walk(paper.pathway(), [Study("P", None)])
    assert earlier(Course(visit(paper, 8), (paper.assessed(course),))) == ()


def test_a_region_that_one_pathway_follows_is_a_lesion_though_another_does_not(paper):
    study = visit(paper, 0, paper.region("psoas", "muscle"), paper.region("a"))
    follows, passes = (paper.walk(paper.pathway(regions=r), [study])[0] for r in ((), ("lesion",)))
    (one,) = earlier(Course(visit(paper, 8), (paper.assessed(follows), paper.assessed(passes))))
    assert unfollowed(one.study) == set()
    assert unfollowed(passes.study) == {"psoas"}


def test_what_a_person_said_belongs_to_the_day_of_the_visit_or_of_its_images(paper):
    late = paper.day(8) + timedelta(days=2)
    image = Image("ct", Voxels.of(np.zeros((1, 1, 1))), "[hnsf'U]", IDENTITY, day=late)
    said = [Finding("seen", "", str(i), d, "Dr A") for i, d in enumerate((paper.day(8), late, paper.day(0), None))]
    assert [f.value for f in told(Course(visit(paper, 8, images=(image,)), (), tuple(said)), "seen")] == ["0", "1"]
    assert [f.value for f in told(Course(visit(paper, 8), (), tuple(said)), "seen")] == ["0"]
    assert told(Course(Study("P", None), (), tuple(said)), "seen") == ()
