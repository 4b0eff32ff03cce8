"""What the tests of every family's proofs share: a proof carried out once and judged."""

from collections.abc import Callable

import pytest

from vivomap.verify.proof import Proof, carried_out, of_proof
from vivomap.verify.row import Row
from vivomap.verify.trial import Trial


@pytest.fixture
def judged() -> Callable[..., Row]:
    """The row of a proof by its first phantom; one that breaks fails with what broke as its reason."""

    def row(proof: Proof, noise: float = 1.0) -> Row:
        return of_proof(proof, carried_out(Trial(proof.name, (proof.name,), 0, noise)), noise)

    return row
