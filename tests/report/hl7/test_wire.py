"""Escapes, numbers and codes."""

from __future__ import annotations

import hl7 as second
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Biomarker, discover
from vivomap.report.hl7 import wire

PARSER = second.parse("MSH|^~\\&|A\r")


@given(st.text(st.characters(codec="ascii")))
def test_ascii_text_comes_back_as_it_was(text: str) -> None:
    assert PARSER.unescape(wire.escape(text)) == text


@given(st.text())
def test_no_text_steers_a_message(text: str) -> None:
    out = wire.escape(text)
    out.encode()
    bare = out.replace("\\F\\", "").replace("\\S\\", "").replace("\\T\\", "").replace("\\R\\", "").replace("\\E\\", "")
    assert not set(bare) & set("|^&~\r\n\x0b\x1c\x85\u2028\u2029")
    assert len(out.splitlines()) <= 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_has_all_its_digits_and_no_exponent(value: float) -> None:
    text = wire.decimal(value)
    assert float(text) == value
    assert "e" not in text.lower()


def test_small_and_whole_numbers_are_written_plainly() -> None:
    assert wire.decimal(1.2e-5) == "0.000012"
    assert wire.decimal(-0.0) == "0.0"
    assert wire.decimal(56) == "56.0"
    assert wire.between(-120.0, -80.5) == "-120 - -80.5"


def test_every_biomarker_fits_the_twenty_characters_of_a_code_with_its_parts() -> None:
    cards = discover("vivomap.quantify", Biomarker)
    codes = [wire.named(n, p).split("^")[0] for n in cards for p in ("", ".u", ".change", ".p_real", ".p_noise")]
    assert max(map(len, codes)) <= 20
    assert len(set(codes)) == len(codes)


def test_our_own_code_comes_first_and_the_public_one_behind_it() -> None:
    assert wire.named("long_axis") == "long_axis^Long axis^99VIVOMAP^103339001^Long axis^SCT"
    assert wire.named("functional_tumour_volume", ".u").startswith("FTV.u^")


def test_an_observation_ends_with_its_last_field() -> None:
    line = wire.worded("site", "Site", "1", "lung | left")
    assert wire.observation(3, line) == "OBX|3|TX|site^Site^99VIVOMAP|1|lung \\F\\ left||||||P"
    assert wire.commented(line._replace(notes=("a^b",))) == ["NTE|1|L|a\\S\\b"]
