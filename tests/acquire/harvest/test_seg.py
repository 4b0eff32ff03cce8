"""Segmentations of other makers: their volumes, against dcmqi, and those that break the standard in known ways."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet
from vivomap.core import Measurement

FILES = {
    "dicom_seg_sr_pm/dcmqi/sr-example/seg.dcm": {795},
    "dicom_seg_sr_pm/dcmqi/segmentations/24x38x3/seg/label.seg": {315},
    "dicom_seg_sr_pm/dcmqi/segmentations/liver.dcm": {107098},
    "dicom_seg_sr_pm/highdicom/seg_image_ct_binary_overlap.dcm": {64, 16},
    "dicom_odd_and_compressed/pydicom-data/liver_j2k.dcm": {107098},
}
PLAIN = "dicom_seg_sr_pm/dcmqi/segmentations/24x38x3/seg/label.seg"


@pytest.mark.parametrize("name", list(FILES))
def test_segments_have_the_voxels_that_lie_in_the_file(name: str, data: Path) -> None:
    found = sheet(data / name)
    assert {int(n.written.split()[0]) for n in found.numbers} == FILES[name]
    assert all(isinstance(n.claim(), Measurement) for n in found.numbers)
    assert not found.complaints


@pytest.mark.parametrize("name", list(FILES)[:3])
def test_dcmqi_counts_the_same_voxels(name: str, data: Path, tmp_path: Path, needs: Callable[..., str]) -> None:
    line = [needs("segimage2itkimage", "pip install dcmqi"), "--inputDICOM", str(data / name)]
    subprocess.run([*line, "--outputDirectory", str(tmp_path)], capture_output=True, timeout=60, check=True)
    import SimpleITK

    (file,) = tmp_path.glob("*.nrrd")
    image = SimpleITK.ReadImage(str(file))
    theirs = np.count_nonzero(SimpleITK.GetArrayFromImage(image)) * np.prod(image.GetSpacing()) / 1000
    (found,) = sheet(data / name).numbers
    assert found.value == pytest.approx(float(theirs), rel=1e-5)


@pytest.fixture
def seg(data: Path) -> Dataset:
    """A good binary segmentation of 315 voxels on three planes, to be broken."""
    return pydicom.dcmread(data / PLAIN)


@pytest.fixture
def harvest(tmp_path: Path) -> Callable[[Dataset], Sheet]:
    def call(ds: Dataset) -> Sheet:
        ds.save_as(tmp_path / "broken.dcm", enforce_file_format=True)
        return sheet(tmp_path / "broken.dcm")

    return call


def bytes_per_pixel(ds: Dataset) -> np.ndarray:
    """Make it one byte per pixel, as some makers do; gives the pixels."""
    pixels = ds.pixel_array.astype(np.uint8)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    ds["PixelData"].VR = "OB"
    ds.PixelData = pixels.tobytes() + b"\0" * (pixels.size % 2)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return pixels


def test_one_byte_per_pixel_is_read_and_complained_of(seg: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    bytes_per_pixel(seg)
    found = harvest(seg)
    assert [c.code for c in found.complaints] == ["seg_bits"]
    assert found.numbers[0].written.startswith("315 voxels")


@pytest.mark.parametrize("promised", [None, 2, 7])
def test_a_wrong_number_of_frames_is_read_by_the_descriptions(
    promised: int | None, seg: Dataset, harvest: Callable[[Dataset], Sheet]
) -> None:
    if promised is None:
        del seg.NumberOfFrames
    else:
        seg.NumberOfFrames = promised
    found = harvest(seg)
    assert [c.code for c in found.complaints] == ["seg_frames"]
    assert found.numbers[0].written.startswith("315 voxels")


def test_frames_left_out_between_others_count_as_empty(seg: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    pixels = bytes_per_pixel(seg)
    seg.PixelData = pixels[[0, 2]].tobytes()
    seg.NumberOfFrames = 2
    del seg.PerFrameFunctionalGroupsSequence[1]
    found = harvest(seg)
    assert found.numbers[0].written.split()[0] == str(np.count_nonzero(pixels[[0, 2]]))


def test_pixels_of_fewer_frames_than_are_described_are_refused(
    seg: Dataset, harvest: Callable[[Dataset], Sheet]
) -> None:
    pixels = bytes_per_pixel(seg)
    seg.PixelData = pixels[:2].tobytes()
    found = harvest(seg)
    assert found.refused
    assert found.refused[0] == "bad_segmentation"


def test_frames_that_name_no_segment_are_of_the_only_one(seg: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    for frame in seg.PerFrameFunctionalGroupsSequence:
        del frame.SegmentIdentificationSequence
    found = harvest(seg)
    assert [c.code for c in found.complaints] == ["seg_no_segment_number"]
    assert found.numbers[0].written.startswith("315 voxels")


def masked(ds: Dataset) -> np.ndarray:
    """Bits of a byte as masks, as those of ISPY2; gives the pixels."""
    pixels = bytes_per_pixel(ds)
    mask = pixels | np.where(np.arange(pixels.shape[2]) < 10, 16, 0).astype(np.uint8)
    ds.SegmentationType, ds.SegmentationFractionalType, ds.MaximumFractionalValue = "FRACTIONAL", "OCCUPANCY", 1
    ds.PixelData = mask.tobytes() + b"\0" * (mask.size % 2)
    return mask


@pytest.mark.parametrize("inside", [False, True])
def test_a_bit_mask_with_its_legend_is_read_bit_by_bit(
    inside: bool, seg: Dataset, harvest: Callable[[Dataset], Sheet]
) -> None:
    mask = masked(seg)
    block = seg.private_block(0x0117, "ACME", create=True)
    if inside:
        holder = Dataset()
        block.add_new(0x10, "SQ", [holder])
        block = holder.private_block(0x0117, "ACME", create=True)
    block.add_new(0xD3, "LO", ["00000001 ( 1) : PE threshold", "00010000 (16) : automatic background"])
    found = harvest(seg)
    assert "seg_bit_mask" in {c.code for c in found.complaints}
    assert {n.about.label: int(n.written.split()[0]) for n in found.numbers} == {
        "PE threshold": np.count_nonzero(mask & 1),
        "automatic background": np.count_nonzero(mask & 16),
    }


def test_a_bit_mask_without_a_legend_is_refused(seg: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    masked(seg)
    found = harvest(seg)
    assert found.refused
    assert found.refused[0] == "bad_segmentation"


def test_a_segmentation_outside_of_the_patient_is_refused(data: Path) -> None:
    found = sheet(data / "dicom_seg_sr_pm/highdicom/seg_image_sm_dots.dcm")
    assert found.refused
    assert found.refused[0] == "not_in_patient_space"


def test_the_segmentation_agrees_with_the_report_that_refers_to_it(data: Path) -> None:
    folder = data / "dicom_seg_sr_pm/dcmqi/sr-example"
    (mask,) = sheet(folder / "seg.dcm").numbers
    said = next(n for n in sheet(folder / "sr.dcm").numbers if n.name == "volume")
    assert mask.value == pytest.approx(said.value, rel=1e-5)
