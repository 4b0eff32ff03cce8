from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, UltrasoundImageStorage

from vivomap.acquire.deidentify import pixels, reading
from vivomap.acquire.deidentify.pixels import bare, blank, clean, inside
from vivomap.core import Refusal

NOBODY: frozenset[str] = frozenset()
SHAPE = (40, 60)


def screen(samples: int = 1, photometric: str = "MONOCHROME2", **values: Any) -> Dataset:
    """An ultrasound frame that is lit everywhere, with one region: rows 10 to 29, columns 5 to 44."""
    ds, region = Dataset(), Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = UltrasoundImageStorage, "1.2.3", "US"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = *SHAPE, samples, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    if samples > 1:
        ds.PlanarConfiguration = 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 5, 10
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 44, 29
    ds.SequenceOfUltrasoundRegions = [region]
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    frames = int(values.get("NumberOfFrames", 1))
    ds.PixelData = np.full(frames * SHAPE[0] * SHAPE[1] * samples, 200, np.uint8).tobytes()
    return ds


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "program", lambda: "")


def test_everything_outside_the_regions_is_black_and_inside_nothing_changes() -> None:
    ds = screen()
    keep = inside(ds, *SHAPE)
    blank(ds)
    left = np.frombuffer(ds.PixelData, np.uint8).reshape(SHAPE)
    assert keep.sum() == 20 * 40
    assert (left[keep] == 200).all()
    assert (left[~keep] == 0).all()


@pytest.mark.parametrize(
    ("photometric", "samples", "planar", "black"),
    [
        ("RGB", 3, 0, (0, 0, 0)),
        ("RGB", 3, 1, (0, 0, 0)),
        ("YBR_FULL", 3, 0, (0, 128, 128)),
        ("MONOCHROME1", 1, 0, (255,)),
    ],
)
def test_black_is_black_in_every_colour_space(
    photometric: str, samples: int, planar: int, black: tuple[int, ...]
) -> None:
    ds = screen(samples, photometric, NumberOfFrames=2)
    if samples > 1:
        ds.PlanarConfiguration = planar
    blank(ds)
    data = np.frombuffer(ds.PixelData, np.uint8)
    image = data.reshape(2, samples, *SHAPE) if planar else np.moveaxis(data.reshape(2, *SHAPE, samples), -1, 1)
    assert tuple(image[1, :, 0, 0]) == black
    assert (image[:, :, 10:30, 5:45] == 200).all()


def test_without_regions_or_with_the_whole_frame_as_one_it_is_held(unread: None) -> None:
    whole = screen()
    region = whole.SequenceOfUltrasoundRegions[0]
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = SHAPE[1] - 1, SHAPE[0] - 1
    for ds in (screen(SequenceOfUltrasoundRegions=[]), whole):
        with pytest.raises(Refusal) as refused:
            clean(ds, NOBODY, NOBODY)
        assert refused.value.code == "no_regions"
        assert clean(ds, {"1.2.3"}, NOBODY) == ""


def test_words_in_what_is_left_hold_it_until_a_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "program", lambda: "there")
    monkeypatch.setattr(reading, "unknown_words", lambda frames, own: 2)
    with pytest.raises(Refusal) as refused:
        clean(screen(), NOBODY, NOBODY)
    assert refused.value.code == "text_in_pixels"
    assert clean(screen(), {"1.2.3"}, NOBODY) == "blanked, read"


def test_a_measured_slice_is_not_touched() -> None:
    ds = screen(SOPClassUID=CTImageStorage, Modality="CT")
    before = ds.PixelData
    assert pixels.clean(ds, NOBODY, NOBODY) == ""
    assert ds.PixelData == before


def test_pixels_that_are_cut_are_refused() -> None:
    ds = screen()
    ds.PixelData = ds.PixelData[:100]
    with pytest.raises(Refusal) as refused:
        blank(ds)
    assert refused.value.code == "undecodable_pixels"


def test_what_hides_behind_the_last_pixel_goes() -> None:
    ds = screen(SOPClassUID=CTImageStorage, Modality="CT")
    before = ds.PixelData
    ds.PixelData = before + b"JANE DOE"
    assert pixels.clean(ds, NOBODY, NOBODY) == ""
    assert ds.PixelData == before


def test_an_overlay_in_the_bits_above_the_value_goes_and_the_value_stays() -> None:
    ds = screen(SOPClassUID=CTImageStorage, Modality="CT")
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    values = np.arange(SHAPE[0] * SHAPE[1], dtype="<u2") % 4096
    ds.PixelData = (values | 0x8000).tobytes()
    bare(ds)
    assert (np.frombuffer(ds.PixelData, "<u2") & 0x8000).all()  # without an overlay these bits are not ours to judge
    ds.add_new(0x60000102, "US", 15)
    bare(ds)
    assert (np.frombuffer(ds.PixelData, "<u2") == values).all()


@pytest.mark.parametrize(("photometric", "samples"), [("RGB", 3), ("MONOCHROME2", 1), ("PALETTE COLOR", 1)])
def test_a_reader_sees_letters_of_any_colour(monkeypatch: pytest.MonkeyPatch, photometric: str, samples: int) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(reading, "program", lambda: "there")
    monkeypatch.setattr(reading, "unknown_words", lambda frames, own: seen.extend(frames))
    ds = screen(samples, photometric)
    image = np.zeros((*SHAPE, samples), np.uint8)
    image[15, 20, -1] = 1 if photometric == "PALETTE COLOR" else 255
    ds.PixelData = image.tobytes()
    if photometric == "PALETTE COLOR":
        for colour in ("Red", "Green", "Blue"):
            setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            table = np.zeros(256, "<u2")
            table[1] = 65535 if colour == "Blue" else 0
            setattr(ds, f"{colour}PaletteColorLookupTableData", table.tobytes())
    clean(ds, NOBODY, NOBODY)
    assert seen[0][15, 20] == 255
    assert seen[0].sum() == 255
