"""The filters of IBSI 2 on the lung tumour: every published value; and what a filter refuses."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.texture.families import CODES
from vivomap.quantify.texture.features import features, filtered, responded
from vivomap.quantify.texture.filters import Details, Lines, Mean, Rings, Spots, Waves
from vivomap.quantify.texture.processing import Processing

SLICES = Processing("A", "1", lowest=-1000.0, highest=400.0, width=25.0)
SPACE = Processing("B", "1", (1.0, 1.0, 1.0), 3, True, -1000.0, 400.0, width=25.0)
PUBLISHED = {  # configuration: in slices, in space
    "2": (Mean(5, flat=True), Mean(5)),
    "3": (Spots(1.5, flat=True), Spots(1.5)),
    "4": (Lines("L5E5"), Lines("L5E5E5")),
    "5": (Waves(5, 2, 1.5, 8, flat=True), Waves(5, 2, 1.5, 8)),
    "6": (Details("db3", "LH"), Details("db3", "LLH")),
    "7": (Details("db3", "HH", 2), Details("db3", "HHH", 2)),
    "8": (Rings(1, flat=True), Rings(1)),
    "9": (Rings(2, flat=True), Rings(2)),
}
EVERY = [Mean(3), Spots(2.0), Lines("L5E5E5", reach=2), Waves(1, 2), Details("haar", "LLH"), Rings(1)]


def published(data, configuration):
    with (data / "ibsi2_digital_phantom" / "reference_values.csv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table, delimiter=";") if r["filter_id"] == configuration]
    assert len(rows) == 18
    return rows


def missed(found, rows):
    """The published values that are not met, to three figures; an empty one is not asked."""
    told = zip(rows, found, strict=True)
    near = {
        r["feature_tag"]: abs(float(f"{f:.3g}") - float(r["consensus_value"])) <= float(r["tolerance"]) * (1 + 1e-9)
        for r, f in told
        if r["consensus_value"]
    }
    assert len(near) >= 17
    return [tag for tag, met in near.items() if not met]


@pytest.mark.slow  # 16 filters on 60 slices
def test_every_published_value_of_filtered_slices_is_met(lung, data):
    ct, mask = lung
    card = replace(SLICES, filters=tuple(flat for flat, _ in PUBLISHED.values()))
    found = list(filtered(ct.voxels.array, mask, ct.spacing_mm, card).values())
    for k, number in enumerate(PUBLISHED):
        assert (number, missed(found[18 * k : 18 * k + 18], published(data, f"{number}.A"))) == (number, [])


@pytest.mark.long  # eight filters of seven million voxels: a minute
def test_every_published_value_of_the_filtered_volume_is_met(lung, data):
    ct, mask = lung
    for number, (_, solid) in PUBLISHED.items():
        found = filtered(ct.voxels.array, mask, ct.spacing_mm, replace(SPACE, filters=(solid,))).values()
        assert (number, missed(found, published(data, f"{number}.B"))) == (number, [])


@pytest.mark.parametrize(("card", "configuration"), [(SLICES, "1.A"), (SPACE, "1.B")])
@pytest.mark.slow  # the lung tumour is read, and laid on voxels of 1 mm
def test_without_a_filter_the_published_values_are_met_too(card, configuration, lung, data):
    ct, mask = lung
    found = features(ct, Region("lesion", Voxels.of(mask), affine=ct.affine), card, ("statistics",))
    assert list(found) == CODES["statistics"].split()
    assert missed(found.values(), published(data, configuration)) == []


@pytest.mark.parametrize("by", EVERY, ids=lambda f: f.name)
def test_a_filter_near_the_region_is_that_of_the_whole_image(by):
    values = np.random.default_rng(0).normal(size=(24, 26, 28))
    mask = np.zeros(values.shape, bool)
    mask[9:14, 9:15, 10:16] = True
    near, inside = responded(values, mask, (1.0, 1.0, 1.0), Processing("near", "1", number=8), by)
    whole = by.response(values, (1.0, 1.0, 1.0))
    assert near[inside] == pytest.approx(whole[mask], abs=1e-9)


@pytest.mark.parametrize(
    "by", [Spots(2.0), Lines("L5E5E5"), Waves(2, 4), Details("db2", "LLH"), Rings(1)], ids=lambda f: f.name
)
def test_a_filter_of_all_directions_refuses_voxels_of_uneven_sides(by):
    with pytest.raises(Refusal, match="even") as refused:
        by.response(np.zeros((8, 8, 8)), (3.0, 1.0, 1.0))
    assert refused.value.code == "uneven_voxels"
    assert by.name


@pytest.mark.parametrize("side", [1.0, 2.0])
def test_a_spot_has_its_scale_in_mm(side):
    place = (np.arange(51) - 25) * side
    far = place[:, None, None] ** 2 + place[:, None] ** 2 + place**2
    found = Spots(4.0).response(np.exp(-far / (2 * 6.0**2)), (side,) * 3)[25, 25, 25]
    spread = 4.0**2 + 6.0**2
    assert found == pytest.approx(-3 * 6.0**3 / spread**2.5 * side**2, rel=0.01)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Mean(4),
        lambda: Mean(3, border="torn"),
        lambda: Spots(0),
        lambda: Lines("L5E5", pool="median"),
        lambda: Waves(2, -1),
        lambda: Details("haar", "LXH"),
        lambda: Details("haar", "LH", 0),
        lambda: Rings(0),
    ],
)
def test_a_filter_that_cannot_be_is_refused(make):
    with pytest.raises(Refusal):
        make()


def test_periodic_filters_and_rings_look_at_the_whole_image():
    assert [f.reach_mm((1.0, 1.0, 1.0)) for f in (Rings(1), Mean(3, border="periodic"))] == [np.inf, np.inf]
    assert Spots(2.0).reach_mm((1.0, 1.0, 1.0)) == 9.0
