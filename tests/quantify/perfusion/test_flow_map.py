"""Maps of absolute perfusion against the brain they are of."""

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import KH, WHITE, flowing
from vivomap.quantify.perfusion.flow_map import flow_map


def test_the_maps_are_of_the_brain_in_their_units(ask):
    phantom = flowing()
    (dsc,), (lesion, white, _), _ = phantom
    for name, unit in (("cbv", "mL/(100.mL)"), ("cbf", "mL/min/(100.g)"), ("mtt", "s")):
        chart = ask(name, phantom).detail
        assert (chart.role, chart.unit, chart.shape) == (name, unit, dsc.shape)
        values, doubts = (frame[white.mask.array] for frame in chart.voxels.array)
        known = np.isfinite(values)
        assert known.mean() > 0.85  # noise leaves some voxels without a transit time that fits
        assert 0.7 < np.median(doubts[known]) / values[known].std() < 1.4
        assert np.isnan(chart.voxels.array[:, 0]).all()
    chart = ask("cbv", phantom).detail.voxels.array[0]
    assert np.nanmean(chart[white.mask.array]) == pytest.approx(100 * KH * WHITE, rel=0.1)
    assert np.nanmean(chart[lesion.mask.array]) == pytest.approx(ask("cbv", phantom).value, rel=0.05)


def test_volume_is_flow_times_transit_in_every_voxel():
    (dsc,), (lesion, _, artery), _ = flowing()
    volume, flow, transit = (
        flow_map(dsc, artery, role).voxels.array[0][lesion.mask.array] for role in ("cbv", "cbf", "mtt")
    )
    known = np.isfinite(transit)
    assert np.allclose(volume[known], (flow * transit)[known] / 60 * 1.04, rtol=1e-4)
