"""The screen finds what was planted, never sees who is held out, and gives limits of no change."""

import csv

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.robustness import ADMITTED, SURROGATE, UNREPEATABLE, Bar, screen, screens

SIZE = "volume"


def table(subjects=40, seed=0):
    rng = np.random.default_rng(seed)
    large = rng.normal(0, 1, (subjects, 1))

    def scanned(own, sd):
        return own + rng.normal(0, sd, (subjects, 2))

    return {
        SIZE: np.exp(scanned(large, 0.05)),
        "robust": 50 + scanned(rng.normal(0, 1, (subjects, 1)), 0.1),
        "signed": scanned(rng.normal(0, 1, (subjects, 1)), 0.1),
        "surrogate": scanned(-large, 0.1),
        "noisy": scanned(rng.normal(0, 1, (subjects, 1)), 0.7),
        "flat": np.full((subjects, 2), 3.0),
    }


def test_each_feature_is_held_for_what_it_is_with_its_reason():
    found = screen(table(), SIZE)
    verdicts = {j.name: j.verdict for j in found.judged}
    assert verdicts == {
        "robust": ADMITTED,
        "signed": ADMITTED,
        "surrogate": SURROGATE,
        "noisy": UNREPEATABLE,
        "flat": UNREPEATABLE,
    }
    reasons = {j.name: j.reason for j in found.judged}
    assert "correlation with volume is -0.9" in reasons["surrogate"]
    assert "not above 0.75" in reasons["noisy"]
    assert "same for all" in reasons["flat"]
    assert found.admitted == ("robust", "signed")
    assert found.size.name == SIZE


def test_what_is_not_admitted_is_counted_with_the_one_that_came_nearest():
    found = screen(table(), SIZE)
    assert {v: (many, nearest.name) for v, (many, nearest) in found.refused.items()} == {
        SURROGATE: (1, "surrogate"),
        UNREPEATABLE: (2, "noisy"),
    }
    nothing = screen(table(), SIZE, Bar(agreement=0.999))
    ((many, nearest),) = nothing.refused.values()
    best = max((j for j in nothing.judged if j.agreement), key=lambda j: j.agreement.low)
    assert (many, nearest) == (5, best)


def test_a_stricter_bar_admits_less():
    assert screen(table(), SIZE, Bar(agreement=0.999)).admitted == ()


def test_the_screen_is_applied_to_somebody_else():
    found = screen(table(), SIZE)
    assert found.apply({"robust": 1.0, "signed": 2.0, "noisy": 3.0}) == {"robust": 1.0, "signed": 2.0}
    with pytest.raises(Refusal, match="admits"):
        found.apply({"robust": 1.0})


def test_limits_are_in_percent_where_all_numbers_are_positive_and_in_the_unit_elsewhere():
    judged = {j.name: j for j in screen(table(400), SIZE).judged}
    positive, signed = (judged[n].limits("1", "here") for n in ("robust", "signed"))
    assert (positive.kind, signed.kind) == ("%", "1")
    assert positive.coefficient("any", True) == pytest.approx(2.77 * 100 * 0.1 / 50, rel=0.1)
    assert signed.coefficient("any", True) == pytest.approx(2.77 * 0.1, rel=0.1)
    assert positive.coefficient("any", False) is None
    assert positive.subjects == 400


def test_no_fold_sees_its_own_subjects():
    made = table()
    folds = [k % 4 for k in range(40)]
    found = screens(made, SIZE, folds)
    made["robust"][::4] = 1e6 * np.random.default_rng(1).normal(size=(10, 2))  # those of fold 0
    again = screens(made, SIZE, folds)
    assert again[0] == found[0]
    assert again[1] != found[1]
    with pytest.raises(Refusal, match="two folds"):
        screens(made, SIZE, [0] * 40)


def test_a_table_without_volume_or_of_other_scans_is_refused():
    made = table()
    with pytest.raises(Refusal, match="no volume"):
        screen({"robust": made["robust"]}, SIZE)
    with pytest.raises(Refusal, match="same scans"):
        screen({SIZE: made[SIZE], "robust": made["robust"][:10]}, SIZE)


def test_a_real_test_and_retest_of_prostates_has_few_features_that_are_more_than_volume(data):
    path = data / "qin_prostate_repeatability" / "qin_prostate_t2_original_features.csv"
    with path.open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["segmentedStructure"].startswith("WholeGland")]
    people = {}
    for row in rows:
        people.setdefault(row["study"].rsplit("_", 2)[0], []).append(row)
    pairs = [pair for pair in people.values() if len(pair) == 2]
    assert len(pairs) == 15
    names = [n for n in rows[0] if n.startswith("original")]
    made = {n: np.array([[float(r[n]) for r in pair] for pair in pairs]) for n in names}
    found = screen(made, "original_shape_Volume")
    assert found.size.agreement.value == pytest.approx(0.95, abs=0.03)  # SOURCES-tables: ICC(1,1) 0.95
    verdicts = [j.verdict for j in found.judged]
    assert {ADMITTED, SURROGATE, UNREPEATABLE} >= set(verdicts)
    assert verdicts.count(UNREPEATABLE) > verdicts.count(ADMITTED)
