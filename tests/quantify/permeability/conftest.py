"""One enhancing tissue with its T1 map, made once for all tests of the room."""

from dataclasses import dataclass

import pytest

from vivomap.acquire.phantom.permeability import Leak, barrier, enhancing, exchanging
from vivomap.core import Image, Region
from vivomap.quantify.permeability.t1 import mapped


@dataclass(frozen=True)
class Scan:
    """What a permeability needs, and the truth."""

    dce: Image
    t1: Image
    artery: Region
    region: Region
    truth: dict[str, float]

    @property
    def needs(self):
        return self.dce, self.t1, self.artery, self.region


def scan(made) -> Scan:
    (dce, vfa), (region, artery), truth = made
    return Scan(dce, mapped(vfa), artery, region, truth)


@pytest.fixture(scope="session")
def leaking() -> Scan:
    return scan(enhancing())


@pytest.fixture(scope="session")
def quiet() -> Scan:
    """The same almost without noise."""
    return scan(enhancing(Leak(noise=1e-7)))


@pytest.fixture(scope="session")
def flowing() -> Scan:
    return scan(exchanging())


@pytest.fixture(scope="session")
def closed() -> Scan:
    return scan(barrier())


@pytest.fixture
def make():
    return scan
