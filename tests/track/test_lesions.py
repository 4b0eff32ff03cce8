"""Who a lesion is and what became of it; nothing is guessed."""

from dataclasses import replace

import pytest

from vivomap.core import Course, Match, Refusal, Study, Voxels
from vivomap.track.lesions import parent


def labels(course):
    return [r.lesion for r in course.study.regions]


def matches(course):
    return [(m.kind, m.before, m.after, m.by) for m in course.of(Match)]


def visit(paper, weeks, *regions, **more):
    return Study("P", paper.day(weeks), regions=regions, **more)


def test_the_first_visit_names_lesions_and_matches_nothing(paper):
    (course,) = paper.walk(paper.pathway(regions=("lesion",)), [visit(paper, 0, paper.region("lung_1"))])
    assert labels(course) == ["lung_1"]
    assert matches(course) == []


def test_only_the_findings_of_the_pathway_are_followed(paper):
    study = visit(paper, 0, paper.region("lung_1"), paper.region("psoas", "muscle"))
    (course,) = paper.walk(paper.pathway(regions=("lesion",)), [study])
    assert labels(course) == ["lung_1", ""]


def test_a_tracking_uid_keeps_the_first_name(paper):
    one = visit(paper, 0, paper.region("lung_1", tracking="1.2"))
    two = visit(paper, 8, paper.region("Lung lesion A", tracking="1.2"))
    three = visit(paper, 16, paper.region("Lung lesion A"))
    courses = paper.walk(paper.pathway(), [one, two, three])
    assert [labels(c) for c in courses] == [["lung_1"]] * 3
    assert matches(courses[1]) == [("matched", ("lung_1",), ("lung_1",), "tracking UID")]
    assert matches(courses[2]) == [("matched", ("lung_1",), ("lung_1",), "name")]
    assert all(m.chance == 1 and m.day == paper.day(8) for m in courses[1].of(Match))


def test_one_name_with_two_uids_is_uncertain(paper):
    one, two = (visit(paper, w, paper.region("lung_1", tracking=f"1.{w}")) for w in (0, 8))
    course = paper.walk(paper.pathway(), [one, two])[1]
    assert [m[0] for m in matches(course)] == ["uncertain"]
    assert course.of(Match)[0].chance < 1


def test_two_lesions_of_one_name_at_one_visit_stay_two(paper):
    pair = [paper.region("lesion", tracking=t) for t in ("1.1", "1.2")]
    first = visit(paper, 0, *pair)
    courses = paper.walk(paper.pathway(), [first, visit(paper, 8, *reversed(pair))])
    assert labels(courses[0]) == ["lesion", "lesion-2"]
    assert labels(courses[1]) == ["lesion-2", "lesion"]


def test_one_lesion_on_two_grids_is_one(paper):
    drawn = (
        paper.region("liver"),
        paper.region("liver", affine=((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 1))),
    )
    courses = paper.walk(paper.pathway(), [visit(paper, 0, *drawn), visit(paper, 8, *drawn)])
    assert labels(courses[1]) == ["liver", "liver"]
    assert len(courses[1].of(Match)) == 1


@pytest.mark.parametrize(
    ("later", "kind", "by"),
    [
        ({"regions": ("empty",)}, "vanished", "name"),
        ({"searched": ("lesion",)}, "vanished", "searched"),
        ({}, "unsearched", "nothing said"),
    ],
)
def test_gone_is_not_missing(paper, later, kind, by):
    drawn = {"regions": (paper.region("lung_1", voxels=0),)} if "regions" in later else later
    course = paper.walk(paper.pathway(), [visit(paper, 0, paper.region("lung_1")), Study("P", paper.day(8), **drawn)])[
        1
    ]
    assert matches(course) == [(kind, ("lung_1",), (), by)]


def test_a_vanished_lesion_is_followed_on_and_may_come_back(paper):
    full, empty = paper.region("lung_1"), paper.region("lung_1", voxels=0)
    studies = [visit(paper, 8 * i, r) for i, r in enumerate((full, empty, empty, full))]
    kinds = [[m[0] for m in matches(c)] for c in paper.walk(paper.pathway(), studies)]
    assert kinds == [[], ["vanished"], ["vanished"], ["matched"]]


def test_a_region_drawn_empty_is_not_a_new_lesion(paper):
    studies = [visit(paper, 0, paper.region("a")), visit(paper, 8, paper.region("a"), paper.region("b", voxels=0))]
    assert [m[0] for m in matches(paper.walk(paper.pathway(), studies)[1])] == ["matched"]


def test_a_new_lesion_is_new_once(paper):
    a, b = paper.region("a"), paper.region("b")
    courses = paper.walk(paper.pathway(), [visit(paper, 0, a), visit(paper, 8, a, b), visit(paper, 16, a, b)])
    assert matches(courses[1])[1] == ("new", (), ("b",), "name")
    assert [m[0] for m in matches(courses[2])] == ["matched", "matched"]


def test_nothing_is_new_where_no_earlier_visit_looked(paper):
    courses = paper.walk(paper.pathway(), [visit(paper, 0), visit(paper, 8, paper.region("a"))])
    assert matches(courses[1]) == []
    courses = paper.walk(paper.pathway(), [visit(paper, 0, searched=("lesion",)), visit(paper, 8, paper.region("a"))])
    assert matches(courses[1]) == [("new", (), ("a",), "name")]


