"""A fit of a harmonisation as a value."""

import pytest

from vivomap.core import Refusal, dumps, loads
from vivomap.core.harmonisation import Harmonisation, Shift

FIT = Harmonisation(("a",), (), (1.0,), ((),), (2.0,), (Shift("x", 20, (0.5,), (1.5,)),), ("0f",))


def test_it_reads_back_equal() -> None:
    assert loads(dumps(FIT)) == FIT


def test_a_batch_that_it_does_not_know_is_refused_with_those_it_knows() -> None:
    assert FIT.of("x").add == (0.5,)
    with pytest.raises(Refusal, match="not seen") as refused:
        FIT.of("y")
    assert refused.value.expected == "x"
