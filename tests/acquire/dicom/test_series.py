from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.core import Image


def images(folder: Path) -> tuple[Image, ...]:
    return read(folder)[0].images


def test_a_ct_series_is_one_image_in_hounsfield_units(series: Callable[..., Path]) -> None:
    (image,) = images(series(5))
    assert (image.role, image.unit, image.voxels.array.dtype) == ("ct", "[hnsf'U]", np.int16)
    truth = 100 * np.arange(5)[:, None, None] + 10 * np.arange(6)[:, None] + np.arange(5) - 1024
    assert np.array_equal(image.voxels.array, truth)
    assert image.source == tuple(f"1.2.3.4.{k + 1}" for k in range(5))
    assert image.spacing_mm == pytest.approx((3.0, 0.8, 0.7))
    assert (image.flags, image.refusals) == ((), ())


def test_two_kernels_in_one_series_are_two_images(series: Callable[..., Path]) -> None:
    def kernel(ds: Dataset, k: int) -> None:
        ds.ConvolutionKernel = "B30f" if k % 2 else "B70f"
        ds.ImagePositionPatient = [-10, -20, 3.0 * (k // 2)]

    found = images(series(8, edit=kernel))
    assert sorted(i.text("kernel") for i in found) == ["B30f", "B70f"]
    assert all(i.refusals == () for i in found)


def test_a_localiser_is_kept_apart_from_its_axial_slices(series: Callable[..., Path]) -> None:
    def turn(ds: Dataset, k: int) -> None:
        if k == 0:
            ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]

    found = images(series(5, edit=turn))
    assert sorted(len(i.source) for i in found) == [1, 4]
    assert all("mixed_orientations" in [f.code for f in i.flags] for i in found)


def test_time_points_are_frames_and_the_source_runs_frame_by_frame(series: Callable[..., Path]) -> None:
    def timed(ds: Dataset, k: int) -> None:
        ds.ImagePositionPatient = [-10, -20, 3.0 * (k % 4)]
        ds.AcquisitionTime = f"1000{k // 4 * 20:02d}"
        ds.EchoTime, ds.RepetitionTime = 2.0, 5.0

    (image,) = images(series(12, "MR", timed))
    assert (image.role, image.frames, image.frame_unit) == ("dce", (0.0, 20.0, 40.0), "s")
    assert image.voxels.array.shape == (3, 4, 6, 5)
    assert image.source == tuple(f"1.2.3.4.{k + 1}" for k in range(12))
    one = image.at(1)
    assert one.source == image.source[4:8]
    assert one.voxels.array[0, 0, 0] == 400


@pytest.mark.parametrize("short", [0, 2])
def test_a_time_point_that_lacks_a_slice_is_told_and_one_before_contrast_denies(
    short: int, series: Callable[..., Path]
) -> None:
    places = [(t, z) for t in range(3) for z in range(5) if (t, z) != (short, 4)]

    def timed(ds: Dataset, k: int) -> None:
        t, z = places[k]
        ds.ImagePositionPatient = [-10, -20, 3.0 * z]
        ds.AcquisitionTime, ds.TemporalPositionIdentifier = f"10{2 * t:02d}00", t + 1
        ds.EchoTime, ds.RepetitionTime = 2.0, 5.0

    (pair,) = (i for i in images(series(len(places), "MR", timed)) if i.frames)
    told = [f.code for f in (pair.flags, pair.refusals)[short == 0]]
    assert "volumes_apart" in told
    assert ("region" in [f.denies for f in pair.refusals]) is (short == 0)


def test_echoes_that_lack_a_slice_are_images_of_their_own(data: Path) -> None:
    found = images(data / "t2_multiecho_dicom")
    assert sorted((i.frames, i.setting("frame")) for i in found) == [((), 20.0), ((40.0, 60.0), None)]


def test_a_dce_series_of_one_uid_has_three_time_points(data: Path) -> None:
    found = images(data / "dce_breast_nact")
    (dce,) = (i for i in found if i.role == "dce")
    assert (dce.frames, dce.frame_unit) == ((0.0, 407.0, 761.0), "s")
    assert dce.voxels.array.shape == (3, 12, 256, 256)
    assert {i.text("description") for i in found if i.role == "map"} == {"PE1", "SER"}
    (ser,) = (i for i in found if i.text("description") == "SER")
    assert ser.voxels.array.max() == pytest.approx(3.0), "stored × 1000, which the slope undoes"


def test_two_visits_of_an_adc_map_have_their_grids_and_days(data: Path) -> None:
    earlier, later = read(data / "adc_two_visits_cmb_crc")
    for study, step, day, stored in ((earlier, 6.0, "1959-12-09", 1148), (later, 7.0, "1960-04-13", 1056)):
        (image,) = study.images
        assert (image.role, image.unit, str(image.day)) == ("adc", "mm2/s", day)
        assert image.spacing_mm[0] == pytest.approx(step, abs=1e-3)
        values = image.voxels.array
        assert np.median(values[values > 0]) == pytest.approx(stored * 1e-6, rel=1e-3)
        assert [f.code for f in image.flags] == ["unit_by_rule"]


def test_a_frame_of_reference_of_each_slice_is_not_believed(data: Path) -> None:
    found = images(data / "cardiac_cine_ef")
    assert sorted(i.number("frame") for i in found) == [348, 929]
    for image in found:
        assert (image.role, image.shape, image.day) == ("cine", (5, 256, 256), None)
        assert image.spacing_mm[0] == pytest.approx(8.0, abs=1e-3), "SliceLocation steps by 5.2"
        assert image.setting("frame_of_reference") is None


def test_a_zero_slope_in_the_middle_denies_the_volume(series: Callable[..., Path]) -> None:
    def zero(ds: Dataset, k: int) -> None:
        ds.RescaleSlope = 0 if k == 2 else 1

    (image,) = images(series(5, edit=zero))
    assert [(f.code, f.denies) for f in image.refusals] == [("slope_invalid", "region")]
    assert "slice_02.dcm" in image.refusals[0].reason


def test_fewer_slices_than_the_header_counts_are_told(series: Callable[..., Path]) -> None:
    def counted(ds: Dataset, k: int) -> None:
        ds.ImagesInAcquisition = 40

    (image,) = images(series(5, edit=counted))
    assert [f.code for f in image.flags] == ["incomplete_series"]


def test_a_bolus_series_has_its_seconds_and_echo_and_is_no_enhancement(series: Callable[..., Path]) -> None:
    def bolus(ds: Dataset, k: int) -> None:
        ds.ImagePositionPatient = [-10, -20, 3.0 * (k % 4)]
        ds.AcquisitionTime = f"1000{1.5 * (k // 4):04.1f}"
        ds.ScanningSequence, ds.ContrastBolusAgent = ["EP", "GR"], "GADOBUTROL"
        ds.EchoTime, ds.RepetitionTime, ds.FlipAngle = 30.0, 1500.0, 60.0

    (image,) = images(series(12, "MR", bolus))
    assert (image.role, image.frames, image.frame_unit) == ("dsc", (0.0, 1.5, 3.0), "s")
    assert [image.number(n) for n in ("te_ms", "tr_ms", "flip_deg")] == [30.0, 1500.0, 60.0]


def test_a_labelled_series_says_its_order_and_lacks_its_delay(series: Callable[..., Path]) -> None:
    from vivomap.core import Refusal, Region, Voxels
    from vivomap.quantify.arterial_spin_labelling import asl_cbf

    def labelled(ds: Dataset, k: int) -> None:
        turn, place = divmod(k, 4)
        ds.ImagePositionPatient = [-10, -20, 3.0 * place]
        ds.TemporalPositionIdentifier, ds.MagneticFieldStrength = 1 + turn // 2, 3.0
        ds.ImageType = ["ORIGINAL", "PRIMARY", "PERFUSION", "ASL"]
        block = ds.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
        block.add_new(0x29, "CS", ("LABEL", "CONTROL")[turn % 2])

    (image,) = images(series(16, "MR", labelled))
    assert (image.role, image.text("asl_context")) == ("asl", "label control label control")
    whole = Region("all", Voxels.of(np.ones(image.shape, bool)), "", "", image.affine)
    with pytest.raises(Refusal) as refused:
        asl_cbf(image, whole)
    assert refused.value.code == "setting_absent"
