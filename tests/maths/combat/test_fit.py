"""ComBat as a whole: against an independent one, on held-out subjects, and as a frozen fit."""

import numpy as np
import pytest

from vivomap.core import Refusal, dumps, loads
from vivomap.maths.combat import Samples, added, applied, fit
from vivomap.maths.combat.design import digests
from vivomap.verify.proofs.harmonisation import cohort, courses, left


def by_loops(samples: Samples) -> np.ndarray:
    """ComBat written out, one feature of one scanner at a time (Johnson 2007)."""
    y, names = samples.values, samples.batches
    design = np.column_stack([samples.of(b).astype(float) for b in names] + list(samples.kept.T))
    beta = np.linalg.solve(design.T @ design, design.T @ y)
    sizes = np.array([samples.of(b).sum() for b in names])
    mean = (sizes / sizes.sum()) @ beta[: len(names)] + samples.kept @ beta[len(names) :]
    sd = np.sqrt(((y - design @ beta) ** 2).sum(axis=0) / len(y))
    z = (y - mean) / sd
    out = np.empty_like(y)
    for b in names:
        mine = z[samples.of(b)]
        n = len(mine)
        g, d = mine.mean(axis=0), mine.var(axis=0, ddof=1)
        t2, gbar = g.var(ddof=1), g.mean()
        m, s2 = d.mean(), d.var(ddof=1)
        a, b_ = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
        for f in range(y.shape[1]):
            add, times = g[f], d[f]
            for _ in range(500):
                add = (n * t2 * g[f] + times * gbar) / (n * t2 + times)
                times = (b_ + ((mine[:, f] - add) ** 2).sum() / 2) / (n / 2 + a - 1)
            out[samples.of(b), f] = (mine[:, f] - add) / np.sqrt(times)
    return out * sd + mean


@pytest.fixture(scope="module")
def small() -> Samples:
    made = cohort(3).samples
    chosen = np.arange(len(made.batch)) % 3 == 0
    few = made.only(chosen)
    return Samples(few.values[:, :6], few.batch, few.kept, few.subject, few.features[:6], few.covariates)


def test_it_agrees_with_combat_written_out(small: Samples) -> None:
    assert np.abs(applied(fit(small), small) - by_loops(small)).max() < 1e-6


def test_the_order_of_the_lines_changes_nothing(small: Samples) -> None:
    turned = small.only(np.ones(len(small.batch), bool))
    back = np.arange(len(small.batch))[::-1]
    turned = Samples(
        small.values[back],
        tuple(small.batch[k] for k in back),
        small.kept[back],
        tuple(small.subject[k] for k in back),
        small.features,
        small.covariates,
    )
    assert applied(fit(turned), turned)[::-1] == pytest.approx(applied(fit(small), small), abs=1e-9)


def test_the_reference_scanner_keeps_its_numbers(small: Samples) -> None:
    made = fit(small, reference="scanner 1")
    mine = small.of("scanner 1")
    assert applied(made, small)[mine] == pytest.approx(small.values[mine], abs=1e-9)


def test_a_fit_reads_back_from_json_and_applies_the_same(small: Samples) -> None:
    made = fit(small)
    again = loads(dumps(made))
    assert again == made
    assert np.array_equal(applied(again, small), applied(made, small))


def test_a_fit_holds_for_subjects_that_it_never_saw() -> None:
    made = cohort(1)
    half = np.arange(len(made.samples.batch)) % 2 == 0
    rest = made.samples.only(~half)
    fresh = made._replace(samples=rest)
    assert left(made.samples.values[~half], fresh) > 0.2
    assert left(applied(fit(made.samples.only(half)), rest), fresh) < 0.03  # chance, twice: 2/223 of each half


def test_a_scanner_that_was_not_seen_is_refused_until_it_is_added() -> None:
    made = cohort(2)
    new = made.samples.of("scanner 2")
    frozen = fit(made.samples.only(~new))
    with pytest.raises(Refusal) as refused:
        applied(frozen, made.samples)
    assert refused.value.code == "batch_unknown"
    wider = added(frozen, made.samples.only(new))
    assert wider.shifts[:2] == frozen.shifts
    assert left(applied(wider, made.samples), made) < 0.01


def test_lines_of_scanners_that_are_known_neither_teach_nor_hinder_a_new_one() -> None:
    made = cohort(2).samples
    new = made.of("scanner 2")
    frozen = fit(made.only(~new & (np.arange(len(new)) != 0)))
    beside = new.copy()
    beside[0] = True  # one traveller on a scanner that is known, who has taught nothing
    wider = added(frozen, made.only(beside))
    assert wider == added(frozen, made.only(new))
    assert digests(made.subject[:1])[0] not in wider.fitted_on


def test_too_few_controls_do_not_add_a_scanner() -> None:
    made = cohort(2).samples
    new = made.of("scanner 2")
    few = np.flatnonzero(new)[:19]
    chosen = np.zeros(len(new), bool)
    chosen[few] = True
    with pytest.raises(Refusal) as refused:
        added(fit(made.only(~new)), made.only(chosen))
    assert refused.value.code == "batch_too_small"
    with pytest.raises(Refusal) as refused:
        added(fit(made), made)
    assert refused.value.code == "batch_known"


def test_other_features_are_refused(small: Samples) -> None:
    other = Samples(small.values, small.batch, small.kept, small.subject, ("x",) * 6, small.covariates)
    with pytest.raises(Refusal) as refused:
        applied(fit(small), other)
    assert refused.value.code == "other_features"


def test_a_scanner_that_drifts_is_straightened_and_the_common_slope_stays() -> None:
    made = courses(0)
    time = made.samples.kept[:, 0]
    s = made.samples
    drifting = s.values + np.outer(time * s.of("scanner 1"), np.full(s.values.shape[1], 0.4))
    world = Samples(drifting, s.batch, s.kept, s.subject, s.features, s.covariates, time)
    out = applied(fit(world, longitudinal=True), world)
    slope = [np.polyfit(time[s.of(b)], out[s.of(b)].mean(axis=1), 1)[0] for b in s.batches]
    assert np.ptp(slope) < 0.12
    common = made.slopes.mean() + 0.4 * s.of("scanner 1").mean()
    assert np.mean(slope) == pytest.approx(common, abs=0.06)


def test_a_slope_in_time_needs_a_scanner_with_two_times() -> None:
    s = courses(0).samples
    still = Samples(s.values, s.batch, np.ones_like(s.kept), s.subject, s.features, s.covariates, np.ones(len(s.batch)))
    with pytest.raises(Refusal) as refused:
        fit(still, longitudinal=True)
    assert refused.value.code == "batch_confounded"
