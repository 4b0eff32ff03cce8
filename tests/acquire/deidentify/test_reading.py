import os

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vivomap.acquire.deidentify import reading
from vivomap.acquire.deidentify.reading import program, unknown_words
from vivomap.core import Refusal


@pytest.fixture
def tesseract() -> str:
    if not program():
        if os.environ.get("CI"):
            pytest.fail("in CI tesseract must be there: apt-get install tesseract-ocr")
        pytest.skip("no tesseract: apt-get install tesseract-ocr brings it")
    return program()


def written(*lines: str) -> NDArray[np.uint8]:
    """A frame (y, x) with white words on black, as a scanner burns them in."""
    picture = Image.new("L", (360, 160), 0)
    for k, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, 20 + 40 * k), line, fill=255, font=ImageFont.load_default(20))
    return np.asarray(picture)


def test_a_name_in_the_pixels_is_seen(tesseract: str) -> None:
    assert unknown_words([written("MEIERHUBER ANNEMARIE", "19610203")]) >= 2


def test_plain_words_and_empty_frames_raise_no_alarm(tesseract: str) -> None:
    assert unknown_words([written("LIVER LEFT", "DEPTH")]) == 0
    assert unknown_words([written()]) == 0


def test_a_reader_that_fails_holds_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "program", lambda: "/nonexistent/reader")
    with pytest.raises(Refusal) as refused:
        unknown_words([written()])
    assert refused.value.code == "text_in_pixels"
