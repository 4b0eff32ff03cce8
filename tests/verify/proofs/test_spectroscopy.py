"""The proof of 2HG: it holds, and would fail if something were wrong."""

import pytest

from vivomap.verify.proofs import spectroscopy
from vivomap.verify.proofs.spectroscopy import LEAST_R2, linear


def test_what_is_measured_is_a_line_of_what_is_there() -> None:
    assert linear(0, 1.0).result >= LEAST_R2


def test_a_measurement_that_saturates_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    right = spectroscopy.mrs_2hg
    monkeypatch.setattr(spectroscopy, "mrs_2hg", lambda *a: (f := right(*a))._replace(value=min(f.value, 2.5)))
    assert linear(0, 1.0).result < LEAST_R2
