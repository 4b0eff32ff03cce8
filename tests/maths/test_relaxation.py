"""T1, T2 and concentration against the OSIPI vectors and closed forms, and on a phantom of vials."""

import csv

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.maths.relaxation import by_echoes, by_flip_angles, enhanced_rate, spoiled

FLIPS = np.array([2.0, 5.0, 10.0, 15.0])


@given(st.floats(0.2, 20.0), st.floats(0.003, 0.03), st.floats(1e-3, 1e6))
@settings(max_examples=40, deadline=None)
def test_noise_free_signals_give_their_rate_at_any_scale(rate, tr, scale):
    signals = spoiled(np.array([[scale]]), np.array([[rate]]), tr, FLIPS)
    found = by_flip_angles(signals, FLIPS, tr)
    assert found.rate[0] == pytest.approx(rate, rel=1e-4)
    assert found.full[0] == pytest.approx(scale, rel=1e-4)


@pytest.mark.parametrize(("name", "count"), [("brain", 76), ("quiba", 45), ("prostate", 50)])
def test_every_osipi_t1_is_found_within_its_tolerance(data, name, count):
    path = data / "osipi_dce_dsc" / "T1_mapping" / f"t1_{name}_data.csv"
    with path.open(encoding="utf-8-sig") as lines:
        vectors = list(csv.DictReader(lines))
    assert len(vectors) == count
    for row in vectors:
        flips, signals = (np.array(row[k].split(), float) for k in ("FA", "s"))
        tr = float(row["TR"].split()[0]) / (1000 if name == "prostate" else 1)
        cases = [(flips, 1000 / float(row[" T1 nonlinear"]))] if name == "prostate" else []
        if name == "prostate":  # the same with the angles that were reached
            cases.append((flips * float(row["B1"]) / 100, 1000 / float(row[" T1 nonlinear B1cor"])))
        else:
            cases.append((flips, float(row["R1"]) * (1000 if name == "quiba" else 1)))
        for angles, truth in cases:
            found = by_flip_angles(signals[None], angles, tr).rate[0]
            assert abs(found - truth) <= 0.05 + 0.05 * truth, row["label"]


def test_the_dro_voxel_of_the_methods_has_its_least_squares_rate():
    signals = np.array([[294.0, 257, 195, 130, 80, 54]])
    found = by_flip_angles(signals, np.array([3.0, 6, 9, 15, 24, 35]), 0.005)
    assert found.rate[0] == pytest.approx(0.3556, abs=1e-4)
    assert found.full[0] == pytest.approx(9959, abs=1)


def test_every_osipi_concentration_is_found_to_its_last_digits(data):
    path = data / "osipi_dce_dsc" / "SI_to_Conc" / "SI2Conc_data.csv"
    with path.open(encoding="utf-8-sig") as lines:
        vectors = list(csv.DictReader(lines))
    assert len(vectors) == 5
    for row in vectors:
        signals, truth = (np.array(row[k].split(), float) for k in ("s", "conc"))
        rate, r1 = 1 / float(row["T1base"]), float(row["r1"])
        before = signals[1 : int(row["numbaselinepts"])].mean()  # the first frame is not yet steady, and left out there
        now = enhanced_rate(signals / before, np.array(rate), float(row["TR"]), float(row["FA"]))
        assert (now - rate) / r1 == pytest.approx(truth, rel=1e-5, abs=1e-5)


def test_a_signal_that_no_rate_can_give_has_none():
    assert np.isnan(enhanced_rate(np.array([40.0]), np.array(1.0), 0.005, 15.0)[0])


def test_the_stated_doubt_is_how_far_rates_scatter():
    rng = np.random.default_rng(0)
    clean = spoiled(np.ones((3000, 1)), np.full((3000, 1), 1.0), 0.005, FLIPS)
    found = by_flip_angles(clean + rng.normal(0, 3e-4, clean.shape), FLIPS, 0.005)
    stated = np.sqrt(np.nanmean(found.uncertainty**2))
    assert np.nanstd(found.rate) == pytest.approx(stated, rel=0.06)


def test_two_angles_are_solved_exactly_and_have_no_doubt_of_their_own():
    signals = spoiled(np.array([[100.0]]), np.array([[0.8]]), 0.005, FLIPS[[0, 3]])
    found = by_flip_angles(signals, FLIPS[[0, 3]], 0.005)
    assert found.rate[0] == pytest.approx(0.8, rel=1e-6)
    assert np.isnan(found.uncertainty[0])


@given(st.floats(5.0, 400.0), st.floats(1.0, 1e5))
@settings(max_examples=30, deadline=None)
def test_echoes_without_noise_give_their_t2(t2, scale):
    echo = np.array([0.01, 0.02, 0.04, 0.08])
    found = by_echoes(scale * np.exp(-echo * 1000 / t2)[None], echo)
    assert 1000 / found.rate[0] == pytest.approx(t2, rel=1e-5)


def test_a_signal_of_zero_has_no_rate():
    found = by_echoes(np.array([[10.0, 5.0, 0.0], [10.0, 5.0, 2.5]]), np.array([0.01, 0.02, 0.03]))
    assert np.isnan(found.rate[0])
    assert found.rate[1] == pytest.approx(np.log(2) / 0.01)


NOMINAL = (484, 350, 1070, 648, 456, 1070, 660, 1543, 1543, 353)  # ms: the vials' own, as the data's makers print them


def test_the_vials_of_a_real_phantom_lie_in_their_order_and_off_by_what_uncorrected_angles_do(data):
    folder, angles = data / "t1_vfa_phantom", (5, 10, 15, 20, 25)
    series = [np.asarray(nibabel.load(folder / f"fl3d_vibe-{a}deg.nii.gz").dataobj) for a in angles]
    vials = np.asarray(nibabel.load(folder / "t1_phantom_mask.nii.gz").dataobj)[:, :, 24]
    share = {}
    for vial, nominal in enumerate(NOMINAL, 1):
        signals = np.stack([s[:, :, 9:13][vials == vial].ravel() for s in series], axis=1)
        found = by_flip_angles(signals.astype(float), np.array(angles, float), 0.00422)
        share[vial] = float(np.nanmedian(1000 / found.rate)) / nominal
    del share[9]  # its outline does not fit these slices: half of its voxels lie beside the vial
    assert 0.65 < min(share.values()) < max(share.values()) < 1.3
    measured = [share[v] * NOMINAL[v - 1] for v in share]
    order = np.corrcoef(np.argsort(np.argsort(measured)), np.argsort(np.argsort([NOMINAL[v - 1] for v in share])))[0, 1]
    assert order > 0.85
