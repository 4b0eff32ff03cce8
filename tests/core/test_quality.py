"""A check as a value."""

import math
from dataclasses import replace
from datetime import date

import pytest

from vivomap.core import Image, Refusal, Voxels, dumps, loads
from vivomap.core.quality import Check, scanner_of

CHECK = Check("ct", "water", "density", 0.4, "[hnsf'U]", 0.1, date(2026, 1, 5), "MAKER M S1", "V1", "ab", ("1.2",), "x")
EYE = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def test_it_reads_back_equal() -> None:
    assert loads(dumps(CHECK)) == CHECK


def test_what_is_no_number_goes_on_no_chart() -> None:
    with pytest.raises(Refusal):
        replace(CHECK, value=math.nan)
    with pytest.raises(Refusal):
        replace(CHECK, unit="parrots")


def test_a_scanner_is_known_by_its_serial_number_else_by_its_station() -> None:
    import numpy as np

    image = Image("ct", Voxels.of(np.zeros((1, 1, 1))), "[hnsf'U]", EYE)
    named = replace(image, settings=(("manufacturer", "MAKER"), ("model", "M"), ("station", "CT1")))
    assert scanner_of(named) == "MAKER M CT1"
    assert scanner_of(replace(named, settings=(*named.settings, ("serial", "S1")))) == "MAKER M S1"
    assert scanner_of(image) == "a scanner that is not named"
