"""The same numbers from others: neuroCombat for ComBat, statsmodels for the levels of subjects, in their own Python.

VIVOMAP_NEUROCOMBAT names a Python that has neuroCombat and statsmodels; without it these tests are skipped.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from vivomap.maths.combat import Samples, applied, fit
from vivomap.maths.combat.levels import with_levels
from vivomap.verify.proofs.harmonisation import cohort

COMBAT = """
import sys
import numpy as np
np.int = int  # it is older than the numpy that it runs on
import pandas as pd
from neuroCombat import neuroCombat
held = np.load(sys.argv[1])
about = pd.DataFrame({"batch": held["batch"], "age": held["age"]})
made = neuroCombat(held["y"].T, about, "batch", continuous_cols=["age"], ref_batch=sys.argv[2] or None)
np.save(sys.argv[1] + ".npy", made["data"].T)
"""
LEVELS = """
import sys
import numpy as np
import statsmodels.api as sm
held = np.load(sys.argv[1])
made = sm.MixedLM(held["y"], held["design"], groups=held["person"]).fit(reml=True)
np.save(sys.argv[1] + ".npy", np.r_[made.fe_params, made.scale, np.ravel(made.cov_re)])
"""


def asked(script: str, path: Path, *words: str) -> np.ndarray:
    python = os.environ.get("VIVOMAP_NEUROCOMBAT")
    if not python:
        pytest.skip("set VIVOMAP_NEUROCOMBAT to a Python that has neuroCombat and statsmodels")
    subprocess.run([python, "-c", script, str(path), *words], check=True, capture_output=True)
    return np.asarray(np.load(f"{path}.npy"))


@pytest.mark.parametrize("reference", ["", "scanner 1"])
def test_combat_is_that_of_neurocombat(reference: str, tmp_path: Path) -> None:
    whole = cohort(5).samples
    s = Samples(whole.values[:, :20], whole.batch, whole.kept, whole.subject, whole.features[:20], whole.covariates)
    path = tmp_path / "y.npz"
    np.savez(path, y=s.values, batch=np.asarray(s.batch), age=s.kept[:, 0])
    theirs = asked(COMBAT, path, reference)
    assert np.abs(applied(fit(s, reference), s) - theirs).max() < 1e-4  # they stop at a change of 1e-4


def test_levels_are_those_of_a_mixed_model(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    person, time = np.repeat(np.arange(60), 4), np.tile(np.arange(4.0), 60)
    y = 1 + 0.4 * time + rng.normal(0, 1.2, 60)[person] + rng.normal(0, 0.6, 240)
    design = np.column_stack((np.ones(240), time))
    np.savez(tmp_path / "y.npz", y=y, design=design, person=person)
    theirs = asked(LEVELS, tmp_path / "y.npz")
    ours = with_levels(design, y, tuple(map(str, person)))
    assert np.r_[ours.coefficients, ours.variance, ours.variance * ours.ratio] == pytest.approx(theirs, rel=1e-3)
