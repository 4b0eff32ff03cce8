"""The proofs of harmonisation hold, and see what they are made to see."""

import pytest

from vivomap.maths.combat import applied, fit
from vivomap.verify.proof import Proof, deeds, of_proof
from vivomap.verify.proofs.harmonisation import cohort, courses, left, slope_bias
from vivomap.verify.trial import Found, Trial

MINE = [p for p in deeds().values() if p.family == "harmonisation"]


@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_each_proof_holds(proof: Proof, noise: float) -> None:
    given = proof.attempt(0, noise)
    found = Found(proof.name, Trial(proof.name, (), 0, noise), given.truth, given.result, given.uncertainty)
    assert of_proof(proof, [found], noise).ok


def test_without_harmonising_the_scanners_are_seen_and_the_slope_is_wrong() -> None:
    made = cohort(0)
    assert left(made.samples.values, made) > 0.2
    assert abs(slope_bias(made.samples.values, made)) > 5


def test_plain_combat_on_courses_takes_the_levels_of_subjects_for_scatter() -> None:
    made = courses(0)
    plain, longitudinal = (applied(fit(made.samples, longitudinal=form), made.samples) for form in (False, True))
    assert left(longitudinal, made, levels=True) < left(plain, made, levels=True)


def test_the_truth_of_what_has_a_ceiling_is_the_ceiling() -> None:
    for proof in MINE:
        assert proof.ceiling in (None, proof.attempt(0, 1.0).truth)
