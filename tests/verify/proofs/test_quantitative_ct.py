"""The proofs of quantitative_ct hold, at usual noise and at three times."""

import pytest

from vivomap.verify.proof import deeds

MINE = [p for p in deeds().values() if p.family == "quantitative_ct"]


@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_each_proof_holds(proof, noise, judged) -> None:  # type: ignore[no-untyped-def]
    row = judged(proof, noise)
    assert row.ok, row.reason
