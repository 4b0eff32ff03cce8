"""A coded concept of our own scheme says so."""

from vivomap.core.concept import PRIVATE, Coded, Concept, own


def test_our_own_concepts_carry_our_scheme() -> None:
    assert own("FTV", "Functional tumour volume") == Concept("FTV", PRIVATE, "Functional tumour volume")
    assert Coded(own("A", "a")).method is None
