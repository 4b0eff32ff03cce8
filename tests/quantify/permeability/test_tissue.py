"""What all numbers of a region share: its curve, its artery as it arrives, and the doubt that moves all voxels."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.permeability import Leak, enhancing
from vivomap.core import Refusal, Voxels
from vivomap.maths.convolution import carried, delayed
from vivomap.quantify.permeability.tissue import averaged, between_samples, charted, tissue


def test_the_concentrations_are_those_that_were_put_in(quiet):
    ready = tissue(*quiet.needs)
    assert ready.seen.shape == (960, 100)
    assert ready.delay == pytest.approx(0, abs=0.15)
    assert dict(ready.settings)["baseline_frames"] == 7


@pytest.mark.parametrize("delay", [2.0, 5.5])
def test_a_later_arrival_in_the_tissue_is_found(quiet, make, delay):
    late = make(enhancing(Leak(noise=1e-7, arrival=22.0 + delay)))
    artery = np.array(late.dce.voxels.array)
    mask = late.artery.mask.array
    artery[:, mask] = quiet.dce.voxels.array[:, mask]
    ready = tissue(replace(late.dce, voxels=Voxels.of(artery)), late.t1, late.artery, late.region)
    assert ready.delay == pytest.approx(delay, abs=0.2)


def test_voxels_without_a_t1_are_left_out_and_counted_and_too_few_are_refused(leaking):
    holes = np.array(leaking.t1.voxels.array)
    holes[:, :, 6:9] = np.nan
    ready = tissue(leaking.dce, replace(leaking.t1, voxels=Voxels.of(holes)), leaking.artery, leaking.region)
    assert ready.seen.shape[0] == 672
    assert "left_out" in [f.code for f in ready.flags]
    holes[:, :, 6:] = np.nan
    with pytest.raises(Refusal) as refused:
        tissue(leaking.dce, replace(leaking.t1, voxels=Voxels.of(holes)), leaking.artery, leaking.region)
    assert refused.value.code == "too_few_voxels"


def test_a_map_lies_on_the_grid_and_is_empty_outside_the_region(leaking):
    ready = tissue(*leaking.needs)
    chart = charted(leaking.dce, ready, (np.arange(960.0), np.full(960, 7.0)), ("ktrans", "/min"))
    inside = leaking.region.mask.array
    assert (chart.shape, chart.role, chart.unit, chart.frames) == (leaking.dce.shape, "ktrans", "/min", (0.0, 1.0))
    assert np.array_equal(np.isfinite(chart.voxels.array), np.stack([inside] * 2))
    assert np.array_equal(chart.voxels.array[0][inside], np.arange(960))
    assert chart.text("second_frame") == "standard uncertainty"


def test_a_region_whose_fits_fail_has_no_number(leaking):
    ready = tissue(*leaking.needs)
    values = np.ones(960)
    values[:100] = np.nan
    mean, flags = averaged(leaking.dce, leaking.region, ready, values)
    assert (mean.voxels, [f.code for f in flags]) == (860, ["left_out"])
    values[:300] = np.nan
    with pytest.raises(Refusal) as refused:
        averaged(leaking.dce, leaking.region, ready, values)
    assert refused.value.code == "fit_at_bounds"


def test_between_samples_a_smooth_artery_is_told_from_a_straight_one():
    times = np.arange(0, 60, 4.0)
    bolus = np.exp(-((times - 24) ** 2) / 60)

    def curve(at, inflow):
        return carried(at, inflow, np.array([0.02])).integral[0]

    fine = np.arange(0, 56.1, 0.05)
    exact = curve(fine, np.exp(-((fine - 24) ** 2) / 60))[:: round(4 / 0.05)]
    smooth, straight = between_samples(times, bolus, curve), curve(times, bolus)
    assert np.abs(smooth - exact).max() < 0.5 * np.abs(straight - exact).max()
    assert delayed(times, bolus, 0) == pytest.approx(bolus)
