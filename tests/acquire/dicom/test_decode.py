import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, RLELossless

from vivomap.acquire.dicom import decode
from vivomap.acquire.dicom.decode import decoded, stored


@pytest.fixture
def squeezed(series: Callable[..., Path]) -> Path:
    def squeeze(ds: Dataset, k: int) -> None:
        ds.compress(RLELossless, generate_instance_uid=False)

    return series(3, edit=squeeze)


def test_compressed_pixels_are_those_that_were_compressed(squeezed: Path) -> None:
    answers = decoded(sorted(squeezed.iterdir()))
    for k, answer in enumerate(answers.values()):
        assert isinstance(answer, np.ndarray)
        assert np.array_equal(answer[0], 100 * k + 10 * np.arange(6)[:, None] + np.arange(5))


def test_a_broken_stream_is_an_answer_and_says_nothing_on_the_terminal(
    squeezed: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = squeezed / "slice_01.dcm"
    ds = pydicom.dcmread(path)
    ds.file_meta.TransferSyntaxUID = JPEG2000Lossless
    ds.save_as(path)
    answers = decoded(sorted(squeezed.iterdir()))
    assert isinstance(answers[path], tuple)
    assert answers[path][0] == "undecodable_pixels"
    assert sum(isinstance(a, np.ndarray) for a in answers.values()) == 2
    assert capfd.readouterr() == ("", "")


def test_a_decoder_that_dies_holds_its_file_alone(squeezed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed at the first file; the next file gets a new one."""
    first, second, _ = sorted(squeezed.iterdir())
    real = decode._exchange

    def killed(worker: subprocess.Popen[bytes], path: Path) -> decode.Answer | None:
        if path == first:
            worker.kill()
            worker.wait()
        return real(worker, path)

    monkeypatch.setattr(decode, "_exchange", killed)
    assert decoded([first])[first] == ("decoder_failed", "the decoder crashed, or took too long")
    assert isinstance(decoded([second])[second], np.ndarray)


def test_more_than_the_limit_is_not_decoded(squeezed: Path) -> None:
    with pytest.raises(ValueError, match="more than"):
        stored(squeezed / "slice_00.dcm", most=10)


def test_a_codestream_says_its_size_before_it_is_decoded() -> None:
    j2k = b"\xff\x4f\xff\x51\0\x29\0\0" + struct.pack(">4I", 40, 30, 4, 2)
    assert decode.said_size(j2k) == (28, 36)
    assert decode.said_size(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60) + j2k) == (28, 36)
    jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xd0\xff\xc3\0\x0b\x10" + struct.pack(">HH", 30, 40) + b"\x01\x01\x11\0"
    assert decode.said_size(jpeg) == (30, 40)
    assert decode.said_size(jpeg.replace(b"\xff\xc3", b"\xff\xf7")) == (30, 40)
    for unsaid in (b"", b"\xff", b"\xff\xd8", j2k[:20], jpeg[:14], bytes(64), jpeg.replace(b"\0\x1e\0", b"\0\0\0")):
        assert decode.said_size(unsaid) is None


def test_colour_becomes_its_brightness(series: Callable[..., Path]) -> None:
    def colour(ds: Dataset, k: int) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        ds.PixelData = bytes([255, 0, 0, 0, 255, 0] * 15)

    path = series(1, edit=colour) / "slice_00.dcm"
    assert set(stored(path, 10**6).ravel().tolist()) == {76, 150}


def test_the_worker_needs_nothing_of_vivomap() -> None:
    source = Path(decode.__file__)
    done = subprocess.run([sys.executable, "-P", str(source)], input=b"", capture_output=True, check=True)
    assert done.stdout == b""
    assert "import vivomap" not in source.read_text() + ""
    assert "from vivomap" not in source.read_text()