def test_a_split_goes_on_as_its_parts(paper):
    parts = [paper.region(n) for n in ("lung_3.1", "lung_3.2")]
    studies = [visit(paper, 0, paper.region("lung_3")), visit(paper, 8, *parts), visit(paper, 16, *parts)]
    courses = paper.walk(paper.pathway(), studies)
    assert matches(courses[1]) == [("split", ("lung_3",), ("lung_3.1", "lung_3.2"), "name")]
    assert [m[:3] for m in matches(courses[2])] == [
        ("matched", ("lung_3.1",), ("lung_3.1",)),
        ("matched", ("lung_3.2",), ("lung_3.2",)),
    ]


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("lung_3.1", "lung_3"),
        ("lesion_5.2 liver", "lesion_5 liver"),
        ("lung_3.1.2", "lung_3.1"),
        ("lung_3", "lung_3"),
        ("tumour.1", "tumour"),
        ("lung", "lung"),
    ],
)
def test_a_part_is_known_by_its_name(part, whole):
    assert parent(part) == whole


def test_the_word_of_a_person_stands(paper):
    affirmed = Match("matched", ("lung_1",), ("tumour B",), paper.day(8), 1.0, "Dr A")
    one = visit(paper, 0, paper.region("lung_1", tracking="1.1"))
    two = visit(paper, 8, paper.region("tumour B", tracking="1.9"), matches=(affirmed,))
    three = visit(paper, 16, paper.region("something", tracking="1.9"))
    courses = paper.walk(paper.pathway(), [one, two, three])
    assert [labels(c) for c in courses] == [["lung_1"]] * 3
    assert matches(courses[1]) == [("matched", ("lung_1",), ("lung_1",), "Dr A")]
    assert matches(courses[2]) == [("matched", ("lung_1",), ("lung_1",), "tracking UID")]


def test_lesions_of_a_table_are_followed_too(paper):
    tables = [paper.table(0, {"lung_1": 20, "lung_2": 11}), paper.table(8, {"lung_1": 0, "lung_9": 12})]
    assert [m[:3] for m in matches(paper.walk(paper.pathway(), tables)[1])] == [
        ("vanished", ("lung_1",), ()),
        ("unsearched", ("lung_2",), ()),
        ("new", (), ("lung_9",)),
    ]


def test_the_order_of_the_history_does_not_matter(paper):
    studies = [visit(paper, w, paper.region(f"n{w}", tracking="1.1"), paper.region("b")) for w in (0, 8, 16)]
    courses = paper.walk(paper.pathway(), studies)
    past = tuple(reversed([paper.assessed(c) for c in courses[:2]]))
    again = paper.step(Course(studies[2], past, studies[2].facts), paper.pathway())
    assert (again.study, again.claims) == (courses[2].study, courses[2].claims)


def test_two_assessments_of_one_day_are_one_visit(paper):
    way, study = paper.pathway(), visit(paper, 0, paper.region("a"))
    (first,) = paper.walk(way, [study])
    other = paper.walk(way, [visit(paper, 0, paper.region("b"))])[0]
    past = (paper.assessed(first), paper.assessed(other))
    now = visit(paper, 8, paper.region("a"), paper.region("b"))
    assert [m[0] for m in matches(paper.step(Course(now, past, ()), way))] == ["matched", "matched"]
    assert paper.step(Course(now, past, ()), way).claims == paper.step(Course(now, past[::-1], ()), way).claims


def test_an_earlier_lesion_is_known_by_its_numbers_without_its_mask(paper):
    """Masks of earlier visits stay in the vault unless they are needed."""

    def absent(digest):
        raise AssertionError("the mask was fetched")

    first = paper.walk(
        paper.pathway(), [paper.table(0, {"a": 20, "b": 0}, regions=(paper.region("a"), paper.region("b")))]
    )
    far = tuple(replace(r, mask=Voxels.known(r.mask.digest, absent)) for r in first[0].study.regions)
    past = (replace(paper.assessed(first[0]), study=replace(first[0].study, regions=far)),)
    now = visit(paper, 8, paper.region("a"), paper.region("b"))
    assert [m[0] for m in matches(paper.step(Course(now, past, ()), paper.pathway()))] == ["matched", "new"]


def test_a_visit_without_a_date_is_named_and_not_put_in_order(paper):
    courses = paper.walk(paper.pathway(), [visit(paper, 0, paper.region("a", tracking="1.1"))])
    undated = Study("P", None, regions=(paper.region("z", tracking="1.1"),))
    course = paper.step(Course(undated, (paper.assessed(courses[0]),), ()), paper.pathway())
    assert labels(course) == ["a"]
    assert matches(course) == []


def test_two_patients_are_never_one_course(paper):
    courses = paper.walk(paper.pathway(), [visit(paper, 0, paper.region("a"))])
    with pytest.raises(Refusal, match="another patient") as refused:
        paper.step(Course(Study("Q", paper.day(8)), (paper.assessed(courses[0]),), ()), paper.pathway())
    assert refused.value.code == "two_patients"
