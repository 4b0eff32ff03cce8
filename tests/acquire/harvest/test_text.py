"""Numbers of text reports by declared patterns."""

import math
from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.pattern import patterns
from vivomap.acquire.harvest.read import sheet
from vivomap.core import Measurement

PATTERNS = """
[[pattern]]
name = "long_axis"
match = '''(?P<lesion>lesion \\d+)[^.\\n]{0,80}?(?P<value>\\d+(?:[.,]\\d+)?)\
(?: ?\\+/- ?(?P<uncertainty>[\\d.]+))? ?(?P<unit>mm|cm)'''
code = "103339001"
scheme = "SCT"
meaning = "Long axis"
site = "liver"

[[pattern]]
name = "psa"
match = 'PSA of (?P<value>[\\d,.]+) on (?P<day>\\d{4}-\\d{2}-\\d{2})'
unit = "mg/dL"
"""
LETTER = """Findings
Lesion 1 in segment 7, now 23,5 mm. Lesion 2 measures 4 +/- 0.3 cm.
PSA of 1,234 on 2024-03-04; before, PSA of 2.5 on 2023-11-01.
"""


def read(folder: Path, body: bytes, name: str = "letter.txt") -> Sheet:
    (folder / "patterns.toml").write_text(PATTERNS, "utf-8")
    (folder / name).write_bytes(body)
    return sheet(folder / name, patterns(folder / "patterns.toml"))


def test_declared_numbers_are_read_with_lesion_unit_place_and_doubt(tmp_path: Path) -> None:
    found = read(tmp_path, LETTER.encode())
    one, two, psa = found.numbers
    assert (one.name, one.value, one.unit, one.about.label, one.about.site) == (
        "long_axis",
        23.5,
        "mm",
        "Lesion 1",
        "liver",
    )
    assert (one.uncertainty, one.path, one.written) == (None, "line 2, character 28", "23,5 mm")
    assert (two.value, two.unit, two.uncertainty) == (4.0, "cm", pytest.approx(0.3 / math.sqrt(3)))
    assert isinstance(two.claim(), Measurement)
    assert one.code == ("103339001", "SCT", "Long axis")
    assert (psa.name, psa.value, str(psa.day)) == ("psa", 2.5, "2023-11-01")
    assert [m.code for m in found.missing] == ["number_ambiguous"]
    assert [c.code for c in found.complaints] == ["number_ambiguous"]
    assert "letter.txt" in str(one.provenance.settings)


def test_text_items_of_a_report_are_read_by_the_same_patterns(made: Any, tmp_path: Path) -> None:
    ds = made.report()
    told = made.item("TEXT", "CONTAINS", made.code("121106", "DCM", "Comment"), TextValue="Lesion 3 now 17 mm")
    ds.ContentSequence.append(told)
    (tmp_path / "patterns.toml").write_text(PATTERNS, "utf-8")
    path = made.saved(ds, tmp_path / "a.dcm")
    found = sheet(path, patterns(tmp_path / "patterns.toml")).numbers
    assert [(n.about.label, n.value, n.path) for n in found] == [
        ("Lesion A", 23.5, "1.1.1.5"),
        ("Lesion A", 4.2, "1.1.1.6"),
        ("Lesion 3", 17.0, "1.2:line 1, character 14"),
    ]
    assert len(sheet(path).numbers) == 2


def test_text_without_patterns_or_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Lesion 1 23 mm")
    assert (sheet(tmp_path / "a.txt").refused or ("",))[0] == "no_pattern"
    assert (read(tmp_path, b"x" * (1 << 20) + b"x").refused or ("",))[0] == "report_too_large"
    assert (read(tmp_path, b"").refused or ("",))[0] == "report_too_large"


def test_letters_of_an_old_system_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, "Größe: Lesion 1 12 mm".encode("latin-1"))
    assert [n.value for n in found.numbers] == [12.0]


def test_a_slow_pattern_is_missing_and_the_others_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vivomap.acquire.harvest.pattern.SECONDS_MOST", 0.1)
    slow = "[[pattern]]\nname = 'slow'\nmatch = '(?P<value>(x+x+)+y)'\nunit = 'mm'\n"
    (tmp_path / "patterns.toml").write_text(slow + PATTERNS, "utf-8")
    (tmp_path / "a.txt").write_text("x" * 60 + " Lesion 1 12 mm")
    found = sheet(tmp_path / "a.txt", patterns(tmp_path / "patterns.toml"))
    assert [m.code for m in found.missing] == ["pattern_too_slow"]
    assert [n.value for n in found.numbers] == [12.0]
