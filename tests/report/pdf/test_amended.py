"""What changed between two versions: values, labels, reasons, options, edition; nothing where nothing changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from vivomap.core import Assessment, Measurement, Missing, Recommendation, Verdict, identify
from vivomap.report.forms import Filed
from vivomap.report.pdf.amended import NONE, amended

Case = tuple[Assessment, tuple[Assessment, ...]]


def versions(case: Case, **changed: object) -> Filed:
    now, history = case
    old = Filed(replace(now, **changed), history, recorded=datetime(2026, 3, 9, tzinfo=UTC))  # type: ignore[arg-type]
    return Filed(now, history, replaces=(old,))


def test_a_first_version_has_nothing_and_an_equal_one_no_difference(two_visits: Case) -> None:
    assert amended(Filed(*two_visits)) == ()
    (one,) = amended(versions(two_visits))
    assert one.differences == ()
    assert one.ident == identify(two_visits[0])
    assert one.recorded == "9 March 2026"


def test_every_kind_of_thing_that_changed_is_named(two_visits: Case) -> None:
    claims = []
    for claim in two_visits[0].claims:
        if isinstance(claim, Measurement) and (claim.name, claim.region) == ("long_axis", "lung_1"):
            claim = replace(claim, value=claim.value + 3)
        if isinstance(claim, Verdict):
            claim = replace(claim, category="SD")
        if not isinstance(claim, Missing):
            claims.append(claim)
    made = versions(
        two_visits, claims=tuple(claims), edition="6e" * 32, recommendation=Recommendation((), None, (), "x")
    )
    found = {d.what: d for d in amended(made)[0].differences}
    assert found["A, long axis"].before != found["A, long axis"].after
    assert found["RECIST 1.1"].before.startswith("stable disease (SD)")
    assert found["RECIST 1.1"].after.startswith("partial response (PR)")
    assert found["Options"].before == "x"
    assert found["Edition of the pathway"].before == "6e" * 6
    lost = [d for d in found.values() if d.before == NONE]
    assert lost
    assert all(d.after.startswith("none: ") for d in lost)


def test_a_difference_below_the_printed_digits_is_shown_with_all_of_them(two_visits: Case) -> None:
    claims = tuple(
        replace(c, value=c.value + 1e-9) if isinstance(c, Measurement) and c.name == "volume" else c
        for c in two_visits[0].claims
    )
    found = amended(versions(two_visits, claims=claims))[0].differences
    assert found
    assert all("volume" in d.what and d.before != d.after and " u " in d.before for d in found)
