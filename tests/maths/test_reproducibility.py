"""Sources of variation of a known world, and how far numbers lie from their truth."""

import numpy as np
import pytest
from scipy import stats

from vivomap.core import Refusal
from vivomap.maths.repeatability import between
from vivomap.maths.reproducibility import apart, components, total_deviation


def world(seed: int, scanners: int = 4, people: int = 40, keep: float = 1.0):  # type: ignore[no-untyped-def]
    """Two repeats of each subject on each scanner by two readers: SD 1 repeat, 2 scanner, 1.5 reader, 5 subject."""
    rng = np.random.default_rng(seed)
    person, scanner, reader = (a.ravel() for a in np.meshgrid(range(people), range(scanners), range(2), indexing="ij"))
    person, scanner, reader = (np.repeat(a, 2) for a in (person, scanner, reader))
    y = 100 + 5 * rng.normal(size=people)[person] + 2 * rng.normal(size=scanners)[scanner]
    y += 1.5 * rng.normal(size=2)[reader] + rng.normal(size=len(person))
    kept = rng.random(len(y)) < keep
    names = (list(map(str, a[kept])) for a in (person, scanner, reader))
    return y[kept], *names


@pytest.mark.parametrize("keep", [1.0, 0.7])
def test_each_source_is_found_on_average_with_gaps_too(keep: float) -> None:
    found = [components(*world(seed, keep=keep)) for seed in range(20)]
    assert np.mean([f.repeat**2 for f in found]) == pytest.approx(1, rel=0.06)
    assert np.mean([(f.scanner or 0) ** 2 for f in found]) == pytest.approx(4, rel=0.8)
    assert np.mean([(f.reader or 0) ** 2 for f in found]) == pytest.approx(2.25, rel=0.8)
    assert np.mean([(f.together or 0) ** 2 for f in found]) < 0.15


def test_the_balanced_case_agrees_with_the_mean_squares() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=(30, 3, 2)) + 3 * rng.normal(size=(30, 1, 1)) + 2 * rng.normal(size=(1, 3, 1))
    y += 0.8 * rng.normal(size=(30, 3, 1))
    person, scanner = (
        np.broadcast_to(a, (30, 3, 2)).ravel() for a in (np.arange(30)[:, None, None], np.arange(3)[:, None])
    )
    found = components(y.ravel(), list(map(str, person)), list(map(str, scanner)), [""] * 180)
    e = ((y - y.mean(2, keepdims=True)) ** 2).sum() / 90
    cell = y.mean(2)
    inner = cell - cell.mean(0) - cell.mean(1, keepdims=True) + cell.mean()
    together = 2 * (inner**2).sum() / 58
    scanners = 60 * cell.mean(0).var(ddof=1)
    assert found.repeat**2 == pytest.approx(e)
    assert (found.together or 0) ** 2 == pytest.approx((together - e) / 2)
    assert (found.scanner or 0) ** 2 == pytest.approx((scanners - together) / 60)
    assert found.reader is None
    pairs = between([{str(s): list(map(float, y[p, s])) for s in range(3)} for p in range(30)])
    assert pairs is not None
    assert found.coefficient == pytest.approx(pairs.coefficient)


def test_without_a_subject_on_two_scanners_nothing_is_told() -> None:
    with pytest.raises(Refusal) as refused:
        components([1, 2, 3, 4], list("aabb"), list("xxyy"), [""] * 4)
    assert refused.value.code == "too_few_repeats"


def test_a_reader_of_one_scanner_each_cannot_be_told_from_it() -> None:
    y, person, scanner, _ = world(0)
    with pytest.raises(Refusal) as refused:
        components(y, person, scanner, [f"reader of {s}" for s in scanner])
    assert "told apart" in refused.value.summary


def test_two_scanners_differ_by_the_mean_with_its_interval() -> None:
    mean, low, high = apart([2.0, 3.0, 4.5], [1.0, 2.0, 3.0])
    ends = stats.t.interval(0.95, 2, mean, stats.sem([1.0, 1.0, 1.5]))
    assert (mean, low, high) == pytest.approx((7 / 6, *ends))
    with pytest.raises(Refusal):
        apart([1.0], [2.0])


def test_total_deviation_holds_95_percent_and_its_limit_is_kept() -> None:
    rng = np.random.default_rng(4)
    truth = total_deviation(rng.normal(0.7, 1, 200000)).within
    assert np.mean(np.abs(rng.normal(0.7, 1, 200000)) < truth) == pytest.approx(0.95, abs=0.002)
    held = [total_deviation(rng.normal(0.7, 1, 30)).high >= truth for _ in range(600)]
    assert 0.91 < np.mean(held) < 0.985
    assert total_deviation([0.5, 0.5, 0.5]) == (0.5, 0.5)
    with pytest.raises(Refusal):
        total_deviation([0.1, 0.2])
