"""Spectra among other files: which are theirs, what their sidecars say, and the studies that they make or join."""

import json
import random
import shutil
from pathlib import Path

import pytest

from vivomap.acquire import read, visits
from vivomap.acquire.spectroscopy.door import admitted, loose, read_loose
from vivomap.core import Held, Measurement, Missing, Study, dumps, loads
from vivomap.quantify import measure_one
from vivomap.quantify.size import LONG_AXIS, SHORT_AXIS, VOLUME, VOXEL_COUNT
from vivomap.quantify.spectroscopy.levels import MRS_CR, MRS_NAA
from vivomap.quantify.spectroscopy.quality import MRS_LINEWIDTH, MRS_SNR
from vivomap.quantify.spectroscopy.ratios import MRS_CHO_CR, MRS_NAA_CR

PAIR = "sdat/UnEdited/sub-01/ses-01/mrs/sub-01_ses-01_press"


@pytest.fixture
def pair(mrs: Path, tmp_path: Path) -> Path:
    """The Philips pair in one folder."""
    for place, name in ((PAIR, "sub-01_PRESS_35_act"), (f"{PAIR}-ref", "sub-01_PRESS_35_ref")):
        for ending in (".sdat", ".spar"):
            (tmp_path / f"{name}{ending}").write_bytes((mrs / place / f"{name}{ending}").read_bytes())
    return tmp_path


def said(folder: Path, stem: str, **words: object) -> None:
    (folder / f"{stem}.json").write_text(json.dumps(words), "utf-8")


def test_spectrum_and_water_are_one_visit_with_their_voxel(pair: Path) -> None:
    (study,) = read(pair)
    assert [i.role for i in study.images] == ["mrs", "mrs_water"]
    assert [r.finding for r in study.regions] == ["mrs_voxel"]
    assert study.held == ()
    assert read(pair).held == ()


def test_a_real_brain_has_the_ratios_of_one(pair: Path) -> None:
    (study,) = read(pair)
    (region,) = study.regions
    found = {c.name: measure_one(c, study, region) for c in (MRS_NAA_CR, MRS_CHO_CR, MRS_LINEWIDTH, MRS_SNR)}
    assert all(isinstance(m, Measurement) for m in found.values())
    value = {n: m.value for n, m in found.items() if isinstance(m, Measurement)}
    assert 1.1 < value["mrs_naa_cr"] < 1.7
    assert 0.15 < value["mrs_cho_cr"] < 0.35
    assert 0.03 < value["mrs_linewidth"] < 0.08
    assert value["mrs_snr"] > 50


def test_its_levels_wait_for_what_the_files_do_not_say(pair: Path) -> None:
    fractions = {"grey_fraction": 0.5, "white_fraction": 0.4, "fluid_fraction": 0.1}
    about = {"patient": "P1", "date": "2020-01-02"}
    (study,) = read(pair)
    missing = measure_one(MRS_NAA, study, study.regions[0])
    assert isinstance(missing, Missing)
    assert missing.code == "tissue_unknown"
    said(pair, "sub-01_PRESS_35_act", **about, **fractions)
    said(pair, "sub-01_PRESS_35_ref", **about)
    (study,) = read(pair)
    assert (study.patient, str(study.day)) == ("P1", "2020-01-02")
    missing = measure_one(MRS_NAA, study, study.regions[0])
    assert isinstance(missing, Missing)
    assert missing.code == "water_off"
    said(pair, "sub-01_PRESS_35_ref", **about, water_factor=2.0)
    (study,) = read(pair)
    found = measure_one(MRS_CR, study, study.regions[0])
    assert isinstance(found, Measurement)
    assert 5 < found.value < 11


def test_its_voxel_is_a_box_and_has_no_size(pair: Path) -> None:
    (study,) = read(pair)
    for card in (VOLUME, LONG_AXIS, SHORT_AXIS, VOXEL_COUNT):
        missing = measure_one(card, study, study.regions[0])
        assert isinstance(missing, Missing)
        assert missing.code == "no_outline"


