"""Philips SDAT and SPAR: the pair at hand, VAX numbers, and files that are not whole."""

import re
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vivomap.acquire.spectroscopy.philips import read, vax
from vivomap.core import Refusal

ACT = "sdat/UnEdited/sub-01/ses-01/mrs/sub-01_ses-01_press/sub-01_PRESS_35_act.sdat"
REF = "sdat/UnEdited/sub-01/ses-01/mrs/sub-01_ses-01_press-ref/sub-01_PRESS_35_ref.sdat"


@pytest.mark.parametrize(("bits", "value"), [(0x40800000, 1.0), (0xC1200000, -2.5), (0, 0.0), (0x40490FD0, 0.785398)])
def test_vax_numbers(bits: int, value: float) -> None:
    data = struct.pack("<HH", bits >> 16, bits & 0xFFFF)
    assert vax(data)[0] == pytest.approx(value, abs=1e-5)


def test_the_spectrum_of_a_brain_is_read(mrs: Path, lines: Any) -> None:
    found = read(mrs / ACT)
    said = dict(found.settings)
    assert (said["te_ms"], said["tr_ms"], said["sequence"], said["nucleus"]) == (35.0, 2000.0, "PRESS", "1H")
    assert said["spectrometer_mhz"] == pytest.approx(127.750896)
    assert (found.role, found.signal.shape, found.dwell) == ("mrs", (2048, 1, 1, 1), 5e-4)
    naa, creatine, mirrored = lines(found.signal.ravel(), found.dwell, 127.75, 2.01, 3.03, 7.29)
    assert min(naa, creatine) > 2.5 * mirrored
    assert found.image.spacing_mm == pytest.approx((30, 30, 30))
    assert np.asarray(found.affine)[:3, 3] == pytest.approx([0, 45.033, 37.662], abs=1e-3)
    assert np.asarray(found.affine)[:3, 1] == pytest.approx([0, 29.914, -2.274], abs=1e-3)  # turned by -4.35° about x


def test_its_water_is_forty_times_as_strong(mrs: Path) -> None:
    act, ref = read(mrs / ACT), read(mrs / REF)
    assert (ref.role, ref.affine) == ("mrs_water", act.affine)
    assert np.abs(ref.signal[1]).max() > 30 * np.abs(act.signal[1]).max()


def copied(mrs: Path, to: Path) -> Path:
    for name in (ACT, ACT.replace(".sdat", ".spar")):
        (to / Path(name).name).write_bytes((mrs / name).read_bytes())
    return to / Path(ACT).name


def test_one_without_the_other_is_refused(mrs: Path, tmp_path: Path) -> None:
    shutil.copy(mrs / ACT, tmp_path / "alone.sdat")
    with pytest.raises(Refusal) as refusal:
        read(tmp_path / "alone.sdat")
    assert refusal.value.code == "file_absent"


def test_one_that_is_cut_short_is_refused(mrs: Path, tmp_path: Path) -> None:
    path = copied(mrs, tmp_path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(Refusal) as refusal:
        read(path)
    assert refusal.value.code == "unreadable_file"


@pytest.mark.parametrize(("words", "code"), [("rows : 1", "several_volumes"), ("samples : 2048", "setting_absent")])
def test_several_rows_or_no_count_are_refused(mrs: Path, tmp_path: Path, words: str, code: str) -> None:
    path = copied(mrs, tmp_path)
    spar = path.with_suffix(".spar")
    new = "rows : 32" if code == "several_volumes" else ""
    spar.write_text(spar.read_text("latin-1").replace(words, new, 1), "latin-1")
    with pytest.raises(Refusal) as refusal:
        read(path)
    assert refusal.value.code == code


def test_a_voxel_turned_about_two_axes_says_that_its_place_is_doubtful(mrs: Path, tmp_path: Path) -> None:
    path = copied(mrs, tmp_path)
    spar = path.with_suffix(".spar")
    spar.write_text(spar.read_text("latin-1").replace("cc_angulation : 0", "cc_angulation : 12"), "latin-1")
    assert [f.code for f in read(path).flags] == ["place_unknown"]


@pytest.mark.parametrize(
    ("word", "axis", "turned"),
    [("lr", 1, (0.0, 0.0, 1.0)), ("ap", 0, (1.0, 0.0, 0.0)), ("cc", 2, (0.0, 1.0, 0.0))],
    ids=["x takes y to z", "y takes z to x", "z takes x to y"],
)
def test_a_turn_about_each_axis_is_right_handed(
    mrs: Path, tmp_path: Path, word: str, axis: int, turned: tuple[float, float, float]
) -> None:
    path = copied(mrs, tmp_path)
    spar = path.with_suffix(".spar")
    words = re.sub(r"(?m)^(..)_angulation : .*$", r"\1_angulation : 0", spar.read_text("latin-1"))
    spar.write_text(words.replace(f"{word}_angulation : 0", f"{word}_angulation : 90"), "latin-1")
    found = read(path)
    assert np.asarray(found.affine)[:3, axis] == pytest.approx(30 * np.array(turned), abs=1e-9)
    assert found.flags == ()
