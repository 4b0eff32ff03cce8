"""The proofs of fat_fraction hold, at usual noise and at three times."""

import pytest

from vivomap.verify.proof import deeds, of_proof
from vivomap.verify.trial import Found, Trial

MINE = [p for p in deeds().values() if p.family == "fat_fraction"]


@pytest.mark.slow  # three fits of some hundred voxels each
@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_each_proof_holds(proof, noise) -> None:  # type: ignore[no-untyped-def]
    given = proof.attempt(0, noise)
    found = Found(proof.name, Trial(proof.name, (), 0, noise), given.truth, given.result, given.uncertainty)
    assert of_proof(proof, [found], noise).ok
