"""What single numbers read of a sidecar; and real labelled images, which lack their delay until someone says it."""

import json
import shutil
from pathlib import Path

import pytest

from vivomap.acquire import read
from vivomap.acquire.nifti.words import said_besides
from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.arterial_spin_labelling import asl_cbf


def test_words_of_bids_come_in_our_units() -> None:
    told = {
        "PostLabelingDelay": 1.8,
        "LabelingDuration": 1.65,
        "ArterialSpinLabelingType": "PCASL",
        "TracerName": "FDG",
    }
    assert dict(said_besides(told)) == {
        "labelling": "PCASL",
        "pld_ms": 1800.0,
        "label_duration_ms": 1650.0,
        "tracer": "FDG",
    }


def test_lengths_of_frames_are_a_list_or_a_text() -> None:
    assert said_besides({"FrameDuration": [10, 10, 30.5]}) == (("frame_duration_s", "10 10 30.5"),)
    assert said_besides({"frame_duration_s": "10 20"}) == (("frame_duration_s", "10 20"),)


def test_several_delays_are_no_delay() -> None:
    assert said_besides({"PostLabelingDelay": [1.0, 1.5]}) == ()


def test_other_words_and_truths_are_left_alone() -> None:
    assert said_besides({"secret": 1, "haematocrit": True, "signal": ""}) == ()


@pytest.mark.slow  # a scanner's series of sixteen volumes
def test_a_scanners_series_lacks_its_delay_until_a_sidecar_says_it(data: Path, tmp_path: Path) -> None:
    source = data / "asl_philips" / "Ref" / "402_SOURCE_-_3D_pCASL_6mm_classic"
    shutil.copyfile(source.with_suffix(".nii"), tmp_path / "a.nii")
    words = json.loads(source.with_suffix(".json").read_text())
    told = {"role": "asl", "labelling": "PCASL", "asl_context": " ".join(["m0", *["label", "control"] * 7, "label"])}
    refused = []
    for more in ({}, {"PostLabelingDelay": 2.0, "LabelingDuration": 1.8}):
        (tmp_path / "a.json").write_text(json.dumps({**words, **told, **more}))
        (image,) = read(tmp_path)[0].images
        assert image.role == "asl"
        whole = Region("all", Voxels.of(image.voxels.array.mean(axis=0) > 50), "", "", image.affine)
        try:
            asl_cbf(image, whole)
            refused.append("")
        except Refusal as refusal:
            refused.append(refusal.code)
    assert refused[0] == "setting_absent"
    assert refused[1] != "setting_absent"
