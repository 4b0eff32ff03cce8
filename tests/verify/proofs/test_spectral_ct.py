"""The proofs of spectral_ct hold, at usual noise and at three times."""

import pytest

from vivomap.verify.proof import deeds, of_proof
from vivomap.verify.trial import Found, Trial

MINE = [p for p in deeds().values() if p.family == "spectral_ct"]


@pytest.mark.parametrize("proof", MINE, ids=lambda p: p.name)
@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_each_proof_holds(proof, noise, judged) -> None:  # type: ignore[no-untyped-def]
    row = judged(proof, noise)
    assert row.ok, row.reason


def test_inserts_read_with_another_scanner_s_sensitivities_are_off_the_line() -> None:
    (slope,) = [p for p in MINE if p.name == "iodine_slope"]
    row = of_proof(slope, [Found(slope.name, Trial(slope.name, ()), 1.0, 1.08)], 1.0)
    assert not row.ok
