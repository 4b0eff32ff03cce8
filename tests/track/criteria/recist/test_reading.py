"""From a patient's course to what RECIST speaks of: targets, others, new lesions."""

import pytest

from vivomap.core import Course, Finding, Match, Refusal, Study
from vivomap.track.criteria.recist import PARAMETERS, PREFIX
from vivomap.track.criteria.recist.reading import lesions, read

VALUES = {p.name.removeprefix(PREFIX): p.value for p in PARAMETERS}


def reading(paper, *studies, **values):
    return read(paper.walk(paper.pathway(), studies)[-1], {**VALUES, **values})


def sizes(visit):
    return {t.lesion: t.mm for t in visit.targets}


def finding(paper, name, value, week=8):
    return Finding(name, "", value, paper.day(week), "Dr A")


def test_targets_are_the_largest_two_of_an_organ_and_five_in_all(paper):
    first = {"lung_1": 30, "lung_2": 25, "lung_3": 40, "liver_1": 12, "node_1": 18, "bone_1": 11, "skin_1": 10.5}
    (visit,) = reading(paper, paper.table(0, first)).visits
    assert list(sizes(visit)) == ["lung_3", "lung_1", "node_1", "liver_1", "bone_1"]
    assert visit.nontarget == "non-CR/non-PD"


def test_the_site_is_the_organ_where_it_is_known(paper):
    names = ("a", "b", "c")
    drawn = tuple(paper.region(n, site="lung") for n in names)
    study = paper.table(0, {n: 20 + i for i, n in enumerate(names)}, regions=drawn)
    assert list(sizes(reading(paper, study).visits[0])) == ["c", "b"]


@pytest.mark.parametrize(
    ("label", "mm", "kind"),
    [
        ("lung_1", 10, "target"),
        ("lung_1", 9.99, "other"),
        ("node_1", 15, "target"),
        ("node_1", 14.99, "other"),
        ("node_1", 10, "other"),
        ("node_1", 9.99, "normal"),
        ("lymph node 4R", 15, "target"),
        ("nodule_1", 10, "target"),
    ],
)
def test_measurable_from_10_mm_and_a_node_from_15(paper, label, mm, kind):
    (visit,) = reading(paper, paper.table(0, {label: mm})).visits
    found = "target" if visit.targets else "other" if visit.nontarget == "non-CR/non-PD" else "normal"
    assert found == kind


@pytest.mark.parametrize(("slice_mm", "targets"), [(5.0, 1), (6.0, 0), (5.4, 1)])
def test_thick_slices_ask_for_twice_their_thickness(paper, slice_mm, targets):
    settings = (*paper.scanner, ("slice_thickness_mm", slice_mm))
    study = Study("P", paper.day(0), facts=(paper.number("long_axis", 11, "a", paper.day(0), settings=settings),))
    assert len(reading(paper, study).visits[0].targets) == targets


def test_centimetres_are_read_as_millimetres(paper):
    study = Study("P", paper.day(0), facts=(paper.number("long_axis", 2.35, "a", paper.day(0), unit="cm"),))
    assert sizes(reading(paper, study).visits[0]) == {"a": 23.5}


def test_the_choice_of_targets_is_that_of_the_baseline(paper):
    first = {"lung_1": 30, "lung_2": 25, "lung_3": 20}
    later = {"lung_1": 10, "lung_2": 12, "lung_3": 60}
    found = reading(paper, paper.table(0, first), paper.table(8, later))
    assert sizes(found.visits[1]) == {"lung_1": 10, "lung_2": 12}


def test_a_vanished_target_is_0_and_an_unsearched_one_not_evaluated(paper):
    first = paper.table(0, {"lung_1": 30, "liver_1": 25, "bone_1": 12})
    found = reading(paper, first, paper.table(8, {"lung_1": 0}, searched=("liver",)))
    assert sizes(found.visits[1]) == {"lung_1": 0, "liver_1": 0, "bone_1": None}


def test_a_person_says_that_a_target_is_too_small(paper):
    second = Study("P", paper.day(8), facts=(finding(paper, "too_small_to_measure", "lung_1"),))
    (target,) = reading(paper, paper.table(0, {"lung_1": 30}), second).visits[1].targets
    assert (target.mm, target.too_small) == (None, True)


def test_a_split_target_is_the_sum_of_its_parts(paper):
    first = paper.table(0, {"lung_1": 30})
    parts = paper.table(8, {"lung_1.1": 12.1, "lung_1.2": 9.2})
    found = reading(paper, first, parts, paper.table(16, {"lung_1.1": 10, "lung_1.2": 0}))
    assert [sizes(v) for v in found.visits] == [{"lung_1": 30}, {"lung_1": 21.3}, {"lung_1": 10}]
    assert [v.new for v in found.visits] == [(), (), ()]


