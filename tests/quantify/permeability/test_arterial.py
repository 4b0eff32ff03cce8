"""Arteries: the populations' against the OSIPI vectors, the measured one against the blood that was put in."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.permeability import blood
from vivomap.core import Refusal, Voxels
from vivomap.quantify.permeability.arterial import georgiou, measured, parker, population, preclinical
from vivomap.quantify.permeability.signal import constants, course, timed


@pytest.mark.parametrize(
    ("name", "form", "seconds", "count"),
    [
        ("ParkerAIF_ref", parker, 60, 10),
        ("ParkerAIF_ref_with_delay", parker, 60, 9),
        ("GeorgiouAIF_ref", georgiou, 60, 7),
        ("preclinicalAIF_ref", preclinical, 1, 10),
        ("preclinicalAIF_ref_delay", preclinical, 1, 8),
    ],
)
def test_every_osipi_artery_is_met_within_its_tolerance(data, name, form, seconds, count):
    with (data / "osipi_dce_dsc" / "PopulationAIF_DCE" / f"{name}.csv").open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    curves: dict[str, list[tuple[float, float, float]]] = {}
    for row in rows:
        point = (float(row["time"]) * seconds, float(row["Cb"]), float(row.get("delay") or 0))
        curves.setdefault(row["label"], []).append(point)
    assert len(curves) >= count
    for label, points in curves.items():
        times, truth, delay = np.array(points).T
        assert (np.abs(form(times - delay) - truth) <= 1e-4 + 0.01 * truth).all(), label


def test_parker_has_the_values_of_the_methods():
    minutes = np.array([0, 0.08283, 0.16567, 0.24850, 1.98800])
    assert parker(60 * minutes) == pytest.approx([0.08038, 1.80888, 6.03076, 2.86919, 0.75112], abs=2e-4)


def read(scan):
    given, times = constants(scan.dce), timed(scan.dce)
    signals = scan.dce.voxels.array[:, scan.artery.mask.array].mean(axis=1)
    when = course(times, signals)
    return measured(scan.dce, scan.t1.at(0), scan.artery, when, given), when, given


def test_a_measured_artery_is_the_blood_that_flows_in_it(quiet):
    found, _, given = read(quiet)
    truth = blood(found.times - 22.0) / (1 - given.haematocrit)
    assert np.abs(found.plasma - truth).max() < 1e-3 * truth.max()


def test_its_stated_noise_and_common_doubts_cover_how_far_it_is_off(leaking):
    found, when, given = read(leaking)
    truth = blood(found.times - 22.0) / (1 - given.haematocrit)
    stated = np.sqrt(found.variance + (found.common**2).sum(axis=0))
    off = (found.plasma - truth)[when.baseline :] / stated[when.baseline :]
    assert 0.3 < np.sqrt(np.mean(off**2)) < 2


def test_an_artery_that_cannot_be_read_is_refused(leaking):
    _, when, given = read(leaking)
    few = np.zeros_like(leaking.artery.mask.array)
    few[2, 2, 4:7] = True
    empty = np.zeros_like(few)
    bright = np.array(leaking.dce.voxels.array)
    bright[30] *= 50
    cases = [
        (leaking.dce, few, "too_few_voxels"),
        (leaking.dce, empty, "empty_region"),
        (replace(leaking.dce, voxels=Voxels.of(bright)), leaking.artery.mask.array, "signal_saturated"),
    ]
    for dce, mask, code in cases:
        with pytest.raises(Refusal) as refused:
            measured(dce, leaking.t1.at(0), replace(leaking.artery, mask=Voxels.of(mask)), when, given)
        assert refused.value.code == code


def test_the_population_says_that_it_is_no_measurement_and_doubts_its_constants(leaking):
    _, when, given = read(leaking)
    assumed = constants(replace(leaking.dce, settings=(("tr_ms", 5.0), ("flip_deg", 18.0))))
    exact, wide = population(when, given), population(when, assumed)
    assert [f.code for f in exact.flags] == ["population_aif"]
    assert np.abs(exact.common).max() == 0
    assert wide.common[0] == pytest.approx(wide.plasma * 0.03 / 0.58)
    assert wide.common[1] == pytest.approx(wide.plasma * 0.1)
