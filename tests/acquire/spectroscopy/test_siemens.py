"""Siemens rda: the file at hand, and files that are not whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vivomap.acquire.spectroscopy.siemens import read
from vivomap.core import Refusal


def test_the_spectrum_is_read_and_lies_the_right_way_round(mrs: Path, lines: Any) -> None:
    found = read(mrs / "suspect" / "siemens" / "SVS_30.rda")
    said = dict(found.settings)
    assert (said["te_ms"], said["tr_ms"], said["averages"], said["model"]) == (30.0, 2000.0, 64.0, "Skyra")
    assert str(found.day) == "2016-04-29"
    naa, creatine, mirrored = lines(found.signal.ravel(), found.dwell, 123.23, 1.98, 3.0, 7.3)
    assert min(naa, creatine) > 1.2 * mirrored
    assert naa > 2 * lines(found.signal.ravel().conj(), found.dwell, 123.23, 1.98)[0]
    assert found.image.spacing_mm == pytest.approx((20, 40, 20))
    assert np.asarray(found.affine)[:3, 3] == pytest.approx([41.603, 21.569, -4.959], abs=1e-3)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data[:-100], "unreadable_file"),
        (lambda data: b"no header" + data[-2000:], "unreadable_file"),
        (lambda data: data.replace(b"CSIMatrixSize[0]: 1", b"CSIMatrixSize[0]: 8"), "several_volumes"),
        (lambda data: data.replace(b"VOIPositionSag", b"VOIPositionXyz"), "setting_absent"),
    ],
)
def test_one_that_is_not_whole_is_refused(mrs: Path, tmp_path: Path, change: Any, code: str) -> None:
    path = tmp_path / "x.rda"
    path.write_bytes(change((mrs / "suspect" / "siemens" / "SVS_30.rda").read_bytes()))
    with pytest.raises(Refusal) as refusal:
        read(path)
    assert refusal.value.code == code
