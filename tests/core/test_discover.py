"""Adding a file adds a card."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vivomap.core import Biomarker, Refusal, discover
from vivomap.core.discover import skipped

CARD = """
from vivomap.core import Biomarker, Estimate
def compute(region):
    return Estimate({value}, 0.0)
CARD = Biomarker("{name}", "mm", ("region",), compute, "a paper")
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / f"room_{tmp_path.name.replace('-', '_')}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    for name in [n for n in sys.modules if n.startswith(package.name)]:
        del sys.modules[name]


def test_a_new_file_is_found(room: Path) -> None:
    (room / "one.py").write_text(CARD.format(name="one", value=1))
    (room / "two.py").write_text(CARD.format(name="two", value=2))
    assert list(discover(room.name, Biomarker)) == ["one", "two"]


def test_two_cards_of_one_name_are_refused(room: Path) -> None:
    (room / "one.py").write_text(CARD.format(name="same", value=1))
    (room / "two.py").write_text(CARD.format(name="same", value=2))
    with pytest.raises(Refusal) as refused:
        discover(room.name, Biomarker)
    assert refused.value.code == "bad_setting"


def test_a_card_whose_library_is_absent_is_passed_over_and_said(room: Path) -> None:
    (room / "one.py").write_text(CARD.format(name="one", value=1))
    (room / "deep.py").write_text("import no_such_library_at_all\n")
    assert list(discover(room.name, Biomarker)) == ["one"]
    assert "no_such_library_at_all" in skipped()[f"{room.name}.deep"]
