"""What a final state wants, attribute by attribute."""

from __future__ import annotations

from copy import deepcopy

import pytest
from pydicom.dataset import Dataset

from vivomap.report.forms import Filed
from vivomap.report.ups import completed
from vivomap.report.ups.final import ALWAYS, lacking


@pytest.fixture(scope="module")
def item(filed: Filed) -> Dataset:
    return completed(filed).item


def test_a_completed_item_lacks_nothing(item: Dataset) -> None:
    assert lacking(item, "COMPLETED") == ()


@pytest.mark.parametrize("name", ALWAYS)
def test_what_every_end_wants_is_missed_when_it_is_not_there(item: Dataset, name: str) -> None:
    some = deepcopy(item)
    delattr(some, name)
    assert lacking(some, "COMPLETED") == (name,)
    assert name in lacking(some, "CANCELED")
