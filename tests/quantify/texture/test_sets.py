"""The shipped cards give every feature and filter of the phantoms, under names of their own."""

import pytest

from vivomap.acquire.phantom.texture import banded, banded_uptake
from vivomap.core import Refusal
from vivomap.quantify.texture.features import BETWEEN, features
from vivomap.quantify.texture.names import NAMES
from vivomap.quantify.texture.sets import SETS, set_for


@pytest.mark.parametrize("phantom", [banded, banded_uptake])
def test_a_shipped_card_gives_every_feature_and_filter(phantom):
    (image,), (region,), _ = phantom()
    found = features(image, region, set_for(image))
    filters = {f.name for f in SETS[image.role].filters}
    assert len(filters) == 12
    assert set(found) == set(NAMES) | {
        f"{f}{BETWEEN}{c}" for f in filters for c in NAMES if NAMES[c].startswith("stat")
    }
    assert len(found) == 169 + 12 * 18


def test_an_image_without_a_unit_that_holds_everywhere_has_no_card():
    (image,), _, _ = banded()
    with pytest.raises(Refusal, match="no card") as refused:
        set_for(image.like("mr", image.voxels.array, "1"))
    assert refused.value.code == "no_unit"


def test_the_filters_of_a_card_stand_in_its_settings():
    said = dict(SETS["ct"].settings)["filters"]
    assert said.count(";") == 11
    assert "log 2 mm" in said
