"""The proofs of registration hold on their phantoms."""

import pytest

from vivomap.verify.proof import deeds
from vivomap.verify.proofs import registration


def test_every_proof_of_the_family_is_found():
    named = {p.name for p in deeds().values() if p.family == "registration"}
    assert {"align_rigid", "align_deformable", "align_residual", "align_inverse", "align_rigid_two_kinds"} <= named


def test_a_rigid_alignment_keeps_its_ceiling():
    assert registration.rigid(0, 1.0).result <= registration.RIGID.ceiling


@pytest.mark.slow  # four warps of a quarter of a million voxels
def test_the_residual_of_a_warp_lies_within_a_fifth_of_the_truth():
    given = registration.stated(0, 1.0)
    assert abs(given.result - given.truth) <= registration.STATED.tolerance
