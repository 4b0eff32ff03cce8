"""A brain with a leaking tumour, seen through the cards of perfusion."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import Brain, Phantom, perfused
from vivomap.core import Estimate, Image, Region, Voxels
from vivomap.quantify import cards


@pytest.fixture(scope="session")
def quiet() -> Phantom:
    """Without noise."""
    return perfused(Brain(snr=0))


@pytest.fixture(scope="session")
def noisy() -> Phantom:
    """With the usual noise."""
    return perfused()


@pytest.fixture
def ask() -> Callable[..., Estimate]:
    """Calls a card by name on a phantom's series and regions; `lesion` says which region is asked about."""

    def call(name: str, phantom: Phantom, lesion: str = "lesion", **drawn: Region) -> Estimate:
        (dsc,), regions, _ = phantom
        named = {**{r.finding: r for r in regions}, **drawn}
        card = cards()[name]
        return card.compute(*(dsc if n == "dsc" else named[lesion if n == "region" else n] for n in card.needs))

    return call


@pytest.fixture
def with_series() -> Callable[..., Phantom]:
    """A phantom with another array, other frames or settings."""

    def change(phantom: Phantom, **fields: object) -> Phantom:
        (dsc,), regions, truth = phantom
        array = fields.pop("array", None)
        if array is not None:
            fields["voxels"] = Voxels.of(np.asarray(array))
        changed: Image = replace(dsc, **fields)  # type: ignore[arg-type]
        return (changed,), regions, truth

    return change
