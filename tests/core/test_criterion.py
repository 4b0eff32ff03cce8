"""The card of a criterion gives its numbers by name."""

from vivomap.core import Category, Criterion, Threshold


def test_parameters_are_read_by_name() -> None:
    least = Threshold("least", 5, "mm", "a paper", "B")
    card = Criterion("rule", lambda course, values: Category("SD", ()), (least,), "a paper")
    assert card.values() == {"least": 5}
    assert Category("SD", ()).chance_noise == 1
