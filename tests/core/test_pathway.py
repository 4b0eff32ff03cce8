"""A site's numbers in place of the published ones."""

from datetime import date

from vivomap.core import (
    Affirmed,
    Biomarker,
    Category,
    Course,
    Criterion,
    Estimate,
    Image,
    Option,
    Pathway,
    Region,
    Site,
    Threshold,
    adapt,
    identify,
    limits,
)


def compute(image: Image, region: Region) -> Estimate:
    return Estimate(1.0, 0.1)


def called(course: Course, values: dict[str, float]) -> Category:
    return Category("SD", (f"least {values['least']:g}",))


CARD = Biomarker("size", "mm", ("ct", "region"), compute, "a paper", limits("size", "%", "a paper", liver=10))
CRITERION = Criterion("rule", called, (Threshold("least", 5, "mm", "a paper", "B"),), "a paper")
PATHWAY = Pathway("p", "?", "liver", ("lesion",), (CARD,), Option("wait", "P", "project"), 56, judge=(CRITERION,))
SIGNED = Threshold("least", 7, "mm", "local: our study", "C", 2, "Dr A", date(2026, 1, 2))


def test_a_signed_threshold_makes_another_edition() -> None:
    ours = adapt(PATHWAY, Site("North", (SIGNED,)))
    assert ours.judge[0].values() == {"least": 7}
    assert identify(ours) != identify(PATHWAY)
    assert PATHWAY.judge[0].values() == {"least": 5}


def test_a_site_that_says_nothing_changes_nothing() -> None:
    assert identify(adapt(PATHWAY, Site())) == identify(PATHWAY)


def test_local_limits_and_scanners_take_the_place_of_the_published() -> None:
    scanner = Affirmed("Acme", "One", "1.0", "Dr A", date(2026, 1, 2), "the only MR of this hospital")
    ours = adapt(PATHWAY, Site("North", (), (limits("size", "%", "local", liver=6),), (scanner,)))
    assert ours.measure[0].real_change is not None
    assert ours.measure[0].real_change.coefficient("liver", comparable=True) == 6
    assert ours.scanners == (scanner,)


def test_the_edition_names_functions_by_their_place() -> None:
    assert identify(PATHWAY) == identify(PATHWAY)
    other = Pathway("p", "?", "liver", ("lesion",), (), Option("wait", "P", "project"), 56)
    assert identify(other) != identify(PATHWAY)
