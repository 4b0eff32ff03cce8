"""What must hold before a scanner can be told from biology."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.combat.design import Samples, digests, explained, fit_to_fit, one_hot


def samples(people: int = 20, scanners: int = 2, disease: bool = False) -> Samples:
    rng = np.random.default_rng(0)
    scanner = np.repeat(np.arange(scanners), people)
    kept = (scanner if disease else rng.integers(0, 2, len(scanner))).astype(float)[:, None]
    batch, subject = tuple(f"s{k}" for k in scanner), tuple(str(k) for k in range(len(scanner)))
    return Samples(rng.normal(0, 1, (len(scanner), 2)), batch, kept, subject, ("a", "b"), ("ill",))


def code(given: Samples) -> str:
    with pytest.raises(Refusal) as refused:
        fit_to_fit(given)
    return refused.value.code


def test_twenty_subjects_of_two_scanners_are_enough_and_nineteen_are_not() -> None:
    fit_to_fit(samples(20))
    assert code(samples(19)) == "batch_too_small"


def test_one_scanner_alone_is_refused() -> None:
    assert code(samples(40, scanners=1)) == "one_batch"


def test_a_disease_that_is_the_scanner_is_refused() -> None:
    assert code(samples(disease=True)) == "batch_confounded"


def test_two_covariates_that_are_one_are_refused() -> None:
    one = samples()
    twice = Samples(one.values, one.batch, np.repeat(one.kept, 2, axis=1), one.subject, one.features, ("ill", "again"))
    assert code(twice) == "batch_confounded"


def test_a_feature_without_scatter_on_one_scanner_is_refused() -> None:
    one = samples()
    still = one.values.copy()
    still[:20, 1] = 3.0
    assert code(Samples(still, one.batch, one.kept, one.subject, one.features, one.covariates)) == "no_spread"


def test_a_subject_scanned_twice_counts_once() -> None:
    one = samples(20)
    same = ("0",) * 20 + one.subject[20:]
    assert code(Samples(one.values, one.batch, one.kept, same, one.features, one.covariates)) == "batch_too_small"


def test_r_squared_is_one_for_what_the_design_holds_and_small_for_noise() -> None:
    labels = tuple("ab" * 200)
    design = one_hot(labels, ("a", "b"))
    assert explained(design[:, 0], design) == pytest.approx(1)
    assert explained(np.random.default_rng(1).normal(0, 1, 400), design) < 0.03


def test_a_fit_does_not_name_its_subjects() -> None:
    assert digests(("P-0417", "P-0417")) == digests(("P-0417",))
    assert "0417" not in digests(("P-0417",))[0]
