"""Transit time, volume and flow from the height of a residue: exact residues, and the curves of OSIPI."""

import csv
from pathlib import Path

import numpy as np
import pytest

from vivomap.maths.convolution import carried
from vivomap.maths.deconvolution import circulant, deconvolve
from vivomap.maths.transit import heights

STEP = 1.5
FINE = np.arange(0, 120, 0.05)
INPUT = np.where(FINE > 15, np.maximum(FINE - 15, 0) ** 3 * np.exp(-np.maximum(FINE - 15, 0) / 2), 0.0)
INPUT = INPUT * 60 / INPUT.max() + 3 * (FINE > 25)
COARSE = INPUT[::30]
DURING = slice(9, 40)


def found(curve, limit=0.02):
    parts = circulant(COARSE, STEP)
    table = heights(COARSE, STEP, parts, DURING)
    residue = deconvolve(curve[None], parts, limit)
    area = np.trapezoid(curve[DURING]) / np.trapezoid(COARSE[DURING])
    transit = table.transit(residue.top / area, residue.kept)[0]
    return transit, area / table.at(transit), residue, table


@pytest.mark.parametrize("mtt", [3.0, 5.0, 8.0, 12.0])
@pytest.mark.parametrize("late", [0, 10, 20])  # of 0.05 s
def test_an_exponential_residue_is_found_though_its_plain_height_is_far_too_low(mtt, late):
    whole = 0.03 * carried(FINE, INPUT, np.array([1 / mtt])).integral[0] / mtt
    curve = np.concatenate((np.zeros(late), whole))[: len(FINE) : 30]
    transit, volume, residue, _ = found(curve)
    assert transit == pytest.approx(mtt, rel=0.12)
    assert volume == pytest.approx(0.03, rel=0.025)
    assert residue.top[0] < 0.9 * 0.03 / mtt


def test_volume_is_flow_times_transit():
    whole = 0.04 * carried(FINE, INPUT, np.array([0.2])).integral[0] / 5
    transit, volume, _, _ = found(whole[::30])
    assert volume / transit * transit == pytest.approx(0.04, rel=0.02)


def test_what_no_transit_time_explains_has_none():
    _, _, residue, table = found(0.04 * COARSE)
    assert np.isnan(table.transit(np.array([10.0, 1e-6]), np.repeat(residue.kept, 2))).all()


def test_the_doubt_grows_with_that_of_the_height():
    _, _, residue, table = found(0.04 * carried(FINE, INPUT, np.array([0.2])).integral[0][::30] / 5)
    doubts = [table.doubt(5.0, int(residue.kept[0]), h) for h in (0.0, 0.05, 0.2)]
    assert 0 < doubts[0] < doubts[1] < doubts[2]


def test_the_curves_of_osipi_are_found_within_their_tolerance(data: Path):
    with (data / "osipi_dce_dsc" / "DSCmodels" / "dsc_data.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len({row["C_aif"] for row in rows}) == 1
    artery, step = np.array(rows[0]["C_aif"].split(), float), float(rows[0]["tr"])
    during, parts = slice(14, len(artery)), circulant(artery, step)
    table = heights(artery, step, parts, during)
    for row in rows:
        tissue = np.array(row["C_tis"].split(), float)
        residue = deconvolve(tissue[None], parts, 0.02)
        area = np.trapezoid(tissue[during]) / np.trapezoid(artery[during])
        transit = float(table.transit(residue.top / area, residue.kept)[0])
        volume = area / float(table.at(transit))
        assert abs(6000 * volume / transit - float(row["cbf"])) <= 15 + 0.1 * float(row["cbf"])
        assert abs(100 * volume - float(row["cbv"])) <= 1 + 0.1 * float(row["cbv"])
