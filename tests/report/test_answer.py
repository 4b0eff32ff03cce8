"""The answer, and the numbers that carry it."""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Assessment, Recommendation
from vivomap.report.answer import answer, background, driving, first_numbers, headline, metrology
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_the_answer_says_label_reality_and_what_to_weigh_in_one_sentence(two_visits: Case) -> None:
    said = answer(Story.of(*two_visits))
    assert said == (
        "Partial response by RECIST 1.1, and the fall is real in 2 of 3 numbers; the option to weigh first is "
        "“continue treatment, image again at the planned date”."
    )


def test_a_label_against_its_numbers_says_but_and_names_the_new_lesion(four_visits: Case) -> None:
    said = answer(Story.of(*four_visits))
    assert said.startswith(
        "Progressive disease by RECIST 1.1 with 1 new lesion (D), but the fall is real in all 3 numbers"
    )


def test_an_abstention_gives_its_reason_and_no_option(undated: Case, table_only: Case) -> None:
    assert answer(Story.of(*undated)).endswith("no option is proposed, because the visit has no date.")
    assert "no option is proposed, because nothing could be measured" in answer(Story.of(*table_only))


def test_without_a_criterion_the_farthest_change_speaks(pet: Case) -> None:
    assert answer(Story.of(*pet)).startswith("SUVmax of A is lower, and the change is real; ")


def test_a_first_visit_compares_nothing(baseline: Case) -> None:
    assert answer(Story.of(*baseline)).startswith("3 lesions measured, and nothing can be compared yet; ")


def test_it_never_orders(two_visits: Case) -> None:
    forbidden = ("must", "should", "hold")
    story = Story.of(*two_visits)
    said = f"{answer(story)} {' '.join(background(story))}".lower().split()
    assert not set(forbidden) & set(said)


def test_numbers_that_the_criterion_rests_on_come_first_then_the_farthest(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    chosen = headline(story.changes, story.verdicts)
    assert [(c.region, c.name) for c in chosen] == [
        ("lung_1", "long_axis"),
        ("lung_2", "long_axis"),
        ("node_1", "long_axis"),
    ]
    free = headline(story.changes)
    reach = {c: abs(c.difference) / (c.high if c.difference > 0 else -c.low) for c in story.changes}
    assert free == tuple(sorted(story.changes, key=lambda c: -reach[c]))[:3]


def test_a_sum_of_the_whole_patient_comes_before_its_parts(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    one = story.changes[0]
    whole = replace(one, before=replace(one.before, region=""), after=replace(one.after, region=""))
    verdict = replace(story.verdicts[0], because=())
    assert headline((*story.changes, whole), (verdict,))[0] == whole


def test_the_metrology_speaks_of_every_number_it_looks_at(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    drives = driving(story, story.verdicts[0])
    still = tuple(c for c in drives if not c.real)
    assert metrology(drives) == ("the fall is real in 2 of 3 numbers", "better")
    assert metrology(still) == ("no change stands out from measurement error", "same")
    assert metrology(tuple(c for c in drives if c.real)) == ("the fall is real in all 2 numbers", "better")
    mixed = (drives[0], replace(drives[1], before=drives[1].after, after=replace(drives[1].after, value=90.0)))
    assert metrology(mixed)[1] == "caution"


def test_numbers_in_front_of_a_first_visit_are_sizes(baseline: Case) -> None:
    assert [m.name for m in first_numbers(Story.of(*baseline))[:2]] == ["long_axis", "volume"]


def test_other_options_are_named_and_the_next_look_has_a_day(four_visits: Case) -> None:
    said = " ".join(background(Story.of(*four_visits)))
    assert "“image again early, before acting”" in said
    assert "27 July 2026" in said


def test_nothing_to_propose_is_said(baseline: Case) -> None:
    silent = replace(baseline[0], recommendation=Recommendation((), None))
    assert answer(Story.of(silent, ())).endswith("no option is proposed, because the pathway names none.")
