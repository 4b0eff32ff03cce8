"""Scores against the patient's own organs: each step, each tracer, and how near another score is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.phantom.molecular import GA68, neuroendocrine, organs, prostate, prostate_by_spleen
from vivomap.core import Refusal, Study
from vivomap.quantify import cards, measure_one
from vivomap.quantify.molecular.scores import krenning, mipsma, scored


@pytest.mark.parametrize(("uptake", "score"), [(1.0, 0), (3.0, 1), (7.0, 2), (20.0, 3)])
def test_every_step_of_mipsma(uptake, score):
    parts = {"lesion": uptake, "blood_pool": 1.6, "liver": 5.0, "parotid": 14.0}
    (suv,), (lesion, *others), _ = organs("68Ga-PSMA-11", GA68, parts, 0, 0.2)
    assert mipsma(suv, *others, lesion).value == score


@pytest.mark.parametrize(("uptake", "score"), [(0.8, 0), (2.0, 1), (4.0, 2), (4.5, 2), (9.0, 3), (30.0, 4)])
def test_every_step_of_krenning(uptake, score):
    parts = {"lesion": uptake, "blood_pool": 1.0, "liver": 6.0, "spleen": 22.0}
    (suv,), (lesion, *others), _ = organs("68Ga-DOTATATE", GA68, parts, 0, 0.2)
    assert krenning(suv, *others, lesion).value == score


def test_on_a_step_the_score_is_in_doubt():
    value, doubt, chances = scored((5.0, 0.2), [(1.0, 0.1), (5.0, 0.2), (14.0, 0.2)])
    assert (value, doubt) == pytest.approx((2.0, 0.5**0.5))
    assert chances == pytest.approx((0.0, 0.5, 0.5, 0.0), abs=1e-9)


@given(st.lists(st.floats(0.1, 30), min_size=1, max_size=4, unique=True), st.floats(0.1, 40), st.floats(0, 3))
def test_chances_sum_to_one_and_a_hotter_lesion_scores_no_lower(steps, uptake, doubt):
    rising = [(s, 0.1) for s in sorted(steps)]
    value, _, chances = scored((uptake, doubt), rising)
    assert sum(chances) == pytest.approx(1)
    assert min(chances) >= 0
    assert scored((uptake + 1, doubt), rising)[0] >= value


def test_an_agent_that_leaves_by_the_liver_is_scored_by_spleen():
    (suv,), regions, _ = prostate_by_spleen()
    visit = Study("p", None, (suv,), regions)
    by_liver, by_spleen = (measure_one(cards()[n], visit, regions[0]) for n in ("mipsma_score", "mipsma_score_spleen"))
    assert by_liver.code == "wrong_reference"
    assert "spleen" in by_liver.reason or "scored" in by_liver.reason
    assert by_spleen.value == 2


def test_organs_that_were_exchanged_are_refused():
    (suv,), (lesion, blood, liver, parotid), _ = prostate()
    with pytest.raises(Refusal) as refused:
        mipsma(suv, liver, blood, parotid, lesion)
    assert refused.value.code == "wrong_reference"


def test_a_tracer_with_another_score_or_none_is_refused():
    (suv,), (lesion, *others), _ = neuroendocrine()
    for tracer in ("68Ga-DOTATATE", "FDG"):
        other = replace(suv, settings=(("tracer", tracer),))
        with pytest.raises(Refusal) as refused:
            mipsma(other, *others, lesion)
        assert refused.value.code == "wrong_reference"


def test_a_lesion_with_a_voxel_without_a_number_is_refused():
    (suv,), (lesion, *others), _ = prostate()
    bad = np.array(suv.voxels.array)
    bad[3, 3, 3] = np.nan
    from vivomap.core import Voxels

    with pytest.raises(Refusal) as refused:
        mipsma(replace(suv, voxels=Voxels.of(bad)), *others, lesion)
    assert refused.value.code == "nan_voxels"