def test_a_study_with_a_spectrum_is_written_and_read_the_same(pair: Path) -> None:
    (study,) = read(pair)
    arrays = {i.voxels.digest: i.voxels.array for i in study.images} | {
        r.mask.digest: r.mask.array for r in study.regions
    }
    assert loads(dumps(study), arrays.__getitem__) == study


def test_dicom_spectra_join_their_study(mrs: Path) -> None:
    (study,) = read(mrs / "suspect" / "dicom")
    assert [i.role for i in study.images] == ["mrs", "mrs_water"]
    assert (study.held, str(study.day), len(study.uid)) == ((), "2018-07-17", 1)
    assert study.images[0].source == study.images[1].source


def test_the_private_object_and_the_rda_of_one_scan_agree(mrs: Path) -> None:
    found = {
        i.source[0][-4:]: measure_one(MRS_CHO_CR, s, s.regions[0])
        for s in read(mrs / "suspect" / "siemens")
        for i in s.images
    }
    values = sorted(m.value for m in found.values() if isinstance(m, Measurement))
    assert len(values) == 2  # the third is a phantom of other molecules
    assert values[0] == pytest.approx(values[1], rel=0.02)
    reasons = [m.code for m in found.values() if isinstance(m, Missing)]
    assert reasons == ["fit_uncertain"]


def test_nifti_mrs_is_told_from_other_nifti(mrs: Path) -> None:
    (study,) = read(mrs / "nifti-mrs")
    (image,) = study.images
    assert (image.role, image.text("sequence")) == ("mrs_water", "STEAM")  # by its name, …ref
    assert study.regions == ()


def test_a_broken_file_is_held_and_the_rest_is_read(pair: Path) -> None:
    (pair / "x.rda").write_bytes(b"nothing")
    studies = read(pair)
    assert len(studies) == 1
    assert [(h.path.rpartition("/")[2], h.code) for h in studies.held] == [("x.rda", "unreadable_file")]


def test_a_wrong_role_in_a_sidecar_is_held(pair: Path) -> None:
    said(pair, "sub-01_PRESS_35_ref", role="ct")
    assert [h.code for h in read(pair).held] == ["bad_sidecar"]


def test_files_that_are_not_spectra_are_left_alone(pair: Path) -> None:
    said(pair, "sub-01_PRESS_35_act")
    said(pair, "other")
    shutil.copy(pair / "sub-01_PRESS_35_act.spar", pair / "lonely.spar")
    names = {p.name for p in pair.iterdir() if loose(p)}
    assert names >= {"sub-01_PRESS_35_act.sdat", "sub-01_PRESS_35_act.spar", "sub-01_PRESS_35_act.json"}
    assert not names & {"other.json", "lonely.spar"}


def test_without_spectra_nothing_changes(tmp_path: Path) -> None:
    plain = Study("p", None, held=(Held(str(tmp_path / "x"), "pixels_cut", "why"),))
    assert admitted((plain,)) == (plain,)
    assert read_loose([], tmp_path) == ((), ())
    assert visits(admitted((plain,))) == visits((plain,))


FILES = ("suspect/siemens/SVS_30.IMA", "suspect/siemens/SVS_XA60.dcm", "suspect/siemens/SVS_30.rda")
FILES += ("nifti-mrs/sub-01/ses-01/mrs/sub-01_ses-01_SVS-ref.nii.gz",)


@pytest.mark.parametrize("seed", range(12))
def test_a_file_that_is_damaged_anywhere_is_read_or_held(mrs: Path, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    whole = mrs / FILES[seed % len(FILES)]
    content = bytearray(whole.read_bytes())
    for _ in range(5):
        content[dice.randrange(min(len(content), 6000))] = dice.randrange(256)
    (tmp_path / whole.name).write_bytes(content[: dice.choice((len(content), len(content) // 2))])
    studies = read(tmp_path)
    assert studies.held or any(s.images or s.held for s in studies)
