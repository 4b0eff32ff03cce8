"""The proofs of filters and features hold, and see what they are made to see."""

import numpy as np
import pytest

from vivomap.maths.robustness import screen
from vivomap.verify.proof import deeds, of_proof
from vivomap.verify.proofs.texture import SIZE, retest
from vivomap.verify.trial import Found, Trial

MINE = [p for p in deeds().values() if p.family == "texture"]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
def test_each_proof_holds(proof, seed):
    given = proof.attempt(seed, 1.0)
    found = Found(proof.name, Trial(proof.name, (), seed, 1.0), given.truth, given.result, given.uncertainty)
    assert of_proof(proof, [found], 1.0).ok


def test_there_is_a_proof_of_filters_of_the_screen_and_of_its_limits():
    assert {p.name for p in MINE} == {
        "feature_screen",
        "unchanged_features",
        "intraclass_correlation",
        "filter_of_a_wave",
    }


def test_scans_that_are_mixed_up_between_subjects_are_not_repeatable():
    made = retest(0)
    mixed = {n: np.column_stack((v[:, 0], np.roll(v[:, 1], 1))) for n, v in made.features.items() if n != SIZE}
    assert screen({**mixed, SIZE: made.features[SIZE]}, SIZE).admitted == ()
