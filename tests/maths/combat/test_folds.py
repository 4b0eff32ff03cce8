"""Nobody teaches the fit that his own numbers are tried on."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.combat import Samples, across
from vivomap.verify.proofs.harmonisation import cohort


def test_numbers_of_a_held_out_fold_move_nothing_but_themselves() -> None:
    s = cohort(0).samples
    folds = tuple("abc"[k % 3] for k in range(len(s.batch)))
    before, fits = across(s, folds)
    wild = s.values.copy()
    held = np.asarray([f == "a" for f in folds])
    wild[held] *= 7
    after, others = across(Samples(wild, s.batch, s.kept, s.subject, s.features, s.covariates), folds)
    assert dict(fits)["a"] == dict(others)["a"]
    assert dict(fits)["b"] != dict(others)["b"]
    assert len(fits) == 3
    assert before.shape == after.shape


def test_a_subject_in_two_folds_is_refused() -> None:
    s = cohort(0).samples
    twice = Samples(s.values, s.batch, s.kept, ("x", "x", *s.subject[2:]), s.features, s.covariates)
    for folds in (tuple("ab" * (len(s.batch) // 2)), ("a",) * len(s.batch)):
        with pytest.raises(Refusal) as refused:
            across(twice, folds)
        assert refused.value.code == "fold_leak"
