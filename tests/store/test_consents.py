"""How a patient stands to a purpose."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import PURPOSES, Consent
from vivomap.store import Project
from vivomap.store.consents import GIVEN, REFUSED, UNASKED, WITHDRAWN, allows, standing, standings

DAY = date(2026, 3, 1)


def said(*words: bool, purpose: str = "research") -> list[Consent]:
    return [Consent("P1", purpose, word, "Dr A", DAY) for word in words]


@pytest.mark.parametrize(
    ("words", "found"),
    [((), UNASKED), ((True,), GIVEN), ((False,), REFUSED), ((True, False), WITHDRAWN), ((True, False, True), GIVEN)],
)
def test_the_last_word_counts_and_silence_is_no(words: tuple[bool, ...], found: str) -> None:
    assert standing(said(*words), "research") == found


def test_care_is_allowed_until_somebody_says_no() -> None:
    assert standing([], "care") == GIVEN
    assert standing(said(False, purpose="care"), "care") == WITHDRAWN


@given(st.lists(st.tuples(st.sampled_from(PURPOSES), st.booleans())), st.sampled_from(PURPOSES))
def test_one_purpose_never_speaks_for_another(words: list[tuple[str, bool]], purpose: str) -> None:
    every = [Consent("P1", which, word, "Dr A", DAY) for which, word in words]
    mine = [one for one in every if one.purpose == purpose]
    assert standing(every, purpose) == standing(mine, purpose)
    last = mine[-1].given if mine else purpose == "care"
    assert (standing(every, purpose) == GIVEN) == last


def test_a_project_knows_who_allows_what(project: Project, visit) -> None:
    study, made = visit()
    project.record(made, study)
    assert not allows(project, "P1", "research")
    project.keep(said(True)[0])
    assert allows(project, "P1", "research")
    assert not allows(project, "P1", "training")
    assert standings(project, "research") == {"P1": GIVEN}
    assert standings(project, "training") == {"P1": UNASKED}
