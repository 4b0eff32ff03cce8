"""DICOM spectra: a Philips object of two frames, a Siemens XA one, the older private one, a grid made here."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from vivomap.acquire.spectroscopy import siemens
from vivomap.acquire.spectroscopy.dicom import read
from vivomap.core import Refusal

PHILIPS = "suspect/dicom/No_Name/Mrs_Dti_Qa/MRSshortTELN_401/IM-0001-0002.dcm"


def test_the_second_frame_of_a_philips_object_is_its_water(mrs: Path) -> None:
    suppressed, water = (r.image for r in read(mrs / PHILIPS))
    assert (suppressed.role, water.role) == ("mrs", "mrs_water")
    said = dict(suppressed.settings)
    assert (said["sequence"], said["tr_ms"], said["eddy_currents"]) == ("PRESS", 2000.0, "by the scanner")
    assert said["te_ms"] == pytest.approx(31.9136)
    assert said["spectrometer_mhz"] == pytest.approx(63.89575)
    assert suppressed.spacing_mm == pytest.approx((15, 25, 25), rel=1e-3)
    assert suppressed.frames[1] == pytest.approx(1e-3)


def test_an_xa_object_is_read(mrs: Path) -> None:
    (found,) = read(mrs / "suspect" / "siemens" / "SVS_XA60.dcm")
    said = dict(found.settings)
    assert (said["te_ms"], said["sequence"], said["averages"]) == (30.0, "PRESS", 80.0)
    assert found.image.spacing_mm == pytest.approx((30, 30, 30))
    assert np.asarray(found.affine)[:3, 3] == pytest.approx([0, 57.4412, -8.03879])


def test_the_older_siemens_object_holds_what_its_rda_holds(mrs: Path) -> None:
    (found,) = read(mrs / "suspect" / "siemens" / "SVS_30.IMA")
    rda = siemens.read(mrs / "suspect" / "siemens" / "SVS_30.rda")
    assert np.allclose(found.signal, rda.signal)
    assert np.allclose(found.affine, rda.affine, atol=1e-3)
    ours, theirs = dict(found.settings), dict(rda.settings)
    assert all(ours[k] == theirs[k] for k in ("te_ms", "tr_ms", "nucleus", "sequence", "averages", "spectrometer_mhz"))
    assert found.dwell == pytest.approx(rda.dwell, rel=1e-3)


def changed(mrs: Path, to: Path, change: Any) -> Path:
    ds = pydicom.dcmread(mrs / "suspect" / "siemens" / "SVS_XA60.dcm")
    change(ds)
    ds.save_as(to / "x.dcm")
    return to / "x.dcm"


def gridded(ds: pydicom.Dataset) -> None:
    ds.Rows, ds.Columns = 2, 3
    one = np.frombuffer(ds.SpectroscopyData, "<f4")
    ds.SpectroscopyData = np.concatenate([one * (k + 1) for k in range(6)]).astype("<f4").tobytes()


def test_a_grid_has_a_signal_for_each_voxel(mrs: Path, tmp_path: Path) -> None:
    (found,) = read(changed(mrs, tmp_path, gridded))
    assert found.image.shape == (1, 2, 3)
    first = np.abs(found.signal[0, 0])
    assert first / first[0, 0] == pytest.approx(np.array([[1, 2, 3], [4, 5, 6]]))


def two_slices(ds: pydicom.Dataset) -> None:
    """The object twice, as frames of one that lie 20 mm apart and were taken at other echo times."""
    whole = ds.PerFrameFunctionalGroupsSequence[0]
    whole.PlanePositionSequence[0].ImagePositionPatient = [0, 0, -20]
    whole.MREchoSequence = ds.SharedFunctionalGroupsSequence[0].MREchoSequence
    del ds.SharedFunctionalGroupsSequence[0].MREchoSequence
    other = copy.deepcopy(whole)
    other.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]
    other.MREchoSequence[0].EffectiveEchoTime = 144.0
    ds.PerFrameFunctionalGroupsSequence = [whole, other]
    ds.NumberOfFrames = 2
    ds.SpectroscopyData = ds.SpectroscopyData * 2


def test_each_frame_lies_where_its_own_groups_say(mrs: Path, tmp_path: Path) -> None:
    first, second = read(changed(mrs, tmp_path, two_slices))
    assert [np.asarray(r.affine)[2, 3] for r in (first, second)] == [-20.0, 0.0]
    assert dict(second.settings)["te_ms"] == 144.0
    assert dict(first.settings)["te_ms"] == 30.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda ds: setattr(ds, "SpectroscopyData", ds.SpectroscopyData[:-8]), "pixels_cut"),
        (lambda ds: setattr(ds, "SignalDomainColumns", "FREQUENCY"), "no_signal"),
        (lambda ds: setattr(ds, "DataRepresentation", "MAGNITUDE"), "no_signal"),
        (lambda ds: setattr(ds, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.4"), "not_measured"),
    ],
)
def test_what_is_no_signal_is_refused(mrs: Path, tmp_path: Path, change: Any, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(changed(mrs, tmp_path, change))
    assert refusal.value.code == code
