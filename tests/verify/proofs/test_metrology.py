"""The proofs of metrology hold at any noise."""

import pytest

from vivomap.verify.proof import Proof, deeds, of_proof
from vivomap.verify.trial import Found, Trial

MINE = [p for p in deeds().values() if p.family == "metrology"]


@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_each_proof_holds(proof: Proof, noise: float) -> None:
    given = proof.attempt(0, noise)
    found = Found(proof.name, Trial(proof.name, (), 0, noise), given.truth, given.result, given.uncertainty)
    row = of_proof(proof, [found], noise)
    assert row.ok, row.reason
