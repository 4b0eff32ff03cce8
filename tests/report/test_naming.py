"""What numbers are called and who lesions are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vivomap.core import Assessment, Biomarker, Measurement, Refusal, discover
from vivomap.report.codes import biomarker
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.forms import Filed
from vivomap.report.naming import Tracked, concept, interval, title, tracked, visits

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_the_code_is_that_of_the_table_which_agrees_with_the_card() -> None:
    coded = [c for c in discover("vivomap.quantify", Biomarker).values() if c.code]
    assert coded
    for card in coded:
        assert card.code[0] in [c.value for c in biomarker(card.name) if c]
        assert concept(card.name) == biomarker(card.name).name


def test_titles_come_from_cards_else_from_names() -> None:
    assert (title("mtv_fixed"), title("recist"), title("crp")) == ("MTV SUV 4", "RECIST 1.1", "CRP")
    assert concept("recist").value == "126081"
    assert concept("creatinine").scheme == "99VIVOMAP"


def test_a_lesion_has_the_tracking_uid_of_the_policy_and_the_patient_none(two_visits: Case) -> None:
    filed = Filed(*two_visits)
    assert tracked(filed, "lung_1") == Tracked("lung_1", tracking_uid(filed, "lung_1"), "lesion", "lung")
    assert tracked(filed, "lung_9").finding == ""
    assert tracked(filed, "") == Tracked("")


def test_the_interval_is_one_point_nine_six_u(two_visits: Case) -> None:
    m = next(c for c in two_visits[0].claims if isinstance(c, Measurement))
    low, high = interval(m)
    assert high - m.value == pytest.approx(1.96 * m.uncertainty) == pytest.approx(m.value - low)


def test_each_visit_stands_as_it_stood_then(four_visits: Case) -> None:
    now, history = four_visits
    every = visits(Filed(now, history))
    assert [v.assessment for v in every] == [*history, now]
    assert [len(v.history) for v in every] == [0, 1, 2, 3]


def test_visits_of_two_patients_are_refused(two_visits: Case) -> None:
    now, (before,) = two_visits
    with pytest.raises(Refusal) as refused:
        visits(Filed(now, (replace(before, study=replace(before.study, patient="P-2")),)))
    assert refused.value.code == "two_patients"
    assert "P-2" not in " ".join(refused.value.lines())
