"""Every way in which scanners write a SUV gives the same SUV, and what cannot be carried is refused."""

import pytest

from vivomap.verify.published import of_set
from vivomap.verify.references.suv import SUV


@pytest.mark.slow  # writes and reads 58 small series
def test_every_object_gives_its_suv_or_its_refusal():
    rows = of_set(SUV, None)
    assert [(r.biomarker.split(",")[0], r.ok) for r in rows] == [
        ("objects with a SUV", True),
        ("lowest SUV", True),
        ("median SUV", True),
        ("highest SUV", True),
        ("objects refused with their code", True),
    ]