def test_merged_targets_are_counted_once(paper):
    merged = Match("merged", ("lung_1", "lung_2"), ("lung_1",), paper.day(8), 1.0, "Dr A")
    found = reading(
        paper, paper.table(0, {"lung_1": 30, "lung_2": 20}), paper.table(8, {"lung_1": 45}, matches=(merged,))
    )
    assert sum(sizes(found.visits[1]).values()) == 45


def test_an_uncertain_target_is_not_evaluated(paper):
    studies = [paper.table(8 * i, {"lung_1": 30}, regions=(paper.region("lung_1", tracking=str(i)),)) for i in (1, 2)]
    assert sizes(reading(paper, *studies).visits[1]) == {"lung_1": None}


@pytest.mark.parametrize(
    ("later", "state"),
    [
        ({"lung_1": 30, "skin_1": 6}, "non-CR/non-PD"),
        ({"lung_1": 30, "skin_1": 0, "node_1": 9}, "CR"),
        ({"lung_1": 30, "skin_1": 0, "node_1": 10}, "non-CR/non-PD"),
        ({"lung_1": 30, "skin_1": 0}, "NE"),
        ({"lung_1": 30}, "NE"),
    ],
)
def test_what_the_other_lesions_are(paper, later, state):
    first = paper.table(0, {"lung_1": 30, "skin_1": 6, "node_1": 12})
    assert reading(paper, first, paper.table(8, later)).visits[1].nontarget == state


def test_only_a_person_calls_the_others_progressive(paper):
    first, second = {"lung_1": 30, "skin_1": 6}, {"lung_1": 30, "skin_1": 40}
    assert reading(paper, paper.table(0, first), paper.table(8, second)).visits[1].nontarget == "non-CR/non-PD"
    said = paper.table(8, second, facts=(finding(paper, "unequivocal_progression", "yes"),))
    assert reading(paper, paper.table(0, first), said).visits[1].nontarget == "PD"


def test_what_a_person_said_counts_at_its_own_visit_alone(paper):
    """A table of findings goes with every visit of a patient."""
    words = (
        finding(paper, "unequivocal_progression", "yes", 16),
        Finding("unequivocal_progression", "", "yes", None, ""),
    )
    rows = [paper.table(8 * i, {"lung_1": 30, "skin_1": 6}, facts=words) for i in range(4)]
    states = [v.nontarget for v in reading(paper, *rows).visits]
    assert states == ["non-CR/non-PD", "non-CR/non-PD", "PD", "non-CR/non-PD"]


def test_a_new_lesion_stays_new_while_it_is_there(paper):
    first, both = {"lung_1": 30}, {"lung_1": 30, "liver_1": 6}
    found = reading(paper, paper.table(0, first), *(paper.table(8 * i, both) for i in (1, 2)))
    assert [v.new for v in found.visits] == [(), ("liver_1",), ("liver_1",)]


@pytest.mark.parametrize(("mm", "new"), [(9.9, ()), (10, ("node_1",))])
def test_a_new_node_counts_from_10_mm(paper, mm, new):
    found = reading(paper, paper.table(0, {"lung_1": 30}), paper.table(8, {"lung_1": 30, "node_1": mm}))
    assert found.visits[1].new == new
    assert bool(found.remarks) is not bool(new)


@pytest.mark.parametrize(("mm", "new", "remark"), [(9.5, (), False), (11, (), True), (14, ("node_1",), False)])
def test_a_normal_node_needs_growth_to_be_disease(paper, mm, new, remark):
    first = paper.table(0, {"lung_1": 30, "node_1": 9})
    found = reading(paper, first, paper.table(8, {"lung_1": 30, "node_1": mm}))
    assert found.visits[1].new == new
    assert bool(found.remarks) is remark


def test_a_lesion_without_a_size_is_there_and_no_target(paper):
    (visit,) = reading(paper, Study("P", paper.day(0), regions=(paper.region("a"),))).visits
    assert (visit.targets, visit.nontarget) == ((), "non-CR/non-PD")


def test_what_is_not_followed_is_no_lesion(paper):
    muscle = paper.table(0, {"psoas": 90}, regions=(paper.region("psoas", "muscle"),))
    (course,) = paper.walk(paper.pathway(regions=("lesion",)), [muscle])
    assert "psoas" not in lesions(course)


def test_a_search_that_found_nothing_is_a_baseline(paper):
    found = reading(paper, Study("P", paper.day(0), searched=("lesion",)), paper.table(8, {"lung_1": 12}))
    assert [v.new for v in found.visits] == [(), ("lung_1",)]


def test_without_a_date_or_a_lesion_there_is_nothing_to_read(paper):
    with pytest.raises(Refusal) as undated:
        read(Course(Study("P", None)), VALUES)
    with pytest.raises(Refusal) as empty:
        read(Course(Study("P", paper.day(0))), VALUES)
    assert (undated.value.code, empty.value.code) == ("bad_date", "not_evaluable")
