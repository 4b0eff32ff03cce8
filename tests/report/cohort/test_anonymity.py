"""Nobody in a table is alike fewer than k - 1 others, counted by other code than ours, for any cohort."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.report.cohort import Anonymous, Subject, anonymise
from vivomap.report.cohort.hierarchies import ANY, COLUMNS, HIDDEN

scanners = st.tuples(st.sampled_from(["GE", "SIEMENS", ""]), st.sampled_from(["A", "B"]))
visits = st.lists(st.tuples(scanners, st.none() | st.integers(0, 400)), min_size=1, max_size=4).map(tuple)
fixed = st.tuples(
    st.none() | st.integers(0, 105),
    st.sampled_from(["F", "M", ""]),
    st.sampled_from(["north", "south"]),
    st.none() | st.dates(date(2020, 1, 1), date(2024, 1, 1)),
)


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[Subject, ...]:
    found = draw(st.lists(st.tuples(fixed, visits), max_size=40))
    return tuple(Subject(f"P{k}", *one) for k, one in enumerate(found))


def flat(made: Anonymous) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the table as whoever reads it sees them, by patient."""
    return {p: [(*s.fixed, number, *visit) for number, visit in enumerate(s.visits)] for p, s in made.shown.items()}


@given(cohorts(), st.integers(2, 12))
def test_everybody_is_alike_at_least_k_minus_one_others(cohort: tuple[Subject, ...], k: int) -> None:
    made = anonymise(cohort, k)
    table = flat(made)
    for mine in table.values():
        assert sum(1 for other in table.values() if other == mine) >= k
    assert set(made.shown) | set(made.rare) == {s.patient for s in cohort}
    assert not set(made.shown) & set(made.rare)


@pytest.mark.parametrize("seed", range(4))
def test_most_of_a_cohort_like_a_real_one_can_be_shown(seed: int) -> None:
    chance = Random(seed)
    cohort = [
        Subject(
            f"P{k}",
            (
                round(chance.gauss(62, 10)),
                chance.choice("FM"),
                chance.choice(["north", "south"]),
                date(2025, 1, 1) + timedelta(days=chance.randrange(700)),
            ),
            tuple(
                ((chance.choice(["GE", "SIEMENS"]), "A"), 56 * v + chance.randrange(7))
                for v in range(chance.choice((1, 2, 2, 3)))
            ),
        )
        for k in range(400)
    ]
    made = anonymise(cohort, 10)
    table = flat(made)
    assert len(table) > 360
    assert min(Counter(tuple(rows) for rows in table.values()).values()) >= 10
    assert len({made.levels[c] for c in COLUMNS} - {ANY}) >= 2, "something is still told"


@given(cohorts(), st.integers(2, 12))
def test_no_attacker_who_knows_some_columns_finds_fewer_than_k(cohort: tuple[Subject, ...], k: int) -> None:
    """Whoever knows less than the whole row finds a union of classes: never fewer."""
    made = anonymise(cohort, k)
    for place in range(len(COLUMNS)):
        counts = Counter(tuple(row[place] for row in rows) for rows in flat(made).values())
        assert all(number >= k for number in counts.values())


@given(cohorts(), st.integers(2, 12))
def test_the_account_is_true(cohort: tuple[Subject, ...], k: int) -> None:
    made = anonymise(cohort, k)
    rows = {p: ([*s.fixed], [*zip(*s.visits, strict=True)]) for p, s in made.shown.items()}
    hidden = Counter()
    for first, each in rows.values():
        cells = [[cell] for cell in first] + [list(column) for column in each]
        for name, column in zip(COLUMNS, cells, strict=True):
            hidden[name] += column.count(HIDDEN)
            assert all(column), "no cell is empty"
            if made.levels[name] == ANY:
                assert set(column) <= {ANY}
    assert {name: number for name, number in hidden.items() if number} == dict(made.suppressed)


@given(cohorts(), st.integers(2, 12), st.randoms())
def test_the_order_of_the_patients_changes_nothing(cohort: tuple[Subject, ...], k: int, chance: Any) -> None:
    mixed = list(cohort)
    chance.shuffle(mixed)
    one, other = anonymise(cohort, k), anonymise(mixed, k)
    assert (one.shown, one.levels, one.suppressed) == (other.shown, other.levels, other.suppressed)


def subject(name: str, age: int, sex: str = "F", days: tuple[int, ...] = (0,)) -> Subject:
    return Subject(name, (age, sex, "north", date(2026, 3, 1)), tuple((("GE", "A"), day) for day in days))


def test_a_cohort_of_equals_stays_as_it_is() -> None:
    made = anonymise([subject(f"P{k}", 62) for k in range(10)], 10)
    assert made.shown["P0"].fixed == ("60 to 64", "F", "north", "2026-03")
    assert made.shown["P0"].visits == (("GE A", "week 0"),)
    assert (made.suppressed, made.rare) == ({}, ())


def test_ages_are_made_coarser_before_anybody_is_left_out() -> None:
    made = anonymise([subject(f"P{k}", 60 + k) for k in range(20)], 10)
    assert made.levels["age"] == "10 years"
    assert made.levels["sex"] == "as recorded"
    assert not made.rare


def test_one_outlier_of_many_loses_its_cell_and_the_others_keep_theirs() -> None:
    made = anonymise([*(subject(f"P{k}", 62, days=(0, 56)) for k in range(30)), subject("old", 91, days=(0, 56))], 10)
    assert made.levels["age"] == "5 years"
    assert made.shown["P0"].fixed[0] == "60 to 64"
    assert made.rare == ("old",), "one alone is like nobody, whatever is hidden"


def test_outliers_who_are_enough_together_are_shown_with_suppressed_cells() -> None:
    rest = [subject(f"P{k}", 62, "F") for k in range(100)]
    few = [subject(f"Q{k}", 20 + 10 * k, "M") for k in range(3)]
    made = anonymise([*rest, *few], 3)
    assert made.levels["age"] == "5 years"
    assert {made.shown[f"Q{k}"].fixed for k in range(3)} == {(HIDDEN, "M", "north", "2026-03")}
    assert made.suppressed == {"age": 3}


def test_the_number_of_visits_counts_as_known() -> None:
    many = [subject(f"P{k}", 62, days=(0, 56)) for k in range(40)]
    made = anonymise([*many, subject("often", 62, days=(0, 56, 112))], 10)
    assert made.rare == ("often",)
    assert "after" not in made.suppressed


def test_days_that_differ_by_weeks_are_told_more_coarsely() -> None:
    made = anonymise([subject(f"P{k}", 62, days=(0, 50 + 2 * k)) for k in range(10)], 10)
    assert {made.shown[f"P{k}"].visits[1][1] for k in range(10)} in ({"weeks 0 to 11"}, {ANY})


@pytest.mark.parametrize(("k", "names"), [(1, ("a", "b")), (2, ("a", "a"))])
def test_k_below_two_and_a_patient_named_twice_are_refused(k: int, names: tuple[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        anonymise([subject(name, 62) for name in names], k)
    assert refused.value.code == "bad_setting"


def test_nobody_is_no_error() -> None:
    assert anonymise([], 10).shown == {}


def test_big_cohorts_are_quick() -> None:
    days = timedelta(days=1)
    many = [
        Subject(
            f"P{k}", (k % 97, "FM"[k % 2], "abc"[k % 3], date(2020, 1, 1) + (k % 900) * days), ((("GE", "A"), k % 70),)
        )
        for k in range(5000)
    ]
    made = anonymise(many, 10)
    assert len(made.shown) > 4700
