"""The second visit of the small patient, printed once for all tests: as a draft, and amended and decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from vivomap.core import Decision, Measurement
from vivomap.report.forms import Filed
from vivomap.report.pdf import printed


@pytest.fixture(scope="session")
def draft(filed: Filed) -> bytes:
    return printed(filed)


@pytest.fixture(scope="session")
def final(filed: Filed) -> Filed:
    """The same visit with one number corrected, decided, in place of an older version."""
    now = filed.assessment
    wrong = next(c for c in now.claims if isinstance(c, Measurement) and c.name == "long_axis")
    claims: tuple[Any, ...] = tuple(replace(c, value=c.value + 5) if c is wrong else c for c in now.claims)
    old = replace(filed, assessment=replace(now, claims=claims))
    said = Decision("id", "continue treatment", "Dr A", date(2024, 3, 6), "shrinking", "Dr B: wait")
    return replace(filed, replaces=(old,), decisions=(said,), by="Curie^Marie")


@pytest.fixture(scope="session")
def decided(final: Filed) -> bytes:
    return printed(final)
